"""Numbers out of what others wrote: what is none is left out."""

from __future__ import annotations

import math
from typing import Any


def number(value: Any) -> float | None:
    """A finite number; None for anything else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except OverflowError:  # an integer of hundreds of digits
        return None
    return found if math.isfinite(found) else None


def moment(value: Any) -> float | None:
    """Seconds since the epoch, up to the year 5138; None for anything else."""
    found = number(value)
    return found if found is not None and 0 <= found <= 1e11 else None


def threshold(score: float | None, per_day: float | None, promised: float | None) -> float | None:
    """Where a rule alerts, on the scale of its scores (-log10 of a p-value).

    The rate that it promises is as many times rarer than the score's as this lies higher.

    Args:
        score: of a window.
        per_day: how often it is reached when nothing is wrong.
        promised: how often the rule may alert then.
    """
    if score is None or not per_day or not promised or per_day < 0 or promised < 0:
        return None
    return round(score + math.log10(per_day / promised), 3)


def mapping(value: Any) -> dict[str, Any]:
    """A mapping; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A list; an empty one for anything else."""
    return value if isinstance(value, list) else []
