"""Durations and rates as people write them."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.config.units import parse_duration, parse_rate


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (0, 0),
        (2.5, 2.5),
        ("100 ms", 0.1),
        ("10s", 10),
        ("1.5 min", 90),
        ("2 Hours", 7200),
        ("30 days", 30 * 86400),
        ("1 week", 7 * 86400),
    ],
)
def test_durations(written: Any, seconds: float) -> None:
    assert parse_duration(written) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "written", ["", "s", "10", "10 parsecs", "-1 s", -1, True, None, [], "1e3 s", float("nan")]
)
def test_what_is_no_duration(written: Any) -> None:
    with pytest.raises(ValueError, match=r"duration|unit"):
        parse_duration(written)


def test_a_number_too_large_for_a_float_is_refused_and_not_an_accident() -> None:
    for value in (10**400, "9" * 400 + " s"):
        with pytest.raises(ValueError, match="finite"):
            parse_duration(value)
    with pytest.raises(ValueError, match="finite"):
        parse_rate(10**400)


@pytest.mark.parametrize(
    ("written", "per_day"),
    [
        ("1 per week", 1 / 7),
        ("3 a day", 3),
        ("2/h", 48),
        ("1 per month", 1 / 30),
        ("1 an hour", 24),
        (0.5, 0.5),
    ],
)
def test_rates_count_per_day(written: Any, per_day: float) -> None:
    assert parse_rate(written) == pytest.approx(per_day)


@pytest.mark.parametrize("written", ["weekly", "0 per day", 0, -1, True, None, float("inf")])
def test_what_is_no_rate(written: Any) -> None:
    with pytest.raises(ValueError, match="rate"):
        parse_rate(written)
