"""A memory of patches: a street of a few kinds of patches, and something else in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from detectors import DetectorInputError, DetectorStateError, Moments, learned_normal
from detectors.patches import PatchMemory
from pipeline.records import Modality
from pipeline.statefile import load_state, save_state

ROWS, COLS, NUMBERS = 5, 6, 8


def street(n: int, *, seed: int = 0, numbers: int = NUMBERS, start: float = 0.0) -> Moments:
    """Sky above, road below, each with its own look and some noise."""
    rng = np.random.default_rng(seed)
    kinds = np.random.default_rng(99).normal(size=(ROWS, numbers))
    noise = 0.1 * rng.normal(size=(n, ROWS, COLS, numbers))
    patches = (kinds[None, :, None, :] + noise).astype(np.float16)
    vectors = np.tile(np.eye(1, 4, dtype=np.float32), (n, 1))
    at = start + np.arange(n, dtype=np.float64)
    return Moments(vectors, at, np.full(n, 12, np.float32), patches)


def with_thing(moments: Moments, row: int, col: int, size: float = 3.0) -> Moments:
    assert moments.patches is not None
    patches: NDArray[np.float16] = moments.patches.copy()
    patches[:, row, col] += np.float16(size)
    return Moments(moments.vectors, moments.captured_at, moments.hour_of_week, patches)


@pytest.fixture
def memory() -> PatchMemory:
    made = PatchMemory()
    made.fit(street(60))
    return made


def test_a_thing_in_one_patch_is_found_and_shown_where_it_is(memory: PatchMemory) -> None:
    usual = memory.score(street(20, seed=1))
    odd = with_thing(street(20, seed=2), 4, 1)
    assert memory.score(odd).min() > usual.max()
    told = memory.explain(odd)
    assert told.heat is not None
    assert told.heat.shape == (ROWS, COLS)
    assert np.unravel_index(told.heat.argmax(), told.heat.shape) == (4, 1)
    assert told.heat[4, 1] > 4
    assert "bottom left" in told.words
    # Away from it the picture is as usual: standard scores near 0.
    assert np.abs(told.heat[:, 3:]).max() < 3


def test_heat_of_ordinary_pictures_that_were_not_learned_is_standard(memory: PatchMemory) -> None:
    heat = memory.heat(street(200, seed=3))
    assert abs(heat.mean()) < 0.4
    assert 0.6 < heat.std() < 1.5


def test_where_a_patch_lies_counts(memory: PatchMemory) -> None:
    """A piece of sky where the road is: each patch was seen, but not there."""
    turned = street(10, seed=4)
    assert turned.patches is not None
    upside = Moments(
        turned.vectors, turned.captured_at, turned.hour_of_week, turned.patches[:, ::-1].copy()
    )
    assert memory.score(upside).min() > memory.score(turned).max()


def test_what_comes_again_and_again_becomes_ordinary_in_bounded_memory() -> None:
    memory = PatchMemory()
    memory.fit(street(60))
    odd = with_thing(street(40, seed=5, start=100), 2, 2)
    before = memory.score(odd).mean()
    size = len(memory.save()["bank"]["rows"])
    for k in range(5):
        memory.update(with_thing(street(40, seed=10 + k, start=200 + 40 * k), 2, 2))
    after = memory.score(odd).mean()
    usual = memory.score(street(40, seed=6)).mean()
    assert after - usual < 0.3 * (before - usual)
    assert len(memory.save()["bank"]["rows"]) <= max(size, 500)


def test_saved_and_loaded_it_judges_alike(memory: PatchMemory, tmp_path: Path) -> None:
    save_state(tmp_path / "patches", memory.save())
    again = PatchMemory()
    again.load(load_state(tmp_path / "patches"))
    asked = with_thing(street(5, seed=7), 1, 1)
    np.testing.assert_allclose(again.score(asked), memory.score(asked), rtol=0.02)
    np.testing.assert_allclose(again.heat(asked), memory.heat(asked), rtol=0.1, atol=0.3)


def test_patches_of_another_encoder_are_left_alone(memory: PatchMemory) -> None:
    other = street(4, numbers=NUMBERS + 1)
    assert np.isnan(memory.score(other)).all()
    assert memory.explain(other).heat is None
    before = memory.score(street(3, seed=8))
    memory.update(other)
    np.testing.assert_array_equal(memory.score(street(3, seed=8)), before)
    with pytest.raises(DetectorInputError, match="no patches"):
        memory.heat(other)


def test_a_camera_without_patches_keeps_it_silent() -> None:
    memory = PatchMemory()
    plain = street(20)
    bare = Moments(plain.vectors, plain.captured_at, plain.hour_of_week)
    memory.fit(bare)
    assert np.isnan(memory.score(bare)).all()
    again = PatchMemory()
    again.load(memory.save())
    assert np.isnan(again.score(bare)).all()
    with pytest.raises(DetectorInputError, match="two moments"):
        memory.fit(plain[:1])


@pytest.mark.parametrize(
    "wrong",
    [{"version": 9}, {"shape": [5, 6, 4]}, {"mean": np.zeros((2, 2))}, {"seen": None}],
    ids=["version", "numbers", "cells", "seen"],
)
def test_a_state_that_cannot_be_is_refused(memory: PatchMemory, wrong: dict[str, object]) -> None:
    with pytest.raises(DetectorStateError):
        PatchMemory().load(memory.save() | wrong)


def test_every_camera_learns_patches() -> None:
    assert "patches" in [m.name for m in learned_normal(Modality.VIDEO).members]
    assert "patches" not in [m.name for m in learned_normal(Modality.AUDIO).members]
