"""Weights of the senses, learned from labelled clips."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.evaluation.learned_fusion import LearnedFusion, left_out


def clips(n: int, shift: tuple[float, float], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Surprises of n clips of each kind in two senses; alarming ones are higher by ``shift``."""
    rng = np.random.default_rng(seed)
    ordinary = rng.exponential(1.0, (2, n))
    alarming = rng.exponential(1.0, (2, n)) + np.array(shift)[:, np.newaxis]
    return np.concatenate([ordinary, alarming], axis=1), np.arange(2 * n) >= n


def test_the_sense_that_tells_gets_the_weight() -> None:
    fusion = LearnedFusion.taught(*clips(60, (2.0, 0.0)))
    assert fusion.weights[0] > 5 * fusion.weights[1]


def test_no_sense_speaks_against_an_alarm() -> None:
    # Here the second sense is lower for alarming clips: by chance, no doubt.
    fusion = LearnedFusion.taught(*clips(60, (2.0, -1.0)))
    assert fusion.weights[1] == 0
    assert (fusion.weights >= 0).all()


def test_a_missing_sense_adds_nothing() -> None:
    fusion = LearnedFusion(np.array([1.0, 2.0]))
    assert fusion(np.array([[3.0], [np.nan]]))[0] == 3.0


def test_a_clip_left_out_is_not_taught_from() -> None:
    surprises, labels = clips(12, (3.0, 0.0))
    before = left_out(surprises, labels)[5]
    flipped = labels.copy()
    flipped[5] = True
    assert left_out(surprises, flipped)[5] == pytest.approx(before), "its own label changes nothing"


def test_too_few_clips_teach_nothing() -> None:
    with pytest.raises(ValueError, match="10 clips of each kind"):
        LearnedFusion.taught(*clips(9, (2.0, 2.0)))
