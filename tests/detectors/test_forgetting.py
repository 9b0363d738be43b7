"""What a normal learns by night does not make it forget the day."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.base import Moments
from detectors.change import ChangeNormal
from detectors.coreset import Bank
from detectors.density import HourlyGaussian

#: One moment in ten seconds, as many as are handed over together.
EVERY_S, BATCH = 10.0, 16
PER_HOUR = 360


def place(centre: int, spread: float, n: int, rng: np.random.Generator) -> np.ndarray:
    """n unit rows around one of the axes, float32 (n, 24)."""
    rows = rng.normal(0, spread, (n, 24))
    rows[:, centre] += 1
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def moments(rows: np.ndarray, hour: float, change: np.ndarray | None = None) -> Moments:
    n = len(rows)
    at = EVERY_S * np.arange(n)
    return Moments(rows, at, np.full(n, hour, np.float32), None, change)


def test_a_density_that_learned_ten_hours_of_night_still_knows_the_day() -> None:
    rng = np.random.default_rng(2)
    density = HourlyGaussian()
    day = moments(place(0, 0.1, 300, rng), 12.0)
    night = moments(place(0, 0.02, 300, rng), 2.0)
    density.fit(Moments.joined([day, night]))
    later = moments(place(0, 0.1, 200, rng), 12.0)
    before = np.median(density.score(later))
    for _ in range(10 * PER_HOUR // BATCH):
        density.update(moments(place(0, 0.02, BATCH, rng), 2.0))
    assert np.median(density.score(later)) < 1.35 * before


def test_a_full_bank_that_learned_ten_hours_of_night_still_knows_the_day() -> None:
    rng = np.random.default_rng(3)
    bank = Bank(500)
    rows = np.concatenate([place(0, 0.05, 400, rng), place(1, 0.05, 400, rng)])
    bank.fit(rows, np.arange(800.0))
    day = place(0, 0.05, 200, rng)
    before = np.median(bank.distances(day))
    for k in range(10 * PER_HOUR // BATCH):
        bank.update(place(1, 0.05, BATCH, rng), 1000.0 + 160 * k + EVERY_S * np.arange(BATCH))
    assert len(bank) == 500
    assert np.median(bank.distances(day)) < 1.2 * before


def test_blocks_that_rest_for_a_night_are_not_new_in_the_morning() -> None:
    rng = np.random.default_rng(4)
    busy = lambda n: rng.gamma(2.0, 4.0, (n, 4, 4)).astype(np.float32)  # noqa: E731
    still = lambda n: rng.gamma(2.0, 0.2, (n, 4, 4)).astype(np.float32)  # noqa: E731
    rows = place(0, 0.1, 600, rng)
    normal = ChangeNormal()
    normal.fit(moments(rows, 0.0, np.concatenate([busy(300), still(300)])))
    morning = moments(rows[:200], 0.0, busy(200))
    before = np.median(normal.score(morning))
    for _ in range(10 * PER_HOUR // BATCH):
        normal.update(moments(rows[:BATCH], 0.0, still(BATCH)))
    assert np.median(normal.score(morning)) < before + 0.6


def test_learning_many_at_once_is_learning_one_after_the_other() -> None:
    rng = np.random.default_rng(5)
    first = moments(place(0, 0.1, 100, rng), 9.0)
    fresh = moments(place(0, 0.2, 48, rng), 9.0)
    once, singly = HourlyGaussian(), HourlyGaussian()
    once.fit(first)
    singly.fit(first)
    once.update(fresh)
    for k in range(48):
        singly.update(fresh[k : k + 1])
    for one in (once, singly):
        one.save()  # what is learned counts from here on
    some = moments(place(0, 0.15, 50, rng), 9.0)
    assert once.score(some) == pytest.approx(singly.score(some), rel=0.02)
