"""How similar a camera's days are to some words, and what a similarity is worth there."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

#: With fewer to compare with, nobody can say what is unusual at a camera.
FEWEST = 100
#: Cosines are counted in bins of 0.0005.
_BINS = 4000
#: Share of a normal distribution below its mean less one standard deviation.
_ONE_BELOW = 0.1587
#: Standard deviation of similarities below which they differ by rounding to 8 bits.
_ROUNDING = 0.002


@dataclass(slots=True)
class Similarities:
    """How many embeddings are how similar: counts of each bin of cosines."""

    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_BINS, np.int64))

    def add(self, similarity: NDArray[np.float32]) -> None:
        """Count cosines, float32 (n,)."""
        bins = np.clip((similarity.astype(np.float64) + 1) * (_BINS / 2), 0, _BINS - 1)
        self.counts += np.bincount(bins.astype(np.int64), minlength=_BINS)

    @property
    def number(self) -> int:
        """How many there are."""
        return int(self.counts.sum())

    def unusual(self, similarity: float) -> float | None:
        """Standard score by the median and the lower half's spread: what fits bends neither.

        None where there is too little to compare with.
        """
        if self.number < FEWEST:
            return None
        middle, low = self._quantile(0.5), self._quantile(_ONE_BELOW)
        return (similarity - middle) / max(middle - low, _ROUNDING)

    def _quantile(self, share: float) -> float:
        at = int(np.searchsorted(np.cumsum(self.counts), share * self.number))
        return (at + 0.5) / (_BINS / 2) - 1


def stands_out(unusual: float | None, count: int) -> str:
    """Hold a standard score against the largest of ``count`` by chance, sqrt(2 ln count).

    That bounds the expected maximum of so many normal numbers (Boucheron, Lugosi and Massart,
    *Concentration Inequalities*, 2013, section 2.5), independent or not.
    """
    if unusual is None:
        return "unknown"
    chance = math.sqrt(2 * math.log(count))
    return "hardly" if unusual <= chance else "somewhat" if unusual < 1.5 * chance else "clearly"
