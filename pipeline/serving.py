"""HTTP inside the supervisor's event loop: one way of serving, on a port or on a Unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from pipeline.callers import Callers

#: Requests in flight before more are answered 503: nobody can starve the supervisor.
CONCURRENCY = 32
_BACKLOG = 128
#: A connection on which nothing was asked for so long is closed, seconds.
_PATIENCE_S = 5.0
#: The date in answers is as old as this at most, seconds.
_TICK_S = 1.0
#: Answers that are under way when it is stopped get so long, seconds.
_FINISH_S = 2


class AppServer:
    """Serves one application inside the running event loop.

    Args:
        app: an ASGI application.
        listen: makes the socket, bound; called by `start`.
        concurrency: connections, and requests in flight, before more are answered 503.
    """

    def __init__(
        self, app: Any, listen: Callable[[], socket.socket], *, concurrency: int = CONCURRENCY
    ) -> None:
        self._app = app
        self._listen = listen
        self._concurrency = concurrency
        self._server: _Embedded | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> socket.socket:
        """Listen; return the socket. Raises what its maker raises."""
        sock = self._listen()
        # Now, not when the server's task has had its turn: whoever comes before that waits.
        sock.listen(_BACKLOG)
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            backlog=_BACKLOG,
            # Of one address a share, so that who connects and asks for nothing fills no port.
            http=Callers(
                most=2 * self._concurrency,
                most_of_one=max(1, self._concurrency // 2),
                patience_s=_PATIENCE_S,
            ).protocol(),
            limit_concurrency=self._concurrency,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=_FINISH_S,
        )
        self._server = _Embedded(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[sock]))
        return sock

    async def stop(self) -> None:
        """Stop serving; what is under way gets two seconds."""
        if self._server is not None and self._task is not None:
            self._server.leave()
            await self._task


class _Embedded(uvicorn.Server):
    """A server that leaves the process's signals to the supervisor, and sleeps while none asks."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._leaves = asyncio.Event()

    def leave(self) -> None:
        """Finish what is under way, and end."""
        self.should_exit = True
        self._leaves.set()

    async def main_loop(self) -> None:
        # uvicorn's own looks ten times a second whether it is to end. Answers carry the date.
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leaves.wait(), _TICK_S)

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield
