"""How rare a score is among ordinary ones: what puts different detectors on one scale."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.base import State

#: Where the tail begins, and the points between which the bulk is straight.
_TAIL, _LEVELS = 0.9, 31
#: Moments that are learned from in a day, and those that the usual score remembers: three days, so
#: that a night weighs little and what has changed for good is followed within some.
_DAY, _MEMORY = 8640.0, 25_920.0
_LN10 = math.log(10)
_SHARES = np.linspace(0, _TAIL, _LEVELS)


class Rarity:
    """-log10 of the share of ordinary scores that reach as high.

    Up to the ninth decile it is the empirical share of held-out scores, straight between 31 of
    them; beyond it an exponential tail with their mean excess (peaks over a threshold, Coles 2001,
    ch. 4). So the same number means the same for every detector, whatever its scores look like.

    A detector that goes on learning finds the ordinary ever less far, or ever further. So the
    *usual* score, the median, is followed on (`follow`), and a score is read as if the usual were
    still what it was: one number moves, the shape of the tail stays. To fit the tail anew to what
    is learned from would make it ever shorter, because what is rare is not learned from.

    Args:
        ordinary: (m,) held-out scores of ordinary moments, finite, m >= 1.
        share: of moments, that the detector can judge: it is followed so much the faster.
    """

    def __init__(self, ordinary: NDArray[np.float64], share: float = 1.0) -> None:
        self._levels = np.quantile(ordinary, _SHARES)
        over = ordinary[ordinary > self._levels[-1]] - self._levels[-1]
        spread = float(self._levels[-1] - self._levels[_LEVELS // 2])
        # Ordinary scores that are all alike: whatever differs by rounding is none of it.
        least = 1e-6 * abs(float(self._levels[-1])) + 1e-12
        self._excess = max(float(over.mean()) if over.size else spread, 0.05 * spread, least)
        self._share = share
        self._usual, self._seen = self._first, _DAY * share

    @property
    def _first(self) -> float:
        """The usual score of the first stretch."""
        return float(np.interp(0.5, _SHARES, self._levels))

    def follow(self, ordinary: NDArray[np.float64]) -> None:
        """Take in scores (n,) of ordinary moments as they were before they were learned from.

        A running median of their logarithm (stochastic approximation, Robbins & Monro 1951): what
        was held out counts for a day, and three are remembered. Where half of the scores are zero
        there is nothing to follow.
        """
        if self._first <= 0:
            return
        for score in ordinary[np.isfinite(ordinary)].tolist():
            self._seen = min(self._seen + 1, max(1.0, _MEMORY * self._share))
            self._usual *= math.exp(float(np.sign(score - self._usual)) / self._seen)

    def of(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rarity of scores (n,): 0 is the most usual, 3 one in a thousand; NaN stays."""
        if self._usual != self._first:
            scores = scores * (self._first / self._usual)
        # np.interp wants rising levels: ties are as rare as the rarest of them.
        out: NDArray[np.float64] = -np.log10(1 - np.interp(scores, self._levels, _SHARES))
        far = scores > self._levels[-1]
        if far.any():
            out[far] = 1 + (scores[far] - self._levels[-1]) / self._excess / _LN10
        out[~np.isfinite(scores)] = np.nan
        return out

    def to_state(self) -> State:
        """All of it."""
        return {
            "levels": self._levels,
            "excess": self._excess,
            "usual": self._usual,
            "seen": self._seen,
            "share": self._share,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Rarity:
        """What `to_state` gave. Raises KeyError, TypeError, ValueError."""
        levels = np.asarray(state["levels"], np.float64)
        if levels.shape != (_LEVELS,):
            raise ValueError(f"{levels.size} levels")
        # Releases that did not follow the usual score begin to do so.
        made = cls(levels, float(state.get("share", 1.0)))
        made._levels, made._excess = levels, float(state["excess"])
        made._usual = float(state.get("usual", made._first))
        made._seen = float(state.get("seen", made._seen))
        return made
