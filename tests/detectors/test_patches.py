"""Textures of patches: a street whose pictures vary as a whole, and something else in one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detectors import DetectorInputError, DetectorStateError, Moments, learned_normal
from detectors.patches import PatchTexture
from pipeline.records import Modality
from pipeline.statefile import load_state, save_state

ROWS, COLS, NUMBERS = 8, 10, 6


def street(n: int, *, seed: int = 0, sway: float = 0.5, start: float = 0.0) -> Moments:
    """Sky above, road below; clouds and light move all of it in three ways, and there is noise."""
    rng = np.random.default_rng(seed)
    fixed = np.random.default_rng(99)
    place = fixed.normal(size=(ROWS, 1, NUMBERS)) + 0.3 * fixed.normal(size=(ROWS, COLS, NUMBERS))
    ways = fixed.normal(size=(3, ROWS, COLS, NUMBERS))
    moods = sway * rng.normal(size=(n, 3))
    noise = 0.1 * rng.normal(size=(n, ROWS, COLS, NUMBERS))
    patches = place + np.einsum("nk,kxyz->nxyz", moods, ways) + noise
    vectors = np.tile(np.eye(1, 4, dtype=np.float32), (n, 1))
    at = start + np.arange(n, dtype=np.float64)
    return Moments(vectors, at, np.full(n, 12, np.float32), patches.astype(np.float16))


def with_thing(moments: Moments, row: int, col: int, size: float = 3.0) -> Moments:
    assert moments.patches is not None
    patches = moments.patches.copy()
    patches[:, row, col] += np.float16(size)
    return replace(moments, patches=patches)


@pytest.fixture(scope="module")
def learned() -> PatchTexture:
    made = PatchTexture()
    made.fit(street(120))
    return made


def copy_of(learned: PatchTexture) -> PatchTexture:
    made = PatchTexture()
    made.load(learned.save())
    return made


def test_a_thing_in_one_patch_is_found_and_shown_where_it_is(learned: PatchTexture) -> None:
    usual = learned.score(street(40, seed=1))
    odd = with_thing(street(40, seed=2), 6, 1)
    assert learned.score(odd).min() > usual.max()
    told = learned.explain(odd)
    assert told.heat is not None
    assert told.heat.shape == (ROWS, COLS)
    assert np.unravel_index(told.heat.argmax(), told.heat.shape) == (6, 1)
    assert told.heat[6, 1] > 5
    assert "bottom left" in told.words
    # Away from it there is little, though it changes what the whole picture is held against.
    assert told.heat[:, 6:].max() < 0.25 * told.heat.max()


def test_heat_of_ordinary_pictures_that_were_not_learned_is_seldom_above_two(
    learned: PatchTexture,
) -> None:
    heat = learned.heat(street(300, seed=3))
    assert abs(np.median(heat)) < 0.5
    assert (heat > 2).mean() < 0.03
    assert np.quantile(heat, 0.99) > 1, "nor is all of it far below"


def test_what_moves_the_whole_picture_the_usual_way_is_usual(learned: PatchTexture) -> None:
    """More of the usual sway is not unusual; the same sum of changes in no usual way is."""
    calm, windy = street(40, seed=4), street(40, seed=4, sway=0.9)
    rng = np.random.default_rng(5)
    assert calm.patches is not None
    shaken = calm.patches + (0.9 * rng.normal(size=calm.patches.shape)).astype(np.float16)
    usual = learned.score(calm).mean()
    swayed = learned.score(windy).mean() - usual
    odd = learned.score(replace(calm, patches=shaken)).mean() - usual
    assert odd > 10 * swayed


def test_light_over_the_whole_picture_is_nothing_unusual(learned: PatchTexture) -> None:
    calm = street(40, seed=6)
    assert calm.patches is not None
    brighter = replace(calm, patches=(1.2 * calm.patches + 0.5).astype(np.float16))
    usual = learned.score(calm)
    assert learned.score(brighter).mean() - usual.mean() < 3 * usual.std()


def test_where_a_patch_lies_counts(learned: PatchTexture) -> None:
    """A piece of sky where the road is: each patch was seen, but not there."""
    usual = street(10, seed=7)
    assert usual.patches is not None
    upside = replace(usual, patches=usual.patches[:, ::-1].copy())
    assert learned.score(upside).min() > learned.score(usual).max()


def test_what_comes_again_and_again_becomes_ordinary_and_nothing_grows(
    learned: PatchTexture,
) -> None:
    living = copy_of(learned)
    odd = with_thing(street(40, seed=8), 2, 2)
    before = living.score(odd).mean()
    sizes = {k: np.size(v) for k, v in living.save().items()}
    for k in range(20):
        living.update(with_thing(street(16, seed=20 + k, start=200 + 16 * k), 2, 2))
    usual = living.score(street(40, seed=9)).mean()
    assert living.score(odd).mean() - usual < 0.3 * (before - usual)
    assert {k: np.size(v) for k, v in living.save().items()} == sizes
    # What it had seen before is as ordinary as ever, and what is strange elsewhere still strange.
    assert living.score(with_thing(street(40, seed=10), 6, 8)).mean() > usual + 0.5 * before


def test_moments_are_learned_alike_together_and_one_by_one(learned: PatchTexture) -> None:
    together, apart = copy_of(learned), copy_of(learned)
    more = with_thing(street(12, seed=11), 1, 1, 1.0)
    together.update(more)
    for k in range(12):
        apart.update(more[k : k + 1])
    asked = street(20, seed=12)
    assert apart.score(asked) == pytest.approx(together.score(asked), abs=0.3)


def test_saved_and_loaded_it_judges_alike(learned: PatchTexture, tmp_path: Path) -> None:
    save_state(tmp_path / "texture", learned.save())
    again = PatchTexture()
    again.load(load_state(tmp_path / "texture"))
    asked = with_thing(street(10, seed=13), 3, 3)
    assert again.score(asked) == pytest.approx(learned.score(asked), rel=1e-2)
    np.testing.assert_allclose(again.heat(asked), learned.heat(asked), atol=0.05)


def test_moments_without_patches_are_not_judged_and_teach_nothing(learned: PatchTexture) -> None:
    some = street(6, seed=14)
    mixed = Moments.joined([some[:3], replace(some[3:], patches=None)])
    scores = learned.score(mixed)
    assert np.isfinite(scores[:3]).all()
    assert np.isnan(scores[3:]).all()
    assert learned.explain(mixed).heat is None
    living = copy_of(learned)
    living.update(mixed)
    assert np.isfinite(living.score(some)).all()
    other = replace(some, patches=np.zeros((6, ROWS, COLS, NUMBERS + 1), np.float16))
    assert np.isnan(learned.score(other)).all()
    with pytest.raises(DetectorInputError, match="no patches of the kind"):
        learned.heat(other)


def test_a_camera_without_patches_keeps_it_silent() -> None:
    member = PatchTexture()
    bare = replace(street(20), patches=None)
    member.fit(bare)
    assert np.isnan(member.score(bare)).all()
    again = PatchTexture()
    again.load(member.save())
    assert np.isnan(again.score(bare)).all()
    with pytest.raises(DetectorInputError, match="at least"):
        member.fit(street(20)[:1])


def test_pictures_that_are_all_the_same_are_learned_too() -> None:
    frozen = street(30)
    assert frozen.patches is not None
    frozen = replace(frozen, patches=np.repeat(frozen.patches[:1], 30, axis=0))
    member = PatchTexture()
    member.fit(frozen)
    assert np.isfinite(member.score(frozen)).all()
    assert member.score(with_thing(frozen, 2, 2)).min() > member.score(frozen).max()


def test_it_is_small() -> None:
    """What one camera has learned of the embedded model's patches, on disk and off it."""
    rng = np.random.default_rng(0)
    large = replace(street(200), patches=rng.normal(size=(200, 16, 16, 25)).astype(np.float16))
    member = PatchTexture()
    member.fit(large)
    arrays = sum(a.nbytes for a in vars(member).values() if isinstance(a, np.ndarray))
    assert arrays < 2_000_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 9},
        {"shape": [ROWS, COLS, 4]},
        {"mean": np.zeros((2, 2))},
        {"background": np.zeros((3, 7))},
        {"covariance": -np.ones((ROWS * COLS, 10, 10))},
        {"seen": None},
    ],
    ids=["version", "numbers", "mean", "background", "covariance", "seen"],
)
def test_a_state_that_cannot_be_is_refused_and_changes_nothing(
    learned: PatchTexture, wrong: dict[str, object]
) -> None:
    living = copy_of(learned)
    asked = street(5, seed=15)
    before = living.score(asked)
    with pytest.raises(DetectorStateError):
        living.load(learned.save() | wrong)
    assert living.score(asked).tolist() == before.tolist()


def test_every_camera_learns_textures() -> None:
    assert "texture" in [m.name for m in learned_normal(Modality.VIDEO).members]
    assert "texture" not in [m.name for m in learned_normal(Modality.AUDIO).members]
