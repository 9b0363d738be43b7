"""Delivery: alerts go the whole way, through a publisher's process, and each is timed."""

from __future__ import annotations

import shutil

import pytest

from pipeline.bench.delivery import example, measure
from sinks.alert_json import decode_alert, encode_alert


def test_the_alerts_are_such_as_readers_take() -> None:
    alert = example(7)

    assert decode_alert(encode_alert(alert)) == alert
    assert example(8).id != alert.id


@pytest.mark.long
def test_every_alert_is_timed_from_the_window_to_its_reader() -> None:
    told = measure(20, rate=200.0)

    assert len(told.line_ms) == len(told.plain_ms) == 20
    assert all(0 < ms < 30_000 for ms in told.line_ms)
    assert (told.benchmark_ms is not None) == (shutil.which("redis-benchmark") is not None)
    if told.benchmark_ms is not None:
        assert told.benchmark_ms["p50"] <= told.benchmark_ms["p99"]
