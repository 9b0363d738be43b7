"""One packet socket per process: a packet of messages arrives whole or not at all.

``SOCK_SEQPACKET`` keeps the borders of packets, so a process that is killed in the middle of a send
leaves no torn message behind, and a full socket refuses a packet instead of blocking its writer.
"""

from __future__ import annotations

import select
import socket
from collections import deque
from collections.abc import Sequence
from typing import Self

from pipeline.messages import AnyMessage, encode
from pipeline.packets import MAX_PACKET, fits, pack, packets, unpack

#: Room for several embeddings; larger things travel as files or in slots.
_BUFFER = 4 << 20


class ChannelClosed(ConnectionError):
    """The other side is gone."""


class Channel:
    """A process's end of its socket. One thread sends at a time and one receives.

    Args:
        sock: a connected ``SOCK_SEQPACKET`` socket, owned from here on.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._posted: list[bytes] = []
        #: Messages of the last packet that nobody has asked for yet.
        self._taken: deque[AnyMessage] = deque()
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
        return self._send([_encoded(message)], timeout_s)

    def post(self, message: AnyMessage) -> None:
        """Lay ``message`` by until `flush`: it is to travel together with others.

        Raises:
            ValueError: the message is too large for a channel.
        """
        self._posted.append(_encoded(message))

    def flush(self, *, timeout_s: float = 0.0) -> int:
        """Send what was posted; return how many messages found no room in time, and are lost.

        Raises:
            ChannelClosed: the other side is gone.
        """
        if not self._posted:
            return 0
        posted, self._posted = self._posted, []
        return sum(len(some) for some in packets(posted) if not self._send(some, timeout_s))

    def _send(self, encoded: Sequence[bytes], timeout_s: float) -> bool:
        packet = pack(encoded)
        while True:
            try:
                self._socket.send(packet)
                return True
            except BlockingIOError:
                _, writable, _ = select.select([], [self._socket], [], timeout_s)
                if not writable:
                    return False
            except (BrokenPipeError, ConnectionResetError, ConnectionRefusedError) as error:
                raise ChannelClosed("the other side is gone") from error
            except OSError as error:
                # The kernel's limit for one packet lies below ours on some systems.
                raise ValueError(f"a packet of {len(packet)} bytes: {error}") from error

    def receive(self, *, timeout_s: float | None = None) -> AnyMessage | None:
        """Return the next message, or None after ``timeout_s`` (None: wait for ever).

        Raises:
            ChannelClosed: the other side is gone and everything it sent was read.
            MalformedMessage: what came is no packet of messages.
        """
        if not self._taken:
            # A busy line's next packet is mostly there: it is asked for before it is waited for.
            packet = self._received()
            if packet is None and timeout_s != 0:
                readable, _, _ = select.select([self._socket], [], [], timeout_s)
                packet = self._received() if readable else None
            if packet is None:
                return None
            self._taken.extend(unpack(packet))
        return self._taken.popleft() if self._taken else None

    def _received(self) -> bytes | None:
        try:
            packet = self._socket.recv(MAX_PACKET)
        except BlockingIOError:
            return None
        except ConnectionResetError as error:
            raise ChannelClosed("the other side is gone") from error
        if not packet:
            raise ChannelClosed("the other side is gone")
        return packet

    def give(self, encoded: Sequence[bytes]) -> None:
        """Send encoded messages as one packet, at once: for event loops.

        Raises:
            BlockingIOError: there is no room.
            OSError: the other side is gone.
        """
        self._socket.send(pack(encoded))

    def take(self) -> list[AnyMessage] | None:
        """Return the messages of the next packet, at once: for event loops. None at the end.

        Raises:
            BlockingIOError: there is none.
            OSError: the other side is gone.
            MalformedMessage: what came is no packet of messages.
        """
        packet = self._socket.recv(MAX_PACKET)
        return unpack(packet) if packet else None

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def _encoded(message: AnyMessage) -> bytes:
    encoded = encode(message)
    if not fits(encoded):
        raise ValueError(f"{type(message).__name__} of {len(encoded)} bytes is too large")
    return encoded
