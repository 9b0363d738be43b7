"""The sound set on disk: soft labels, shards that go on where they stopped, and its columns."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from pipeline.scene.concepts import SOUND_CONCEPTS
from pipeline.training.sound_data import TEACHER_COLUMNS, fill_sounds, hushed, load_sounds
from pipeline.training.sound_items import Studio, make_item


def test_an_item_is_the_same_for_its_seed_and_says_what_is_in_it() -> None:
    one, again = (make_item(Studio(), 5) for _ in range(2))
    assert one.mel.shape == (64, 250)
    assert np.array_equal(one.mel, again.mel)
    assert one.labels.max() == 1.0
    assert np.isnan(one.said).all(), "nobody was asked"


def test_interrupted_filling_goes_on_and_loads_as_one_set(tmp_path: Path) -> None:
    make = partial(make_item, Studio())
    fill_sounds(tmp_path, make, count=2, first_seed=0, shard=2)
    first = (tmp_path / "shard-00000.npz").stat().st_mtime_ns
    fill_sounds(tmp_path, make, count=4, first_seed=0, shard=2)
    assert (tmp_path / "shard-00000.npz").stat().st_mtime_ns == first
    sounds = load_sounds(tmp_path)
    rows = np.arange(4)
    assert len(sounds) == 4
    assert sounds.inputs(rows).shape == (4, 64, 250)
    assert tuple(sounds.concepts) == (*SOUND_CONCEPTS, *TEACHER_COLUMNS)
    assert sounds.labels(rows).shape == (4, len(SOUND_CONCEPTS) + 527)
    assert sounds.cells(rows) is None


def test_an_empty_cache_and_one_of_other_concepts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="fill"):
        load_sounds(tmp_path)
    np.savez(tmp_path / "shard-00000.npz", concepts=np.array(["volcano"]))
    with pytest.raises(ValueError, match="clear"):
        load_sounds(tmp_path)


def test_a_mix_is_only_as_silent_as_its_loudest_part() -> None:
    soft = np.zeros((1, len(SOUND_CONCEPTS) + 527), np.float32)
    soft[0, SOUND_CONCEPTS.index("silence")] = 1.0
    soft[0, SOUND_CONCEPTS.index("rain")] = 0.75
    assert hushed(soft)[0, SOUND_CONCEPTS.index("silence")] == 0.25
