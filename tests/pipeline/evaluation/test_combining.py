"""Combining p-values: what each rule promises, by hand and by trial."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from pipeline.evaluation.combining import COMBINATIONS

#: Rules that are proven to hold however the senses depend on one another.
VALID = ("bonferroni", "twice_arithmetic", "e_geometric")


def combined(name: str, *p: float) -> float:
    """The combined p-value; NaN: the sense is missing."""
    surprises = -np.log(np.array(p))[:, np.newaxis]
    return float(np.exp(-COMBINATIONS[name](surprises)[0]))


def test_each_rule_by_hand() -> None:
    assert combined("bonferroni", 0.01, 0.2) == pytest.approx(0.02)
    assert combined("twice_arithmetic", 0.01, 0.2) == pytest.approx(0.21)
    assert combined("e_geometric", 0.01, 0.04) == pytest.approx(math.e * 0.02)
    assert combined("harmonic", 0.01, 0.02) == pytest.approx(2 / (100 + 50))
    told = (math.tan(math.pi * 0.49) + math.tan(math.pi * 0.3)) / 2
    assert combined("cauchy", 0.01, 0.2) == pytest.approx(0.5 - math.atan(told) / math.pi)


@pytest.mark.parametrize("name", list(COMBINATIONS))
def test_one_sense_alone_is_read_as_it_is(name: str) -> None:
    for p in (0.3, 1e-3, 1e-9):
        assert combined(name, p, math.nan) == pytest.approx(p, rel=1e-6)


def test_far_out_the_cauchy_rule_keeps_its_digits() -> None:
    assert combined("cauchy", 1e-12, 1.0) == pytest.approx(2e-12, rel=0.01)


@pytest.mark.parametrize("correlation", [-0.9, 0.0, 0.5, 0.95])
@pytest.mark.parametrize("name", list(COMBINATIONS))
def test_false_alarms_of_senses_that_depend_on_one_another(name: str, correlation: float) -> None:
    rng = np.random.default_rng(11)
    first, other = rng.standard_normal((2, 200_000))
    second = correlation * first + math.sqrt(1 - correlation**2) * other
    surprises = -np.log(np.stack([norm.sf(first), norm.sf(second)]))
    for level in (0.05, 0.005):
        share = float((COMBINATIONS[name](surprises) >= -math.log(level)).mean())
        # The harmonic mean and the Cauchy rule are nearly exact at small levels, not bounds.
        most = 1.05 if name in VALID else 1.45
        assert share <= most * level, (name, correlation, level, share)


def test_fisher_s_sum_would_not_have_held() -> None:
    z = np.random.default_rng(3).standard_normal(200_000)
    surprise = -np.log(norm.sf(z))
    from scipy.stats import chi2

    share = float((chi2.sf(4 * surprise, 4) <= 0.005).mean())
    assert share > 2 * 0.005
