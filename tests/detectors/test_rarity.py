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


def far(rarity: Rarity, scores: np.ndarray) -> list[float]:
    """Shares of scores that are as rare as one in ten, a hundred and a thousand."""
    return [float((rarity.of(scores) >= level).mean()) for level in (1.0, 2.0, 3.0)]


@pytest.mark.parametrize("change", [0.6, 1.5], ids=["it covers more", "it narrows"])
def test_a_detector_that_goes_on_learning_calls_as_much_rare_as_before(change: float) -> None:
    rng = np.random.default_rng(3)
    draw = lambda n: rng.gamma(4.0, 1.0, n)  # noqa: E731
    rarity = Rarity(draw(3000))
    before = far(rarity, draw(100_000))
    for day in range(12):
        scores = change ** min(1.0, day / 4) * draw(8640)
        # Of what is rare hardly anything is learned from: the tail is not to shrink by that.
        rarity.follow(scores[(rarity.of(scores) < 1.3) | (rng.random(8640) < 0.1)])
    now = far(rarity, change * draw(100_000))
    for was, share in zip(before, now, strict=True):
        assert was / 1.7 < share < 1.7 * was


def test_one_night_does_not_make_the_day_rare() -> None:
    rng = np.random.default_rng(4)
    day = rng.gamma(4.0, 1.0, 3000)
    rarity = Rarity(day)
    before = float(np.median(rarity.of(day)))
    rarity.follow(0.5 * rng.gamma(4.0, 1.0, 8 * 360))
    assert np.median(rarity.of(day)) < before + 0.2


def test_what_half_of_the_time_is_nothing_is_not_followed() -> None:
    scores = np.where(np.arange(400) % 4, 0.0, np.linspace(1, 2, 400))
    rarity = Rarity(scores)
    before = rarity.of(scores).tolist()
    rarity.follow(5 + scores)
    assert rarity.of(scores).tolist() == before


def test_a_scale_of_an_earlier_release_is_followed_from_here_on() -> None:
    rng = np.random.default_rng(5)
    saved = Rarity(rng.gamma(4.0, 1.0, 1000)).to_state()
    rarity = Rarity.from_state({"levels": saved["levels"], "excess": saved["excess"]})
    before = far(rarity, rng.gamma(4.0, 1.0, 50_000))
    for _ in range(5):
        rarity.follow(0.7 * rng.gamma(4.0, 1.0, 8640))
    now = far(rarity, 0.7 * rng.gamma(4.0, 1.0, 50_000))
    for was, share in zip(before, now, strict=True):
        assert was / 1.7 < share < 1.7 * was


def test_it_is_kept_whole() -> None:
    rarity = Rarity(np.random.default_rng(2).gamma(4.0, 1.0, 300), 0.2)
    rarity.follow(np.random.default_rng(6).gamma(2.0, 1.0, 500))
    again = Rarity.from_state(rarity.to_state())
    scores = np.linspace(-3, 9, 50)
    assert again.of(scores).tolist() == rarity.of(scores).tolist()
    for one in (rarity, again):
        one.follow(np.linspace(1, 3, 50))
    assert again.of(scores).tolist() == rarity.of(scores).tolist()
    with pytest.raises(ValueError, match="levels"):
        Rarity.from_state({"levels": [1.0], "excess": 1.0})
