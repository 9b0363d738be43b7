"""Figures by hand, by the library and by resamples are the same figures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pipeline.evaluation import bootstrap, metrics

LABELS = np.array([True, False, True, False])
SCORES = np.array([0.9, 0.8, 0.4, 0.1])


def test_by_hand_three_of_four_pairs_are_in_order() -> None:
    assert metrics.auc(LABELS, SCORES) == pytest.approx(3 / 4)
    # Found at ranks 1 and 3: precision 1 and 2/3.
    assert metrics.average_precision(LABELS, SCORES) == pytest.approx((1 + 2 / 3) / 2)


def test_a_tie_counts_half() -> None:
    assert metrics.auc(np.array([True, False]), np.array([1.0, 1.0])) == 0.5


def test_one_class_has_no_figure() -> None:
    only = np.array([True, True])
    assert math.isnan(metrics.auc(only, np.array([0.1, 0.2])))
    assert math.isnan(bootstrap.auc(only, np.array([0.1, 0.2]))(np.ones((1, 2)))[0])


@pytest.mark.parametrize("name", ["auc", "average_precision"])
@pytest.mark.parametrize("distinct", [5, 1000], ids=["many ties", "few ties"])
def test_a_resample_has_the_figure_that_the_library_gives_it(name: str, distinct: int) -> None:
    rng = np.random.default_rng(3)
    labels, scores = rng.random(60) < 0.4, rng.integers(0, distinct, 60) / 7
    of = rng.integers(1, 9, 60).astype(float)
    weights = next(iter(bootstrap.Draws(range(60), 20)))

    ours = bootstrap.DETECTION[name](labels, scores, of)(weights)

    theirs = [metrics.DETECTION[name](labels, scores, of * w) for w in weights]
    assert ours == pytest.approx(theirs)


def test_frames_of_a_clip_are_drawn_together() -> None:
    weights = next(iter(bootstrap.Draws(["a", "a", "a", "b", "c"], 200)))

    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, [0, 3, 4]].sum(axis=1) == 3).all()


def test_the_interval_of_a_share_is_that_of_a_coin() -> None:
    right = np.arange(100) < 80

    low, high = bootstrap.interval(bootstrap.share(right), bootstrap.Draws(range(100), 2000))

    # 0.8 and 1.96 standard errors of 0.04 on both sides.
    assert low == pytest.approx(0.72, abs=0.02)
    assert high == pytest.approx(0.88, abs=0.02)


def test_two_figures_that_are_one_differ_by_nothing() -> None:
    figure = bootstrap.auc(LABELS, SCORES)

    found = bootstrap.difference(figure, figure, bootstrap.Draws(range(4), 100))

    assert found == {"difference": 0.0, "interval": [0.0, 0.0]}
