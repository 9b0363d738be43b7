"""What moves where nothing moves, or faster than usual."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.change import ChangeNormal
from tests.detectors.worlds import still

CELLS = 8


def street(n: int, seed: int = 0) -> np.ndarray:
    """People walk along the lower half; nothing moves in the sky."""
    rng = np.random.default_rng(seed)
    grid = rng.gamma(2.0, 0.3, (n, CELLS, CELLS))
    grid[:, CELLS // 2 :] += rng.gamma(2.0, 1.5, (n, CELLS // 2, CELLS))
    return grid


@pytest.fixture(scope="module")
def learned() -> ChangeNormal:
    normal = ChangeNormal()
    normal.fit(still(400, change=street(400)))
    return normal


def score(normal: ChangeNormal, grid: np.ndarray) -> float:
    return float(normal.score(still(1, change=grid[np.newaxis]))[0])


def test_a_faster_walker_in_the_street_stands_out(learned: ChangeNormal) -> None:
    usual = learned.score(still(100, change=street(100, seed=1)))
    faster = street(1, seed=2)[0]
    faster[6:8, 2:4] = 40.0
    assert score(learned, faster) > np.quantile(usual, 0.99)


def test_what_is_usual_in_the_street_is_not_in_the_sky(learned: ChangeNormal) -> None:
    walker_in_the_sky = street(1, seed=3)[0]
    walker_in_the_sky[0:2, 5:7] = 9.0
    usual = learned.score(still(100, change=street(100, seed=4)))
    assert score(learned, walker_in_the_sky) > np.quantile(usual, 0.95)


def test_the_heat_map_and_the_words_say_where(learned: ChangeNormal) -> None:
    grid = street(1, seed=5)[0]
    grid[0:2, 6:8] = 60.0
    told = learned.explain(still(1, change=grid[np.newaxis]))
    assert told.heat is not None
    row, column = np.unravel_index(int(np.argmax(told.heat)), told.heat.shape)
    assert row <= 2
    assert column >= 5
    assert told.words == "it moves more than usual at the top right"


def test_a_moment_of_which_nobody_knows_is_not_judged(learned: ChangeNormal) -> None:
    unknown = np.full((2, CELLS, CELLS), np.nan)
    assert np.isnan(learned.score(still(2, change=unknown))).all()
    assert np.isnan(learned.score(still(2))).all()


def test_a_camera_that_nobody_measures_teaches_nothing() -> None:
    normal = ChangeNormal()
    normal.fit(still(20))
    assert np.isnan(normal.score(still(5, change=street(5)))).all()


def test_a_fountain_that_was_switched_on_becomes_usual() -> None:
    normal = ChangeNormal()
    normal.fit(still(400, change=street(400)))
    fountain = street(3000, seed=6)
    fountain[:, 1:3, 1:3] += 20.0
    before = score(normal, fountain[0])
    for part in range(0, 3000, 100):
        normal.update(still(100, change=fountain[part : part + 100]))
    assert score(normal, fountain[1]) < 0.6 * before
