"""The packet gate's study: what is saved, what is missed and how soon a camera wakes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.evaluation.gate_pictures import LEAST_FILM_S, encode, length_s, read
from pipeline.sources.packet_gate import PacketGate, Trust
from tests.pipeline.simulate.clips import FPS, HEIGHT, WIDTH, make_clip

#: Somebody walks through for two seconds in each eight.
EVERY, WALKS = 8 * FPS, 2 * FPS


@pytest.fixture(scope="module")
def corridor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(4)
    wall = rng.integers(80, 120, (HEIGHT, WIDTH, 1), dtype=np.uint8).repeat(3, axis=2)

    def paint(number: int) -> NDArray[np.uint8]:
        picture = wall.astype(np.int16) + rng.integers(-2, 3, (HEIGHT, WIDTH, 1))
        step = number % EVERY - (EVERY - WALKS)
        if step >= 0:
            left = 5 + 2 * step  # never beyond 105
            coat = rng.integers(0, 255, (60, 30, 3))
            picture[40:100, left : left + 30] = coat[
                :, : picture[40:100, left : left + 30].shape[1]
            ]
        out: NDArray[np.uint8] = np.clip(picture, 0, 255).astype(np.uint8)
        return out

    folder = tmp_path_factory.mktemp("films")
    return make_clip(folder / "corridor.mp4", seconds=40.0, sound=None, paint=paint)


@pytest.fixture(scope="module")
def camera(corridor: Path) -> Path:
    out = corridor.with_name("camera.mp4")
    encode(corridor, out, "constant quality")
    return out


def test_of_a_corridor_hardly_anything_is_looked_at_and_nobody_is_missed(
    corridor: Path, camera: Path
) -> None:
    assert length_s(corridor) == pytest.approx(40, abs=0.1)
    reading = read(camera)
    # The film, a still minute, the film again.
    assert reading.seconds == pytest.approx(140, abs=1)
    assert reading.moving_s == pytest.approx(2 * 5 * 2, abs=3)
    assert reading.trust is Trust.TRUSTED
    figures = reading.figures()
    assert figures["beginnings"] == pytest.approx(10, abs=1)
    assert figures["asleep"] > 0.3
    assert figures["missed_of_moving"] < 0.2
    assert figures["woken_late"] == 0.0
    assert reading.looks < 2.6 * reading.seconds * (1.1 - figures["asleep"])


def test_a_gate_that_never_wakes_is_found_out(
    camera: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PacketGate, "asleep", property(lambda gate: True))
    figures = read(camera).figures()
    assert figures["missed_of_moving"] == 1.0
    assert figures["woken_late"] == 1.0


def test_what_is_no_film_has_no_length(tmp_path: Path) -> None:
    (tmp_path / "note.mp4").write_text("no film")
    assert length_s(tmp_path / "note.mp4") == 0.0 < LEAST_FILM_S
