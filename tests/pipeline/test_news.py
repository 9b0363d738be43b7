"""What a site tells of itself: each piece of news, and everybody who hears of it."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from pipeline.children import ChildSpec
from pipeline.messages import AnyMessage, CameraState, HealthEvent
from pipeline.metrics import Exporter
from pipeline.news import News
from pipeline.readiness import Readiness
from tests.pipeline.fakes.process import FakeChild


class Line:
    """A judge and a publisher."""

    def __init__(self) -> None:
        self.judge = FakeChild(ChildSpec("judge", "", lambda: None), [])
        self.publisher = FakeChild(ChildSpec("publisher", "", lambda: None), [])


class Town:
    """Everybody who may hear of a site with a yard and a gate."""

    def __init__(self) -> None:
        self.line = Line()
        self.readiness = Readiness(["yard", "gate"])
        self.exporter = Exporter()
        self.observed: list[AnyMessage] = []
        self.moves = 0
        self.news = News(
            self.line,  # type: ignore[arg-type]
            self.readiness,
            self.exporter,
            observe=self.observed.append,
            moved=self.move,
        )

    def move(self) -> None:
        self.moves += 1

    def up(self, camera: str) -> float | None:
        return self.exporter.registry.get_sample_value("hearsight_camera_up", {"camera": camera})


def yard(state: str, detail: str = "", at: float = 1e9) -> CameraState:
    return CameraState("yard", state, detail, True, False, at)


@pytest.fixture
def town() -> Town:
    return Town()


def test_a_camera_s_state_is_heard_of_everywhere(town: Town) -> None:
    with capture_logs() as said:
        town.news.camera(yard("online"))
    assert town.readiness.state("yard") == yard("online")
    assert town.up("yard") == 1.0
    assert town.line.judge.sent == [yard("online")]
    assert town.observed == [yard("online")]
    assert town.line.publisher.sent == [HealthEvent("yard", "camera_online", "", 1e9)]
    assert [(line["event"], line["camera"], line["state"]) for line in said] == [
        ("camera", "yard", "online")
    ]
    assert town.moves == 1
    town.news.camera(yard("offline", "no route"))
    assert town.up("yard") == 0.0
    assert town.line.publisher.sent[-1] == HealthEvent("yard", "camera_offline", "no route", 1e9)


def test_said_once_more_it_is_no_news_for_the_stream_of_health(town: Town) -> None:
    town.news.camera(yard("online"))
    with capture_logs() as said:
        town.news.camera(yard("online", at=1e9 + 60))
    assert len(town.line.publisher.sent) == 1
    assert said == []
    assert len(town.line.judge.sent) == 2
    assert len(town.observed) == 2


def test_the_last_word_of_a_camera_that_has_left_is_not_heard(town: Town) -> None:
    town.readiness.follow(["gate"])
    town.news.camera(yard("offline"))
    assert town.up("yard") is None
    assert not town.observed + town.line.judge.sent + town.line.publisher.sent
    assert town.readiness.state("yard") is None


def test_what_the_supervisor_finds_out_troubles_the_site_until_it_is_over(town: Town) -> None:
    standing = HealthEvent(None, "canary_missing", "none came", 1e9, "canary", True)
    town.news.own(standing)
    assert town.observed == town.line.publisher.sent == [standing]
    # No process that is replaced takes it along.
    town.readiness.forget("judge")
    assert town.readiness.body(0.0, {})[1]["troubles"] == {"canary": "none came"}
    town.news.own(HealthEvent(None, "canary_works", "", 1e9, "canary"))
    assert town.readiness.body(0.0, {})[1]["troubles"] == {}


def test_what_the_log_kept_back_is_said_later(town: Town) -> None:
    with capture_logs() as said:
        for state in ("online", "offline", "online", "offline"):
            town.news.camera(yard(state))
        assert [line["state"] for line in said] == ["online"]
        town.news.look(float("inf"))
    assert said[-1]["state"] == "offline"
    assert said[-1]["changes_between"] == 2
