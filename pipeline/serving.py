"""HTTP inside the supervisor's event loop: one way of serving, on a port or on a Unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from pipeline.data_dir import DataDirUnusable

#: Requests in flight before more are answered 503: nobody can starve the supervisor.
CONCURRENCY = 32
_BACKLOG = 128
#: Answers that are under way when it is stopped get so long, seconds.
_FINISH_S = 2
#: Room in sockaddr_un.sun_path, less the closing zero.
_LONGEST_SOCKET_PATH = 107


class SocketUnusable(DataDirUnusable):
    """A Unix socket cannot be made; the text says what to do."""


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
        self._server: uvicorn.Server | None = None
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
            self._server.should_exit = True
            await self._task


class _Embedded(uvicorn.Server):
    """A server that leaves the process's signals to the supervisor."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


def tcp_socket(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address; port 0 picks a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def unix_socket(path: Path) -> socket.socket:
    """Return a socket bound to ``path``, which only its owner may use; an old one is replaced.

    Raises:
        SocketUnusable: the path is too long for a socket, or the folder cannot be written.
    """
    if len(os.fsencode(path)) > _LONGEST_SOCKET_PATH:
        raise SocketUnusable(
            f"{path}: a socket's path may have {_LONGEST_SOCKET_PATH} bytes and this has "
            f"{len(os.fsencode(path))}: set a shorter data_dir in the site file"
        )
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_old(path)
        # Nobody may connect between bind and a later chmod.
        before = os.umask(0o177)
        try:
            sock.bind(str(path))
        finally:
            os.umask(before)
    except OSError as error:
        sock.close()
        raise SocketUnusable(
            f"{path}: {error.strerror}: give this user the right to its folder, or set another "
            "data_dir in the site file"
        ) from error
    return sock


def _remove_old(path: Path) -> None:
    """Remove what a killed process left; anything but a socket is somebody's file and stays."""
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
