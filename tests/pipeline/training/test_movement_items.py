"""Moments of films with how they moved: of stories, of quiet cameras, of real clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.movement import DIM
from pipeline.scene.concepts import SIGHT_CONCEPTS
from pipeline.training.movement_items import (
    Moments,
    fill_moments,
    joined,
    load_moments,
    quiet_moments,
    real_moments,
)
from tests.pipeline.training.footage import film, make_footage

#: Of no film that a model is trained on.
SEED = 8_100_000


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("moments")
    fill_moments(folder, SEED, 1)
    return folder


def test_a_story_s_moments_say_what_is_seen_and_how_it_moved(filled: Path) -> None:
    made = load_moments(filled)
    n = len(made)
    assert n > 20
    assert made.pictures.shape == (n, 160, 160, 3)
    assert made.readings.shape == (n, DIM)
    assert np.isfinite(made.readings).all()
    assert made.labels.shape == (n, len(SIGHT_CONCEPTS))
    for event in ("fire", "person_lying"):
        there = made.labels[:, SIGHT_CONCEPTS.index(event)] == 1
        assert 0 < there.sum() < n, f"{event} is an event: seen at some moments, not at all"


def test_what_was_filmed_is_not_filmed_again(filled: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in filled.iterdir()}
    fill_moments(filled, SEED, 1)
    assert {path: path.stat().st_mtime_ns for path in filled.iterdir()} == before


def test_a_quiet_camera_moves_less_than_a_burning_one(filled: Path) -> None:
    quiet = quiet_moments(SEED, seconds=4.0)
    assert np.isnan(quiet.labels).all(), "a bank asks for no labels"
    whole = 6
    burning = load_moments(filled)
    assert np.median(quiet.readings[:, whole]) < burning.readings[:, whole].max()


def test_real_clips_of_the_test_part_are_never_read(tmp_path: Path) -> None:
    data = make_footage(tmp_path)
    film(data / "video/intel-sample-videos/bottle-detection.mp4", 2.0, 150)
    made = real_moments(data)
    assert made.pictures.max() < 200, "fi011 belongs to the test part"
    fighting = made.labels[:, SIGHT_CONCEPTS.index("people_fighting")]
    assert fighting[0] > 0.5
    assert fighting[-1] == 0
    assert len(np.unique(made.films)) == 2, "half a second is too short to see movement in"


def test_sets_are_joined_with_their_films_apart() -> None:
    one, other = (
        Moments(
            np.zeros((2, 4, 4, 3), np.uint8),
            np.zeros((2, DIM), np.float32),
            np.zeros((2, 3), np.float32),
            np.full(2, number),
        )
        for number in (0, 1)
    )
    assert joined([one, other]).films.tolist() == [0, 0, 1, 1]


def test_an_empty_folder_and_other_concepts_are_named(tmp_path: Path, filled: Path) -> None:
    with pytest.raises(FileNotFoundError, match="fill the cache"):
        load_moments(tmp_path)
    (path,) = filled.iterdir()
    with np.load(path) as stored:
        changed = {name: stored[name] for name in stored.files}
    changed["concepts"] = np.array(["unicorn"])
    with (tmp_path / "story-1.npz").open("wb") as file:
        np.savez(file, **changed)
    with pytest.raises(ValueError, match="clear"):
        load_moments(tmp_path)
