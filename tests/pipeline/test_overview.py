"""What the console is told of a site: all of it that people need, and nothing secret."""

from __future__ import annotations

import json
from typing import Any, cast

import numpy as np
import pytest

from pipeline.children import Child
from pipeline.config import parse_site
from pipeline.messages import (
    Embedded,
    FrameReady,
    ModelInfo,
    ModelsReady,
    Outboxed,
    Sample,
    ScoreLine,
    SoundReady,
)
from pipeline.metrics import Exporter
from pipeline.overview import RECENT_S, Overview, site_view
from pipeline.records import Embedding, Modality

SITE = """
site: depot
timezone: Europe/Lisbon
cameras:
  yard:
    url: "rtsp://ann:hunter2@camera.lan/yard?token=s3cret"
    audio: record
    space: outside
    regions: {door: {left: 0.5, top: 0, width: 0.25, height: 1}}
    masks: [[[0, 0], [0.1, 0], [0, 0.1]]]
  gate: {url: "file:/srv/films/gate.mp4", space: outside, groups: [doors], rules: [unusual]}
rules:
  fire: {see: [a fire], hear: [an alarm], severity: critical, false_alarms: 1 per day, view: door}
  unusual: {learn: {from: [video], after: 24h}}
  odd: {contradiction: {}, armed: [night]}
redis: {url: "redis://ann:letmein@redis.lan"}
"""
SIGHT = ModelInfo("clip@1", 2, 10.0, (8, 8), 0.0, "t", "b", [])


class FakeChild:
    """A process, as far as anybody looks at it."""

    def __init__(self, name: str, *, alive: bool = True, restarts: int = 0) -> None:
        self.spec = type("Spec", (), {"name": name})
        self.alive, self.restarts = alive, restarts

    def resident_bytes(self) -> int:
        return 1000


class Site:
    """An overview whose clock the test holds."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.exporter = Exporter()
        self.overview = Overview(self.exporter, clock=lambda: self.now, began_at=998.0)
        self.children = cast("list[Child]", [FakeChild("judge"), FakeChild("worker-0", restarts=2)])

    def tick(self, seconds: int = 1) -> None:
        for _ in range(seconds):
            self.now += 1
            self.overview.tick(self.children)

    def state(self) -> dict[str, Any]:
        readiness = {"ready": True, "troubles": {}, "cameras": {"yard": {"state": "online"}}}
        told = self.overview.state(readiness, self.children, None)
        assert readiness["cameras"] == {"yard": {"state": "online"}}, "not written into"
        return cast("dict[str, Any]", json.loads(json.dumps(told)))


@pytest.fixture
def site() -> Site:
    return Site()


def frame(at: float) -> FrameReady:
    return FrameReady("yard", "whole", 0, 2, 8, 8, 1, at)


# --- what it is ----------------------------------------------------------------------------------


def test_people_read_what_is_watched_and_how() -> None:
    told = site_view(parse_site(SITE, name="site.yaml", environ={}), None)
    assert (told["name"], told["timezone"]) == ("depot", "Europe/Lisbon")
    yard, gate = told["cameras"]["yard"], told["cameras"]["gate"]
    assert (yard["audio"], yard["ear"], yard["masked"]) == ("record", "yard", True)
    assert yard["views"]["door"]["width"] == 0.25
    assert (gate["audio"], gate["ear"], gate["rules"]) == ("off", "yard", ["unusual"])
    fire = told["rules"]["fire"]
    assert (fire["kind"], fire["severity"], fire["view"]) == ("prompts", "critical", "door")
    assert (fire["see"], fire["hear"]) == (["a fire"], ["an alarm"])
    assert fire["false_alarms_per_day"] == 1
    assert [told["rules"][r]["kind"] for r in ("unusual", "odd")] == ["learn", "contradiction"]
    assert told["rules"]["unusual"]["modalities"] == ["video"]
    assert (gate["groups"], told["groups"]) == (["doors"], {"doors": ["gate"]})
    assert (fire["armed"], told["rules"]["odd"]["armed"]) == (["all"], ["night"])
    assert "disarmed" in told["modes"]
    assert told["models"] == {"ready": False, "sight": None, "sound": None, "device": None}


def test_no_address_and_no_secret_is_told() -> None:
    models = ModelsReady(SIGHT, None, "cpu")
    told = json.dumps(site_view(parse_site(SITE, name="site.yaml", environ={}), models))
    for word in ("hunter2", "s3cret", "letmein", "ann", "rtsp", "camera.lan", "redis", "/srv"):
        assert word not in told, word
    assert "clip@1" in told


# --- how it is -----------------------------------------------------------------------------------


def test_how_far_behind_each_stage_is_shows_the_worst_of_the_last_seconds(site: Site) -> None:
    site.overview.passed(frame(999.9))
    site.overview.passed(frame(999.5))
    site.overview.passed(SoundReady("yard", 0, 2, 64, 250, 1, 1, 999.8))
    vector = np.ones(2, np.float32)
    made = Embedding("yard", "whole", Modality.VIDEO, "clip@1", 1, 0, 999.0, vector)
    site.overview.passed(Embedded(made))
    site.overview.passed(ScoreLine("yard", "fire", 997.0, 7, 2.5, 0.1, 0.14, {}, []))
    site.overview.passed(Outboxed())
    site.tick(RECENT_S // 2)
    assert site.state()["lag_s"] == {"ingest": 0.5, "encoder": 1.0, "judge": 3.0}
    lag = site.exporter.registry.get_sample_value("hearsight_lag_seconds", {"stage": "judge"})
    assert lag == 3.0
    site.overview.passed(frame(site.now - 0.25))
    site.tick(RECENT_S - 1)
    assert site.state()["lag_s"] == {"ingest": 0.25}


def test_how_long_the_start_took_is_kept(site: Site) -> None:
    def told(until: str) -> float | None:
        return site.exporter.registry.get_sample_value("hearsight_start_seconds", {"until": until})

    made = Embedding(
        "yard", "whole", Modality.VIDEO, "clip@1", 1, 0, 1000.0, np.ones(2, np.float32)
    )
    site.overview.passed(ModelsReady(SIGHT, None, "cpu"))
    assert (told("models"), told("embedding")) == (2.0, None)
    site.now += 1.5
    site.overview.passed(Embedded(made))
    # An encoder that is replaced loads its models again: the site has long been started.
    site.now += 1000
    site.overview.passed(ModelsReady(SIGHT, None, "cpu"))
    site.overview.passed(Embedded(made))
    assert (told("models"), told("embedding")) == (2.0, 3.5)


def test_a_clock_that_was_set_back_is_no_lead(site: Site) -> None:
    site.overview.passed(frame(site.now + 3600))
    assert site.state()["lag_s"] == {"ingest": 0.0}


def test_inference_is_that_of_late_not_of_all_time(site: Site) -> None:
    name = "hearsight_inference_duration_seconds"
    site.exporter.apply([Sample(name, {"model": "clip@1"}, 5.0)])
    assert site.state()["inference_s"] == {"clip@1": 5.0}
    site.tick(RECENT_S + 2)
    assert site.state()["inference_s"] == {}
    site.exporter.apply([Sample(name, {"model": "clip@1"}, t) for t in (0.1, 0.3)])
    site.tick()
    assert site.state()["inference_s"] == {"clip@1": pytest.approx(0.2)}


def test_processes_outbox_and_losses_are_told(site: Site) -> None:
    site.exporter.set("hearsight_outbox_pending", 3.0, sink="redis")
    site.exporter.set("hearsight_outbox_delay_seconds", 12.5, sink="redis")
    site.exporter.count("hearsight_dropped_total", 4, stage="worker", reason="encoder_behind")
    site.exporter.count("hearsight_errors_total", stage="source", reason="CameraSilent")
    site.tick()
    told = site.state()
    assert told["processes"]["judge"] == {"alive": True, "restarts": 0, "resident_bytes": 1000}
    assert told["processes"]["worker-0"]["restarts"] == 2
    assert told["outbox"] == {"redis": {"pending": 3.0, "delay_s": 12.5}}
    assert told["dropped"] == [{"stage": "worker", "reason": "encoder_behind", "total": 4}]
    assert told["errors"] == [{"stage": "source", "reason": "CameraSilent", "total": 1}]
    assert (told["started_at"], told["at"], told["ready"]) == (998.0, 1001.0, True)
    assert 0 <= told["load"]["cpu"] <= 1
    assert 0 < told["load"]["memory"] < 1


def test_what_is_known_of_a_camera_stands_with_it(site: Site) -> None:
    name = "hearsight_last_frame_timestamp_seconds"
    site.exporter.set(name, 999.0, camera="yard", modality="video")
    site.exporter.set(name, 998.0, camera="yard", modality="audio")
    site.exporter.set("hearsight_av_skew_seconds", -0.1, camera="yard")
    for kind, bad in (("covered", 1.0), ("dark", 0.0)):
        site.exporter.set("hearsight_camera_trouble", bad, camera="yard", kind=kind)
    assert site.state()["cameras"]["yard"] == {
        "state": "online",
        "newest_at": {"video": 999.0, "audio": 998.0},
        "av_skew_s": -0.1,
        "trouble": ["covered"],
    }
