"""What runs a model's picture or sound tower: batches go in, rows come out a little later.

Imports no deep-learning library.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Pending(Protocol):
    """Rows on their way."""

    @property
    def ready(self) -> bool:
        """Whether `result` returns at once."""
        ...

    def result(self) -> NDArray[np.float32]:
        """Wait for the rows: float32 (n, d), of any length, the caller's own."""
        ...


class Tower(Protocol):
    """Runs batches of equal items. One batch may be on its way while the next is filled in."""

    def room(self, n: int) -> NDArray[Any]:
        """Where the next batch of ``n`` items goes: an array (n, ...) to be written.

        It is the tower's own memory, the device's where it has one: what stands there goes without
        a further copy. Filled until `begin`, and not touched after it. There are two of them.
        """
        ...

    def begin(self, items: NDArray[Any]) -> Pending:
        """Start a batch: what `room` gave, or any array of items.

        Raises:
            RuntimeError: "out of memory", where the device has none left for it.
        """
        ...

    def shrink(self, most: int) -> None:
        """No batch is larger than ``most`` from here on: give back what larger ones needed."""
        ...


class Rooms:
    """Two buffers that take turns: one is filled while the other is read.

    Args:
        shape: of one item.
        dtype: of its numbers.
        most: items that fit; more are given room of their own.
        make: makes a buffer of a shape.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: type[np.generic],
        most: int,
        make: Callable[[tuple[int, ...]], NDArray[Any]] | None = None,
    ) -> None:
        self._shape, self._dtype = shape, dtype
        self._make = make or (lambda full: np.empty(full, dtype))
        self._most = most
        self._buffers: list[NDArray[Any] | None] = [None, None]
        self.turn = 0

    def room(self, n: int) -> NDArray[Any]:
        """The buffer whose turn it is, (n, ...); the turn stays until `filled`."""
        if n > self._most:
            return np.empty((n, *self._shape), self._dtype)
        buffer = self._buffers[self.turn]
        if buffer is None:
            buffer = self._buffers[self.turn] = self._make((self._most, *self._shape))
        return buffer[:n]

    def filled(self) -> int:
        """Hand the turn on; return whose it was."""
        was, self.turn = self.turn, 1 - self.turn
        return was

    def holds(self, items: NDArray[Any]) -> bool:
        """Whether these items stand at the start of the buffer whose turn it is."""
        buffer = self._buffers[self.turn]
        return (
            buffer is not None
            and len(items) > 0
            and items.ctypes.data == buffer.ctypes.data
            and items.flags.c_contiguous
        )


class Done:
    """Rows that are there."""

    ready = True

    def __init__(self, rows: NDArray[np.float32]) -> None:
        self._rows = rows

    def result(self) -> NDArray[np.float32]:
        """See ``Pending``."""
        return self._rows


class CallTower:
    """A tower that works while it is asked: torch on a CPU.

    Args:
        run: items (n, ...) to float32 rows (n, d).
        shape: of one item.
        dtype: of its numbers.
        most: items of a batch.
    """

    def __init__(
        self,
        run: Callable[[NDArray[Any]], NDArray[np.float32]],
        shape: tuple[int, ...],
        dtype: type[np.generic],
        most: int,
    ) -> None:
        self._run = run
        self._rooms = Rooms(shape, dtype, most)

    def room(self, n: int) -> NDArray[Any]:
        """See ``Tower``."""
        return self._rooms.room(n)

    def begin(self, items: NDArray[Any]) -> Pending:
        """See ``Tower``: it is done when this returns."""
        return Done(self._run(np.ascontiguousarray(items)))

    def shrink(self, most: int) -> None:
        """See ``Tower``: it holds nothing for larger ones."""
