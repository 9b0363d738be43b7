"""A calibrated reading, and how two sources of one are put together."""

from __future__ import annotations

from dataclasses import dataclass

SECONDS_PER_DAY = 86_400.0
#: No reading claims to be rarer than this: nothing that was fitted reaches so far.
SMALLEST_P = 1e-12


class CalibrationError(ValueError):
    """A statistic, a bank or a saved state that cannot be used."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """How unusual one window statistic is."""

    #: Probability that an ordinary window reads at least as high, in (0, 1].
    p_value: float
    #: Expected incidents a day at least this extreme when nothing is wrong, > 0.
    per_day: float
    #: True where the reading lies beyond all that was observed.
    extrapolated: bool


def blend(
    first: Calibrated, first_weight: float, second: Calibrated, second_weight: float
) -> Calibrated:
    """Return the weighted mean of two readings of one statistic.

    For rates this is the posterior mean of a Poisson rate under a Gamma prior (Gelman et al.,
    Bayesian Data Analysis, 2.6): a prior rate ``r0`` worth ``T0`` seconds of watching, and ``N``
    events in ``T`` seconds of one's own, give ``(T0 r0 + N) / (T0 + T)``. The p-values are mixed
    with the same weights.

    Args:
        first: one reading.
        first_weight: its weight, >= 0, in seconds watched.
        second: another reading of the same statistic.
        second_weight: its weight, >= 0; the two do not sum to zero.
    """
    share = first_weight / (first_weight + second_weight)
    leads = share * first.per_day >= (1 - share) * second.per_day
    return Calibrated(
        p_value=share * first.p_value + (1 - share) * second.p_value,
        per_day=share * first.per_day + (1 - share) * second.per_day,
        extrapolated=first.extrapolated if leads else second.extrapolated,
    )
