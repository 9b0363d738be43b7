"""Pixels and samples between processes: slots in memory that the supervisor owns.

A store is an anonymous file (memfd) whose descriptor is passed to one writer and one reader. Each
slot carries a generation number that is odd while it is being written (a sequence lock): a reader
that was overtaken sees it and drops the sample instead of reading half of two pictures. No lock is
shared, so that no process can die holding one.
"""

from __future__ import annotations

import mmap
import os
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

_WORD = 8
_HEADER = 64  # one cache line before each slot's payload


class SlotOverwritten(RuntimeError):
    """The writer came round before the slot was read: the sample is lost, and to be counted."""


class SlotStore:
    """A ring of equal slots in shared memory.

    Args:
        fd: descriptor of a memfd made by `create`; stays the caller's.
        slots: number of slots.
        slot_bytes: payload of one slot, in bytes.
    """

    def __init__(self, fd: int, *, slots: int, slot_bytes: int) -> None:
        self.fd = fd
        self.slots = slots
        self.slot_bytes = slot_bytes
        self._stride = _stride(slot_bytes)
        self._map = mmap.mmap(fd, slots * self._stride)
        self._bytes = np.frombuffer(self._map, dtype=np.uint8)
        # Written and read as one word, so that nobody sees half of a number.
        self._words = memoryview(self._map).cast("Q")
        # Continues where a predecessor stopped, so that a replaced writer never reuses a number.
        self._next = max((self._generation(i) for i in range(slots)), default=0) // 2

    @staticmethod
    def create(name: str, *, slots: int, slot_bytes: int) -> int:
        """Return the descriptor of a new zeroed store; the caller closes it."""
        fd = os.memfd_create(name, os.MFD_CLOEXEC)
        os.ftruncate(fd, slots * _stride(slot_bytes))
        return fd

    def write(self, payload: NDArray[np.generic]) -> tuple[int, int]:
        """Copy ``payload`` into the next slot; return (slot, generation).

        Raises:
            ValueError: the payload is larger than a slot.
        """
        if payload.nbytes > self.slot_bytes:
            raise ValueError(f"payload of {payload.nbytes} bytes in a slot of {self.slot_bytes}")
        self._next += 1
        slot, generation = self._next % self.slots, self._next * 2
        start = slot * self._stride
        header = slot * self._stride // _WORD
        self._words[header] = generation - 1
        flat = np.ascontiguousarray(payload).reshape(-1).view(np.uint8)
        self._bytes[start + _HEADER : start + _HEADER + flat.size] = flat
        self._words[header] = generation
        return slot, generation

    def read(
        self, slot: int, generation: int, shape: tuple[int, ...], dtype: type[np.generic]
    ) -> NDArray[np.generic]:
        """Return a copy of a slot's payload as an array of ``shape`` and ``dtype``.

        Raises:
            SlotOverwritten: the slot holds another generation, or changed while it was read.
            ValueError: the slot or shape does not fit the store.
        """
        if min(shape) < 0:
            raise ValueError(f"slot {slot} of shape {shape} does not fit the store")
        copy = np.empty(shape, dtype)
        self.read_into(slot, generation, copy)
        return copy

    def read_into(self, slot: int, generation: int, out: NDArray[Any]) -> None:
        """Copy a slot's payload to where it is needed, of any shape and dtype: the only copy.

        Args:
            slot: which.
            generation: as `write` told it.
            out: takes as many bytes as it has; contiguous. Of no use after SlotOverwritten.

        Raises:
            SlotOverwritten: the slot holds another generation, or changed while it was read.
            ValueError: the slot or the array does not fit the store.
        """
        size = out.nbytes
        if not 0 <= slot < self.slots or size > self.slot_bytes:
            raise ValueError(f"slot {slot} of shape {out.shape} does not fit the store")
        if self._generation(slot) != generation:
            raise SlotOverwritten(f"slot {slot} no longer holds generation {generation}")
        start = slot * self._stride + _HEADER
        np.copyto(out.reshape(-1).view(np.uint8), self._bytes[start : start + size])
        if self._generation(slot) != generation:
            raise SlotOverwritten(f"slot {slot} changed while it was read")

    def close(self) -> None:
        """Unmap the memory; the descriptor stays open."""
        del self._bytes
        self._words.release()
        self._map.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _generation(self, slot: int) -> int:
        return self._words[slot * self._stride // _WORD]


def _stride(slot_bytes: int) -> int:
    return -(-(slot_bytes + _HEADER) // _HEADER) * _HEADER
