"""A number's way from a process to /metrics."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client import generate_latest

import detectors
import pipeline
import sinks
from pipeline import metrics
from pipeline.messages import Heartbeat, Sample, decode, encode
from pipeline.metrics import METRICS, Exporter, Kind, Recorder


def page(exporter: Exporter) -> list[str]:
    return generate_latest(exporter.registry).decode().splitlines()


def test_what_is_measured_is_in_the_table_and_what_is_in_the_table_is_measured() -> None:
    """A name that is not there ends the process that counts it; one that stays 0 tells lies."""
    folders = (Path(module.__file__ or "").parent for module in (pipeline, detectors, sinks))
    sources = [path.read_text() for folder in folders for path in folder.rglob("*.py")]
    table = Path(metrics.__file__).read_text()
    used = {
        name
        for text in sources
        if text != table
        for name in re.findall(
            r'"(hearsight_(?:[a-z_]+_)?'
            r'(?:total|seconds|bytes|size|up|pending|trouble|load|rate|deficit|activity|asleep|trust|missed|muted|dismissed))"',
            text,
        )
    }

    assert used == set(METRICS)


def test_two_processes_count_and_one_page_shows_the_sum() -> None:
    exporter = Exporter()
    for _process in range(2):
        recorder = Recorder()
        recorder.count("hearsight_dropped_total", stage="gate", reason="full")
        recorder.count("hearsight_dropped_total", 4, stage="gate", reason="full")
        exporter.apply(recorder.drain())

    assert 'hearsight_dropped_total{reason="full",stage="gate"} 10.0' in page(exporter)


def test_a_heartbeat_carries_only_what_changed_since_the_last() -> None:
    recorder = Recorder()
    recorder.count("hearsight_stream_reconnects_total", camera="yard")
    first = recorder.drain()
    recorder.set("hearsight_batch_size", 8, model="sight")

    assert first == [Sample("hearsight_stream_reconnects_total", {"camera": "yard"}, 1.0)]
    assert recorder.drain() == [Sample("hearsight_batch_size", {"model": "sight"}, 8)]
    assert recorder.drain() == []


def test_samples_survive_the_way_through_a_heartbeat() -> None:
    recorder, exporter = Recorder(), Exporter()
    recorder.observe("hearsight_inference_duration_seconds", 0.02, model="sight")

    message = decode(encode(Heartbeat(progress=3, metrics=recorder.drain())))

    assert isinstance(message, Heartbeat)
    exporter.apply(message.metrics)
    shown = page(exporter)
    assert 'hearsight_inference_duration_seconds_count{model="sight"} 1.0' in shown
    assert 'hearsight_inference_duration_seconds_bucket{le="0.01",model="sight"} 0.0' in shown
    assert 'hearsight_inference_duration_seconds_bucket{le="0.025",model="sight"} 1.0' in shown


def test_a_gauge_shows_its_latest_value() -> None:
    recorder, exporter = Recorder(), Exporter()
    for value in (3.0, 1.0):
        recorder.set("hearsight_outbox_pending", value, sink="redis")
    exporter.apply(recorder.drain())
    exporter.set("hearsight_camera_up", 1.0, camera="yard")

    assert 'hearsight_outbox_pending{sink="redis"} 1.0' in page(exporter)
    assert 'hearsight_camera_up{camera="yard"} 1.0' in page(exporter)


def test_observations_between_two_heartbeats_are_bounded() -> None:
    recorder = Recorder()
    for _ in range(5000):
        recorder.observe("hearsight_alert_latency_seconds", 1.0, sink="redis")

    assert len(recorder.drain()) == 2000


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("hearsight_dropped_total", {"stage": "gate"}),
        ("hearsight_dropped_total", {"stage": "gate", "reason": "full", "camera": "yard"}),
        ("hearsight_batch_size", {"model": "sight"}),
    ],
)
def test_a_wrong_label_or_kind_is_a_defect_that_shows_at_once(
    name: str, labels: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=name):
        Recorder().count(name, 1.0, **labels)


def test_a_metric_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="not in the table"):
        Exporter().apply([Sample("hearsight_surprise_total", {}, 1.0)])


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_names_follow_the_conventions(metric: object) -> None:
    from pipeline.metrics import Metric

    assert isinstance(metric, Metric)
    assert metric.name.startswith("hearsight_")
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    assert metric.help.endswith(".")
    assert not set(metric.labels) & {"url", "path", "id"}, "labels of unbounded number"


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("hearsight_stream_reconnects_total", {"camera", "modality"}),
        ("hearsight_last_frame_timestamp_seconds", {"camera"}),
        ("hearsight_av_skew_seconds", {"camera"}),
        ("hearsight_inference_duration_seconds", {"model"}),
        ("hearsight_dropped_total", {"stage", "reason"}),
        ("hearsight_alerts_total", {"camera", "rule", "severity"}),
        ("hearsight_alert_latency_seconds", set()),
        ("hearsight_deliveries_total", {"sink", "status"}),
    ],
)
def test_the_names_that_dashboards_rely_on_are_there(name: str, labels: set[str]) -> None:
    # Reconnects have no modality: sound and picture come over one connection.
    assert labels - {"modality"} <= set(METRICS[name].labels)
