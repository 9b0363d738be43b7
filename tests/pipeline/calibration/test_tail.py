"""Tails with known shapes, and peaks that tell nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import genpareto

from pipeline.calibration.clusters import cluster_peaks, count_clusters, without_rare_runs
from pipeline.calibration.tail import Tail, fit_tail


@pytest.mark.parametrize("shape", [-0.08, 0.0, 0.3])
def test_a_known_tail_is_found_again(shape: float) -> None:
    rng = np.random.default_rng(3)
    tail = fit_tail(5 + genpareto.rvs(shape, scale=2, size=5000, random_state=rng), 5.0)
    assert tail is not None
    assert tail.shape == pytest.approx(shape, abs=0.06)
    assert tail.scale == pytest.approx(2, rel=0.1)
    for score in (5.5, 7, 10):
        expected = genpareto.sf(score - 5, shape, scale=2)
        assert tail.survival(score) == pytest.approx(expected, rel=0.2)


def test_few_peaks_give_an_exponential_tail_drawn_to_the_prior_scale() -> None:
    peaks = np.full(5, 3.0)
    alone, drawn = fit_tail(peaks, 1.0), fit_tail(peaks, 1.0, prior_scale=8.0)
    assert alone == Tail(1.0, 2.0, 0.0)
    assert drawn == Tail(1.0, (5 * 2 + 10 * 8) / 15, 0.0)


def test_the_shape_is_clamped() -> None:
    rng = np.random.default_rng(4)
    wild = fit_tail(genpareto.rvs(0.95, size=20_000, random_state=rng), 0.0)
    assert wild is not None
    assert wild.shape <= 0.5
    bounded = fit_tail(rng.uniform(0, 1, 5000), 0.0)
    assert bounded is not None
    assert bounded.shape == -0.1


@pytest.mark.parametrize("peaks", [[], [2.0], [2.0] * 100], ids=["none", "one", "ties"])
def test_where_nothing_tells_the_scale_there_is_no_tail(peaks: list[float]) -> None:
    assert fit_tail(np.array(peaks), 2.0) is None


def test_survival_beyond_a_bounded_tail_is_zero_not_nan() -> None:
    assert Tail(0.0, 1.0, -0.1).survival(100.0) == 0.0
    assert Tail(0.0, 1.0, 0.0).survival(-3.0) == 1.0
    assert Tail(0.0, 1.0, 0.3).survival(float("inf")) == 0.0


def test_exceedances_closer_than_the_gap_are_one_event() -> None:
    times = np.array([0.0, 2, 4, 30, 32, 100])
    values = np.array([5.0, 9, 5, 7, 4, 6])
    assert count_clusters(times, values, 5, gap_s=8, longest_s=600) == 3
    assert count_clusters(times, values, 6.5, gap_s=8, longest_s=600) == 2
    assert count_clusters(times, values, 9.5, gap_s=8, longest_s=600) == 0
    assert cluster_peaks(times, values, 4.5, gap_s=8).tolist() == [9, 7, 6]


def test_an_event_without_end_counts_again_every_ten_minutes() -> None:
    times = np.arange(0.0, 3601, 2)
    assert count_clusters(times, np.ones(times.size), 1.0, gap_s=8, longest_s=600) == 7


def test_the_highest_doubted_runs_are_set_aside() -> None:
    times = np.array([0.0, 1, 50, 51, 90, 130])
    values = np.array([5.0, 6, 9, 1, 7, 8])
    doubted = np.array([True, True, True, False, True, False])
    keep = without_rare_runs(times, values, doubted, gap_s=8, runs=2)
    assert keep.tolist() == [True, True, False, True, False, True]
