"""Rarity: the same number means the same share of ordinary scores."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.rarity import Rarity


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("shape", ["normal", "exponential"])
def test_it_is_the_share_of_ordinary_scores_on_every_scale(scale: float, shape: str) -> None:
    draw = getattr(np.random.default_rng(0), {"normal": "standard_normal"}.get(shape, shape))
    rarity = Rarity(scale * draw(size=20_000))
    fresh = rarity.of(scale * draw(size=50_000))
    for level, slack in ((0.3, 1.1), (1.0, 1.1), (2.0, 1.6), (3.0, 4.0)):
        share = float((fresh >= level).mean())
        assert 10**-level / slack < share < 10**-level * slack, level


def test_it_rises_with_the_score_without_a_jump() -> None:
    rarity = Rarity(np.random.default_rng(1).normal(size=500))
    scores = np.linspace(-4, 12, 4000)
    rare = rarity.of(scores)
    assert (np.diff(rare) >= -1e-9).all()
    assert np.diff(rare).max() < 0.1


def test_scores_that_are_all_alike_leave_room_for_what_differs() -> None:
    rarity = Rarity(np.full(50, 3.0))
    assert rarity.of(np.array([3.0]))[0] <= 1.0
    assert rarity.of(np.array([3.1]))[0] > 3
    assert np.isnan(rarity.of(np.array([np.nan]))[0])


def test_it_is_kept_whole() -> None:
    rarity = Rarity(np.random.default_rng(2).normal(size=300))
    again = Rarity.from_state(rarity.to_state())
    scores = np.linspace(-3, 9, 50)
    assert again.of(scores).tolist() == rarity.of(scores).tolist()
    with pytest.raises(ValueError, match="levels"):
        Rarity.from_state({"levels": [1.0], "excess": 1.0})
