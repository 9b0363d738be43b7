"""A camera's own history and what was known before it, pooled by how well each knows.

Two readings of one statistic are two estimates of the same log rate. Their mean, each weighted by
the inverse of its variance, is the posterior mean of a normal estimate under a normal prior, and
how random-effects meta-analysis pools studies (DerSimonian & Laird 1986, Controlled Clinical
Trials 7(3); Efron & Morris 1975, JASA 70(350)). Weights by seconds watched would let a tail that
was fitted to ten minutes, and is read far beyond them, speak as loudly as what was counted there.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.calibration.fit import Fit
from pipeline.calibration.own import OTHER_HOURS, SAMPLE_MIN, own_reading
from pipeline.calibration.prior import PriorBank
from pipeline.calibration.reading import SECONDS_PER_DAY, SMALLEST_P, UNKNOWN, Calibrated
from pipeline.calibration.tail import TAIL_GRID

FloatArray = NDArray[np.float64]
#: The bank is moved by the highest level that so many clusters reached.
_ANCHOR_CLUSTERS = 10
#: Standard errors (one-sided 90 %) by which the camera's share of time above it is taken lower.
_ERRORS = 1.28
#: Watched seconds after which half of what the bank says too much at the anchor is taken off.
_HALF_KNOWN_S = SECONDS_PER_DAY
#: Ranks of the sample at which the bulk is read.
_RANKS = 17


class MovedBank:
    """A bank, moved up and stretched as far as a camera's own counts prove that it must be.

    A camera whose ordinary scores are higher, or vary more, than the bank's would have its own
    normal called rare. So beyond its *anchor*, the highest level that ten clusters reached, the
    bank is read as if it, too, were exceeded there as often. Only what is beyond the error of a
    count moves it, since few clusters tell little.

    Where the bank says more than the camera counts at its anchor, it is believed less in
    proportion, but slowly, by half after a day: a quiet hour does not make rare what is
    ordinary at other hours.
    """

    def __init__(self, bank: PriorBank, fit: Fit) -> None:
        self.bank = bank
        self._anchor, self._shift, self._stretch = math.inf, 0.0, 1.0
        self._fewer_p = self._fewer = 1.0
        enough = np.flatnonzero(fit.counts >= _ANCHOR_CLUSTERS)
        if enough.size == 0:
            return
        at = enough[-1]
        self._anchor = float(fit.levels[at])
        # Clusters whose lengths are geometric: the time above has a relative variance of 2/k.
        error = math.sqrt(2 / float(fit.counts[at]))
        alike = bank.quantile(float(fit.fractions[at]) * math.exp(-_ERRORS * error))
        self._shift = max(0.0, self._anchor - alike)
        middle, span = float(np.median(fit.sample)), alike - bank.quantile(0.5)
        if math.isfinite(middle) and span > 0:
            self._stretch = max(1.0, (self._anchor - middle) / span)
        known = fit.watched_s / (fit.watched_s + _HALF_KNOWN_S)
        there = bank.reading(self.to_bank(self._anchor))
        here = own_reading(fit, self._anchor, there.per_day)
        self._fewer_p = min(1.0, here.p_value / there.p_value) ** known
        self._fewer = min(1.0, here.per_day / there.per_day) ** known

    def reading(self, statistic: float) -> Calibrated:
        """Return what the bank says of ``statistic`` at this camera."""
        there = self.bank.reading(self.to_bank(statistic))
        return replace(
            there,
            p_value=max(SMALLEST_P, there.p_value * self._fewer_p),
            per_day=there.per_day * self._fewer,
        )

    def to_bank(self, statistic: float) -> float:
        """Return the score of the bank that ``statistic`` is read as."""
        return min(statistic, self._anchor) - self._shift + self._beyond(statistic) / self._stretch

    def from_bank(self, score: float) -> float:
        """Return what `to_bank` makes ``score`` of."""
        there = score + self._shift
        return min(there, self._anchor) + self._beyond(there) * self._stretch

    def _beyond(self, statistic: float) -> float:
        return max(0.0, statistic - self._anchor)


class Pool:
    """Reads statistics against one fit of a camera's history and a prior.

    Both are put down once at some 150 scores, from the bulk to far out in the tails, and read
    between them by linear interpolation of the logarithms. What is higher is never commoner.
    """

    def __init__(self, fit: Fit, always: float, bank: PriorBank | None) -> None:
        """Pool ``fit`` with ``bank``, or, without one, with the prior that each reading is given.

        Args:
            fit: the camera's history.
            always: incidents a day of what is always there.
            bank: the model's background.
        """
        self._largest = fit.largest
        self._moved = MovedBank(bank, fit) if bank else None
        self._at = at = _grid(fit, self._moved)
        own = [own_reading(fit, x, always) for x in at.tolist()]
        self._own = _logs(own)
        rates = np.array([r.variance for r in own])
        self._variance = np.stack([np.minimum(rates, _p_variance(fit, at)), rates])
        self._curves: tuple[FloatArray, FloatArray, FloatArray] | None = None
        if self._moved:
            known = [self._moved.reading(x) for x in at.tolist()]
            self._curves = self._pooled(_logs(known), np.array([r.variance for r in known]))

    def reading(self, statistic: float, prior: Calibrated | None = None) -> Calibrated:
        """Return the pooled reading of ``statistic``.

        Args:
            statistic: a window statistic above -inf, not NaN.
            prior: what is known besides, in place of the bank; required where there is none.
        """
        at = self._at
        if prior is not None:
            if at.size == 0:
                return prior
            logs = np.log([[prior.p_value], [prior.per_day]])
            # Only what is below the statistic, and the next above it, has a say.
            upto = int(np.searchsorted(at, statistic, side="right")) + 1
            at = at[:upto]
            curves = self._pooled(logs, np.array([prior.variance]), upto)
            unseen = prior.extrapolated
        elif self._curves is not None and self._moved is not None:
            curves = self._curves
            unseen = self._moved.to_bank(statistic) > self._moved.bank.largest
        else:
            raise ValueError("a pool without a bank needs a prior for each reading")
        p, per_day = (math.exp(np.interp(statistic, at, logs)) for logs in curves[0])
        weight, variance = (float(np.interp(statistic, at, y[1])) for y in curves[1:])
        return Calibrated(
            p_value=min(1.0, max(SMALLEST_P, p)),
            per_day=max(SMALLEST_P, per_day),
            extrapolated=statistic > self._largest if weight >= 0.5 else unseen,
            variance=variance,
        )

    def _pooled(
        self, prior: FloatArray, variance: FloatArray, upto: int | None = None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return pooled logs, the weights of the own history and variances, each (2, m).

        Args:
            prior: (2, m) or (2, 1), ln p_value and ln per_day.
            variance: (m,) or (1,), of both.
            upto: how many of the scores, from the lowest on; None: all.
        """
        own = self._variance[:, :upto]
        weight = variance / (variance + own)
        logs = prior + weight * (self._own[:, :upto] - prior)
        # Where a weight falls faster than the readings, the mean would rise with the score.
        if prior.shape[1] > 1:
            # At least as common as anything higher is.
            logs = np.maximum.accumulate(logs[:, ::-1], axis=1)[:, ::-1]
        else:
            # A prior that does not fall with the score is no reason to call far scores common.
            logs = np.minimum.accumulate(logs, axis=1)
        return logs, weight, weight * own


def _logs(readings: list[Calibrated]) -> FloatArray:
    """Return ln p_value and ln per_day, (2, m)."""
    pairs = np.array([[r.p_value, r.per_day] for r in readings], dtype=np.float64)
    logs: FloatArray = np.log(pairs.reshape(-1, 2).T)
    return logs


def _p_variance(fit: Fit, at: FloatArray) -> FloatArray:
    """Return the variances (m,) of ln p where it was counted in the sample.

    What is set aside as a long anomaly is in the sample, thinned out, but not in the top. If it is
    the camera's normal, only the sample can tell: the windows then stop being suspect.
    """
    counts = fit.sample.size - np.searchsorted(fit.sample, at.astype(np.float32), side="left")
    found: FloatArray = np.where(counts >= SAMPLE_MIN, 1 / np.maximum(counts, 1), UNKNOWN)
    return found + OTHER_HOURS


def _grid(fit: Fit, moved: MovedBank | None) -> FloatArray:
    """Return ascending scores (m,) between which the readings are nearly straight."""
    bulk = fit.sample[np.isfinite(fit.sample)].astype(np.float64)
    parts = [fit.levels]
    if bulk.size:
        parts.append(bulk[np.linspace(0, bulk.size - 1, _RANKS).astype(np.int64)])
    if math.isfinite(fit.largest):
        # Just beyond all that was seen a camera without a tail knows nothing.
        parts.append(np.array([fit.largest + 1e-6 * max(1.0, abs(fit.largest))]))
    if fit.tail:
        parts.append(fit.tail.threshold + fit.tail.scale * TAIL_GRID)
    if moved:
        parts.append(np.array([moved.from_bank(x) for x in moved.bank.grid().tolist()]))
    grid: FloatArray = np.unique(np.concatenate(parts))
    return grid
