"""Real footage as training data: the train part alone, and nothing claimed that is not sure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.training.generated import CELLS
from pipeline.training.real_sight import frames_of, real_pictures
from tests.pipeline.training.footage import film, make_footage

CONCEPTS = ("people_fighting", "person_lying", "car", "fire")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_footage(tmp_path)


def test_clips_of_the_test_part_are_never_read(data: Path) -> None:
    made = real_pictures(data, CONCEPTS)
    assert made.x.shape[1:] == (160, 160, 3)
    assert made.x.max() < 200, "fi011 belongs to the test part"


def test_a_fight_says_only_that_people_fight(data: Path) -> None:
    made = real_pictures(data, CONCEPTS)
    rows = np.arange(len(made))
    fight = made.labels(rows)[0]
    assert fight[0] > 0.5
    assert np.isnan(fight[1])
    assert fight[3] == 0
    calm = made.labels(rows)[-1]
    assert calm[0] == calm[1] == calm[3] == 0
    cells = made.cells(rows)
    assert cells is not None
    assert (cells[:, :CELLS] == 0).all()
    assert (cells[:, CELLS] == 0xFFF).all(), "nobody marked where anything is"


def test_frames_are_taken_by_time(tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", 2.0, 80)
    assert len(list(frames_of(tmp_path / "a.mp4", fps=2.0))) == 4
    assert len(list(frames_of(tmp_path / "a.mp4", fps=2.0, seconds=1.0))) == 3


def test_another_folder_is_named_as_the_mistake(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="surveillance-fight"):
        real_pictures(tmp_path, CONCEPTS)
