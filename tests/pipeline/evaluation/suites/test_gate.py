"""The gate's study finds what is held back, and counts what is saved, where both are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.evaluation import gate_sounds
from pipeline.evaluation.bench import Request
from pipeline.evaluation.errors import LayoutError
from pipeline.evaluation.gate_sounds import PLACE_DB, in_a_place, levels, of_a_film, place
from pipeline.evaluation.suites import SUITES
from pipeline.sources.base import SAMPLE_RATE
from tests.pipeline.evaluation.worlds import WHISTLE, World, bench_of, film, recording

RATE = SAMPLE_RATE


def beep(seconds: float = 0.5) -> NDArray[np.float32]:
    at = np.arange(round(seconds * RATE)) / RATE
    out: NDArray[np.float32] = (0.5 * np.sin(2 * np.pi * 2000 * at)).astype(np.float32)
    return out


def test_what_is_plainly_louder_than_the_place_comes_at_once_and_quiet_is_saved() -> None:
    reading = in_a_place([beep(), np.zeros(RATE, np.float32), beep(), beep(2.0)], 20.0)
    # What is silent is no event.
    assert reading.delays_s == [0.0, 0.0, 0.0]
    figures = reading.figures()
    assert figures["held_back"] == figures["late"] == 0.0
    # A look each ten seconds.
    assert 0.05 < figures["embedded_quiet"] < 0.15
    assert figures["embedded_quiet"] < figures["embedded"] < 0.6


def test_what_drowns_in_the_place_is_held_back_but_for_the_looks() -> None:
    rng = np.random.default_rng(3)
    hiss = [(0.1 * rng.standard_normal(RATE // 5)).astype(np.float32) for _ in range(20)]
    reading = in_a_place(hiss, -20.0)
    # Looks of five seconds each ten find about half of what the gate does not hear.
    assert 0.2 < reading.held_back < 0.8
    assert reading.late > 0.1
    assert reading.figures()["delay_s_p95"] >= 2.0


def test_a_gate_that_lets_nothing_through_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_sounds, "_passed", lambda parts: np.zeros(60, bool))
    reading = in_a_place([beep()], 20.0)
    assert reading.held_back == 1.0
    assert reading.figures()["delay_s_p95"] == 0.0


def test_the_place_is_as_loud_as_it_says() -> None:
    heard = levels(place(10, np.random.default_rng(0)))
    assert float(10 * np.log10(np.mean(10 ** (heard / 10)))) == pytest.approx(PLACE_DB, abs=0.5)


def test_a_film_is_quiet_where_it_is_quietest_and_its_loud_seconds_come_through() -> None:
    room = np.random.default_rng(1).standard_normal(20 * RATE).astype(np.float32) * 0.003
    room[12 * RATE : 12 * RATE + RATE // 2] += beep()
    reading = of_a_film(room)
    # Of the second showing: of the first one everything is embedded, since the gate is new.
    assert reading.delays_s == [0.0]
    assert reading.windows == 100
    assert reading.quiet_embedded / reading.quiet < 0.15


def test_any_folder_of_recordings_and_films_is_measured(tmp_path: Path) -> None:
    recording(tmp_path / "audio" / "whistle.wav", WHISTLE, seconds=1.5)
    (tmp_path / "audio" / "broken.wav").write_bytes(b"no sound")
    film(tmp_path / "silent.mp4", [(0, 0, 0)] * 3)
    world = World(lambda text: False)

    found = SUITES["gate"].run(Request(tmp_path), bench_of(world, tmp_path / "kept"))

    assert found.counts == {"recordings": 1, "films": 0, "unreadable": 1}
    assert found.metrics["audio"]["held_back_20_db"] == 0.0
    assert [row["heard"] for row in found.ablations][-1] == "sounds 20 dB above a place"


def test_a_folder_without_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(LayoutError, match=r"recordings \(\.flac, \.ogg, \.wav\)"):
        SUITES["gate"].run(Request(tmp_path), bench_of(World(lambda text: False), tmp_path))
