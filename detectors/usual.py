"""What a number usually is at a camera: a slow mean and spread that an event cannot teach."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.base import DetectorStateError, State

FloatArray = NDArray[np.float64]

#: A value moves mean and spread no further than this many spreads would.
_CLIP = 2.5
#: How many values what is known beforehand counts for: five minutes at two a second.
_KNOWN = 600.0
#: Weight of a value never falls below one in so many: some three hours at two a second.
_SLOWEST = 20_000.0
#: A spread is never less than this part of what was known beforehand: a camera on which nothing
#: ever happens must not make a mountain of a breath.
_LEAST = 0.5


class Usual:
    """Running mean and spread of k numbers, slow and robust.

    Each value is winsorised at two and a half spreads before it is taken in (a Huber-type recursive
    estimate: Huber & Ronchetti 2009, Robust Statistics, ch. 6), with weight ``1 / (600 + n)``, at
    least one in 20,000. So half a minute of the wildest values moves the mean by less than a
    quarter of a spread when a camera is new, and by a hundredth later, while what goes on for an
    hour becomes usual.
    """

    def __init__(self, mean: FloatArray, spread: FloatArray) -> None:
        """Start from what is known beforehand, (k,) each; spreads above zero."""
        self._least = _LEAST * spread
        self.mean, self.spread = mean.astype(np.float64), spread.astype(np.float64)
        self._n = _KNOWN

    def standard(self, values: FloatArray) -> FloatArray:
        """Values (..., k) in spreads above the mean."""
        result: FloatArray = (values - self.mean) / self.spread
        return result

    def take(self, values: FloatArray) -> None:
        """Learn one value of each, (k,)."""
        weight = 1 / min(self._n, _SLOWEST)
        self._n += 1
        off = np.clip(values - self.mean, -_CLIP * self.spread, _CLIP * self.spread)
        self.mean = self.mean + weight * off
        squared = (1 - weight) * self.spread**2 + weight * off**2
        self.spread = np.maximum(np.sqrt(squared), self._least)

    def save(self) -> State:
        """All that was learned."""
        return {"mean": self.mean, "spread": self.spread, "n": self._n}

    def load(self, state: State) -> None:
        """Take over what `save` gave. Raises DetectorStateError; nothing was taken over then."""
        mean, spread, n = _numbers(state, "mean"), _numbers(state, "spread"), state.get("n")
        if mean.shape != self.mean.shape or spread.shape != mean.shape or not (spread > 0).all():
            raise DetectorStateError("what was usual was learned of other things: it begins anew")
        if not isinstance(n, (int, float)) or not n > 0:
            raise DetectorStateError("a saved usual cannot be read: it begins anew")
        self.mean, self.spread, self._n = mean, spread, float(n)


def _numbers(state: State, key: str) -> FloatArray:
    value: Any = state.get(key)
    if not isinstance(value, np.ndarray) or not np.isfinite(value).all():
        raise DetectorStateError("a saved usual cannot be read: it begins anew")
    return value.astype(np.float64)
