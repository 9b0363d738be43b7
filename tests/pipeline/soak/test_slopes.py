"""How fast something grows: what is found, and how sure it is said to be."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.soak.slopes import DAY_S, joined, slope, stretches

MOMENTS = np.arange(0.0, 7200.0, 10.0)


def test_growth_is_found_with_an_interval_around_it() -> None:
    noise = np.random.default_rng(1).normal(0.0, 1.0, len(MOMENTS))

    found = slope(MOMENTS, 300.0 + 120.0 * MOMENTS / DAY_S + noise)

    assert found is not None
    assert found.low < 120.0 < found.high
    assert found.high - found.low < 40.0
    assert found.first == pytest.approx(300.0, abs=1.0)
    assert found.last == pytest.approx(310.0, abs=1.0)


def test_what_never_changes_does_not_grow_and_that_is_sure() -> None:
    found = slope(MOMENTS, np.full(len(MOMENTS), 57.0))

    assert found is not None
    assert (found.per_day, found.low, found.high) == (0.0, 0.0, 0.0)


def test_what_went_wrong_now_and_then_is_not_growth() -> None:
    values = np.full(len(MOMENTS), 57.0)
    values[600:612] += 40.0

    found = slope(MOMENTS, values)

    assert found is not None
    assert found.per_day == pytest.approx(0.0, abs=1e-9)


def test_stairs_are_growth_and_one_step_is_no_proof_that_there_is_none() -> None:
    """Two threads are left behind at each fault: at six, and at one."""
    stairs = slope(MOMENTS, 41.0 + 2.0 * np.floor(MOMENTS / 1000))
    step = slope(MOMENTS, 41.0 + 2.0 * (MOMENTS > 4500))

    assert stairs is not None
    assert step is not None
    assert stairs.low > 0.0
    assert step.high > 0.0


def test_a_series_that_wanders_makes_the_interval_wide() -> None:
    rng = np.random.default_rng(2)
    steady = rng.normal(0.0, 1.0, len(MOMENTS))
    wandering = np.cumsum(rng.normal(0.0, 0.1, len(MOMENTS)))

    narrow, wide = slope(MOMENTS, steady), slope(MOMENTS, wandering)

    assert narrow is not None
    assert wide is not None
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    moments = np.arange(0.0, 9000.0, 300.0)
    held = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        strayed = np.zeros(len(moments))
        for n in range(1, len(moments)):
            strayed[n] = 0.6 * strayed[n - 1] + rng.normal()
        found = slope(moments, 5.0 * moments / DAY_S + strayed)
        assert found is not None
        held += found.low <= 5.0 <= found.high

    # An interval that takes neighbours for strangers holds it in about 26 of 40.
    assert held >= 32


def test_of_a_minute_nothing_is_said() -> None:
    assert slope(MOMENTS[:30], MOMENTS[:30]) is None
    assert slope([], []) is None


def test_a_stretch_becomes_its_median() -> None:
    times, levels = stretches(np.array([0.0, 10.0, 50.0, 305.0]), np.array([1.0, 900.0, 3.0, 4.0]))

    assert times.tolist() == [10.0, 305.0]
    assert levels.tolist() == [3.0, 4.0]


def test_a_successor_goes_on_where_the_one_before_it_ended() -> None:
    """It is killed at 1000 s, begins with 20 MB and grows to 40 within five minutes."""
    first = [(float(at), 1, 50.0) for at in range(0, 1000, 10)]
    second = [(float(at), 2, min(40.0, 20.0 + (at - 1000) / 15)) for at in range(1000, 2000, 10)]

    series = joined([*first, *second], settle_s=300.0, begins_at_s=500.0)

    assert {value for _, value in series} == {50.0}
    assert [at for at, _ in series] == [*range(500, 1000, 10), *range(1300, 2000, 10)]


def test_a_life_that_never_settled_is_left_out() -> None:
    points = [(0.0, 1, 5.0), (10.0, 2, 1.0), (20.0, 3, 2.0), (400.0, 3, 7.0)]

    assert joined(points, settle_s=300.0, begins_at_s=0.0) == [(0.0, 5.0), (400.0, 5.0)]
