"""A calibrated reading."""

from __future__ import annotations

from dataclasses import dataclass

SECONDS_PER_DAY = 86_400.0
#: No reading claims to be rarer than this: nothing that was fitted reaches so far.
SMALLEST_P = 1e-12
#: The variance of a reading of which nothing is known. Finite, so that two of them can be pooled.
UNKNOWN = 1e6


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
    #: Of the natural logarithm of ``per_day``, as an estimate of this camera's rate, > 0; taken for
    #: that of ``p_value`` too. `UNKNOWN` where nothing is known.
    variance: float
