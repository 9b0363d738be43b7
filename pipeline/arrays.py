"""Arrays out of bytes that say themselves what they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Plain numbers, truth values and text as ``dtype.str`` writes them. NumPy's own reader takes whole
#: programs of types, and evaluates parts of them.
_PLAIN = re.compile(r"[<>|=]?[?bBiufcSU][0-9]{0,4}")


def array_of(dtype: str, shape: Sequence[int], data: bytes) -> NDArray[Any]:
    """The array; it lies over ``data``, and cannot be written.

    Args:
        dtype: as ``dtype.str`` of plain numbers.
        shape: its shape.
        data: its bytes, in C order.

    Raises:
        ValueError: ``dtype`` is another, or the bytes do not fit.
        TypeError: one of the arguments is something else.
    """
    if not _PLAIN.fullmatch(dtype):
        raise ValueError(f"{dtype[:40]!r} is no plain type of numbers")
    return np.frombuffer(data, dtype=np.dtype(dtype)).reshape(shape)
