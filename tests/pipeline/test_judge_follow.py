"""A judge becomes that of another site: what of it stays the same goes on in mid-window."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.config import parse_site
from pipeline.messages import ScoreLine
from pipeline.records import NS_PER_S, Alert, AlertType
from tests.pipeline.test_judge import EAST, NORTH, SITE, SPACES, Scene

GATE = '  gate: {url: "rtsp://camera/gate"}\n'


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def follow(scene: Scene, *changes: tuple[str, str]) -> None:
    text = SITE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    scene.judge.follow(parse_site(text, name="site.yaml", environ={}), SPACES)


def alerts(scene: Scene) -> list[Alert]:
    return scene.alerts()


def samples(scene: Scene, camera: str) -> object:
    return scene.judge._lines.of(camera)[0].to_state()["single"]


def test_an_incident_goes_on_where_its_camera_did_not_change(scene: Scene) -> None:
    scene.play(NORTH, 30)
    scene.play(EAST, 4)
    (opened,) = [a for a in alerts(scene) if a.type is AlertType.NEW]

    follow(scene, (GATE, '  hall: {url: "rtsp://camera/hall"}\n'))
    scene.play(EAST, 4)
    assert not [a for a in alerts(scene) if a.type is AlertType.END]
    scene.play(NORTH, 10)

    ended = [a for a in alerts(scene) if a.type is AlertType.END]
    assert [a.id for a in ended] == [opened.id]
    assert ended[0].data["reason"] != "site file changed"


def test_no_window_is_lost(scene: Scene) -> None:
    scene.play(NORTH, 10)
    follow(scene, (GATE, ""))
    scene.play(NORTH, 10)

    ends = [m.end_ns for m in scene.channel.of(ScoreLine) if m.camera == "yard"]  # type: ignore[attr-defined]
    assert max(later - before for before, later in pairwise(ends)) <= NS_PER_S


def test_the_incident_of_a_camera_that_leaves_ends_with_the_reason(scene: Scene) -> None:
    scene.play(NORTH, 30, "gate")
    scene.play(EAST, 4, "gate")

    follow(scene, (GATE, ""))

    (ended,) = [a for a in alerts(scene) if a.type is AlertType.END]
    assert (ended.camera, ended.data["reason"]) == ("gate", "site file changed")
    # What comes late of it is nobody's.
    scene.play(EAST, 4, "gate")
    assert len([a for a in alerts(scene) if a.camera == "gate"]) == len(alerts(scene))


def test_a_camera_that_comes_is_judged(scene: Scene) -> None:
    follow(scene, (GATE, GATE + '  hall: {url: "rtsp://camera/hall"}\n'))

    scene.play(NORTH, 30, "hall")
    scene.play(EAST, 4, "hall")

    assert [a.camera for a in alerts(scene) if a.type is AlertType.NEW] == ["hall"]


def test_one_that_comes_back_has_its_history(scene: Scene) -> None:
    scene.play(NORTH, 60, "gate")
    known = samples(scene, "gate")

    follow(scene, (GATE, ""))
    follow(scene)

    assert str(samples(scene, "gate")) == str(known)


def test_a_rule_whose_promise_changed_keeps_what_is_ordinary(scene: Scene) -> None:
    scene.play(NORTH, 60)
    known = samples(scene, "yard")
    before = scene.judge._lines.of("yard")[0]

    follow(scene, ("1 per day", "3 per day"))

    after = scene.judge._lines.of("yard")[0]
    assert after is not before
    assert after.rule.false_alarms == 3
    assert str(samples(scene, "yard")) == str(known)


def test_arming_follows_the_file(scene: Scene) -> None:
    follow(scene, ("cooldown: 30", "cooldown: 30\n    armed: [away]"))

    scene.play(NORTH, 30)
    scene.play(EAST, 4)

    assert alerts(scene) == []
