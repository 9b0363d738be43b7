"""The model's own background: what ordinary pictures and sounds score before a camera is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.calibration.reading import (
    SECONDS_PER_DAY,
    SMALLEST_P,
    Calibrated,
    CalibrationError,
)
from pipeline.calibration.tail import TAIL_GRID, Tail, fit_tail

#: The tail rests on at most so many of the largest scores, and on at most a tenth of them.
_MAX_PEAKS = 150
#: Standard errors by which the tail's scale is taken larger than fitted (one-sided 95 %).
_ERRORS = 1.645
#: Ranks of the bank at which its bulk is put down.
_RANKS = 33
#: Variance of the logarithm of the rate between cameras at which the bank's tail begins: a factor
#: of e either way.
_BETWEEN_CAMERAS = 1.0
#: Standard deviation of the tail's shape between cameras: tells where the tail is read far out.
_SHAPES = 0.03


class PriorBank:
    """Reads a statistic against raw scores of a bank of ordinary embeddings.

    Each score of the bank counts as one independent window, and a day holds as many of them as
    fit into it when each overlaps the next by half. That errs towards fewer alerts: the mean over
    the upper half of a window varies less than a single score does, and windows of one scene
    resemble each other more than pictures of different scenes.

    Inside the bank the p-value is (1 + scores at least as high) / (n + 1); beyond its ninth decile
    it is read from a generalised Pareto tail.

    A bank that was gathered behind a gate holds only moments in which something happened, while
    later every window counts. So *quiet* moments, which the gate held back, are counted too: each
    is as ordinary as the bank's lowest score. Without them a microphone that hears something one
    minute in four would have its scores called four times as common as they are.

    Cameras differ from the bank and from one another. How far is stated, not known: the variance
    of the logarithm of the rate is 1 inside the bank and grows in the tail, where a shape that
    differs from the bank's tells the more the deeper it is read (see `Tail.log_variance`).
    """

    def __init__(self, raws: NDArray[np.floating[Any]], *, window_s: float, quiet: int = 0) -> None:
        """Make a prior.

        Args:
            raws: (n,) raw scores of ordinary embeddings, n >= 1, finite.
            window_s: length of a window, seconds.
            quiet: moments of the same stretch that had no score, >= 0.

        Raises:
            CalibrationError: the bank is empty or holds a score that is not finite.
        """
        values = np.sort(np.asarray(raws, dtype=np.float64).ravel())
        if values.size < 1 or not np.isfinite(values).all():
            raise CalibrationError(
                "a bank of background scores needs at least one score, all of them finite: "
                "make it anew with this model"
            )
        if not window_s > 0:
            raise CalibrationError(f"the window must be longer than zero, not {window_s} s")
        self._values = values
        self._size = values.size + quiet
        self._windows_per_day = 2 * SECONDS_PER_DAY / window_s
        n = values.size
        above = min(_MAX_PEAKS, max(1, n // 10))
        self._threshold = float(values[max(0, n - above - 1)])
        peaks = values[values > self._threshold]
        tail = fit_tail(peaks, self._threshold)
        # The upper end of the scale's interval: a bank of some hundred scores tells it no better.
        self._tail = tail and replace(tail, scale=tail.scale * (1 + _ERRORS / peaks.size**0.5))
        self._at_threshold = self._empirical(self._threshold)

    @property
    def tail(self) -> Tail | None:
        """The fitted tail; None where the scores do not differ."""
        return self._tail

    @property
    def largest(self) -> float:
        """The highest score of the bank."""
        return float(self._values[-1])

    def reading(self, statistic: float) -> Calibrated:
        """Return how unusual ``statistic`` is among the bank's scores."""
        p = self._empirical(statistic)
        if self._tail and statistic > self._threshold:
            fitted = self._at_threshold * self._tail.survival(statistic)
            # A bank with a second, rarer kind of ordinary score may exceed the smooth tail.
            p = fitted if statistic > self.largest else max(fitted, p)
        p = min(1.0, max(SMALLEST_P, p))
        depth = 0.0
        if self._tail:
            depth = max(0.0, (statistic - self._threshold) / self._tail.scale)
        return Calibrated(
            p_value=p,
            per_day=p * self._windows_per_day,
            extrapolated=statistic > self.largest,
            variance=_BETWEEN_CAMERAS + (_SHAPES * depth * depth / 2) ** 2,
        )

    def quantile(self, p: float) -> float:
        """Return the score whose p-value is about ``p``, in (0, 1]."""
        if self._tail and p < self._at_threshold:
            return self._tail.quantile(p / self._at_threshold)
        n = self._values.size
        at_least = min(n, max(1, round(p * (self._size + 1)) - 1))
        return float(self._values[n - at_least])

    def grid(self) -> NDArray[np.float64]:
        """Return scores (m,) between which the logarithm of the p-value is nearly straight."""
        n = self._values.size
        bulk = self._values[np.linspace(0, n - 1, _RANKS).astype(np.int64)]
        beyond = np.array([self.largest + 1e-6 * max(1.0, abs(self.largest))])
        tail = self._threshold + self._tail.scale * TAIL_GRID if self._tail else beyond
        return np.concatenate([bulk, beyond, tail])

    def _empirical(self, statistic: float) -> float:
        n = self._values.size
        at_least = n - int(np.searchsorted(self._values, statistic, side="left"))
        return (1 + (self._size if at_least == n else at_least)) / (self._size + 1)
