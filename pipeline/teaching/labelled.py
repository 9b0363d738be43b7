"""A labelled example: what one clip or one incident holds of one sense."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Labels = NDArray[np.bool_]

#: How sources that are incidents of this site begin.
INCIDENT = "incident:"
#: Rows kept of an example.
MOST_ROWS = 64


@dataclass(frozen=True, slots=True)
class Labelled:
    """Embeddings of one example in one sense. Rows may be none: it is silent, or dark."""

    #: Which clip or incident.
    source: str
    #: Whether it shows what the rule is for.
    label: bool
    #: float32 (n, d), unit rows, in the order of their time.
    rows: NDArray[np.float32]
    #: int (w, 2): first and last-but-one row of each window, as `rows[first:end]`.
    windows: NDArray[np.int64]
    #: Recording or occasion: examples of one never stand on both sides of a fold. Neighbouring
    #: clips of one recording look alike, and a method that learned the place by heart would pass.
    group: str = ""

    def __len__(self) -> int:
        return len(self.rows)


def one_window(source: str, label: bool, rows: NDArray[np.float32], group: str = "") -> Labelled:
    """An example that is one window, such as the peak of an incident."""
    kept = rows[-MOST_ROWS:]
    windows = np.array([[0, len(kept)]] if len(kept) else [], np.int64)
    return Labelled(source, label, kept, windows, group)


def statistics(examples: Sequence[Labelled], scores: Values) -> Values:
    """What each example scores: its highest window, a window the mean of its upper half.

    Args:
        examples: n of them.
        scores: of all their rows, one after the other.

    Returns:
        (n,); NaN where an example has no rows.
    """
    out = np.full(len(examples), np.nan)
    first = 0
    for i, example in enumerate(examples):
        own = scores[first : first + len(example)]
        first += len(example)
        tops = [upper_half(own[a:b]) for a, b in example.windows.reshape(-1, 2) if b > a]
        if tops:
            out[i] = max(tops)
    return out


def upper_half(scores: Values) -> float:
    """The mean of the upper half, as `pipeline.windows` sums up a window."""
    return float(np.sort(scores)[::-1][: math.ceil(len(scores) / 2)].mean())


def all_rows(examples: Sequence[Labelled], dim: int) -> Values:
    """The rows of all examples, one after the other, (sum n, d) in double precision."""
    if not examples:
        return np.zeros((0, dim))
    out: Values = np.concatenate([e.rows.reshape(-1, dim) for e in examples]).astype(np.float64)
    return out


def mean_rows(examples: Sequence[Labelled]) -> Values:
    """The mean embedding (n, d) of examples that have rows."""
    return np.stack([e.rows.astype(np.float64).mean(axis=0) for e in examples])


def labels_of(examples: Sequence[Labelled]) -> Labels:
    """Their labels (n,)."""
    return np.array([e.label for e in examples], bool)
