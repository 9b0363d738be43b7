"""Every fusion, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chi2

from pipeline.evaluation.fusing import FUSIONS, Calibration

#: A hundred ordinary scores, -1.00 to 0.98 in steps of 0.02.
ORDINARY = np.arange(-50, 50) / 50
BOTH = {"video": Calibration(ORDINARY), "audio": Calibration(ORDINARY)}


def fused(name: str, video: float, audio: float) -> float:
    return float(FUSIONS[name]({"video": np.array([video]), "audio": np.array([audio])}, BOTH)[0])


def p_of(raw: float) -> float:
    """Inside the bank: 1 + scores at least as high, of 101."""
    return (1 + float((raw <= ORDINARY).sum())) / 101


def test_standard_scores_add_up_or_the_larger_wins() -> None:
    z = {x: (x - ORDINARY.mean()) / ORDINARY.std() for x in (0.5, -0.4)}

    assert fused("sum_z", 0.5, -0.4) == pytest.approx(z[0.5] + z[-0.4])
    assert fused("max_z", 0.5, -0.4) == pytest.approx(z[0.5])


def test_fisher_sums_up_what_each_sense_finds_rare() -> None:
    statistic = -2 * (math.log(p_of(0.5)) + math.log(p_of(-0.4)))

    assert fused("fisher", 0.5, -0.4) == pytest.approx(-math.log(chi2.sf(statistic, 4)))


def test_what_is_usual_to_a_sense_changes_nothing_together() -> None:
    alone = fused("tfisher", 0.95, -0.9)
    assert fused("tfisher", 0.95, 0.2) == alone
    assert fused("tfisher", 0.95, math.nan) == alone
    assert fused("tfisher", 0.95, 0.95) == pytest.approx(2 * alone, rel=1e-3)
    (surprise,) = BOTH["video"].surprise(np.array([0.95]))
    assert alone == pytest.approx(surprise + math.log(0.1), rel=1e-3)


def test_bonferroni_takes_the_rarer_and_pays_for_the_choice() -> None:
    assert fused("bonferroni", 0.5, -0.4) == pytest.approx(-math.log(2 * p_of(0.5)))


@pytest.mark.parametrize("name", ["fisher", "bonferroni"])
def test_a_sense_that_is_missing_costs_nothing(name: str) -> None:
    assert fused(name, 0.5, math.nan) == pytest.approx(-math.log(p_of(0.5)))


@pytest.mark.parametrize("name", list(FUSIONS))
def test_more_alarming_in_one_sense_is_never_less_alarming_together(name: str) -> None:
    rising = [fused(name, x, 0.1) for x in (-0.9, 0.0, 0.5, 0.9, 1.5, 3.0)]

    assert rising == sorted(rising)
