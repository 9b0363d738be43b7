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

#: Fewer peaks than this carry no shape: the tail is exponential.
_MIN_FOR_SHAPE = 30
#: Peaks that weigh as much as the assumption that the tail is exponential.
_SHAPE_PRIOR = 30.0
#: Peaks that weigh as much as the prior scale, where one is given.
_SCALE_PRIOR = 10.0
#: A shape of -0.1 is a normal distribution's at the levels that matter here; with less, the tail
#: would end soon after the largest peak seen. From 1/2 on it has no variance.
_SHAPE_RANGE = (-0.1, 0.5)


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


def fit_tail(
    peaks: NDArray[np.floating[Any]], threshold: float, prior_scale: float | None = None
) -> Tail | None:
    """Fit a generalised Pareto tail to independent peaks.

    Fewer than 30 peaks give an exponential tail by their mean excess, drawn towards
    ``prior_scale`` with the weight of 10 peaks. More give a shape by probability-weighted moments,
    drawn towards 0 with the weight of 30 peaks and clamped to [-0.1, 0.5].

    Args:
        peaks: (n,) scores above ``threshold``, in any order.
        threshold: where the tail begins.
        prior_scale: scale of a tail of the same kind of score, > 0.

    Returns:
        The tail; None where nothing tells its scale (no peaks, or all of them alike).
    """
    excess = np.sort(np.asarray(peaks, dtype=np.float64) - threshold)
    n = excess.size
    total = float(excess.sum())
    if n < _MIN_FOR_SHAPE or not total > 0:
        weight = _SCALE_PRIOR if prior_scale else 0.0
        if n + weight == 0:
            return None
        scale = (total + weight * (prior_scale or 0.0)) / (n + weight)
        return Tail(threshold, scale, 0.0) if scale > _least_scale(threshold) else None
    mean = total / n
    above = 1.0 - (np.arange(1, n + 1) - 0.35) / n
    moment = float((above * excess).mean())
    # For an exponential tail the mean is four times this moment; shape k = -xi in their notation.
    spread = mean - 2.0 * moment
    shape = 2.0 - mean / spread if spread > 0 else _SHAPE_RANGE[0]
    shape *= n / (n + _SHAPE_PRIOR)
    shape = min(max(shape, _SHAPE_RANGE[0]), _SHAPE_RANGE[1])
    scale = mean * (1.0 - shape)
    return Tail(threshold, scale, shape) if scale > _least_scale(threshold) else None


def _least_scale(threshold: float) -> float:
    # Differences as small as rounding are ties.
    return 1e-9 * max(1.0, abs(threshold))
