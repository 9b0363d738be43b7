"""How often the interval of a slope holds the truth: the figures in `pipeline.soak.slopes`.

To see them: ``pytest -m long -s tests/pipeline/soak/test_coverage.py``.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pipeline.soak.lives import STRETCH_S, Life
from pipeline.soak.slopes import DAY_S, slope
from tests.pipeline.soak.series import alike

pytestmark = pytest.mark.long

#: Stretches in each life of a series.
SERIES = ((20,), (30,), (100,), (8, 6), (3, 2), (9, 4, 16))
TRUTH, SEEDS = 5.0, 200


def lives(rng: np.random.Generator, counts: tuple[int, ...], much: float) -> list[Life]:
    made, at = [], 0.0
    for count in counts:
        at_s = at + STRETCH_S * np.arange(count)
        strayed = alike(rng, count, much) if much < 1 else np.cumsum(rng.normal(size=count))
        values = 5.0 * rng.normal() + TRUTH * at_s / DAY_S + strayed
        made.append(Life(at_s, values, at, at + STRETCH_S * count))
        at += STRETCH_S * (count + 6)
    return made


def held(counts: tuple[int, ...], much: float) -> float:
    """In how many of 100 series the interval holds the truth."""
    hits = 0
    for seed in range(SEEDS):
        found = slope(lives(np.random.default_rng(seed), counts, much))
        assert found is not None
        hits += found.low <= TRUTH <= found.high
    return 100 * hits / SEEDS


def test_of_series_alike_it_holds_the_truth_as_often_as_is_stated() -> None:
    told = {(c, much): held(c, much) for c, much in itertools.product(SERIES, (0.3, 0.6, 0.9))}
    print(told)

    assert min(told.values()) >= 90


def test_of_random_walks_it_holds_it_less_often() -> None:
    told = {counts: held(counts, 1.0) for counts in SERIES}
    print(told)

    assert min(told.values()) >= 75
