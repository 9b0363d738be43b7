"""Places to listen at, taken before anything is served there."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from pathlib import Path

from pipeline.data_dir import DataDirUnusable
from pipeline.errors import PortTaken

#: Room in sockaddr_un.sun_path, less the closing zero.
_LONGEST_SOCKET_PATH = 107


class SocketUnusable(DataDirUnusable):
    """A Unix socket cannot be made; the text says what to do."""


def health_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens at the health endpoint's address: who asks early waits.

    Raises:
        PortTaken: the address is in use or not ours.
    """
    try:
        return listening(host, port)
    except OSError as error:
        raise PortTaken(
            f"health endpoint {host}:{port}: {error.strerror}: "
            "set another health.port in the site file (0 picks a free one)"
        ) from error


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


def listening(host: str, port: int) -> socket.socket:
    """Return a `tcp_socket` that listens: who comes before anything is served waits.

    Raises:
        OSError: the address is in use or not ours.
    """
    sock = tcp_socket(host, port)
    try:
        sock.listen()
    except OSError:
        sock.close()
        raise
    return sock


def address_of(sock: socket.socket) -> str:
    """Host and port of a `tcp_socket`."""
    return "{}:{}".format(*sock.getsockname()[:2])


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
