"""Tails with known shapes, and peaks that tell nothing."""

from __future__ import annotations

import math

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


def test_few_peaks_give_an_exponential_tail() -> None:
    assert fit_tail(np.array([2.0, 3, 4]), 1.0) == Tail(1.0, 2.0, 0.0)


def test_a_tail_does_not_jump_as_peaks_become_more() -> None:
    peaks = genpareto.rvs(0.3, size=60, random_state=np.random.default_rng(6))
    tails = [fit_tail(peaks[:n], 0.0) for n in range(5, 60)]
    shapes = [t.shape for t in tails if t is not None]
    assert len(shapes) == 55
    assert np.abs(np.diff(shapes)).max() < 0.06
    assert shapes[0] == 0.0
    assert shapes[-1] > 0.0


@pytest.mark.parametrize("shape", [-0.1, 0.0, 0.2])
def test_quantile_undoes_survival(shape: float) -> None:
    tail = Tail(2.0, 0.7, shape)
    for survival in (1.0, 0.3, 1e-4):
        assert tail.survival(tail.quantile(survival)) == pytest.approx(survival)


def test_log_variance_is_what_refitting_shows() -> None:
    # An exponential tail fitted to 400 peaks, read where one in a thousand comes.
    rng = np.random.default_rng(5)
    found = []
    for _ in range(300):
        tail = fit_tail(rng.exponential(size=400), 0.0)
        assert tail is not None
        found.append(math.log(tail.survival(7.0)))
    expected = Tail(0.0, 1.0, 0.0).log_variance(7.0, 400, 0.0)
    assert np.var(found) / 2 < expected < np.var(found) * 2


def test_the_further_out_the_less_is_known() -> None:
    for shape in (-0.1, 0.0, 0.3):
        tail = Tail(0.0, 1.0, shape)
        known = [tail.log_variance(x, 50, 0.01) for x in (-1.0, 1.0, 3.0, 9.0)]
        assert known[0] == 0
        assert known == sorted(known)
    assert Tail(0.0, 1.0, -0.1).log_variance(11.0, 50, 0.01) == math.inf
    rare, half = (Tail(0.0, 1.0, 0.0).log_variance(5.0, 50, above) for above in (0.01, 0.5))
    assert half > 3 * rare


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
