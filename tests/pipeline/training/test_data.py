"""Shards of generated items: interrupted work goes on, and seeds keep to their ranges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.encoders.background import SEED as BACKGROUND_SEED
from pipeline.scene.concepts import SIGHT_CONCEPTS, SOUND_CONCEPTS
from pipeline.training.augment import augment_pictures, augment_sounds
from pipeline.training.data import (
    CLOSE_SEED,
    HELD_OUT_SEED,
    STORY_SEED,
    TRAIN_SEED,
    Item,
    Shards,
    Together,
    fill_cache,
    load_cache,
    repeats,
    write_shard,
)
from pipeline.training.generated import (
    CELLS,
    MOMENTS,
    PLACED,
    close_item,
    picture_item,
    sound_item,
    story_item,
)


def numbered(seed: int) -> Item:
    """An item that is its seed."""
    return Item(np.full(2, seed), frozenset({"odd"} if seed % 2 else {"even"}))


def guessed(seed: int) -> Item:
    """An item of which nobody knows whether it is even, and that tells where it is."""
    return Item(np.full(2, seed), frozenset({"odd"}), frozenset({"even"}), np.full((3, 2), seed))


def test_a_cache_holds_the_asked_items_in_order(tmp_path: Path) -> None:
    fill_cache(tmp_path, numbered, ["odd", "even"], count=10, first_seed=100, shard=4)
    data = load_cache(tmp_path)
    assert len(data) == 12  # whole shards
    assert data.x[:, 0].tolist() == list(range(100, 112))
    np.testing.assert_array_equal(data.labels(np.array([0, 1])), [[0, 1], [1, 0]])


def test_what_nobody_knows_comes_back_as_nan_and_where_things_are_as_it_was(
    tmp_path: Path,
) -> None:
    fill_cache(tmp_path, guessed, ["odd", "even"], count=2, first_seed=7, shard=2)
    data = load_cache(tmp_path)
    rows = np.array([1])
    np.testing.assert_array_equal(data.labels(rows), [[1, np.nan]])
    cells = data.cells(rows)
    assert cells is not None
    assert (cells == 8).all()


def test_finished_shards_are_not_made_again(tmp_path: Path) -> None:
    fill_cache(tmp_path, numbered, ["odd", "even"], count=8, first_seed=0, shard=4)
    (tmp_path / "shard-00001.npz").unlink()
    before = (tmp_path / "shard-00000.npz").stat().st_mtime_ns
    fill_cache(tmp_path, numbered, ["odd", "even"], count=8, first_seed=0, shard=4)
    assert (tmp_path / "shard-00000.npz").stat().st_mtime_ns == before
    assert load_cache(tmp_path).x[:, 0].tolist() == list(range(8))


def test_an_item_that_fails_leaves_no_half_shard(tmp_path: Path) -> None:
    def breaks(seed: int) -> Item:
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
        Together([(load_cache(one), 1), (load_cache(other), 1)])


def test_a_small_set_counts_as_often_as_it_is_told_to(tmp_path: Path) -> None:
    names = ["odd", "even"]
    fill_cache(tmp_path / "large", guessed, names, count=4, first_seed=0, shard=4)
    fill_cache(tmp_path / "small", guessed, names, count=2, first_seed=100, shard=2)
    both = Together([(load_cache(tmp_path / "large"), 1), (load_cache(tmp_path / "small"), 3)])
    rows = np.arange(len(both))[::-1]
    met = both.inputs(rows)[:, 0].tolist()
    assert met == [101, 101, 101, 100, 100, 100, 3, 2, 1, 0]
    cells = both.cells(rows)
    assert cells is not None
    assert cells[:, 0, 0].tolist() == met
    assert both.labels(rows).shape == (10, 2)


def test_items_of_a_rare_concept_count_until_it_is_no_longer_rare(tmp_path: Path) -> None:
    y = np.zeros((100, 2), np.float32)
    y[:10, 0], y[:60, 1] = 1.0, 1.0
    data = Shards(("rare", "common"), np.arange(100), y)
    times = repeats(data, ["rare", "common"], share=0.3)
    assert times.tolist() == [3] * 10 + [1] * 90
    assert repeats(data, ["rare"], share=0.9).max() == 4, "never more than the bound"
    both = Together([(data, times)])
    assert len(both) == 120
    assert (both.labels(np.arange(120))[:, 0] == 1).mean() == pytest.approx(0.25)


def test_one_set_that_does_not_tell_where_things_are_silences_the_map(tmp_path: Path) -> None:
    names = ["odd", "even"]
    fill_cache(tmp_path / "mapped", guessed, names, count=2, first_seed=0, shard=2)
    fill_cache(tmp_path / "plain", numbered, names, count=2, first_seed=0, shard=2)
    both = Together([(load_cache(tmp_path / "mapped"), 1), (load_cache(tmp_path / "plain"), 1)])
    assert both.cells(np.arange(4)) is None


def test_training_held_out_banks_and_demonstrations_never_share_a_seed() -> None:
    demonstration = 10_000
    starts = [demonstration, TRAIN_SEED, STORY_SEED, CLOSE_SEED, HELD_OUT_SEED, BACKGROUND_SEED]
    assert starts == sorted(starts)
    assert min(np.diff(starts)) > 900_000


@pytest.mark.parametrize("make", [picture_item, close_item], ids=["scene", "close-up"])
def test_pictures_repeat_from_their_seed_and_are_labelled(make: Any) -> None:
    item, again = make(HELD_OUT_SEED + 11), make(HELD_OUT_SEED + 11)
    assert item.x.shape == (160, 160, 3)
    assert item.x.dtype == np.uint8
    assert item.concepts
    assert item.concepts <= set(SIGHT_CONCEPTS)
    assert not item.concepts & item.unsure
    np.testing.assert_array_equal(item.x, again.x)
    assert item.concepts == again.concepts


@pytest.mark.parametrize("make", [picture_item, close_item], ids=["scene", "close-up"])
def test_what_a_map_shows_is_never_denied_and_what_is_sure_has_a_place(make: Any) -> None:
    for seed in range(HELD_OUT_SEED, HELD_OUT_SEED + 60):
        item = make(seed)
        assert item.cells.shape == (CELLS + 1, CELLS)
        hidden = int(item.cells[CELLS, 0])
        for k, name in enumerate(PLACED):
            shown = bool((item.cells[:CELLS] >> k & 1).any())
            if name in item.concepts:
                assert shown or hidden >> k & 1, (seed, name)
            if make is picture_item and shown:
                assert name in item.concepts, (seed, name)


def test_moments_of_a_story_show_its_events_and_its_quiet() -> None:
    first = (STORY_SEED + 900_000) * MOMENTS
    items = [story_item(first + k) for k in range(MOMENTS)]
    places = [item.concepts & {"yard", "street", "car_park", "hall", "room"} for item in items]
    assert len(set(places)) == 1, "one story happens in one place"
    shown = frozenset().union(*(item.concepts for item in items))
    assert {"fire", "person_lying"} <= shown
    assert any(not item.concepts & {"fire", "person_lying"} for item in items)
    assert all("sunset" in item.unsure for item in items)


def test_a_close_up_says_nothing_of_the_place() -> None:
    assert "yard" in close_item(HELD_OUT_SEED + 3).unsure


def test_sounds_come_as_log_mel() -> None:
    item = sound_item(HELD_OUT_SEED + 11)
    assert item.x.shape == (64, 250)
    assert item.concepts <= set(SOUND_CONCEPTS)
    assert np.isfinite(item.x).all()


def test_augmented_pictures_differ_but_keep_their_shape() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (4, 160, 160, 3), dtype=np.uint8)
    cells = np.zeros((4, 20, 20), np.uint16)
    changed, _ = augment_pictures(pixels, cells, np.random.default_rng(1))
    assert changed.shape == pixels.shape
    assert changed.dtype == np.uint8
    assert (changed != pixels).any(axis=(1, 2, 3)).all()


def test_a_map_moves_with_its_picture() -> None:
    pixels = np.full((40, 160, 160, 3), 40, np.uint8)
    cells = np.zeros((40, 20, 20), np.uint16)
    pixels[:, 32:64, 96:128] = 220
    cells[:, 4:8, 12:16] = 1
    changed, moved = augment_pictures(pixels, cells, np.random.default_rng(2))
    for picture, where in zip(changed, moved, strict=True):
        bright = picture.mean(axis=2).reshape(20, 8, 20, 8).mean(axis=(1, 3))
        inside, outside = bright[where == 1], bright[where == 0]
        assert inside.mean() > outside.mean() + 60
        assert np.median(inside) > outside.max() - 60


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
