"""The demo's verdict: an event counts once, and everything else is a wrong alert."""

from __future__ import annotations

import json

import pytest

from pipeline.demo.report import Planned, Report, judge
from pipeline.records import Alert, AlertType, Severity
from sinks.reader import Received

FIRE = Planned("yard", "fire_with_alarm", ("video", "audio"), 20.0, begins=1020.0, ends=1030.0)
GLASS = Planned("yard", "glass_breaking", ("audio",), 45.0, begins=1045.0, ends=1046.0)


def alert(
    rule: str,
    at: float,
    *,
    camera: str = "yard",
    kind: AlertType = AlertType.NEW,
    latency: float = 0.5,
) -> Received:
    captured = at + 2.0
    return Received(
        stream_id="0-1",
        received_at=captured + latency,
        alert=Alert(
            id=f"{rule}-{at}",
            revision=0,
            type=kind,
            camera=camera,
            rule=rule,
            severity=Severity.WARNING,
            start_time=at,
            end_time=None,
            captured_at=captured,
        ),
    )


def verdict(*seen: Received) -> Report:
    return judge([1], [FIRE, GLASS], seen, stream_seconds_per_second=1.0)


def test_every_event_alerted_and_nothing_else_passes() -> None:
    report = verdict(alert("fire", 1021.0, latency=0.4), alert("glass", 1044.0, latency=0.8))
    assert report.passed
    assert report.recall == 1.0
    assert report.latency_s == {"p50": pytest.approx(0.6), "p95": pytest.approx(0.78)}
    assert [event.delay_s for event in report.events] == [pytest.approx(3.4), pytest.approx(1.8)]


def test_a_missed_event_fails() -> None:
    report = verdict(alert("fire", 1021.0))
    assert (report.passed, report.recall, report.wrong_alerts) == (False, 0.5, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(alert("collapse", 1021.0), id="another rule"),
        pytest.param(alert("fire", 1005.0), id="another time"),
        pytest.param(alert("fire", 1022.0, camera="gate"), id="another camera"),
        pytest.param(alert("fire", 1027.0), id="a second incident for one event"),
    ],
)
def test_anything_else_is_a_wrong_alert(wrong: Received) -> None:
    report = verdict(alert("fire", 1021.0), alert("glass", 1045.0), wrong)
    assert (report.passed, report.recall, report.wrong_alerts) == (False, 1.0, 1)
    assert report.wrong[0]["rule"] == wrong.alert.rule


def test_later_revisions_of_an_incident_are_no_further_alerts() -> None:
    report = verdict(
        alert("fire", 1021.0),
        alert("fire", 1021.0, kind=AlertType.UPDATE),
        alert("glass", 1045.0),
        alert("glass", 1045.0, kind=AlertType.END),
    )
    assert report.passed


def test_a_canary_is_no_wrong_alert() -> None:
    canary = alert("_canary", 1022.0, camera="_canary")
    canary.alert.data["canary"] = True
    report = verdict(alert("fire", 1021.0), alert("glass", 1045.0), canary)
    assert report.passed


def test_nothing_alerted_has_no_latency() -> None:
    report = verdict()
    assert report.recall == 0.0
    assert report.latency_s == {"p50": None, "p95": None}


def test_the_report_is_plain_json_with_the_documented_names() -> None:
    written = json.loads(json.dumps(verdict(alert("fire", 1021.0)).to_json()))
    assert written["events"][0] | {"delay_s": 0, "latency_s": 0, "camera": ""} == {
        "camera": "",
        "name": "fire_with_alarm",
        "modalities": ["video", "audio"],
        "at_s": 20.0,
        "alerted": True,
        "delay_s": 0,
        "latency_s": 0,
    }
    assert written.keys() >= {
        "events",
        "recall",
        "wrong_alerts",
        "latency_s",
        "stream_seconds_per_second",
    }
