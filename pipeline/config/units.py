"""Durations and rates as people write them: ``90 s``, ``10 min``, ``1 per week``."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

_SECONDS = {
    "ms": 0.001,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
    "week": 7 * 86400.0,
    "month": 30 * 86400.0,
}
_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$", re.IGNORECASE)
_RATE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(?:per|/|a|an)\s*([a-z]+)\s*$", re.IGNORECASE)


def _unit(word: str) -> float:
    word = word.lower()
    seconds = _SECONDS.get(word) or _SECONDS.get(word.removesuffix("s"))
    if seconds is None:
        raise ValueError(f"unknown unit {word!r}: use one of {', '.join(_SECONDS)}")
    return seconds


def _finite(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # an int beyond what a float holds
        return math.inf


def parse_duration(value: Any) -> float:
    """Return seconds from a number of seconds or a text such as ``1.5 s`` or ``10 min``.

    Raises:
        ValueError: the value is no duration, negative, or not finite.
    """
    if isinstance(value, bool):
        raise ValueError("a duration is a number of seconds or a text such as '10 s'")
    if isinstance(value, (int, float)):
        seconds = _finite(value)
    elif isinstance(value, str) and (match := _DURATION.match(value)):
        seconds = float(match[1]) * _unit(match[2])
    else:
        raise ValueError(f"{value!r} is no duration: write a number and a unit, such as '10 s'")
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"a duration must be finite and not negative, not {value!r}")
    return seconds


def parse_rate(value: Any) -> float:
    """Return events per day from a text such as ``1 per week`` or ``3 a day``.

    Raises:
        ValueError: the value is no rate, not positive, or not finite.
    """
    match = _RATE.match(value) if isinstance(value, str) else None
    if match:
        per_day = float(match[1]) * 86400.0 / _unit(match[2])
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        per_day = _finite(value)
    else:
        raise ValueError(f"{value!r} is no rate: write it as '1 per week'")
    if not math.isfinite(per_day) or per_day <= 0:
        raise ValueError(f"a rate must be finite and above zero, not {value!r}")
    return per_day


#: Seconds; written as a number or as a text with a unit.
Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    WithJsonSchema({"type": ["number", "string"], "examples": [5, "10 s", "2 min"]}),
]
#: Events per day; written as a text such as ``1 per week``.
Rate = Annotated[
    float,
    BeforeValidator(parse_rate),
    WithJsonSchema({"type": ["number", "string"], "examples": ["1 per week", "3 per day"]}),
]
#: A fraction of the picture's width or height.
Fraction = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
