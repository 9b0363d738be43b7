"""Real footage as training data: the train part alone, and nothing claimed that is not sure."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.training.generated import CELLS
from pipeline.training.real_sight import FOOTAGE, frames_of, real_pictures

CONCEPTS = ("people_fighting", "person_lying", "car", "fire")


def film(path: Path, seconds: float, grey: int) -> None:
    """A grey clip at 10 frames a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(round(seconds * 10)):
            picture = np.full((48, 64, 3), grey, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts = k
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one clip where each pattern looks, and a test clip beside."""
    fights = tmp_path / "video/surveillance-fight"
    film(fights / "fight/fi001.mp4", 1.0, 50)
    film(fights / "fight/fi011.mp4", 1.0, 250)
    film(fights / "noFight/nofi002.mp4", 0.5, 100)
    for footage in FOOTAGE:
        if footage.dataset == "intel":
            film(tmp_path / footage.pattern, 0.3, 150)
    return tmp_path


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
