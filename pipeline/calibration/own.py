"""What a camera's own history says of a statistic, and how well it knows."""

from __future__ import annotations

import numpy as np

from pipeline.calibration.fit import Fit
from pipeline.calibration.reading import SECONDS_PER_DAY, SMALLEST_P, UNKNOWN, Calibrated

#: Below so many of the sample, p-values are counted in the top instead.
SAMPLE_MIN = 30
#: No stretch of history stands for all others: variance that no count removes.
OTHER_HOURS = 0.05


def own_reading(
    fit: Fit, statistic: float, always: float, *, at_least_one: bool = False
) -> Calibrated:
    """Return how unusual ``statistic`` is by ``fit`` alone.

    The variance of a rate's logarithm is 1/k where k clusters were counted (Poisson, delta method);
    in the tail that of its survival is added (`Tail.log_variance`). Beyond all that was seen
    nothing is known where there is no tail.

    Args:
        fit: the camera's history.
        statistic: a window statistic, not NaN.
        always: incidents a day of what is always there.
        at_least_one: claim no rate below once in the time watched.
    """
    n = fit.sample.size
    at_least = n - int(np.searchsorted(fit.sample, np.float32(statistic), side="left"))
    p = (1 + at_least) / (n + 1)
    clusters, variance = 0.0, UNKNOWN
    if fit.levels.size:
        at = int(np.searchsorted(fit.levels, statistic, side="right")) - 1
        beyond = statistic > fit.levels[-1]
        clusters = 0.0 if beyond else float(fit.counts[max(at, 0)])
        share = 0.0 if beyond else float(fit.fractions[max(at, 0)])
        if clusters:
            variance = 1 / clusters
        if fit.tail and statistic > fit.tail.threshold:
            survival = fit.tail.survival(statistic)
            base = int(np.searchsorted(fit.levels, fit.tail.threshold, side="right")) - 1
            count, above = float(fit.counts[base]), float(fit.fractions[base])
            clusters = max(clusters, count * survival)
            share = max(share, above * survival)
            far = fit.tail.log_variance(statistic, fit.peaks, above)
            variance = min(variance, 1 / count + far)
        elif beyond and not fit.tail:
            share = 1 / (n + 1)
        if at_least < SAMPLE_MIN:
            p = min((1 + SAMPLE_MIN) / (n + 1), share)
        if at < 0:
            # Lower than all that the top holds: commoner than its lowest level.
            clusters *= max(1.0, p / max(float(fit.fractions[0]), SMALLEST_P))
    if at_least_one:
        clusters = max(clusters, 1.0) if fit.tail else 1.0 + clusters
    p = min(1.0, max(SMALLEST_P, p))
    # What the camera shows half of the time is ordinary, however its runs are counted.
    rate = min(always, clusters * SECONDS_PER_DAY / fit.watched_s)
    if p >= 0.5:
        rate, variance = always, min(variance, 1 / at_least)
    return Calibrated(
        p_value=p,
        per_day=max(rate, SMALLEST_P),
        extrapolated=bool(statistic > fit.largest),
        variance=variance + OTHER_HOURS,
    )
