"""The judge turns embeddings into alerts on disk, and asks for their evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.archive import ArchiveReader
from pipeline.channel import Channel
from pipeline.config import Site, parse_site
from pipeline.judge import Judge
from pipeline.messages import (
    AnyMessage,
    CameraState,
    CutMedia,
    HealthEvent,
    MediaReady,
    Outboxed,
    ScoreLine,
    Seam,
)
from pipeline.records import NS_PER_S, Alert, AlertType, Embedding, Modality, Quiet
from pipeline.statefile import load_state
from pipeline.text_space import TextSpace
from sinks.outbox import Outbox

SITE = """
site: test
cameras:
  yard: {url: "rtsp://camera/yard", audio: score}
  gate: {url: "rtsp://camera/gate"}
rules:
  fire:
    see: [a fire]
    hear: [a fire alarm]
    normal: {see: [a yard], hear: [wind]}
    false_alarms: 1 per day
    min_length: 1
    exit_after: 2
    cooldown: 30
"""

#: A space of two dimensions: east is what the rule looks for, north is ordinary.
EAST, NORTH = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)


class Overheard:
    """Stands in for the channel to the supervisor and keeps what was said."""

    def __init__(self) -> None:
        self.said: list[AnyMessage] = []

    def send(self, message: AnyMessage, *, timeout_s: float = 0.0) -> bool:
        self.said.append(message)
        return True

    def post(self, message: AnyMessage) -> None:
        self.said.append(message)

    def flush(self, *, timeout_s: float = 0.0) -> int:
        return 0

    def of(self, kind: type) -> list[AnyMessage]:
        return [message for message in self.said if isinstance(message, kind)]


def space(model: str, alarming: str, normal: str) -> TextSpace:
    rng = np.random.default_rng(1)
    angles = rng.normal(np.pi / 2, 0.1, 500)
    ordinary = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    return TextSpace(model, 20.0, {alarming: EAST, normal: NORTH}, ordinary)


SPACES = {
    Modality.VIDEO: space("clip@1", "a fire", "a yard"),
    Modality.AUDIO: space("clap@1", "a fire alarm", "wind"),
}


class Scene:
    """A judge with its outbox, and a camera whose pictures can be chosen."""

    def __init__(self, folder: Path, site: str = SITE, **outbox: int) -> None:
        self.site: Site = parse_site(site, name="site.yaml", environ={})
        self.channel = Overheard()
        self.outbox = Outbox(folder / "outbox.sqlite3", **outbox).open()
        self.state_path = folder / "background.state"
        self.judge = Judge(self.site, SPACES, self.outbox, self.channel, self.state_path)  # type: ignore[arg-type]
        self.judge.resume()
        self.at_s = 0.0
        self.rng = np.random.default_rng(7)

    def frame(self, direction: np.ndarray, camera: str = "yard") -> None:
        noisy = direction + self.rng.normal(0, 0.05, 2).astype(np.float32)
        self.judge.take(
            Embedding(
                camera=camera,
                view="whole",
                modality=Modality.VIDEO,
                model="clip@1",
                pts_ns=round(self.at_s * NS_PER_S),
                duration_ns=0,
                captured_at=1_000_000.0 + self.at_s,
                vector=noisy / np.linalg.norm(noisy),
            )
        )

    def sound(self, direction: np.ndarray, camera: str = "yard") -> None:
        """A second of it, up to now."""
        self.judge.take(
            Embedding(
                camera=camera,
                view="whole",
                modality=Modality.AUDIO,
                model="clap@1",
                pts_ns=round((self.at_s - 1) * NS_PER_S),
                duration_ns=NS_PER_S,
                captured_at=1_000_000.0 + self.at_s,
                vector=direction,
            )
        )

    def play(self, direction: np.ndarray, seconds: float, camera: str = "yard") -> None:
        for _ in range(round(seconds * 2)):
            self.frame(direction, camera)
            self.at_s += 0.5

    def alerts(self) -> list[Alert]:
        from sinks.alert_json import decode_alert

        return [decode_alert(entry.document) for entry in self.outbox.pending("any")]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.outbox.close()


def test_quiet_life_raises_nothing_and_is_told_to_the_displays(scene: Scene) -> None:
    scene.play(NORTH, 60)
    assert scene.alerts() == []
    lines = scene.channel.of(ScoreLine)
    # Two windows a second: while nothing is near an alert, displays are told of one.
    assert 50 < len(lines) < 70
    assert lines[-1].missing == ["audio"]


def test_displays_are_told_of_several_windows_at_once(scene: Scene) -> None:
    ours, theirs = Channel.pair()
    there = Channel(ours)
    scene.judge._channel = Channel(theirs)
    scene.play(NORTH, 20)
    with pytest.raises(BlockingIOError):
        there.take()
    scene.judge._send_scores()
    told = there.take()
    assert told is not None
    assert len(told) > 10
    assert all(isinstance(line, ScoreLine) for line in told)
    there.close()
    scene.judge._channel.close()


@pytest.mark.promise("fault 9")
def test_nothing_is_judged_across_a_seam_of_the_camera_s_time(scene: Scene) -> None:
    scene.play(NORTH, 10)
    seam_ns = round(scene.at_s * NS_PER_S) - 1
    scene.judge._handle(Seam("yard", seam_ns))
    scene.play(NORTH, 10)
    length = round(scene.site.window.length * NS_PER_S)
    told = [line.end_ns for line in scene.channel.of(ScoreLine)]  # type: ignore[union-attr]
    assert any(end < seam_ns for end in told)
    assert any(end > seam_ns for end in told)
    assert not any(end - length < seam_ns < end for end in told)
    # Of another camera it says nothing.
    before = len(scene.channel.of(ScoreLine))
    scene.judge._handle(Seam("gate", round(scene.at_s * NS_PER_S) - 1))
    scene.play(NORTH, 2)
    assert len(scene.channel.of(ScoreLine)) > before


@pytest.mark.promise("fault 12")
def test_an_alert_says_that_it_was_seen_alone_after_the_sound_vanished(scene: Scene) -> None:
    for _ in range(20):
        scene.play(NORTH, 1)
        scene.sound(NORTH)
    lines = scene.channel.of(ScoreLine)
    assert lines[-1].missing == []  # type: ignore[union-attr]
    scene.play(NORTH, 8)
    scene.play(EAST, 6)
    (alert,) = [one for one in scene.alerts() if one.type is AlertType.NEW]
    assert alert.data["fusion"]["missing"] == ["audio"]
    assert set(alert.data["fusion"]["modalities"]) == {"video"}


def held(begin_s: float, end_s: float) -> Quiet:
    """A stretch of the yard's picture in which the last one stands."""
    begin, end = round(begin_s * NS_PER_S), round(end_s * NS_PER_S)
    return Quiet("yard", "whole", Modality.VIDEO, begin, end, 1_000_000.0 + end_s)


def test_a_picture_that_is_not_taken_anew_stands_for_its_scene(scene: Scene) -> None:
    scene.play(NORTH, 20)
    scene.frame(EAST)
    # Somebody lies there and nothing moves any more: nothing is sampled, and the fire burns on.
    for second in range(6):
        scene.judge.take(held(scene.at_s + second, scene.at_s + second + 1))
    (alert,) = [one for one in scene.alerts() if one.type is AlertType.NEW]
    assert alert.camera == "yard"
    # What is shown of it is the picture that was taken.
    assert alert.data["fusion"]["prompts"] or alert.data["fusion"]["modalities"]
    (cut, *_) = scene.channel.of(CutMedia)
    assert cut.thumb_ns == round(scene.at_s * NS_PER_S)  # type: ignore[union-attr]


def test_a_picture_does_not_stand_for_ever(scene: Scene) -> None:
    scene.play(NORTH, 20)
    told = len(scene.channel.of(ScoreLine))
    for second in range(60):
        scene.judge.take(held(scene.at_s + second, scene.at_s + second + 1))
    # For two heartbeats of a camera that sleeps, and then nothing is known of it.
    assert 25 <= len(scene.channel.of(ScoreLine)) - told <= 34


def test_what_overtakes_pictures_on_their_way_counts_no_second_twice(scene: Scene) -> None:
    def counted() -> float:
        return sum(
            sample.value
            for sample in scene.judge._recorder.drain()
            if sample.name == "hearsight_stream_seconds_total"
        )

    scene.play(NORTH, 10)
    assert counted() == pytest.approx(9.5)
    scene.judge.take(held(10, 12))
    scene.play(NORTH, 2)
    scene.judge.take(held(12, 13))
    assert counted() == pytest.approx(3.5)


def test_an_event_is_one_incident_from_new_to_end(scene: Scene) -> None:
    scene.play(NORTH, 20)
    scene.play(EAST, 6)
    scene.play(NORTH, 15)
    alerts = scene.alerts()
    assert alerts[0].type is AlertType.NEW
    assert alerts[-1].type is AlertType.END
    assert len({alert.id for alert in alerts}) == 1
    assert [alert.revision for alert in alerts] == list(range(len(alerts)))
    first = alerts[0]
    assert first.start_time == pytest.approx(1_000_018.5, abs=2.5)
    assert first.data["fusion"]["modalities"]["video"]["prompts"][0]["prompt"] == "a fire"
    assert first.data["fusion"]["modalities"]["video"]["share"] == 1.0
    assert first.data["model_versions"] == {"video": "clip@1", "audio": "clap@1"}
    assert alerts[-1].end_time == pytest.approx(1_000_027, abs=4)
    assert scene.channel.of(Outboxed)


def test_the_picture_is_asked_for_at_once_and_the_clip_with_its_rolls(scene: Scene) -> None:
    scene.play(NORTH, 20)
    scene.play(EAST, 4)
    picture, clip = scene.channel.of(CutMedia)
    assert picture.end_ns == 0
    assert clip.thumb_ns == picture.thumb_ns >= 19 * NS_PER_S
    assert (clip.end_ns - clip.start_ns) / NS_PER_S == pytest.approx(5 + 5 + 4, abs=3)


def test_media_come_as_a_further_revision_even_after_the_end(scene: Scene) -> None:
    scene.play(NORTH, 20)
    scene.play(EAST, 4)
    incident = scene.alerts()[0].id
    scene.judge._desk.media_ready(MediaReady(incident, "yard", "yard/x/thumb.jpg", None))
    assert scene.alerts()[-1].type is AlertType.UPDATE
    assert scene.alerts()[-1].thumb_path == "yard/x/thumb.jpg"
    scene.play(NORTH, 10)
    assert scene.alerts()[-1].type is AlertType.END
    scene.judge._desk.media_ready(
        MediaReady(incident, "yard", "yard/x/thumb.jpg", "yard/x/clip.mp4")
    )
    last = scene.alerts()[-1]
    assert (last.type, last.clip_path) == (AlertType.END, "yard/x/clip.mp4")
    assert [a.revision for a in scene.alerts()] == list(range(len(scene.alerts())))


def test_canaries_do_not_make_the_judge_forget_incidents(scene: Scene) -> None:
    scene.play(NORTH, 20)
    scene.play(EAST, 6)
    (opened,) = {alert.id for alert in scene.alerts()}
    canary = replace(scene.alerts()[0], type=AlertType.END, data={"canary": True})
    for number in range(300):
        scene.judge._desk.submit(replace(canary, id=f"canary-{number}"))

    scene.judge._desk.media_ready(MediaReady(opened, "yard", "yard/t.jpg", "yard/c.mp4"))

    with_clip = [alert for alert in scene.outbox.open_incidents() if alert.clip_path]
    assert [alert.id for alert in with_clip] == [opened]


def test_why_there_is_no_clip_is_said_in_the_alert(scene: Scene) -> None:
    scene.play(NORTH, 20)
    scene.play(EAST, 4)
    incident = scene.alerts()[0].id
    scene.judge._desk.media_ready(MediaReady(incident, "yard", None, None, "disk full"))
    assert scene.alerts()[-1].data["media_error"] == "disk full"


def test_a_camera_that_is_lost_ends_its_incident_and_says_so(scene: Scene) -> None:
    scene.play(NORTH, 20)
    scene.play(EAST, 4)
    scene.judge._handle(CameraState("yard", "offline", "no answer", False, False, 0.0))
    last = scene.alerts()[-1]
    assert (last.type, last.data["reason"]) == (AlertType.END, "camera offline")


def test_cameras_do_not_share_incidents_or_cooldowns(scene: Scene) -> None:
    scene.play(NORTH, 20, "yard")
    scene.play(EAST, 4, "yard")
    scene.play(NORTH, 20, "gate")
    scene.play(EAST, 4, "gate")
    new = [alert for alert in scene.alerts() if alert.type is AlertType.NEW]
    assert [alert.camera for alert in new] == ["yard", "gate"]


def test_after_a_crash_the_open_incident_gets_its_end(tmp_path: Path) -> None:
    before = Scene(tmp_path)
    before.play(NORTH, 20)
    before.play(EAST, 4)
    before.outbox.close()

    after = Scene(tmp_path)
    last = after.alerts()[-1]
    assert (last.type, last.data["reason"]) == (AlertType.END, "restarted")
    assert after.outbox.open_incidents() == []
    after.outbox.close()


def test_what_was_learned_survives_a_restart(tmp_path: Path) -> None:
    before = Scene(tmp_path)
    before.play(NORTH, 300)
    before.judge.finish("shutdown")
    before.outbox.close()
    saved = load_state(before.state_path)
    assert {key for key in saved if not key.startswith("health:")} == {"yard/fire", "gate/fire"}

    after = Scene(tmp_path)
    after.judge.save()
    after.outbox.close()
    restored = load_state(after.state_path)["yard/fire"]
    assert str(restored) == str(saved["yard/fire"])


def test_a_damaged_state_file_is_learned_anew_and_does_not_stop_the_judge(tmp_path: Path) -> None:
    (tmp_path / "background.state").write_bytes(b"hearsight-state/1\n" + b"\0" * 64)
    scene = Scene(tmp_path)
    scene.play(NORTH, 20)
    scene.play(EAST, 4)
    assert scene.alerts()
    scene.outbox.close()


def test_a_full_disk_keeps_alerts_in_memory_until_there_is_room(tmp_path: Path) -> None:
    scene = Scene(tmp_path, reserve_bytes=0, max_bytes=28_672)
    scene.play(NORTH, 20)
    scene.play(EAST, 6)
    assert scene.alerts() == []
    event = scene.channel.of(HealthEvent)[0]
    assert event.kind == "outbox_refuses"

    # Room again: what happened meanwhile is all there, in order.
    scene.outbox.close()
    scene.judge._desk._outbox = scene.outbox = Outbox(tmp_path / "outbox.sqlite3").open()
    scene.judge._desk.retry()
    alerts = scene.alerts()
    assert alerts[0].type is AlertType.NEW
    assert [alert.revision for alert in alerts] == list(range(len(alerts)))
    assert scene.channel.of(HealthEvent)[-1].kind == "outbox_works"
    scene.outbox.close()


def test_what_a_full_disk_never_took_is_told_by_the_log_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = Scene(tmp_path, reserve_bytes=0, max_bytes=28_672)
    scene.play(NORTH, 20)
    scene.play(EAST, 6)
    event = scene.channel.of(HealthEvent)[0]
    assert (event.subject, event.standing) == ("outbox", True)
    scene.judge.finish("shutdown")
    said = capsys.readouterr().out
    assert "alert lost: the outbox took nothing to the end" in said
    assert "hearsight.alert/1" in said
    scene.outbox.close()


@pytest.mark.promise("bad input 19")
def test_a_damaged_embedding_is_counted_and_judged_by_nobody(scene: Scene) -> None:
    scene.play(NORTH, 5)
    bad = np.array([np.nan, 1.0], np.float32)
    scene.judge.take(
        Embedding("yard", "whole", Modality.VIDEO, "clip@1", 6 * NS_PER_S, 0, 1.0, bad)
    )
    samples = {s.name: s for s in scene.judge._recorder.drain() if s.labels.get("reason")}
    assert samples["hearsight_errors_total"].value == 1
    scene.play(NORTH, 5)
    assert scene.alerts() == []


def test_what_is_judged_is_archived_and_can_be_read_back(scene: Scene) -> None:
    scene.play(NORTH, 10)
    scene.play(NORTH, 5, "gate")
    scene.judge.take(Quiet("yard", "whole", Modality.AUDIO, 14 * NS_PER_S, 15 * NS_PER_S, 1.0))
    scene.judge.finish("shutdown")
    reader = ArchiveReader(scene.state_path.parent / "archive")
    models = {modality: space.model_id for modality, space in SPACES.items()}
    yard = list(reader.items("yard", models))
    assert [item.modality for item in yard] == [Modality.VIDEO] * 20 + [Modality.AUDIO]
    assert len(list(reader.items("gate", models))) == 10
    first = yard[0]
    assert isinstance(first, Embedding)
    assert (first.pts_ns, first.captured_at) == (1_000_000 * NS_PER_S, 1_000_000.0)


def test_a_site_may_want_no_archive(tmp_path: Path) -> None:
    scene = Scene(tmp_path, site=SITE + "archive: {enabled: false}\n")
    scene.play(NORTH, 10)
    scene.judge.finish("shutdown")
    assert not (tmp_path / "archive").exists()
    scene.outbox.close()
