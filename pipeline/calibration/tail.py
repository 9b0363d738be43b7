"""Peaks over a threshold: the generalised Pareto tail.

Coles (2001), An Introduction to Statistical Modeling of Extreme Values, ch. 4; fitted by
probability-weighted moments, Hosking & Wallis (1987), Technometrics 29(3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: So many peaks carry no shape: the tail is exponential.
_NO_SHAPE = 10
#: Peaks beyond these that weigh as much as the assumption that the tail is exponential.
_SHAPE_PRIOR = 30.0
#: Variance of the shape of a "tail" that holds everything.
_BULK_VARIANCE = 0.3
#: A shape of -0.1 is a normal distribution's at the levels that matter here; with less, the tail
#: would end soon after the largest peak seen. From 1/2 on it has no variance.
_SHAPE_RANGE = (-0.1, 0.5)
#: Depths, in scales, between which the logarithm of a survival is nearly straight.
TAIL_GRID: NDArray[np.float64] = np.concatenate([np.linspace(0, 4, 9), np.geomspace(4.4, 80, 30)])


@dataclass(frozen=True, slots=True)
class Tail:
    """Survival of a score beyond ``threshold``, given that it is exceeded."""

    threshold: float
    #: In units of the score, > 0.
    scale: float
    shape: float

    def survival(self, score: float) -> float:
        """Return P(S >= score | S >= threshold), in [0, 1]; 0 beyond the end of a bounded tail."""
        z = (score - self.threshold) / self.scale
        if z <= 0:
            return 1.0
        if abs(self.shape) < 1e-6:
            return math.exp(-z)
        inner = 1.0 + self.shape * z
        return math.exp(-math.log(inner) / self.shape) if inner > 0 else 0.0

    def quantile(self, survival: float) -> float:
        """Return the score whose `survival` is as given, in (0, 1]."""
        depth = -math.log(survival)
        if abs(self.shape) >= 1e-6:
            depth = math.expm1(self.shape * depth) / self.shape
        return self.threshold + self.scale * depth

    def log_variance(self, score: float, peaks: int, above: float) -> float:
        """Return the variance of the logarithm of `survival`; infinite beyond a bounded tail's end.

        By the delta method (Coles 2001, 4.3.3), scale and shape taken as independent: the scale's
        relative variance is that of ``peaks``, the shape's that of the peaks and of what draws it
        to 0. A tail that begins in the bulk is none: what is fitted there is off by more. For a
        normal distribution by 0.4 in shape from its median on, by 0.15 from its ninth decile.

        Args:
            score: where it is read.
            peaks: how many it was fitted to, >= 1.
            above: share of the time above ``threshold``.
        """
        z = max(0.0, (score - self.threshold) / self.scale)
        inner = 1.0 + self.shape * z
        if inner <= 0:
            return math.inf
        by_scale = z / inner
        if abs(self.shape) < 1e-3:
            by_shape = z * z / 2
        else:
            by_shape = (math.log(inner) / self.shape - by_scale) / self.shape
        shape_variance = 1 / (peaks + _SHAPE_PRIOR) + _BULK_VARIANCE * above
        return by_scale**2 / peaks + by_shape**2 * shape_variance


def fit_tail(peaks: NDArray[np.floating[Any]], threshold: float) -> Tail | None:
    """Fit a generalised Pareto tail to independent peaks.

    Up to 10 peaks give an exponential tail by their mean excess. More give a shape by
    probability-weighted moments, drawn towards 0 as if by 30 peaks and clamped to [-0.1, 0.5]; it
    counts for the peaks beyond 10, so that the tail does not jump as they become more.

    Args:
        peaks: (n,) scores above ``threshold``, in any order.
        threshold: where the tail begins.

    Returns:
        The tail; None where nothing tells its scale (no peaks, or all of them alike).
    """
    excess = np.sort(np.asarray(peaks, dtype=np.float64) - threshold)
    n = excess.size
    total = float(excess.sum())
    if not total > 0:
        return None
    mean = total / n
    shape = 0.0
    if n > _NO_SHAPE:
        above = 1.0 - (np.arange(1, n + 1) - 0.35) / n
        moment = float((above * excess).mean())
        # For an exponential tail the mean is four times this moment; shape k = -xi in their
        # notation.
        spread = mean - 2.0 * moment
        shape = 2.0 - mean / spread if spread > 0 else _SHAPE_RANGE[0]
        shape *= (n - _NO_SHAPE) / (n - _NO_SHAPE + _SHAPE_PRIOR)
        shape = min(max(shape, _SHAPE_RANGE[0]), _SHAPE_RANGE[1])
    scale = mean * (1.0 - shape)
    return Tail(threshold, scale, shape) if scale > _least_scale(threshold) else None


def _least_scale(threshold: float) -> float:
    # Differences as small as rounding are ties.
    return 1e-9 * max(1.0, abs(threshold))
