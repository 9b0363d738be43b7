"""The moments of a series of similarities: one event is one moment, however long it lasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Moments of one event lie no further apart than this, seconds.
APART_S = 10.0


@dataclass(slots=True)
class Peak:
    """Where something fits best: similarity, and wall clock of its height, begin and end."""

    similarity: float
    at: float
    begin: float
    end: float

    def meets(self, other: Peak) -> bool:
        """Whether both are of one event."""
        return self.begin - APART_S <= other.end and other.begin - APART_S <= self.end

    def take_in(self, other: Peak) -> None:
        """Last as long as both."""
        self.begin, self.end = min(self.begin, other.begin), max(self.end, other.end)


def peaks_of(
    at: NDArray[np.float64], similarity: NDArray[np.float32], most: int, above: float = -2.0
) -> list[Peak]:
    """The best moments of a stretch, the best first, none of two the same event.

    Greedy suppression of what is not the largest nearby (non-maximum suppression; Neubeck and
    Van Gool, 2006), over the whole length of an event: it lasts as long as the similarity stays
    above half its height over the stretch's median, with gaps of ten seconds at most.

    Args:
        at: float64 (n,) wall clock, seconds, ascending.
        similarity: float32 (n,) of each.
        most: how many.
        above: only what is more similar than this.
    """
    found: list[Peak] = []
    free = np.ones(len(at), np.bool_)
    middle = float(np.median(similarity)) if len(similarity) else 0.0
    while len(found) < most and free.any():
        top = int(np.where(free, similarity, -np.inf).argmax())
        height = float(similarity[top])
        if height <= above:
            break
        # Below the median nothing stands out: such a moment is only itself.
        floor = min(height, middle + (height - middle) / 2)
        begin, end = _around(at, np.flatnonzero(free & (similarity >= floor)), top)
        found.append(Peak(height, float(at[top]), begin, end))
        free &= (at < begin - APART_S) | (at > end + APART_S)
    return found


def _around(at: NDArray[np.float64], hot: NDArray[np.intp], top: int) -> tuple[float, float]:
    """First and last time of the run of ``hot`` entries that holds ``top``."""
    breaks = np.flatnonzero(np.diff(at[hot]) > APART_S)
    here = int(np.searchsorted(hot, top))
    group = int(np.searchsorted(breaks, here))
    first = int(breaks[group - 1]) + 1 if group else 0
    last = int(breaks[group]) if group < len(breaks) else len(hot) - 1
    return float(at[hot[first]]), float(at[hot[last]])
