"""From a click to another score: what people say of incidents changes the running line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.config import parse_site
from pipeline.feedback import FeedbackDesk
from pipeline.judge import Judge
from pipeline.ledger import Order
from pipeline.metrics import Recorder
from pipeline.records import NS_PER_S, Alert, AlertType, Embedding, Modality
from pipeline.text_space import TextSpace
from sinks.alert_json import decode_alert
from sinks.feedback import FeedbackReader, Verdict, send_verdict
from sinks.outbox import Outbox
from tests.sinks.builders import RedisProcess
from tests.sinks.conftest import make_redis, one_binary

__all__ = ["make_redis", "one_binary"]

SITE = """
site: test
cameras: {yard: {url: "rtsp://camera/yard"}}
rules:
  fire:
    see: [a fire]
    normal: {see: [a yard]}
    false_alarms: 1 per day
    min_length: 1
    exit_after: 2
    cooldown: 5
"""
#: A space of 16 numbers: the first is what the rule looks for, the second what is ordinary.
FIRE, YARD = np.eye(16, dtype=np.float32)[:2]
SPREAD = 0.02


def looks(rng: np.random.Generator, *parts: np.ndarray) -> np.ndarray:
    """Something between directions, with noise."""
    vector = np.sum(parts, axis=0) + rng.normal(0, SPREAD, 16)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def bank(spread: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(1)
    rows = YARD + rng.normal(0, spread, (500, 16))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


SPACES = {Modality.VIDEO: TextSpace("clip@1", 20.0, {"a fire": FIRE, "a yard": YARD}, bank())}
#: A barbecue is not a fire, though it looks like one; the third direction tells them apart.
BARBECUE = FIRE + 0.6 * np.eye(16, dtype=np.float32)[2]
BLAZE = FIRE + 0.6 * np.eye(16, dtype=np.float32)[3]


class Silent:
    """Stands in for the channel to the supervisor."""

    def send(self, _message: object, *, timeout_s: float = 0.0) -> bool:
        return True

    def post(self, _message: object) -> None:
        """Nobody watches the scores."""

    def flush(self, *, timeout_s: float = 0.0) -> int:
        return 0


class Scene:
    """A judge, and a camera whose pictures can be chosen."""

    def __init__(self, folder: Path, at_s: float = 0.0) -> None:
        site = parse_site(SITE, name="site.yaml", environ={})
        self.outbox = Outbox(folder / "outbox.sqlite3").open()
        self.judge = Judge(site, SPACES, self.outbox, Silent(), folder / "background.state")  # type: ignore[arg-type]
        self.judge.resume()
        self.ledger = self.judge._ledger
        self.at_s = at_s
        self.rng = np.random.default_rng(7)

    def play(self, direction: np.ndarray, seconds: float) -> None:
        for _ in range(round(seconds * 2)):
            self.judge.take(
                Embedding(
                    camera="yard",
                    view="whole",
                    modality=Modality.VIDEO,
                    model="clip@1",
                    pts_ns=round(self.at_s * NS_PER_S),
                    duration_ns=0,
                    captured_at=1_000_000.0 + self.at_s,
                    vector=looks(self.rng, direction),
                )
            )
            self.at_s += 0.5

    def event(self, direction: np.ndarray) -> Alert | None:
        """Something happens for some seconds; the alert that comes of it, if one does."""
        before = len(self.alerts())
        self.play(YARD, 30)
        self.play(direction, 6)
        self.play(YARD, 15)
        found = [a for a in self.alerts()[before:] if a.type is AlertType.NEW]
        return found[0] if found else None

    def alerts(self) -> list[Alert]:
        return [decode_alert(entry.document) for entry in self.outbox.pending("any")]

    def says(self, kind: str, **detail: Any) -> str:
        """Place an order; what becomes of it."""
        rule = detail.pop("rule", "")
        number = self.ledger.place(kind, by="ana", rule=rule, **detail)
        self.judge._learning.look(0.0)
        order = self.ledger.order(number)
        assert isinstance(order, Order)
        assert order.outcome is not None
        return order.outcome

    def close(self) -> None:
        self.judge.finish("shutdown")
        self.ledger.close()
        self.outbox.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.close()


def test_a_false_alarm_from_the_stream_silences_its_repetition_and_undo_brings_it_back(
    scene: Scene, one_binary: Path, make_redis: Callable[..., RedisProcess]
) -> None:
    first = scene.event(BARBECUE)
    assert first is not None
    assert first.data["lesson"] == 0

    server = make_redis(one_binary)
    feedback = FeedbackDesk(FeedbackReader(server.url), scene.ledger, Recorder())
    with closing(feedback):
        send_verdict(server.url, Verdict(first.id, "false_alarm", "ana", 1.0))
        feedback.look(0.0)
    scene.judge._learning.look(0.0)

    assert scene.event(BARBECUE) is None, "the same again is no alarm any more"
    real = scene.event(BLAZE)
    assert real is not None, "a fire that looks otherwise still is one"
    assert real.data["lesson"] == 1

    assert "undone" in scene.says("undo_lesson", rule="fire")
    again = scene.event(BARBECUE)
    assert again is not None
    said = [(line.what, line.by, line.rule) for line in scene.ledger.journal()]
    assert ("learned", "ana", "fire") in said
    assert ("lesson undone", "ana", "fire") in said


def test_the_journal_tells_what_a_verdict_changed(scene: Scene) -> None:
    alert = scene.event(BARBECUE)
    assert alert is not None
    outcome = scene.says("verdict", id=alert.id, verdict="false_alarm")
    assert "lesson 1 holds (video: repeats)" in outcome
    (line,) = [line for line in scene.ledger.journal() if line.what == "learned"]
    before, after = line.detail["scores_before_and_after"]["video"]
    assert after < before - 5
    assert "1 false alarms are remembered" in line.detail["video"]["reason"]


def test_the_evidence_says_what_was_taught(scene: Scene) -> None:
    alert = scene.event(BARBECUE)
    assert alert is not None
    scene.says("verdict", id=alert.id, verdict="false_alarm")
    # Half a barbecue, half a blaze: an alarm still, with some of it taken.
    mixed = scene.event(FIRE + 0.4 * (BARBECUE - FIRE) + 0.5 * (BLAZE - FIRE))
    assert mixed is not None
    (prompt,) = mixed.data["fusion"]["modalities"]["video"]["prompts"]
    assert prompt["taught"] < 0


def test_a_lesson_outlives_a_restart_and_so_does_the_memory_of_incidents(tmp_path: Path) -> None:
    before = Scene(tmp_path)
    first, other = before.event(BARBECUE), before.event(BLAZE)
    assert first is not None
    assert other is not None
    before.says("verdict", id=first.id, verdict="false_alarm")
    before.close()

    after = Scene(tmp_path, before.at_s)
    assert after.event(BARBECUE) is None
    assert "lesson 2" in after.says("verdict", id=other.id, verdict="confirmed")
    after.close()


def test_the_history_of_the_camera_stays_when_a_rule_is_taught(scene: Scene) -> None:
    scene.play(YARD, 400)
    line = next(iter(scene.judge._lines))
    before = line._engine._single[Modality.VIDEO].watched_s
    alert = scene.event(BARBECUE)
    assert alert is not None
    scene.says("verdict", id=alert.id, verdict="false_alarm")
    assert line.lesson == 1
    assert line._engine._single[Modality.VIDEO].watched_s > before > 300


def test_the_same_verdict_changes_nothing_and_another_takes_it_back(scene: Scene) -> None:
    alert = scene.event(BARBECUE)
    assert alert is not None
    scene.says("verdict", id=alert.id, verdict="false_alarm")
    assert "known already" in scene.says("verdict", id=alert.id, verdict="false_alarm")
    # Ana thinks again: it was one after all. The memory of false alarms is empty then.
    assert "lesson 2" in scene.says("verdict", id=alert.id, verdict="confirmed")
    assert scene.event(BARBECUE) is not None


def test_what_was_undone_does_not_come_back_with_the_next_verdict(scene: Scene) -> None:
    first, second = scene.event(BARBECUE), scene.event(BLAZE)
    assert first is not None
    assert second is not None
    scene.says("verdict", id=first.id, verdict="false_alarm")
    scene.says("undo_lesson", rule="fire")
    scene.says("verdict", id=second.id, verdict="false_alarm")
    assert scene.event(BARBECUE) is not None
    assert scene.event(BLAZE) is None


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        ("verdict", {"id": "no-such", "verdict": "confirmed"}, "nothing is remembered"),
        ("verdict", {"id": "x", "verdict": "maybe"}, "confirmed or false_alarm"),
        ("undo_lesson", {"rule": "fire"}, "nothing that could be undone"),
        ("adopt_lesson", {"rule": "fire", "name": "../../etc"}, "no name of a proposed"),
    ],
)
def test_orders_that_make_no_sense_are_refused_with_the_reason(
    scene: Scene, kind: str, detail: dict[str, Any], said: str
) -> None:
    outcome = scene.says(kind, **detail)
    assert outcome.startswith("refused")
    assert said in outcome


def test_confirmed_incidents_alone_are_kept_and_teach_nothing_yet(scene: Scene) -> None:
    alert = scene.event(BLAZE)
    assert alert is not None
    assert "nothing to learn yet" in scene.says("verdict", id=alert.id, verdict="confirmed")
    assert scene.event(BLAZE) is not None
