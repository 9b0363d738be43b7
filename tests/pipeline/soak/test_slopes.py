"""How fast something grows: what is found, and how sure it is said to be."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.soak.lives import Life, Values, cut
from pipeline.soak.slopes import DAY_S, Slope, slope, total
from tests.pipeline.soak.series import alike

MOMENTS = np.arange(0.0, 7200.0, 10.0)


def grown(values: Values, at_s: Values = MOMENTS) -> Slope:
    found = slope([cut(at_s, values)])
    assert found is not None
    return found


def test_growth_is_found_with_an_interval_around_it() -> None:
    noise = np.random.default_rng(1).normal(0.0, 1.0, len(MOMENTS))

    found = grown(300.0 + 120.0 * MOMENTS / DAY_S + noise)

    assert found.low < 120.0 < found.high
    assert found.high - found.low < 60.0
    assert found.first == pytest.approx(300.0, abs=1.0)
    assert found.last == pytest.approx(310.0, abs=1.0)


def test_what_never_changes_does_not_grow_and_that_is_sure() -> None:
    found = grown(np.full(len(MOMENTS), 57.3))

    assert (found.per_day, found.low, found.high) == (0.0, 0.0, 0.0)
    assert (found.first, found.last) == (57.3, 57.3)


def test_what_went_wrong_now_and_then_is_not_growth() -> None:
    values = np.full(len(MOMENTS), 57.0)
    values[600:612] += 40.0

    assert grown(values).per_day == pytest.approx(0.0, abs=1e-9)


def test_stairs_are_growth_and_one_step_is_no_proof_that_there_is_none() -> None:
    """Two threads are left behind at each fault: at six, and at one."""
    stairs = grown(41.0 + 2.0 * np.floor(MOMENTS / 1000))
    step = grown(41.0 + 2.0 * (MOMENTS > 4500))

    assert stairs.low > 0.0
    assert step.high > 0.0


def test_a_series_that_wanders_makes_the_interval_wide() -> None:
    rng = np.random.default_rng(2)

    narrow = grown(rng.normal(0.0, 1.0, len(MOMENTS)))
    wide = grown(np.cumsum(rng.normal(0.0, 0.1, len(MOMENTS))))

    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_what_one_life_has_more_than_another_is_no_growth() -> None:
    """Three lives grow by 48 MB a day each; the second is 30 MB larger, the third smaller."""
    moments = np.arange(0.0, 1800.0, 10.0)
    lives = [
        cut(moments + at, level + 48.0 * moments / DAY_S)
        for at, level in ((0.0, 80.0), (4000.0, 110.0), (9000.0, 70.0))
    ]

    found = slope(lives)

    assert found is not None
    assert found.per_day == pytest.approx(48.0, rel=1e-6)
    assert found.low == pytest.approx(48.0, rel=1e-3)
    assert (found.first, found.last) == pytest.approx((80.0, 71.0), abs=0.2)
    assert (found.points, found.lives, found.seconds) == (18, 3, 3 * 1790.0)


def test_a_sum_grows_by_what_its_parts_do_and_is_less_sure_than_each() -> None:
    """One was seen in the first half, the other in the second: no common moment is asked for."""
    rng = np.random.default_rng(3)
    values = 60.0 * MOMENTS / DAY_S + rng.normal(0.0, 0.5, len(MOMENTS))
    halves = [[cut(MOMENTS[half], values[half])] for half in (slice(0, 360), slice(360, 720))]

    both, one, other = total(halves), slope(halves[0]), slope(halves[1])

    assert both is not None
    assert one is not None
    assert other is not None
    assert both.per_day == pytest.approx(one.per_day + other.per_day)
    assert both.first == pytest.approx(one.first + other.first)
    assert both.low < 120.0 < both.high
    widths = [one.high - one.low, other.high - other.low]
    assert both.high - both.low == pytest.approx(np.hypot(*widths), rel=0.1)
    assert (both.lives, both.seconds) == (2, 3590.0)


def test_a_sum_of_which_a_part_is_unknown_is_unknown() -> None:
    whole = cut(MOMENTS, MOMENTS)

    assert total([[whole], []]) is None
    assert total([]) is None


@pytest.mark.parametrize(
    ("samples", "enough"),
    [((150,), True), ((120,), False), ((60, 60, 60), True), ((60, 60), False), ((), False)],
    ids=["five points", "four", "six in three lives", "four in two lives", "none"],
)
def test_of_too_few_points_nothing_is_said(samples: tuple[int, ...], enough: bool) -> None:
    """There are to be five, and two more than the lives have levels and the line a slope."""
    lives = [cut(MOMENTS[:count], MOMENTS[:count]) for count in samples]

    assert (slope(lives) is not None) is enough


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Two lives, of ten stretches each, that are much alike."""
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        lives = []
        for begin in (0.0, 6000.0):
            at_s = begin + 300.0 * np.arange(10)
            values = rng.normal() + 5.0 * at_s / DAY_S + alike(rng, 10, 0.6)
            lives.append(Life(at_s, values, begin, begin + 3000.0))
        found = slope(lives)
        assert found is not None
        held += found.low <= 5.0 <= found.high

    # An interval that takes neighbours for strangers holds it in about 48 of 60.
    assert held >= 55
