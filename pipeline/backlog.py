"""What waits for a process that is behind: bounded in number and in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from pipeline.packets import first_packet

#: An embedding with its patches is a hundred times as large as one without.
MOST_BYTES = 64 << 20


class Backlog:
    """A queue of encoded messages. Drop policy: the oldest of those that may be dropped goes.

    Args:
        most: messages held.
        most_bytes: bytes held.
    """

    def __init__(self, most: int, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._items: deque[tuple[bool, bytes]] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[tuple[bool, bytes]]:
        return iter(self._items)

    def first_packet(self) -> list[bytes]:
        """The oldest messages: as many as one packet takes."""
        return first_packet(data for _, data in self._items)

    def add(self, data: bytes, *, kept: bool) -> int:
        """Take a message in; return how many had to go.

        Args:
            data: the message.
            kept: whether it is never dropped.
        """
        self._items.append((kept, data))
        self._bytes += len(data)
        gone = 0
        while len(self._items) > self._most or self._bytes > self._most_bytes:
            if not self._shed():
                break
            gone += 1
        return gone

    def _shed(self) -> bool:
        for index, (kept, data) in enumerate(self._items):
            if not kept:
                del self._items[index]
                self._bytes -= len(data)
                return True
        return False

    def pop(self, count: int) -> None:
        """The ``count`` oldest messages have been sent."""
        for _ in range(count):
            self._bytes -= len(self._items.popleft()[1])

    def clear(self) -> None:
        """Forget all of them."""
        self._items.clear()
        self._bytes = 0
