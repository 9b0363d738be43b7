"""A site that is too much for its machine: who is sampled how often, and what people are told."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from pipeline.config import Site, parse_site
from pipeline.messages import HealthEvent, SampleRate
from pipeline.metrics import Exporter
from pipeline.records import Modality, Severity
from pipeline.sampling_desk import SamplingDesk

SITE = """
cameras:
  vault: {url: "rtsp://c/vault", audio: score}
  yard: {url: "rtsp://c/yard"}
  hall: {url: "rtsp://c/hall", regions: {door: {left: 0, top: 0, width: 0.5, height: 1}}}
  film: {url: "file:/films/a.mp4", pace: fast}
rules: {fire: {see: [a fire], hear: [an alarm]}}
"""
ALL = ("vault", "yard", "hall", "film")
PICTURE, SOUND = "encoder_video", "encoder_audio"


class Stakes:
    """What is armed, as the test says."""

    def __init__(self) -> None:
        self.of: dict[str, Severity | None] = {"vault": Severity.CRITICAL}

    def severity(self, camera: str, _modality: Modality) -> Severity | None:
        return self.of.get(camera, Severity.WARNING)


class Played:
    """A desk, and all that it says."""

    def __init__(self, text: str = SITE) -> None:
        self.site: Site = parse_site(text, name="site.yaml", environ={})
        self.exporter = Exporter()
        self.stakes = Stakes()
        self.sent: list[SampleRate] = []
        self.told: list[HealthEvent] = []
        self.desk = SamplingDesk(
            self.site,
            self.stakes,
            self.exporter,
            self.sent.append,
            self.told.append,
            clock=lambda: 77.0,
        )
        self.desk.hears(5.0, 1.0)

    def passes(
        self,
        seconds: int = 1,
        *,
        picture: float = 0.5,
        sound: float = 0.0,
        too_old: int = 0,
        running: Collection[str] = ALL,
    ) -> None:
        for _ in range(seconds):
            self.exporter.set("hearsight_load", picture, stage=PICTURE)
            self.exporter.set("hearsight_load", sound, stage=SOUND)
            self.exporter.count(
                "hearsight_dropped_total", too_old, stage="encoder", reason="too_old"
            )
            self.desk.look(running)

    def rates(self) -> dict[str, float]:
        rates = {camera: self.site.cameras[camera].sample_fps for camera in ALL}
        return rates | {rate.camera: rate.per_second for rate in self.sent}

    def every(self, camera: str) -> int:
        return next((r.sound_every for r in reversed(self.sent) if r.camera == camera), 1)

    def gauge(self, name: str, camera: str, modality: str = "video") -> float | None:
        return self.exporter.registry.get_sample_value(
            name, {"camera": camera, "modality": modality}
        )


@pytest.fixture
def played() -> Played:
    return Played()


def test_a_machine_that_keeps_up_hears_nothing_of_it(played: Played) -> None:
    played.passes(30)
    assert played.sent == []
    assert played.told == []
    assert played.desk.view()["overloaded"] is False
    assert played.gauge("hearsight_sample_rate", "yard") == 2.0
    assert played.gauge("hearsight_sampling_deficit", "yard") == 0.0


def test_cameras_fall_together_but_for_the_one_with_a_critical_rule(played: Played) -> None:
    played.passes(6, picture=1.0, too_old=5)
    rates = played.rates()
    assert rates["vault"] == 2.0
    assert rates["yard"] == rates["hall"] < 2.0
    assert rates["film"] == 2.0, "it is read as fast as the line takes it: nothing is late there"
    assert played.every("vault") == 1, "sound is not to blame"
    played.passes(60, picture=1.0, too_old=5)
    assert played.rates() == {"vault": 0.2, "yard": 0.2, "hall": 0.2, "film": 2.0}
    assert played.gauge("hearsight_sample_rate", "yard") == pytest.approx(0.2)
    assert played.gauge("hearsight_sampling_deficit", "yard") == pytest.approx(0.9)


def test_people_are_told_once_when_it_begins_and_once_when_it_is_over(played: Played) -> None:
    played.passes(10, picture=1.0, too_old=5)
    (event,) = played.told
    assert (event.kind, event.subject, event.standing, event.at) == (
        "overloaded", "sampling", True, 77.0,
    )  # fmt: skip
    assert "the encoder is at its limit, mostly with sight" in event.detail
    assert "Lower sample_fps" in event.detail
    played.passes(120, picture=0.3)
    assert [event.kind for event in played.told] == ["overloaded", "overload_over"]
    assert not played.told[-1].standing
    assert played.rates() == {"vault": 2.0, "yard": 2.0, "hall": 2.0, "film": 2.0}
    assert played.desk.view()["why"] == ""


def test_where_sound_is_the_work_sound_is_thinned_and_never_to_deafness(played: Played) -> None:
    played.passes(6, picture=0.1, sound=0.9, too_old=5)
    assert played.every("vault") == 2
    assert played.rates()["yard"] == 2.0
    assert "mostly with sound" in played.desk.view()["why"]
    played.passes(60, picture=0.1, sound=0.9, too_old=5)
    assert played.every("vault") == 3, (
        "all that sounds is in one still, and each rule's 3 s have one"
    )
    assert played.gauge("hearsight_sampling_deficit", "vault", "audio") == pytest.approx(2 / 3)


def test_a_quiet_scene_gives_way_to_a_busy_one(played: Played) -> None:
    played.exporter.set("hearsight_activity", 0.0, camera="yard")
    played.exporter.set("hearsight_activity", 1.0, camera="hall")
    played.passes(9, picture=1.0, too_old=5)
    rates = played.rates()
    assert 0.2 <= rates["yard"] < rates["hall"] < 2.0


def test_decoders_that_cannot_follow_are_an_overload_if_there_are_many(played: Played) -> None:
    played.exporter.set("hearsight_decode_lag_seconds", 3.0, camera="yard")
    played.passes(20)
    assert not played.told, "one of four: its own core's trouble"
    played.exporter.set("hearsight_decode_lag_seconds", 3.0, camera="hall")
    played.passes(6)
    assert "decoders cannot follow" in played.told[0].detail


def test_a_judge_that_works_all_the_time_is_one_too(played: Played) -> None:
    played.exporter.set("hearsight_load", 0.9, stage="judge")
    played.passes(20, picture=0.6)
    assert not played.told
    played.exporter.set("hearsight_load", 0.99, stage="judge")
    played.passes(6, picture=0.6)
    assert "the judge is at its limit" in played.told[0].detail
    assert played.every("vault") == 1


def test_a_camera_that_is_away_lacks_nothing_and_is_told_when_it_is_back(played: Played) -> None:
    played.passes(9, picture=1.0, too_old=5)
    limit = played.rates()["yard"]
    played.sent.clear()
    played.passes(1, picture=0.8, running=("vault", "hall"))
    assert played.gauge("hearsight_sample_rate", "yard") == 0.0
    assert played.gauge("hearsight_sampling_deficit", "yard") == 0.0
    assert played.rates()["hall"] > limit, "what it leaves is there for the others"
    played.desk.worker_lost(["yard"])
    played.passes(1, picture=0.8)
    assert played.rates()["yard"] == pytest.approx(limit)


def test_a_new_worker_is_told_again(played: Played) -> None:
    played.passes(9, picture=1.0, too_old=5)
    rates = played.rates()
    played.sent.clear()
    played.desk.worker_lost(["yard"])
    played.passes(1, picture=0.8)
    assert played.sent == [SampleRate("yard", rates["yard"])]


def test_a_replaced_encoder_begins_with_a_clean_sheet(played: Played) -> None:
    played.passes(3, picture=1.0, too_old=5)
    played.desk.encoder_lost()
    assert played.desk.view()["load"] == {PICTURE: 0.0, SOUND: 0.0}
    played.passes(3, picture=1.0, too_old=5)
    assert not played.told


def test_a_site_may_rather_have_its_samples_dropped() -> None:
    played = Played(SITE + "sampling: {adaptive: false}\n")
    played.passes(20, picture=1.0, too_old=5)
    assert played.sent == []
    assert played.told == []


def test_the_floor_is_the_sites(played: Played) -> None:
    played = Played(SITE + "sampling: {floor: 1}\n")
    played.passes(60, picture=1.0, too_old=5)
    assert played.rates() == {"vault": 1.0, "yard": 1.0, "hall": 1.0, "film": 2.0}


def test_the_console_is_told_what_each_camera_wants_and_gets(played: Played) -> None:
    played.passes(6, picture=1.0, too_old=5)
    view: dict[str, Any] = played.desk.view()
    assert view["overloaded"] is True
    assert view["cameras"]["vault"]["video"] == {
        "wanted": 2.0, "granted": 2.0, "severity": "critical",
    }  # fmt: skip
    assert view["cameras"]["yard"]["video"]["granted"] < 2.0
    assert view["cameras"]["film"] == {}
