"""What a bank of ordinary scores says before the camera is known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from pipeline.calibration import CalibrationError, PriorBank


def bank(n: int = 1500) -> PriorBank:
    return PriorBank(np.random.default_rng(0).standard_normal(n), window_s=3)


def test_inside_the_bank_it_counts() -> None:
    prior = PriorBank(np.arange(99.0), window_s=3)
    assert prior.reading(50.0).p_value == pytest.approx(0.5)
    assert prior.reading(-1.0).p_value == 1.0
    assert prior.reading(50.0).per_day == pytest.approx(0.5 * 57_600)


def test_quiet_moments_make_what_was_scored_rarer_and_are_themselves_the_most_ordinary() -> None:
    scores = np.random.default_rng(0).standard_normal(1500)
    alone, among = (PriorBank(scores, window_s=3, quiet=quiet) for quiet in (0, 3 * 1500))
    assert among.reading(scores.min()).p_value == among.reading(-9.0).p_value == 1.0
    for x in (-1.0, 0.0, 1.0, 3.0, 6.0):
        there = alone.reading(x)
        assert among.reading(x).per_day == pytest.approx(there.per_day / 4, rel=0.02)
        assert among.reading(x).variance == there.variance
    assert among.quantile(0.5) == scores.min()
    for p in (0.2, 0.03, 0.01, 1e-6):
        assert among.reading(among.quantile(p)).p_value == pytest.approx(p, rel=0.1)


def test_beyond_the_bank_it_extrapolates_and_says_so() -> None:
    inside, beyond = bank().reading(2.0), bank().reading(6.0)
    assert not inside.extrapolated
    assert beyond.extrapolated
    assert beyond.p_value < 1e-4
    assert beyond.p_value > 1e-9  # a normal distribution would say 1e-9: it errs upwards


def test_a_higher_score_is_never_commoner() -> None:
    ps = [bank().reading(x).p_value for x in np.linspace(-4, 12, 400)]
    assert all(a >= b for a, b in itertools.pairwise(ps))
    assert all(0 < p <= 1 for p in ps)


def test_the_quantile_of_a_p_value_has_that_p_value() -> None:
    prior = bank()
    for p in (0.9, 0.5, 0.11, 0.05, 1e-3, 1e-6):
        assert prior.reading(prior.quantile(p)).p_value == pytest.approx(p, rel=0.1)


def test_the_deeper_it_is_read_the_less_it_tells_of_a_camera() -> None:
    spread = [bank().reading(x).variance for x in (-1.0, 2.0, 4.0, 6.0)]
    assert spread == sorted(spread)
    assert spread[0] == 1.0


@pytest.mark.parametrize("raws", [[1.0], [2.0] * 500, [1.0, 2.0]], ids=["one", "ties", "two"])
def test_a_poor_bank_gives_modest_claims(raws: list[float]) -> None:
    prior = PriorBank(np.array(raws), window_s=3)
    for x in (-math.inf, 0.0, 2.0, math.inf):
        assert 0 < prior.reading(x).p_value <= 1
    assert prior.reading(2.0001).p_value >= 1 / (len(raws) + 1) * 0.9


@pytest.mark.parametrize("raws", [[], [1.0, math.nan], [math.inf]], ids=["empty", "nan", "inf"])
def test_an_unusable_bank_is_refused(raws: list[float]) -> None:
    with pytest.raises(CalibrationError, match="make it anew"):
        PriorBank(np.array(raws), window_s=3)
