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
from pipeline.calibration.tail import Tail, fit_tail

#: The tail rests on at most so many of the largest scores, and on at most a tenth of them.
_MAX_PEAKS = 150
#: Standard errors by which the tail's scale is taken larger than fitted (one-sided 95 %).
_ERRORS = 1.645


class PriorBank:
    """Reads a statistic against raw scores of a bank of ordinary embeddings.

    Each score of the bank counts as one independent window, and a day holds as many of them as
    fit into it when each overlaps the next by half. That errs towards fewer alerts: the mean over
    the upper half of a window varies less than a single score does, and windows of one scene
    resemble each other more than pictures of different scenes.

    Inside the bank the p-value is (1 + scores at least as high) / (n + 1); beyond its ninth decile
    it is read from a generalised Pareto tail.
    """

    def __init__(self, raws: NDArray[np.floating[Any]], *, window_s: float) -> None:
        """Make a prior.

        Args:
            raws: (n,) raw scores of ordinary embeddings, n >= 1, finite.
            window_s: length of a window, seconds.

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
    def scale(self) -> float | None:
        """Scale of the fitted tail, in units of the score."""
        return self._tail.scale if self._tail else None

    def reading(self, statistic: float) -> Calibrated:
        """Return how unusual ``statistic`` is among the bank's scores."""
        p = self._empirical(statistic)
        if self._tail and statistic > self._threshold:
            fitted = self._at_threshold * self._tail.survival(statistic)
            # A bank with a second, rarer kind of ordinary score may exceed the smooth tail.
            p = fitted if statistic > self._values[-1] else max(fitted, p)
        p = min(1.0, max(SMALLEST_P, p))
        return Calibrated(p, p * self._windows_per_day, bool(statistic > self._values[-1]))

    def _empirical(self, statistic: float) -> float:
        n = self._values.size
        at_least = n - int(np.searchsorted(self._values, statistic, side="left"))
        return (1 + at_least) / (n + 1)
