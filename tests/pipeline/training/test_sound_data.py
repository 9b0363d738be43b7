"""The sound set on disk: soft labels, shards that go on where they stopped, and its columns."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.scene.acoustics import Samples
from pipeline.scene.concepts import NORMAL_SOUND, SOUND_CONCEPTS
from pipeline.training.sound_data import TEACHER_COLUMNS, fill_sounds, hushed, load_sounds
from pipeline.training.sound_items import Studio, lifelike_item, make_item
from pipeline.training.teacher import LABELS_OF, Teacher


def test_an_item_is_the_same_for_its_seed_and_says_what_is_in_it() -> None:
    one, again = (make_item(Studio(), 5) for _ in range(2))
    assert one.mel.shape == (64, 250)
    assert np.array_equal(one.mel, again.mel)
    assert one.labels.max() == 1.0
    assert np.isnan(one.said).all(), "nobody was asked"


class Listener(Teacher):
    """Likes the brightest sound, and counts how often it is asked."""

    def __init__(self) -> None:
        names = sorted({name for some in LABELS_OF.values() for name in some})
        self.labels = (*names, *(f"label {k}" for k in range(527 - len(names))))
        self.asked = 0

    def ask(self, samples: Samples) -> NDArray[np.float32]:
        self.asked += 1
        return np.full(527, np.abs(np.diff(samples)).mean(), np.float32)


def test_of_many_shots_and_screams_the_most_lifelike_is_learned() -> None:
    alone = lifelike_item(Studio(), 3)
    assert np.array_equal(alone.mel, lifelike_item(Studio(), 3).mel)
    there = {name for name, soft in zip(SOUND_CONCEPTS, alone.labels, strict=True) if soft == 1.0}
    assert len(there - NORMAL_SOUND) == 1
    teacher = Listener()
    chosen = lifelike_item(Studio(teacher=teacher), 3)
    assert teacher.asked == 8 + 1, "each try, and what became of it"
    assert not np.array_equal(chosen.mel, alone.mel)


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
