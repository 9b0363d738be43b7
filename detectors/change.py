"""How much each part of the picture changes: what moves where nothing moves, or faster than usual.

An embedding hardly tells a cyclist from a pedestrian at a distance, nor one pace from another. How
much the grey levels of a block change in a fifth of a second does, and costs nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.base import DetectorInputError, DetectorStateError, Moments, State
from pipeline.records import Unusual

_VERSION = 1
#: Part of a block's mean and variance that is taken from all blocks together: what passes one block
#: today may pass its neighbour tomorrow.
_SHARED = 0.5
#: Standard deviation, in log(1 + grey levels), below which a difference is noise.
_FLOOR = 0.05
#: Moments that the running means remember, about: a week at one in ten seconds. What was fitted
#: counts for a day, however few moments stand for it.
_MEMORY, _FITTED = 60_480.0, 8640.0

Values = NDArray[np.float64]


class ChangeNormal:
    """The block that changes most beyond its usual.

    Of each block the logarithm of ``1 + change``, averaged with its eight neighbours, has a mean
    and a spread here; both are drawn half way to those of all blocks. The score is the largest
    standard score of a block.
    """

    name = "change"

    def __init__(self) -> None:
        self._mean: Values = np.zeros((0, 0))
        self._square: Values = np.zeros((0, 0))
        self._seen = 0.0

    def fit(self, normal: Moments) -> None:
        """See `Normality`."""
        told = _told(normal)
        if told is None or not len(told):
            # A camera that nobody measures: this member stays silent.
            self._mean = self._square = np.zeros((0, 0))
            return
        if len(told) < 2:
            raise DetectorInputError("a normal of change needs at least two moments")
        self._mean, self._square = told.mean(axis=0), (told**2).mean(axis=0)
        self._seen = max(float(len(told)), _FITTED)

    def update(self, normal: Moments) -> None:
        """See `Normality`."""
        told = _told(normal)
        if told is None or not self._mean.size:
            return
        for one in told:
            self._seen = min(self._seen + 1, _MEMORY)
            self._mean += (one - self._mean) / self._seen
            self._square += (one**2 - self._square) / self._seen

    def score(self, moments: Moments) -> Values:
        """See `Normality`: the largest standard score of a block; NaN where nobody measured."""
        out = np.full(len(moments), np.nan)
        if moments.change is None or not self._mean.size:
            return out
        known = np.isfinite(moments.change[:, 0, 0])
        if known.any():
            out[known] = self._standard(_smoothed(moments.change[known])).max(axis=(1, 2))
        return out

    def explain(self, moment: Moments) -> Unusual:
        """See `Normality`: where it changes beyond its usual."""
        if moment.change is None or not self._mean.size:
            return Unusual(())
        heat = self._standard(_smoothed(moment.change[-1:]))[0]
        if not np.isfinite(heat).all():
            return Unusual(())
        row, column = np.unravel_index(int(np.argmax(heat)), heat.shape)
        where = _where(row / heat.shape[0], column / heat.shape[1])
        return Unusual((), f"it moves more than usual {where}", heat.astype(np.float32))

    def _standard(self, told: Values) -> Values:
        variance = np.maximum(self._square - self._mean**2, 0.0)
        all_mean = self._mean.mean()
        all_variance = max(float(self._square.mean() - all_mean**2), 0.0)
        mean = (1 - _SHARED) * self._mean + _SHARED * all_mean
        spread = np.sqrt((1 - _SHARED) * variance + _SHARED * all_variance) + _FLOOR
        out: Values = (told - mean) / spread
        return out

    def save(self) -> State:
        """See `Normality`."""
        return {
            "version": _VERSION,
            "mean": self._mean.astype(np.float32),
            "square": self._square.astype(np.float32),
            "seen": self._seen,
        }

    def load(self, state: State) -> None:
        """See `Normality`."""
        try:
            if state["version"] != _VERSION:
                raise ValueError(f"version {state['version']}")
            mean = np.asarray(state["mean"], np.float64)
            square = np.asarray(state["square"], np.float64)
            if mean.ndim != 2 or mean.shape != square.shape:
                raise ValueError(f"blocks of shape {mean.shape} and {square.shape}")
            seen = float(state["seen"])
        except (KeyError, TypeError, ValueError) as error:
            raise DetectorStateError(f"a normal of change cannot be read ({error!r})") from error
        self._mean, self._square, self._seen = mean, square, seen


def _told(moments: Moments) -> Values | None:
    """Smoothed logarithms (m, rows, cols) of those moments of which change is known."""
    if moments.change is None:
        return None
    return _smoothed(moments.change[np.isfinite(moments.change[:, 0, 0])])


def _smoothed(change: NDArray[np.float32]) -> Values:
    """log(1 + mean of a block and its neighbours), of (n, rows, cols)."""
    from scipy.ndimage import uniform_filter

    means = uniform_filter(change.astype(np.float64), size=(1, 3, 3), mode="mirror")
    # Rounding leaves a mean of zeros a little below zero.
    out: Values = np.log1p(np.maximum(means, 0.0))
    return out


def _where(down: float, right: float) -> str:
    """A place in words, from fractions of height and width."""
    vertical = ("at the top", "in the middle", "at the bottom")[min(2, int(down * 3))]
    sideways = (" left", "", " right")[min(2, int(right * 3))]
    if vertical == "in the middle" and sideways:
        return f"at the{sideways}"
    return vertical + sideways
