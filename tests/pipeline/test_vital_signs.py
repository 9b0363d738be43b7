"""From a camera's pictures and sound to what people are told of its health."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.config import parse_site
from pipeline.messages import AnyMessage, HealthEvent, Vitals, decode, encode
from pipeline.metrics import Recorder
from pipeline.readiness import Readiness
from pipeline.records import NS_PER_S as S
from pipeline.sources import SAMPLE_RATE, Item, Opened, Picture, Sound
from pipeline.sources.base import AudioParameters, VideoParameters
from pipeline.statefile import load_state, save_state
from pipeline.vital_signs import VitalSigns
from pipeline.vitals import PictureVitals
from tests.detectors.test_camera_health import SIZE, sheet, view
from tests.pipeline.fakes.source import Script
from tests.pipeline.ingest.scene import Scene as Worker
from tests.pipeline.test_judge import EAST, NORTH, Overheard, Scene

SITE = """
site: test
cameras:
  yard: {url: "rtsp://camera/yard", audio: score}
  ear: {url: "rtsp://camera/ear", audio: score, video: false}
rules: {fire: {see: [a fire], hear: [an alarm]}}
"""
RNG = np.random.default_rng(1)
WALL = 1_760_000_000.0


def picture(at_s: int, pixels: NDArray[np.uint8]) -> Picture:
    noisy = np.clip(pixels + RNG.integers(0, 3, pixels.shape), 0, 255).astype(np.uint8)
    return Picture(at_s * S, WALL + at_s, {"whole": noisy})


def sound(at_s: int, level: float) -> Sound:
    samples = RNG.normal(0, level, SAMPLE_RATE).astype(np.float32)
    return Sound(at_s * S, WALL + at_s, samples)


def from_a_worker(items: list[Item], monkeypatch: pytest.MonkeyPatch) -> list[Vitals]:
    """What the worker of a camera that shows this sends, as it arrives elsewhere."""
    monkeypatch.setattr("tests.pipeline.ingest.scene.SIZE", (SIZE, SIZE))
    opened = Opened(VideoParameters("h264", 160, 160), AudioParameters("aac", 48_000, "mono"))
    with ExitStack() as stack:
        worker = Worker(stack, Script([opened, *items]))
        worker.play()
        sent = [decode(encode(message)) for message in worker.channel.said]
    return [message for message in sent if isinstance(message, Vitals)]


class Desk:
    """The judge's desk, with what it told."""

    def __init__(self) -> None:
        self.channel, self.recorder = Overheard(), Recorder()
        site = parse_site(SITE, name="site.yaml", environ={})
        self.signs = VitalSigns(site, self.channel, self.recorder)  # type: ignore[arg-type]

    def events(self) -> list[HealthEvent]:
        return [message for message in self.channel.said if isinstance(message, HealthEvent)]

    def gauges(self) -> dict[tuple[str, str], float]:
        return {
            (sample.labels["camera"], sample.labels["kind"]): sample.value
            for sample in self.recorder.drain()
            if sample.name == "hearsight_camera_trouble"
        }


def test_a_camera_that_is_covered_and_goes_deaf_is_told_from_end_to_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items: list[Item] = []
    for second in range(120):
        trouble = 50 <= second < 100
        items.append(picture(second, sheet() if trouble else view()))
        items.append(sound(second, 0.0 if trouble else 0.01))
    desk = Desk()
    quiet = desk.gauges()
    assert set(quiet.values()) == {0.0}
    assert {kind for camera, kind in quiet if camera == "ear"} == {
        "microphone_dead",
        "microphone_drowned",
    }

    readiness, shown = Readiness(["yard"]), []
    for vitals in from_a_worker(items, monkeypatch):
        before = len(desk.events())
        desk.signs.take(vitals)
        for event in desk.events()[before:]:
            readiness.event("judge", event)
            troubles = readiness.body(0.0, {})[1]["troubles"]
            shown.append((round(event.at - WALL), sorted(troubles)))
            assert desk.gauges()["yard", event.kind] == float(event.standing)
        if vitals.pts_ns == 90 * S:
            assert desk.signs.troubled("yard") == {"camera_covered", "microphone_dead"}
    covered, dead = "yard camera_covered", "yard microphone_dead"
    assert shown == [(54, [covered]), (79, [covered, dead]), (102, [covered]), (104, [])]
    assert [event.camera for event in desk.events()] == ["yard"] * 4
    assert desk.signs.troubled("yard") == frozenset()
    assert "almost nothing of the usual view" in desk.events()[0].detail


def test_what_is_usual_survives_a_restart_of_the_judge(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before, after = Desk(), Desk()
    for vitals in from_a_worker([picture(s, view()) for s in range(40)], monkeypatch):
        before.signs.take(vitals)
    save_state(tmp_path / "background.state", before.signs.save())
    after.signs.restore(load_state(tmp_path / "background.state"))
    pushed = [picture(s, view(right=14)) for s in range(15)]
    for vitals in from_a_worker(pushed, monkeypatch):
        after.signs.take(vitals)
    assert [event.kind for event in after.events()] == ["camera_moved"]


def test_a_state_that_cannot_be_read_is_said_and_learned_anew(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Desk()
    desk.signs.restore({"health:sight/yard": {"version": 99}})
    assert "learned anew" in capsys.readouterr().out


def test_vital_signs_that_cannot_be_read_are_counted() -> None:
    desk = Desk()
    bad = PictureVitals(1.0, 1.0, 1.0, 1.0, 1.0, b"short")
    desk.signs.take(Vitals("yard", 1, WALL, picture=bad))
    desk.signs.take(Vitals("nobody", 1, WALL, picture=bad))
    errors = [s.value for s in desk.recorder.drain() if s.name == "hearsight_errors_total"]
    assert errors == [2]


def test_the_judge_tells_and_still_alerts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(tmp_path)
    seen = [picture(s, view() if s < 40 else sheet()) for s in range(50)]
    for vitals in from_a_worker(seen, monkeypatch):
        scene.judge._handle(vitals)
    told: list[AnyMessage] = scene.channel.of(HealthEvent)
    assert [event.kind for event in told] == ["camera_covered"]  # type: ignore[union-attr]
    scene.play(NORTH, 20)
    scene.play(EAST, 4)
    assert scene.alerts(), "trouble silences nothing"
    scene.judge.save()
    assert "health:sight/yard" in load_state(scene.state_path)
    scene.outbox.close()
