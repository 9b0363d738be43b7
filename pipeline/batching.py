"""Batches across cameras: fill up to a size, but never wait longer than a deadline.

Samples have waited for each other before (`pipeline.rounds`): an idle device takes what is there.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")

#: A batch that lasts longer (seconds) lets everything else wait for too long: the next is smaller.
_LONGEST_S = 0.5


class Batcher(Generic[T]):
    """A bounded queue that gives out batches. Drop policy: the oldest item goes.

    Args:
        size: largest batch.
        deadline_s: how long the first item of a batch may wait for company while the device works.
        bound: most items held.
    """

    def __init__(self, *, size: int, deadline_s: float, bound: int) -> None:
        self._size = size
        self._deadline_s = deadline_s
        self._items: deque[tuple[float, T]] = deque()
        self._bound = bound
        #: So many are done in time; as many as there may be until one has lasted too long.
        self._in_time = size

    def __len__(self) -> int:
        return len(self._items)

    def add(self, item: T, now: float) -> T | None:
        """Take ``item`` in at ``now`` (seconds); return the item that had to go, if any."""
        self._items.append((now, item))
        return self._items.popleft()[1] if len(self._items) > self._bound else None

    def due(self, now: float, *, idle: bool) -> bool:
        """Whether a batch is to be begun at ``now``; at once where the device is idle."""
        if not self._items:
            return False
        waited = now - self._items[0][0]
        return idle or len(self._items) >= self.size or waited >= self._deadline_s

    def take(self, now: float, *, idle: bool) -> list[T]:
        """Return the batch that is due at ``now``, oldest first; empty where none is."""
        if not self.due(now, idle=idle):
            return []
        return [self._items.popleft()[1] for _ in range(min(self.size, len(self._items)))]

    def age_s(self, now: float) -> float:
        """For how long the oldest item has waited, seconds; 0 where nothing waits."""
        return max(0.0, now - self._items[0][0]) if self._items else 0.0

    def expire(self, now: float, most_s: float) -> list[T]:
        """Give up what has waited for longer than ``most_s`` seconds, oldest first."""
        out = []
        while self._items and now - self._items[0][0] > most_s:
            out.append(self._items.popleft()[1])
        return out

    def took(self, items: int, seconds: float) -> None:
        """Learn how long a batch lasted: one that lasts too long shrinks the next ones.

        Full ones that do not let them grow again: a first batch lasts longer than any other.
        """
        if seconds > _LONGEST_S:
            self._in_time = max(1, min(self._in_time, int(items * _LONGEST_S / seconds)))
        elif items >= self._in_time:
            self._in_time = min(self._size, self._in_time + max(1, self._in_time // 4))

    def halve(self) -> None:
        """Make batches smaller from here on: the device ran out of memory."""
        self._size = max(1, self.size // 2)

    @property
    def size(self) -> int:
        """Largest batch at present."""
        return min(self._size, self._in_time)
