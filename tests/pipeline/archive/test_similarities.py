"""What a similarity is worth: against what is usual, and against chance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pipeline.archive.similarities import Similarities, stands_out


def of(*some: np.ndarray) -> Similarities:
    found = Similarities()
    for part in some:
        found.add(part.astype(np.float32))
    return found


def test_a_standard_score_is_that_of_the_usual_whatever_fits() -> None:
    rng = np.random.default_rng(1)
    usual = rng.normal(0.1, 0.02, 10_000)
    assert of(usual).unusual(0.2) == pytest.approx(5.0, abs=0.15)
    assert of(usual).number == 10_000
    # A tenth of the time fits well: that moves it little.
    score = of(usual, np.full(1000, 0.4)).unusual(0.2)
    assert score == pytest.approx(5.0, abs=0.6)


def test_what_never_changes_is_told_apart_from_its_rounding() -> None:
    assert of(np.full(500, 0.2)).unusual(0.201) == pytest.approx(0.5, abs=0.3)


def test_with_little_to_compare_nobody_knows() -> None:
    assert of(np.full(99, 0.2)).unusual(0.9) is None
    assert of(np.full(99, 0.2), np.full(1, 0.3)).unusual(0.9) is not None


def test_cosines_at_the_ends_are_counted() -> None:
    assert of(np.array([-1.01, -1.0, 1.0, 1.01])).number == 4


def test_chance_is_told_from_what_stands_out() -> None:
    rng = np.random.default_rng(3)
    best = [float(rng.normal(size=5000).max()) for _ in range(50)]
    # The bound is that of the mean: about one in ten lies above it.
    assert sum(stands_out(z, 5000) != "hardly" for z in best) <= 5
    assert all(stands_out(z, 5000) != "clearly" for z in best)
    assert stands_out(9.0, 5000) == "clearly"
    assert stands_out(1.2 * math.sqrt(2 * math.log(5000)), 5000) == "somewhat"
    assert stands_out(None, 5) == "unknown"
