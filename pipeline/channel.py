"""One packet socket per process: a message arrives whole or not at all.

``SOCK_SEQPACKET`` keeps message borders, so a process that is killed in the middle of a send leaves
no torn message behind, and a full socket refuses a message instead of blocking its writer.
"""

from __future__ import annotations

import select
import socket
from typing import Self

from pipeline.messages import AnyMessage, decode, encode

#: Room for several embeddings; larger things travel as files or in slots.
_BUFFER = 4 << 20
#: Below what Linux lets through with its default socket buffers.
MAX_MESSAGE = 192 << 10


class ChannelClosed(ConnectionError):
    """The other side is gone."""


class Channel:
    """A process's end of its socket. One thread sends at a time and one receives.

    Args:
        sock: a connected ``SOCK_SEQPACKET`` socket, owned from here on.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)

    @classmethod
    def from_fd(cls, fd: int) -> Self:
        """Take over an inherited descriptor."""
        return cls(socket.socket(fileno=fd))

    @staticmethod
    def pair() -> tuple[socket.socket, socket.socket]:
        """Two connected sockets, close-on-exec."""
        return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._socket.fileno()

    def send(self, message: AnyMessage, *, timeout_s: float = 0.0) -> bool:
        """Send ``message``; return False where the other side did not make room in time.

        Raises:
            ChannelClosed: the other side is gone.
            ValueError: the message is too large for a channel.
        """
        data = encode(message)
        if len(data) > MAX_MESSAGE:
            raise ValueError(f"{type(message).__name__} of {len(data)} bytes is too large")
        while True:
            try:
                self._socket.send(data)
                return True
            except BlockingIOError:
                _, writable, _ = select.select([], [self._socket], [], timeout_s)
                if not writable:
                    return False
            except (BrokenPipeError, ConnectionResetError, ConnectionRefusedError) as error:
                raise ChannelClosed("the other side is gone") from error
            except OSError as error:
                # The kernel's limit for one packet lies below ours on some systems.
                raise ValueError(f"{type(message).__name__}: {error}") from error

    def receive(self, *, timeout_s: float | None = None) -> AnyMessage | None:
        """Return the next message, or None after ``timeout_s`` (None: wait for ever).

        Raises:
            ChannelClosed: the other side is gone and everything it sent was read.
            MalformedMessage: what came is no message.
        """
        # A busy line's next message is mostly there: it is asked for before it is waited for.
        data = self._received()
        if data is None and timeout_s != 0:
            readable, _, _ = select.select([self._socket], [], [], timeout_s)
            data = self._received() if readable else None
        return None if data is None else decode(data)

    def _received(self) -> bytes | None:
        try:
            data = self._socket.recv(MAX_MESSAGE)
        except BlockingIOError:
            return None
        except ConnectionResetError as error:
            raise ChannelClosed("the other side is gone") from error
        if not data:
            raise ChannelClosed("the other side is gone")
        return data

    def send_bytes(self, data: bytes) -> None:
        """Send an encoded message at once, for event loops. Raises BlockingIOError, OSError."""
        self._socket.send(data)

    def receive_bytes(self, limit: int) -> bytes:
        """Return one encoded message, empty at the end. Raises BlockingIOError, OSError."""
        return self._socket.recv(limit)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
