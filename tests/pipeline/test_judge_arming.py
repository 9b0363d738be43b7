"""The judge keeps to what is armed: who was not told of an incident's beginning hears nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.ledger import ORDER_KINDS
from pipeline.messages import CameraState, CutMedia, Outboxed, ScoreLine
from pipeline.records import NS_PER_S, Alert, AlertType
from tests.pipeline.test_judge import EAST, NORTH, SITE, Scene

#: The scene begins on a Monday of 1970 at 13:46:40 UTC.
BEGIN = 1_000_000.0
AWAY = SITE.replace("cooldown: 30", "cooldown: 30\n    armed: [away]")


class Armed(Scene):
    """A scene in which people give orders by the camera's clock."""

    def __init__(self, folder: Path, site: str = AWAY) -> None:
        super().__init__(folder, site)
        self.counted: dict[tuple[str, str, str], float] = {}
        self.judge._arming._clock = lambda: BEGIN + self.at_s

    def order(self, kind: str, **order: Any) -> None:
        number = self.judge._ledger.place(kind, by="ana", **order)
        self.judge._learning.look(self.at_s)
        placed = self.judge._ledger.order(number)
        assert placed is not None
        assert not (placed.outcome or "refused").startswith("refused"), placed.outcome

    def new(self) -> list[Alert]:
        return [alert for alert in self.alerts() if alert.type is AlertType.NEW]

    def suppressed(self) -> dict[tuple[str, str, str], float]:
        """By camera, rule and reason."""
        for sample in self.judge._recorder.drain():
            assert sample.name != "hearsight_alerts_total" or self.alerts()
            if sample.name == "hearsight_suppressed_total":
                key = (sample.labels["camera"], sample.labels["rule"], sample.labels["reason"])
                self.counted[key] = self.counted.get(key, 0) + sample.value
        return self.counted

    def fire(self, seconds: float = 6, camera: str = "yard") -> None:
        """Something burns, and goes out."""
        self.play(EAST, seconds, camera)
        self.play(NORTH, 8, camera)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Armed]:
    scene = Armed(tmp_path)
    scene.play(NORTH, 20)
    yield scene
    scene.outbox.close()


def test_nobody_hears_of_what_begins_while_its_rule_is_not_armed(scene: Armed) -> None:
    scene.fire()
    assert scene.alerts() == []
    assert scene.channel.of(CutMedia) == []
    assert scene.channel.of(Outboxed) == []
    assert scene.suppressed() == {("yard", "fire", "not_armed"): 1}
    scores = [line.score for line in scene.channel.of(ScoreLine)]  # type: ignore[union-attr]
    assert max(scores) > 3, "displays show it all the same"


def test_what_nobody_heard_of_uses_up_no_cooldown(scene: Armed) -> None:
    scene.fire()
    scene.order("arm", mode="away")
    scene.fire()
    assert len(scene.new()) == 1
    scene.fire()
    assert len(scene.new()) == 1, "within the cooldown of one that was sent"


def test_learning_goes_on_as_if_it_were_armed(tmp_path: Path) -> None:
    states = []
    for name, text in (("armed", SITE), ("disarmed", AWAY)):
        (tmp_path / name).mkdir()
        scene = Armed(tmp_path / name, text)
        scene.play(NORTH, 30)
        scene.play(EAST, 3)
        assert bool(scene.alerts()) == (name == "armed")
        calm_at = scene.judge._verdicts._memory._calm_at["yard"]
        assert calm_at > BEGIN + 30, "what passes in an incident is not ordinary"
        scene.fire()
        states.append(str(scene.judge._lines.of("yard")[0].to_state()))
        scene.outbox.close()
    assert states[0] == states[1]


def test_what_still_lasts_when_it_becomes_armed_is_told_then(scene: Armed) -> None:
    scene.play(EAST, 60)
    assert scene.alerts() == []
    armed_at = scene.at_s
    scene.order("arm", mode="away", camera="yard")
    scene.play(EAST, 3)
    (new,) = scene.new()
    assert new.start_time == pytest.approx(BEGIN + armed_at, abs=4)
    assert new.data["lasting_since"] == pytest.approx(BEGIN + 20, abs=3)
    assert (new.data["mode"], new.data["reason"]) == ("away", "armed")
    # Its clip is of now: of its beginning there is none any more.
    clip = scene.channel.of(CutMedia)[-1]
    assert isinstance(clip, CutMedia)
    assert clip.start_ns / NS_PER_S == pytest.approx(armed_at - 5, abs=4)
    scene.play(NORTH, 15)
    alerts = scene.alerts()
    assert alerts[-1].type is AlertType.END
    assert {alert.id for alert in alerts} == {new.id}
    assert [alert.revision for alert in alerts] == list(range(len(alerts)))
    assert scene.suppressed() == {("yard", "fire", "not_armed"): 1}


def test_what_is_over_when_it_becomes_armed_is_not_told(scene: Armed) -> None:
    scene.play(EAST, 10)
    # It fades: open still, but no window holds it.
    scene.play(NORTH, 3.5)
    assert scene.judge._lines.of("yard")[0].incidents.open_id is not None
    scene.order("arm", mode="away")
    scene.play(NORTH, 15)
    assert scene.judge._lines.of("yard")[0].incidents.open_id is None
    assert scene.alerts() == []


def test_who_was_told_of_an_incident_is_told_of_its_end_though_it_is_disarmed(
    scene: Armed,
) -> None:
    scene.order("arm", mode="away")
    scene.play(EAST, 4)
    assert [alert.type for alert in scene.alerts()] == [AlertType.NEW]
    scene.order("arm", mode="disarmed")
    scene.play(EAST, 4)
    scene.play(NORTH, 15)
    assert scene.alerts()[-1].type is AlertType.END
    assert scene.suppressed() == {}


def test_a_silence_concerns_one_camera_and_ends(tmp_path: Path) -> None:
    scene = Armed(tmp_path, SITE)
    for camera in ("yard", "gate"):
        scene.play(NORTH, 20, camera)
    scene.order("silence", rule="fire", camera="yard", until=BEGIN + 120.0, reason="welding")
    scene.fire(camera="yard")
    scene.fire(camera="gate")
    assert [alert.camera for alert in scene.new()] == ["gate"]
    assert scene.suppressed() == {("yard", "fire", "silenced"): 1}
    scene.play(NORTH, 120 - scene.at_s)
    scene.fire(camera="yard")
    assert [alert.camera for alert in scene.new()] == ["gate", "yard"]
    scene.outbox.close()


def test_the_schedule_arms_by_the_clock_on_the_wall(tmp_path: Path) -> None:
    shift = "arming: {schedule: [{days: mon, from: 13:48, to: 13:49, mode: away}]}\n"
    scene = Armed(tmp_path, AWAY + shift)
    scene.play(NORTH, 20)
    scene.fire()
    assert scene.alerts() == []
    scene.play(NORTH, 82 - scene.at_s)
    scene.fire()
    assert len(scene.new()) == 1
    assert scene.new()[0].data["mode"] == "away"
    scene.play(NORTH, 142 - scene.at_s)
    scene.fire()
    assert len(scene.new()) == 1
    assert scene.suppressed() == {("yard", "fire", "not_armed"): 2}
    scene.outbox.close()


def test_a_rule_that_is_armed_always_alerts_in_the_mode_that_arms_nothing(tmp_path: Path) -> None:
    scene = Armed(tmp_path, AWAY.replace("[away]", "always"))
    scene.play(NORTH, 20)
    scene.order("arm", mode="disarmed")
    scene.fire()
    assert len(scene.new()) == 1
    scene.outbox.close()


def test_a_camera_that_is_lost_leaves_nothing_of_an_incident_nobody_heard_of(scene: Armed) -> None:
    scene.play(EAST, 6)
    assert len(scene.judge._incidents._held) == 1
    scene.judge._handle(CameraState("yard", "offline", "no answer", False, False, 0.0))
    assert scene.judge._incidents._held == {}
    scene.play(NORTH, 10)
    scene.order("arm", mode="away")
    scene.play(NORTH, 10)
    assert scene.alerts() == []


def test_what_was_ordered_holds_after_a_restart(tmp_path: Path) -> None:
    before = Armed(tmp_path)
    before.order("arm", mode="away")
    before.judge.finish("shutdown")
    before.outbox.close()

    after = Armed(tmp_path)
    after.play(NORTH, 20)
    after.fire()
    assert len(after.new()) == 1
    after.outbox.close()


def test_the_judge_carries_out_every_kind_of_order_there_is(scene: Armed) -> None:
    assert set(scene.judge._learning._handlers) == ORDER_KINDS
