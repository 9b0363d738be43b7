"""Intervals by resampling whole clips, with fixed seeds; two figures see the same resamples.

The paired bootstrap with percentile intervals: Efron & Tibshirani, An Introduction to the
Bootstrap, 1993. A resample of the clips is a weight for each, how often it was drawn, and a figure
takes many resamples at once: weights (r, n) in, values (r,) out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The seed of all resampling, and how many resamples there are.
SEED, RESAMPLES = 20_240_601, 1000
_LEVEL = 0.95
#: Weights held in memory at a time.
_AT_ONCE = 4_000_000

Values = NDArray[np.float64]
Figure = Callable[[Values], Values]


class Draws:
    """Resamples of items: those of one group, such as the frames of a clip, are drawn together."""

    def __init__(self, groups: Sequence[Any], resamples: int = RESAMPLES, seed: int = SEED) -> None:
        """Draw; the outcome depends on the groups' number and the seed alone."""
        _, self._group = np.unique(np.asarray(groups), return_inverse=True)
        n = int(self._group.max()) + 1
        rng = np.random.default_rng(seed)
        self._counts = rng.multinomial(n, np.full(n, 1 / n), size=resamples)

    def __iter__(self) -> Iterator[Values]:
        """Yield weights (r, n), some resamples at a time."""
        step = max(1, _AT_ONCE // len(self._group))
        for first in range(0, len(self._counts), step):
            counts = self._counts[first : first + step]
            yield counts[:, self._group].astype(np.float64)

    @property
    def once(self) -> Values:
        """Weights (1, n) under which every item counts once."""
        return np.ones((1, len(self._group)))


def interval(figure: Figure, draws: Draws) -> list[float]:
    """Low and high end of the 95 % percentile interval of a figure.

    Resamples in which it is not defined, such as one without a positive clip, are left out.
    """
    values = np.concatenate([figure(weights) for weights in draws])
    values = values[np.isfinite(values)]
    if not values.size:
        return [float("nan")] * 2
    tail = (1 - _LEVEL) / 2
    return [float(q) for q in np.quantile(values, [tail, 1 - tail])]


def difference(first: Figure, second: Figure, draws: Draws) -> dict[str, Any]:
    """A figure minus another on the same items, with its paired interval."""
    return {
        "difference": float((first(draws.once) - second(draws.once))[0]),
        "interval": interval(lambda weights: first(weights) - second(weights), draws),
    }


def auc(labels: NDArray[np.bool_], scores: Values, of: Values | None = None) -> Figure:
    """`pipeline.evaluation.metrics.auc` of scores (n,) for many weights; NaN scores are left out.

    Args:
        labels: (n,).
        scores: (n,).
        of: (n,) how much each item counts by itself, such as a stretch's frames.
    """
    by_level = _Levels(labels, scores, of)

    def figure(weights: Values) -> Values:
        positive, negative = by_level.split(weights)
        below = negative.cumsum(axis=1) - negative
        area = (positive * (below + negative / 2)).sum(axis=1)
        with np.errstate(invalid="ignore"):
            out: Values = area / (positive.sum(axis=1) * negative.sum(axis=1))
        return out

    return figure


def average_precision(
    labels: NDArray[np.bool_], scores: Values, of: Values | None = None
) -> Figure:
    """`pipeline.evaluation.metrics.average_precision`, as `auc` here."""
    by_level = _Levels(labels, scores, of)

    def figure(weights: Values) -> Values:
        positive, negative = (x[:, ::-1] for x in by_level.split(weights))
        hits, errors = positive.cumsum(axis=1), negative.cumsum(axis=1)
        with np.errstate(invalid="ignore"):
            precision = np.nan_to_num(hits / (hits + errors))
            out: Values = (positive * precision).sum(axis=1) / positive.sum(axis=1)
        return np.where(negative.sum(axis=1) > 0, out, np.nan)

    return figure


#: As `pipeline.evaluation.metrics.DETECTION`.
DETECTION: dict[str, Callable[[NDArray[np.bool_], Values, Values | None], Figure]] = {
    "auc": auc,
    "average_precision": average_precision,
}


def share(right: NDArray[np.bool_], among: NDArray[np.bool_] | None = None) -> Figure:
    """The share of (n,) answers that are right, among all or some of them."""
    asked = np.ones(len(right), bool) if among is None else among

    def figure(weights: Values) -> Values:
        with np.errstate(invalid="ignore"):
            out: Values = (weights * (right & asked)).sum(axis=1) / (weights * asked).sum(axis=1)
        return out

    return figure


def mean_of(figures: Sequence[Figure]) -> Figure:
    """The mean of several figures; one that a resample does not define is left out of it."""

    def figure(weights: Values) -> Values:
        values = np.stack([one(weights) for one in figures])
        known = np.isfinite(values)
        with np.errstate(invalid="ignore"):
            out: Values = np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0)
        return out

    return figure


class _Levels:
    """Sums weights of positive and negative items by distinct score, lowest first."""

    def __init__(self, labels: NDArray[np.bool_], scores: Values, of: Values | None) -> None:
        kept = np.flatnonzero(np.isfinite(scores))
        self._order = kept[np.argsort(scores[kept], kind="stable")]
        ordered = scores[self._order]
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        own = np.ones(len(scores)) if of is None else of
        self._positive = (own * labels)[self._order]
        self._negative = (own * ~labels)[self._order]

    def split(self, weights: Values) -> tuple[Values, Values]:
        """Positive and negative weight (r, levels) of weights (r, n)."""
        ordered = weights[:, self._order]
        return (
            np.add.reduceat(ordered * self._positive, self._starts, axis=1),
            np.add.reduceat(ordered * self._negative, self._starts, axis=1),
        )
