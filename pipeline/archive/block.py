"""A stretch of embeddings as bytes: int8 with a scale per row, and a checksum.

A block is ``sync, length, crc32, payload``. It says all that its rows need beside the names of its
folder, so that damage costs the blocks that it touches and no other: the next is found by ``sync``.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.records import Embedding, Quiet

#: How a segment begins. Another number: another layout, which this program leaves alone.
MAGIC = b"hearsight-archive/1\n"
_SYNC = b"\xf5\x9dHB"
_HEAD = struct.Struct("<4sII")
#: More than any block that is written.
_LONGEST = 8 << 20
_LEVELS = 127
_US = 1e6

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Block:
    """Some seconds of one view and model, in the order in which they were judged."""

    #: What is added to stream time, ns: it then is the wall clock's at the begin of the run.
    shift_ns: int
    #: int64 (n, 2): stream time at which each entry begins and ends, ns.
    times: NDArray[np.int64]
    #: float64 (n,): wall clock, seconds since the epoch, UTC, to the microsecond.
    captured_at: NDArray[np.float64]
    #: bool (n,): stretches that a gate held back; they have no row.
    quiet: NDArray[np.bool_]
    #: float32 (n - quiet, d): unit rows, as near as 8 bits come.
    rows: NDArray[np.float32]
    #: JPEG by index of the entry.
    thumbnails: dict[int, bytes] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.times)


class _Stored(msgspec.Struct, array_like=True):
    shift_ns: int
    entries: int
    dim: int
    #: zlib: int64 (3, n) begins, ends, captured in us, each as differences; then uint8 (n,) quiet.
    columns: bytes
    #: float32 (k,), then zlib of int8 (k, d).
    scales: bytes
    rows: bytes
    thumbnails: dict[int, bytes]


def encode_block(shift_ns: int, items: Sequence[Embedding | Quiet], *, pictures: bool) -> bytes:
    """Return the bytes of ``items``, all of one view, modality and model.

    Args:
        shift_ns: see `Block`.
        items: at least one; vectors float32 (d,), finite.
        pictures: whether thumbnails are kept.
    """
    seen = [item for item in items if isinstance(item, Embedding)]
    scales, rows = _quantised(seen)
    columns = np.array(
        [[i.pts_ns, i.end_ns, round(i.captured_at * _US)] for i in items], np.int64
    ).T
    # Differences repeat, and what repeats takes no room.
    columns = np.diff(columns, axis=1, prepend=0)
    quiet = np.array([isinstance(item, Quiet) for item in items], np.uint8)
    stored = _Stored(
        shift_ns,
        len(items),
        rows.shape[1],
        zlib.compress(columns.tobytes() + quiet.tobytes()),
        scales.tobytes(),
        zlib.compress(rows.tobytes()),
        {
            at: item.thumbnail
            for at, item in enumerate(items)
            if pictures and isinstance(item, Embedding) and item.thumbnail
        },
    )
    payload = msgspec.msgpack.encode(stored)
    return _HEAD.pack(_SYNC, len(payload), zlib.crc32(payload)) + payload


def _quantised(seen: list[Embedding]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    if not seen:
        return np.zeros(0, np.float32), np.zeros((0, 0), np.int8)
    rows = np.stack([item.vector for item in seen]).astype(np.float32)
    scales = np.maximum(np.abs(rows).max(axis=1), np.finfo(np.float32).tiny) / _LEVELS
    return scales.astype(np.float32), np.round(rows / scales[:, None]).astype(np.int8)


def decode_blocks(data: bytes) -> tuple[list[Block], int]:
    """Return the whole blocks of a segment's bytes, and how often something had to be skipped.

    A damaged block, and a torn one at the end, is passed over up to the next one that is whole.
    """
    found = list(_walk(data, _block))
    blocks = [block for block in found if block is not None]
    return blocks, len(found) - len(blocks)


def each_block(data: bytes) -> Iterator[Block | None]:
    """As `decode_blocks`, one after the other: None where something had to be skipped."""
    return _walk(data, _block)


def each_thumbnail(data: bytes) -> Iterator[tuple[float, bytes]]:
    """Yield the wall clock and the JPEG of each picture in a segment; no row is decoded."""
    for pictures in _walk(data, _pictures):
        yield from pictures or ()


def _walk(data: bytes, make: Callable[[_Stored], _T]) -> Iterator[_T | None]:
    at = len(MAGIC) if data.startswith(MAGIC) else 0
    skipping = False
    while at < len(data):
        found = _whole(data, at, make)
        if found is not None:
            made, at = found
            skipping = False
            yield made
            continue
        if not skipping:
            yield None
        skipping = True
        following = data.find(_SYNC, at + 1)
        at = len(data) if following < 0 else following


def _whole(data: bytes, at: int, make: Callable[[_Stored], _T]) -> tuple[_T, int] | None:
    if at + _HEAD.size > len(data):
        return None
    sync, length, checksum = _HEAD.unpack_from(data, at)
    begin = at + _HEAD.size
    if sync != _SYNC or length > _LONGEST or begin + length > len(data):
        return None
    payload = data[begin : begin + length]
    if zlib.crc32(payload) != checksum:
        return None
    try:
        return make(msgspec.msgpack.decode(payload, type=_Stored)), begin + length
    except (msgspec.DecodeError, zlib.error, ValueError, OverflowError, RecursionError):
        return None


def _pictures(stored: _Stored) -> list[tuple[float, bytes]]:
    if not stored.thumbnails:
        return []
    captured_at = _columns(stored)[0][2] / _US
    return [
        (float(captured_at[at]), jpeg)
        for at, jpeg in stored.thumbnails.items()
        if 0 <= at < stored.entries
    ]


def _columns(stored: _Stored) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    n = stored.entries
    raw = _inflated(stored.columns, n * 25)
    columns = np.cumsum(np.frombuffer(raw[: n * 24], np.int64).reshape(3, n), axis=1)
    return columns, np.frombuffer(raw[n * 24 :], np.uint8).astype(bool)


def _block(stored: _Stored) -> Block:
    columns, quiet = _columns(stored)
    scales = np.frombuffer(stored.scales, np.float32)
    kept = stored.entries - int(quiet.sum())
    raw_rows = _inflated(stored.rows, kept * stored.dim)
    rows = np.frombuffer(raw_rows, np.int8).reshape(kept, stored.dim) * scales.reshape(kept, 1)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = (rows / np.maximum(length, np.finfo(np.float32).tiny)).astype(np.float32)
    return Block(
        stored.shift_ns,
        np.ascontiguousarray(columns[:2].T),
        columns[2] / _US,
        quiet,
        rows,
        stored.thumbnails,
    )


def _inflated(data: bytes, size: int) -> bytes:
    """``size`` bytes. Raises ValueError where it is another number; takes no more memory."""
    out = zlib.decompressobj().decompress(data, size + 1)
    if len(out) != size:
        raise ValueError(f"{len(out)} bytes where {size} were written")
    return out
