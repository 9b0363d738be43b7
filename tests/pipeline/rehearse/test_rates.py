"""How often, and what a count leaves open."""

from __future__ import annotations

import pytest

from pipeline.rehearse.rates import Rate, Verdict, days_needed, often, rate_of, rate_words, span

DAY = 86_400.0


@pytest.mark.parametrize(
    ("count", "low", "high"),
    # Garwood's table, 95 %.
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (3, 0.6187, 8.767), (10, 4.795, 18.39)],
)
def test_one_count_has_poisson_s_exact_interval(count: int, low: float, high: float) -> None:
    rate = rate_of([(count, DAY)])
    assert rate.per_day == count
    assert (rate.low, rate.high) == (pytest.approx(low, rel=1e-3), pytest.approx(high, rel=1e-3))
    twice = rate_of([(count, DAY / 2)])
    assert (twice.per_day, twice.high) == (2 * count, pytest.approx(2 * high, rel=1e-3))


def test_a_sum_over_equal_times_is_the_count_of_all() -> None:
    apart, together = rate_of([(2, DAY), (3, DAY), (0, DAY)]), rate_of([(5, DAY)])
    assert apart.count == 5
    assert (apart.per_day, apart.low) == (pytest.approx(5), pytest.approx(together.low))
    assert apart.high == pytest.approx(together.high)


def test_what_was_watched_briefly_leaves_the_sum_open() -> None:
    steady = rate_of([(30, 30 * DAY)])
    with_one_hour = rate_of([(30, 30 * DAY), (0, 3600.0)])
    assert with_one_hour.per_day == pytest.approx(steady.per_day)
    assert with_one_hour.high > 20 * steady.high


@pytest.mark.parametrize(
    ("count", "days", "promised", "verdict"),
    [
        (0, 1, 1 / 7, Verdict.SHORT),
        (0, 30, 1 / 7, Verdict.HOLDS),
        (4, 30, 1 / 7, Verdict.MAY_HOLD),
        (3, 2, 1 / 7, Verdict.EXCEEDED),
        (12, 1, 1.0, Verdict.EXCEEDED),
        (1, 1, 1.0, Verdict.SHORT),
        (2, 10, 1.0, Verdict.HOLDS),
    ],
)
def test_a_promise_is_held_against_what_was_seen(
    count: int, days: float, promised: float, verdict: Verdict
) -> None:
    assert rate_of([(count, days * DAY)]).verdict(promised) is verdict


def test_after_the_days_it_names_a_kept_promise_shows() -> None:
    days = days_needed(1 / 7)
    assert rate_of([(0, 0.999 * days * DAY)]).verdict(1 / 7) is Verdict.SHORT
    assert rate_of([(0, 1.001 * days * DAY)]).verdict(1 / 7) is Verdict.HOLDS


def test_rates_and_times_are_told_as_people_do() -> None:
    told = [often(rate) for rate in (0, 240, 3.21, 1, 1 / 7, 1 / 30, 1 / 365, 1e-5)]
    assert told == [
        "none", "10 an hour", "3.2 a day", "1 a day", "1 a week", "1 a month", "1 a year",
        "0.0037 a year",
    ]  # fmt: skip
    assert rate_words(Rate(0, 1, 0.0, 0.0, 3.689)) == "none (up to 3.7 a day)"
    assert rate_words(rate_of([(3, 7 * DAY)])) == "3 a week (0.62 to 8.8)"
    assert [span(s) for s in (45, 600, 7200, 2 * DAY + 7200, 30.4 * DAY)] == [
        "45 s", "10 min", "2 h", "2 d 2 h", "30 d",
    ]  # fmt: skip
