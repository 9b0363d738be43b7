"""Batches of a few fixed sizes on a device that works beside the CPU: captured once, replayed.

A device runs a captured sequence of kernels faster than kernels that are launched one by one
(CUDA graphs), but of one shape only: a batch goes into the smallest captured size that holds it.
Two buffers take turns, so that a batch is copied to the device while the one before is computed.
This module decides; an `Engine` does.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from pipeline.encoders.towers import Done, Pending, Rooms

log = structlog.get_logger()


class Engine(Protocol):
    """A device with two turns of buffers. Errors of the device are RuntimeErrors."""

    def buffer(self, shape: tuple[int, ...]) -> NDArray[Any]:
        """Memory of the host's that the device reads without a further copy; asked for twice."""
        ...

    def capture(self, size: int) -> None:
        """Prepare batches of ``size``. Raises RuntimeError: "out of memory"."""
        ...

    def release(self, size: int) -> None:
        """Give back what `capture` took."""
        ...

    def start(self, turn: int, n: int, size: int) -> None:
        """Copy the first ``n`` items of a turn's buffer, compute, copy back; do not wait."""
        ...

    def done(self, turn: int) -> bool:
        """Whether the turn's batch has come back."""
        ...

    def rows(self, turn: int, n: int) -> NDArray[np.float32]:
        """Wait for the turn's batch; float32 (n, d), a copy."""
        ...


def sizes_up_to(most: int) -> list[int]:
    """The sizes that are captured, ascending: powers of two, and the largest batch itself."""
    sizes = [1]
    while sizes[-1] * 2 < most:
        sizes.append(sizes[-1] * 2)
    return sizes if most == 1 else [*sizes, most]


class BucketTower:
    """See ``Tower``.

    Args:
        engine: the device.
        shape: of one item.
        dtype: of its numbers.
        most: items of a batch.

    Raises:
        RuntimeError: "out of memory", for a single item.
    """

    def __init__(
        self, engine: Engine, shape: tuple[int, ...], dtype: type[np.generic], most: int
    ) -> None:
        self._engine = engine
        self._rooms = Rooms(shape, dtype, most, engine.buffer)
        self._flying: list[_Flying | None] = [None, None]
        self._sizes: list[int] = []
        # The largest first: what it holds on the device, the smaller ones share.
        for size in reversed(sizes_up_to(most)):
            try:
                engine.capture(size)
            except RuntimeError as error:
                if "out of memory" not in str(error) or size == 1:
                    raise
                engine.release(size)
                log.warning("the device has no memory for batches of this size", size=size)
            else:
                self._sizes.insert(0, size)

    @property
    def sizes(self) -> list[int]:
        """The sizes that are captured, ascending."""
        return list(self._sizes)

    def room(self, n: int) -> NDArray[Any]:
        """See ``Tower``."""
        self._free()
        return self._rooms.room(n)

    def begin(self, items: NDArray[Any]) -> Pending:
        """See ``Tower``. More items than the largest size go in parts, one after another."""
        n, largest = len(items), self._sizes[-1]
        if n > largest:
            # A copy: where they stand may be the room of the parts.
            items = items.copy()
            parts = [self.begin(items[i : i + largest]).result() for i in range(0, n, largest)]
            return Done(np.concatenate(parts))
        self._free()
        if not self._rooms.holds(items):
            self._rooms.room(n)[:] = items
        size = next(size for size in self._sizes if size >= n)
        turn = self._rooms.turn
        self._engine.start(turn, n, size)
        self._rooms.filled()
        flying = self._flying[turn] = _Flying(self._engine, turn, n)
        return flying

    def shrink(self, most: int) -> None:
        """See ``Tower``: larger sizes are given back; that of a single item stays."""
        for size in [size for size in self._sizes[1:] if size > most]:
            self._engine.release(size)
            self._sizes.remove(size)

    def _free(self) -> None:
        """Take the rows of the batch that last had this turn, if nobody has."""
        before = self._flying[self._rooms.turn]
        if before is not None:
            self._flying[self._rooms.turn] = None
            before.result()


class _Flying:
    """A batch on the device; its rows are fetched once. See ``Pending``."""

    def __init__(self, engine: Engine, turn: int, n: int) -> None:
        self._engine = engine
        self._turn = turn
        self._n = n
        self._rows: NDArray[np.float32] | None = None

    @property
    def ready(self) -> bool:
        """See ``Pending``."""
        return self._rows is not None or self._engine.done(self._turn)

    def result(self) -> NDArray[np.float32]:
        """See ``Pending``."""
        if self._rows is None:
            self._rows = self._engine.rows(self._turn, self._n)
        return self._rows
