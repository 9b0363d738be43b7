"""Learned state on disk: written whole or not at all, and refused when it is damaged."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from pipeline.arrays import array_of

_MAGIC = b"hearsight-state/1\n"
_DIGEST = 32
#: What reading raises where bytes do not hold what `save_state` writes.
_BAD_BYTES = (ValueError, TypeError, KeyError, OverflowError, RecursionError, MemoryError)


class StateDamaged(ValueError):
    """A state file that cannot be trusted; the text says what becomes of it."""


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write plain values and numpy arrays to ``path``, atomically and durably.

    Raises:
        OSError: the disk did not take it; what was there before still is.
    """
    body = msgspec.msgpack.encode(_plain(state))
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(_MAGIC + hashlib.sha256(body).digest() + body)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def load_state(path: Path) -> dict[str, Any]:
    """Return what `save_state` wrote; empty where there is no file.

    Raises:
        StateDamaged: the file is not whole, or not ours.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    head = len(_MAGIC) + _DIGEST
    body = data[head:]
    if data[: len(_MAGIC)] != _MAGIC or hashlib.sha256(body).digest() != data[len(_MAGIC) : head]:
        raise StateDamaged(f"{path} is damaged: what was learned is learned anew")
    try:
        state = _restore(msgspec.msgpack.decode(body))
    except _BAD_BYTES as error:
        # A digest proves that it is whole, not who made it: a backup may come from anybody.
        raise StateDamaged(f"{path} is no state: what was learned is learned anew") from error
    if not isinstance(state, dict):
        raise StateDamaged(f"{path} is no state: what was learned is learned anew")
    return state


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return {"__array__": value.dtype.str, "shape": value.shape, "data": value.tobytes()}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, int) and abs(value) >= 1 << 63:
        # msgpack ends at 64 bits; the states of random generators do not.
        return {"__int__": str(value)}
    return value


def _restore(value: Any) -> Any:
    if isinstance(value, dict):
        if "__array__" in value:
            return array_of(value["__array__"], value["shape"], value["data"]).copy()
        if "__int__" in value:
            return int(value["__int__"])
        return {key: _restore(item) for key, item in value.items()}
    return [_restore(item) for item in value] if isinstance(value, list) else value
