"""Shards of generated items: interrupted work goes on, and seeds keep to their ranges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.encoders.background import SEED as BACKGROUND_SEED
from pipeline.scene.concepts import SIGHT_CONCEPTS, SOUND_CONCEPTS
from pipeline.training.augment import augment_pictures, augment_sounds
from pipeline.training.data import (
    CLOSE_SEED,
    HELD_OUT_SEED,
    TRAIN_SEED,
    fill_cache,
    load_cache,
    together,
    write_shard,
)
from pipeline.training.generated import close_item, picture_item, sound_item


def numbered(seed: int) -> tuple[NDArray[Any], frozenset[str]]:
    """An item that is its seed."""
    return np.full(2, seed), frozenset({"odd"} if seed % 2 else {"even"})


def test_a_cache_holds_the_asked_items_in_order(tmp_path: Path) -> None:
    fill_cache(tmp_path, numbered, ["odd", "even"], count=10, first_seed=100, shard=4)
    data = load_cache(tmp_path)
    assert len(data) == 12  # whole shards
    assert data.x[:, 0].tolist() == list(range(100, 112))
    np.testing.assert_array_equal(data.labels(np.array([0, 1])), [[0, 1], [1, 0]])


def test_finished_shards_are_not_made_again(tmp_path: Path) -> None:
    fill_cache(tmp_path, numbered, ["odd", "even"], count=8, first_seed=0, shard=4)
    (tmp_path / "shard-00001.npz").unlink()
    before = (tmp_path / "shard-00000.npz").stat().st_mtime_ns
    fill_cache(tmp_path, numbered, ["odd", "even"], count=8, first_seed=0, shard=4)
    assert (tmp_path / "shard-00000.npz").stat().st_mtime_ns == before
    assert load_cache(tmp_path).x[:, 0].tolist() == list(range(8))


def test_an_item_that_fails_leaves_no_half_shard(tmp_path: Path) -> None:
    def breaks(seed: int) -> tuple[NDArray[Any], frozenset[str]]:
        if seed == 3:
            raise ValueError("no item 3")
        return numbered(seed)

    with pytest.raises(ValueError, match="no item 3"):
        write_shard(tmp_path / "shard-00000.npz", breaks, 0, 4, ["odd", "even"])
    assert list(tmp_path.glob("*.npz")) == []
    with pytest.raises(FileNotFoundError, match="fill the cache"):
        load_cache(tmp_path)


def test_shards_of_different_concepts_are_not_mixed(tmp_path: Path) -> None:
    write_shard(tmp_path / "shard-00000.npz", numbered, 0, 2, ["odd", "even"])
    write_shard(tmp_path / "shard-00001.npz", numbered, 2, 2, ["odd"])
    with pytest.raises(ValueError, match="other concepts"):
        load_cache(tmp_path)
    one, other = tmp_path / "a", tmp_path / "b"
    fill_cache(one, numbered, ["odd"], count=2, first_seed=0, shard=2)
    fill_cache(other, numbered, ["even"], count=2, first_seed=0, shard=2)
    with pytest.raises(ValueError, match="other concepts"):
        together(load_cache(one), load_cache(other))


def test_training_held_out_banks_and_demonstrations_never_share_a_seed() -> None:
    demonstration = 10_000
    starts = [demonstration, TRAIN_SEED, CLOSE_SEED, HELD_OUT_SEED, BACKGROUND_SEED]
    assert starts == sorted(starts)
    assert min(np.diff(starts)) > 900_000


@pytest.mark.parametrize("make", [picture_item, close_item], ids=["scene", "close-up"])
def test_pictures_repeat_from_their_seed_and_are_labelled(make: Any) -> None:
    pixels, found = make(HELD_OUT_SEED + 11)
    again, same = make(HELD_OUT_SEED + 11)
    assert pixels.shape == (160, 160, 3)
    assert pixels.dtype == np.uint8
    assert found
    assert found <= set(SIGHT_CONCEPTS)
    assert found == same
    np.testing.assert_array_equal(pixels, again)


def test_sounds_come_as_log_mel() -> None:
    mel, found = sound_item(HELD_OUT_SEED + 11)
    assert mel.shape == (64, 250)
    assert found <= set(SOUND_CONCEPTS)
    assert np.isfinite(mel).all()


def test_augmented_pictures_differ_but_keep_their_shape() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (4, 160, 160, 3), dtype=np.uint8)
    changed = augment_pictures(pixels, np.random.default_rng(1))
    assert changed.shape == pixels.shape
    assert changed.dtype == np.uint8
    assert (changed != pixels).any(axis=(1, 2, 3)).all()


def test_a_mixed_sound_takes_over_labels_and_never_loses_its_own() -> None:
    rng = np.random.default_rng(0)
    mel = rng.normal(0, 0.3, (64, 64, 250)).astype(np.float32)
    labels = np.eye(64, dtype=np.float32)
    changed, soft = augment_sounds(mel, labels, np.random.default_rng(1))
    assert changed.shape == mel.shape
    assert np.isfinite(changed).all()
    assert (np.diag(soft) == 1).all()
    taken = (soft > 0).sum(axis=1) - 1
    assert 8 <= int((taken == 1).sum()) <= 36
    assert taken.max() == 1
