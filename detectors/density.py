"""How likely a moment is here at this hour: a shrunk Gaussian around the centre of each hour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.base import DetectorInputError, DetectorStateError, Moments, State
from pipeline.records import Unusual

_VERSION = 1
_HOURS = 24
#: So many moments of an hour weigh as much as all hours together; the same for weekdays in an hour.
_POOLED = 30.0
#: Moments that centres and covariance remember, about: a week at one in ten seconds.
#: With less, a night would make the day forgotten.
_MEMORY = 60_480.0
#: What was fitted counts for so many in the covariance: a day, however few stand for it.
_FITTED = 8640.0
#: The covariance is inverted anew after so many moments.
_INVERT_EVERY = 256
#: Directions that are kept apart: the rest are taken together.
_DIRECTIONS = 64


class HourlyGaussian:
    """Mahalanobis distance to the centre of the hour.

    One covariance is shared by all hours, shrunk towards a ball by Ledoit & Wolf's formula (2004).
    Centres differ by hour of day, and by working day and weekend within it, each drawn towards the
    one above it as if by 30 moments: an hour that was hardly seen is judged by what all hours have
    in common. The distance is taken in the 64 directions of largest variance, what is left counts
    with its mean variance (probabilistic PCA, Tipping & Bishop 1999).
    """

    name = "density"

    def __init__(self) -> None:
        self._centre: NDArray[np.float64] = np.zeros(0)
        self._covariance: NDArray[np.float64] = np.zeros((0, 0))
        #: (2, 24, d) sums of deviations from the centre, and counts (2, 24): working day, weekend.
        self._sums: NDArray[np.float64] = np.zeros((2, _HOURS, 0))
        self._counts: NDArray[np.float64] = np.zeros((2, _HOURS))
        #: (2, 24, d) centres of the hours, made of those when first asked for.
        self._centres: NDArray[np.float64] | None = None
        self._axes: NDArray[np.float64] = np.zeros((0, 0))
        self._scales: NDArray[np.float64] = np.zeros(0)
        self._rest = 1.0
        self._since = 0
        self._seen = 0.0

    def fit(self, normal: Moments) -> None:
        """See `Normality`."""
        from sklearn.covariance import ledoit_wolf

        rows = normal.vectors.astype(np.float64)
        if len(rows) < 2:
            raise DetectorInputError("a density needs at least two moments")
        self._centre = rows.mean(axis=0)
        self._sums = np.zeros((2, _HOURS, rows.shape[1]))
        self._counts = np.zeros((2, _HOURS))
        self._tally(rows, normal.hour_of_week)
        covariance, _ = ledoit_wolf(
            rows - self._expected(normal.hour_of_week), assume_centered=True
        )
        self._covariance = np.asarray(covariance, np.float64)
        self._seen = max(float(len(rows)), _FITTED)
        self._invert()

    def update(self, normal: Moments) -> None:
        """See `Normality`."""
        rows = normal.vectors.astype(np.float64)
        away = rows - self._expected(normal.hour_of_week)
        # Running means, one row after the other, as one product: of each row what is left of its
        # rate after those that follow.
        rates = 1 / np.minimum(self._seen + np.arange(1, len(rows) + 1), _MEMORY)
        left = np.append(np.cumprod((1 - rates)[::-1])[::-1][1:], 1.0)
        weights = rates * left
        kept = 1 - float(weights.sum())
        self._seen = min(self._seen + len(rows), _MEMORY)
        # The ball that the first estimate was drawn towards stays in it: only the rest moves.
        self._covariance = kept * self._covariance + (away * weights[:, None]).T @ away
        step = weights @ (rows - self._centre)
        self._centre += step
        self._sums -= self._counts[:, :, np.newaxis] * step
        self._tally(rows, normal.hour_of_week)
        over = self._counts.sum() / _MEMORY
        if over > 1:
            self._sums /= over
            self._counts /= over
            self._centres = None
        self._since += len(rows)
        if self._since >= _INVERT_EVERY:
            self._invert()

    def score(self, moments: Moments) -> NDArray[np.float64]:
        """See `Normality`: Mahalanobis distance, per direction."""
        if not self._centre.size:
            return np.full(len(moments), np.nan)
        away = moments.vectors.astype(np.float64) - self._expected(moments.hour_of_week)
        along = away @ self._axes
        inside = (along**2 * self._scales).sum(axis=1)
        left = np.maximum(0.0, (away**2).sum(axis=1) - (along**2).sum(axis=1))
        out: NDArray[np.float64] = np.sqrt((inside + left * self._rest) / away.shape[1])
        return out

    def explain(self, moment: Moments) -> Unusual:
        """See `Normality`."""
        hour = int(moment.hour_of_week[-1]) % 24
        return Unusual((), f"rare among all that was learned, for {hour}:00 to {hour}:59")

    def _tally(self, rows: NDArray[np.float64], hour_of_week: NDArray[np.float32]) -> None:
        kind, hour = _slots(hour_of_week)
        np.add.at(self._sums, (kind, hour), rows - self._centre)
        np.add.at(self._counts, (kind, hour), 1.0)
        self._centres = None

    def _expected(self, hour_of_week: NDArray[np.float32]) -> NDArray[np.float64]:
        """The centre (n, d) at each moment's hour."""
        if self._centres is None:
            pooled = self._counts.sum(axis=0) + _POOLED
            of_hour = self._sums.sum(axis=0) / pooled[:, np.newaxis]
            counts = self._counts[:, :, np.newaxis]
            self._centres = self._centre + (self._sums + _POOLED * of_hour) / (counts + _POOLED)
        kind, hour = _slots(hour_of_week)
        expected: NDArray[np.float64] = self._centres[kind, hour]
        return expected

    def _invert(self) -> None:
        values, axes = np.linalg.eigh(self._covariance)
        kept = min(_DIRECTIONS, values.size - 1)
        least = max(float(values.mean()) * 1e-4, 1e-12)
        self._axes = axes[:, -kept:]
        self._scales = 1 / np.maximum(values[-kept:], least)
        self._rest = 1 / max(float(values[:-kept].mean()), least)
        self._since = 0

    def save(self) -> State:
        """See `Normality`."""
        if self._since:
            # What is read back is inverted too: before and after, scores are the same.
            self._invert()
        return {
            "version": _VERSION,
            "centre": self._centre,
            "covariance": self._covariance.astype(np.float32),
            "sums": self._sums.astype(np.float32),
            "counts": self._counts,
            "seen": self._seen,
        }

    def load(self, state: State) -> None:
        """See `Normality`."""
        try:
            if state["version"] != _VERSION:
                raise ValueError(f"version {state['version']}")
            centre = np.asarray(state["centre"], np.float64)
            covariance = np.asarray(state["covariance"], np.float64)
            sums = np.asarray(state["sums"], np.float64)
            counts = np.asarray(state["counts"], np.float64)
            d = centre.size
            if covariance.shape != (d, d) or sums.shape != (2, _HOURS, d):
                raise ValueError("its parts do not fit together")
            seen = float(state["seen"])
        except (KeyError, TypeError, ValueError) as error:
            raise DetectorStateError(f"a density cannot be read ({error!r})") from error
        self._centre, self._covariance = centre, covariance
        self._sums, self._counts, self._seen = sums, counts, seen
        self._centres = None
        self._invert()


def _slots(hour_of_week: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Working day (0) or weekend (1), and hour of day, of each moment."""
    hours = np.floor(hour_of_week).astype(np.int64)
    return (hours // 24 >= 5).astype(np.int64), hours % 24
