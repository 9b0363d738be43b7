"""How rare a score is among ordinary ones: what puts different detectors on one scale."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.base import State

#: Where the tail begins, and the points between which the bulk is straight.
_TAIL, _LEVELS = 0.9, 31
_LN10 = math.log(10)
_SHARES = np.linspace(0, _TAIL, _LEVELS)


class Rarity:
    """-log10 of the share of ordinary scores that reach as high.

    Up to the ninth decile it is the empirical share of held-out scores, straight between 31 of
    them; beyond it an exponential tail with their mean excess (peaks over a threshold, Coles 2001,
    ch. 4). So the same number means the same for every detector, whatever its scores look like.

    Args:
        ordinary: (m,) held-out scores of ordinary moments, finite, m >= 1.
    """

    def __init__(self, ordinary: NDArray[np.float64]) -> None:
        self._levels = np.quantile(ordinary, _SHARES)
        over = ordinary[ordinary > self._levels[-1]] - self._levels[-1]
        spread = float(self._levels[-1] - self._levels[_LEVELS // 2])
        # Ordinary scores that are all alike: whatever differs by rounding is none of it.
        least = 1e-6 * abs(float(self._levels[-1])) + 1e-12
        self._excess = max(float(over.mean()) if over.size else spread, 0.05 * spread, least)

    def of(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The rarity of scores (n,): 0 is the most usual, 3 one in a thousand; NaN stays."""
        # np.interp wants rising levels: ties are as rare as the rarest of them.
        out: NDArray[np.float64] = -np.log10(1 - np.interp(scores, self._levels, _SHARES))
        far = scores > self._levels[-1]
        if far.any():
            out[far] = 1 + (scores[far] - self._levels[-1]) / self._excess / _LN10
        out[~np.isfinite(scores)] = np.nan
        return out

    def to_state(self) -> State:
        """All of it."""
        return {"levels": self._levels, "excess": self._excess}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Rarity:
        """What `to_state` gave. Raises KeyError, TypeError, ValueError."""
        levels = np.asarray(state["levels"], np.float64)
        if levels.shape != (_LEVELS,):
            raise ValueError(f"{levels.size} levels")
        made = cls(levels)
        made._levels, made._excess = levels, float(state["excess"])
        return made
