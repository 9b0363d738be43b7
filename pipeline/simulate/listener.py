"""A TCP port whose every connection is on the books, from its acceptance to its closed socket.

``asyncio.Server`` keeps none: before Python 3.12.1 ``wait_closed`` returns at once, and what it
accepted in the moment of closing is lost between two of its tasks, with its descriptor.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable

import structlog

_BACKLOG = 100

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_log = structlog.get_logger(__name__)


class Listener:
    """Accepts connections for ``serve``, which ends with the connection that it is given.

    All methods belong to the thread of the running event loop. ``port`` 0 takes a free one.
    """

    def __init__(self, host: str, port: int, serve: Serve) -> None:
        self._address = (host, port)
        self._serve = serve
        self._socket: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    def open(self) -> int:
        """Listen; return the port.

        Raises:
            OSError: the port is taken, or the host is not ours.
        """
        host, port = self._address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
            said = f"cannot listen on {host}, port {port}: {reason}: choose another host or port"
            raise OSError(error.errno, said) from error
        self._socket.setblocking(False)
        asyncio.get_running_loop().add_reader(self._socket, self._accept, self._socket)
        taken: int = self._socket.getsockname()[1]
        return taken

    async def close(self) -> None:
        """Cut every connection; return once all sockets are closed. May be called twice.

        Raises:
            Exception: whatever ``serve`` raised, after all is closed.
        """
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        for writer in self._writers:
            writer.transport.abort()
        # What was accepted and is not yet a stream is cut as soon as it is one: see _run.
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    def _accept(self, listening: socket.socket) -> None:
        try:
            accepted, _ = listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        task = asyncio.create_task(self._run(accepted))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def _run(self, accepted: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=accepted)
        self._writers.add(writer)
        try:
            if self._socket is not None:
                await self._serve(reader, writer)
        finally:
            if self._socket is None:
                writer.transport.abort()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            self._writers.discard(writer)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("connection_failed", error=repr(error))
