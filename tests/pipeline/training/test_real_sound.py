"""Real recordings as training data: the train part alone, labelled, and no silent tracks."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.evaluation.splits import Part
from pipeline.scene.acoustics import RATE, noise, tone
from pipeline.training.real_sound import esc_recordings, film_recordings, read_sound
from pipeline.training.sound_items import varied


def write_sound(path: Path, level: float, seconds: float = 1.0) -> None:
    """A tone of 440 Hz in a container that its name chooses."""
    path.parent.mkdir(parents=True, exist_ok=True)
    wave = level * tone(440.0, round(seconds * RATE))
    with av.open(str(path), "w") as container:
        codec, kind, block = (
            ("libopus", "flt", 960) if path.suffix == ".ogg" else ("aac", "fltp", 1024)
        )
        stream = container.add_stream(codec, rate=RATE, layout="mono")
        stream.codec_context.format = kind
        for start in range(0, len(wave), block):
            part = wave[None, start : start + block].astype(np.float32)
            frame = av.AudioFrame.from_ndarray(part, format=kind, layout="mono")
            frame.sample_rate, frame.pts = RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one recording of each part, and films with and without a sound."""
    for name in ("1-100-A.ogg", "3-200-A.ogg", "4-300-A.ogg"):
        write_sound(tmp_path / "audio/esc10/003 - Sea waves" / name, 0.5)
    fights = tmp_path / "video/surveillance-fight"
    write_sound(fights / "fight/fi001.mp4", 0.5)
    write_sound(fights / "fight/fi002.mp4", 0.0)
    write_sound(fights / "fight/fi011.mp4", 0.5)
    return tmp_path


def test_only_the_training_folds_are_trained_on(data: Path) -> None:
    read = list(esc_recordings(data, Part.TRAIN))
    assert [one.path.name for one in read] == ["1-100-A.ogg", "3-200-A.ogg"]
    assert {one.concept for one in read} == {"sea_waves"}
    held = [one.path.name for one in esc_recordings(data, Part.TEST)]
    assert held == ["4-300-A.ogg"]


def test_films_of_the_test_part_and_empty_tracks_are_left_out(data: Path) -> None:
    (only,) = film_recordings(data)
    assert only.path.name == "fi001.mp4"
    assert only.concept is None
    assert len(only.samples) == pytest.approx(RATE, rel=0.1)


def test_a_film_without_a_sound_track_has_no_sound(data: Path) -> None:
    path = data / "silent.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), "rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert read_sound(path) is None


def test_a_short_recording_fills_five_seconds_another_way_each_time() -> None:
    short = noise(np.random.default_rng(0), RATE)
    first, second = (varied(np.random.default_rng(seed), short) for seed in (1, 2))
    assert first.shape == second.shape == (5 * RATE,)
    assert 0.04 < np.abs(first).max() <= 1.0
    assert not np.allclose(first, second)
