"""How likely a moment is at its hour: what is normal at noon is none at night."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import DetectorInputError
from detectors.density import HourlyGaussian
from tests.detectors.worlds import direction, moments, still

NOON, NIGHT, SATURDAY_NOON = 12.0, 3.0, 5 * 24 + 12.0


def busy_days(hours: float, n: int = 200, seed: int = 0):  # type: ignore[no-untyped-def]
    """Between empty (0) and busy (1), as the hour has it."""
    busy = hours % 24 > 8 and hours < 5 * 24
    centre = direction(0) + (0.6 if busy else 0.0) * direction(1)
    return moments(np.tile(centre, (n, 1)), seed=seed, hours=hours)


def test_what_is_far_from_all_that_was_learned_is_far_in_spreads() -> None:
    density = HourlyGaussian()
    density.fit(still(300))
    usual = density.score(still(50, seed=1))
    odd = density.score(moments(np.tile(direction(3), (5, 1))))
    assert usual.max() < 2
    assert odd.min() > 5 * usual.max()


def test_the_same_picture_is_usual_at_noon_and_odd_at_night() -> None:
    density = HourlyGaussian()
    parts = [busy_days(NOON), busy_days(NIGHT, seed=1)]
    density.fit(type(parts[0]).joined(parts))
    at_noon = density.score(busy_days(NOON, 20, seed=2)).mean()
    busy_night = busy_days(NOON, 20, seed=2)
    busy_night.hour_of_week[:] = NIGHT
    assert density.score(busy_night).mean() > 1.5 * at_noon


def test_a_weekend_differs_once_it_was_seen_often_enough() -> None:
    parts = [busy_days(NOON), busy_days(NIGHT, seed=1), busy_days(SATURDAY_NOON, seed=2)]
    density = HourlyGaussian()
    density.fit(type(parts[0]).joined(parts))
    quiet_saturday = density.score(busy_days(SATURDAY_NOON, 20, seed=3)).mean()
    busy_saturday = busy_days(NOON, 20, seed=3)
    busy_saturday.hour_of_week[:] = SATURDAY_NOON
    assert density.score(busy_saturday).mean() > 1.3 * quiet_saturday


def test_an_hour_that_was_never_seen_is_judged_by_all_hours_together() -> None:
    density = HourlyGaussian()
    density.fit(still(300, hours=NOON))
    assert density.score(still(20, seed=4, hours=22.0)).max() < 2


def test_it_follows_a_season_slowly() -> None:
    density = HourlyGaussian()
    density.fit(still(300))
    autumn = np.tile(direction(0) + 0.3 * direction(2), (100, 1))
    before = density.score(moments(autumn[:10])).mean()
    for week in range(30):
        density.update(moments(autumn, seed=week))
    assert density.score(moments(autumn[:10], seed=99)).mean() < 0.5 * before


def test_one_moment_is_no_density() -> None:
    with pytest.raises(DetectorInputError, match="at least two"):
        HourlyGaussian().fit(still(1))
