"""How often something happens, seen so often in so long: with what the count leaves open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

# Not scipy.stats, which takes longer to import than a short rehearsal.
from scipy.special import gammaincinv

#: Of the intervals, two-sided.
CONFIDENCE = 0.95
#: Expected alerts with which a promise that is kept shows: none seen bounds the rate by so much.
_ENOUGH = float(gammaincinv(1, (1 + CONFIDENCE) / 2))
_DAY_S = 86_400.0


class Verdict(StrEnum):
    """What the count says of a promise."""

    HOLDS = "holds"
    MAY_HOLD = "may hold"
    SHORT = "too short to tell"
    #: If none of the alerts was right: promises are of false alarms.
    EXCEEDED = "exceeded"


@dataclass(frozen=True, slots=True)
class Rate:
    """Events a day, with an interval of 95 %."""

    count: int
    days: float
    per_day: float
    low: float
    high: float

    def verdict(self, promised: float) -> Verdict:
        """Whether a promise of ``promised`` events a day is kept, as far as this can show."""
        if self.low > promised:
            return Verdict.EXCEEDED
        if self.high <= promised:
            return Verdict.HOLDS
        return Verdict.MAY_HOLD if self.days * promised >= _ENOUGH else Verdict.SHORT


def rate_of(counted: Sequence[tuple[int, float]]) -> Rate:
    """The sum of rates, each counted for itself.

    The interval of one count is Poisson's exact one (Garwood 1936, "Fiducial limits for the Poisson
    distribution"), that of a sum the gamma interval for weighted counts (Fay & Feuer 1997), which
    is the same for counts over the same time.

    Args:
        counted: for each, how many were counted in how many seconds, above zero.
    """
    weights = [_DAY_S / seconds for _, seconds in counted]
    rate = sum(w * n for w, (n, _) in zip(weights, counted, strict=True))
    variance = sum(w * w * n for w, (n, _) in zip(weights, counted, strict=True))
    widest = max(weights, default=math.inf)
    half = (1 - CONFIDENCE) / 2
    low = 0.0
    if rate > 0:
        low = variance / (2 * rate) * _chi2(half, 2 * rate**2 / variance)
    high = math.inf
    if counted:
        over, spread = rate + widest, variance + widest**2
        high = spread / (2 * over) * _chi2(1 - half, 2 * over**2 / spread)
    return Rate(sum(n for n, _ in counted), 1 / widest, rate, low, high)


def _chi2(part: float, freedom: float) -> float:
    """The quantile of the chi-squared distribution."""
    return 2 * float(gammaincinv(freedom / 2, part))


def days_needed(promised: float) -> float:
    """Days after which a promise of so many a day can be seen to be kept, where none comes."""
    return _ENOUGH / promised


#: Units that promises are made in: days, name, from how many on it is used.
_UNITS = (
    (1 / 24, "an hour", 0.95),
    (1.0, "a day", 0.95),
    (7.0, "a week", 0.95),
    (30.0, "a month", 0.95),
    (365.0, "a year", 0.0),
)


def often(per_day: float) -> str:
    """A rate in the words that promises are made in, such as ``3.2 a week``."""
    if per_day == 0:
        return "none"
    days, unit = _unit(per_day)
    return f"{_short(per_day * days)} {unit}"


def rate_words(rate: Rate) -> str:
    """A rate with its interval, such as ``3.2 a week (1.1 to 7.5)``."""
    if not rate.count:
        return f"none (up to {often(rate.high)})"
    days, _ = _unit(rate.per_day)
    return f"{often(rate.per_day)} ({_short(rate.low * days)} to {_short(rate.high * days)})"


def _unit(per_day: float) -> tuple[float, str]:
    return next((days, unit) for days, unit, least in _UNITS if per_day * days >= least)


def span(seconds: float) -> str:
    """A length of time for people, such as ``2 d 4 h``."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    if minutes < 90:
        return f"{minutes} min"
    hours = round(seconds / 3600)
    if hours < 48:
        return f"{hours} h"
    days = round(seconds / 86_400)
    return f"{hours // 24} d {hours % 24} h" if hours % 24 and days < 10 else f"{days} d"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
