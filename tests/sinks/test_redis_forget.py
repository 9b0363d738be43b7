"""Entries of one camera and a stretch of time are deleted on request, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sinks.alert_json import document_of
from sinks.group_reader import ReaderUnavailable
from sinks.redis_forget import forget_entries
from tests.sinks.builders import NOW, RedisProcess, make_alert

pytestmark = pytest.mark.promise("security 15")

HOUR = 3600.0
WITHIN, BEFORE, AFTER = NOW + 1800, NOW - 5 * HOUR, NOW + 9 * HOUR


def test_entries_in_redis_go_by_camera_and_time(
    one_binary: Path, make_redis: Callable[..., RedisProcess]
) -> None:
    server = make_redis(one_binary)

    def add(name: str, camera: str, at: float) -> None:
        alert = make_alert(name, camera=camera, start_time=at, captured_at=at)
        fields = ["id", name, "camera", camera, "alert", json.dumps(document_of(alert))]
        server.do("XADD", "hearsight:alerts", f"{int(at * 1000)}-{len(name)}", *fields)

    for name, camera, at in (
        ("before", "yard", BEFORE),
        ("w", "yard", WITHIN),
        ("there", "gate", WITHIN),
        ("after", "yard", AFTER),
    ):
        add(name, camera, at)
    told = json.dumps({"camera": "yard", "at": WITHIN, "heard": "people talking"})
    server.do("XADD", "hearsight:scores", f"{int(WITHIN * 1000)}-0", "scores", told)
    gone = forget_entries(server.url, "hearsight", None, "yard", NOW, NOW + HOUR)
    assert gone == 2
    left = [fields for _, fields in server.do("XRANGE", "hearsight:alerts", "-", "+")]
    assert [one[b"id"] for one in left] == [b"before", b"there", b"after"]
    assert server.do("XLEN", "hearsight:scores") == 0
    server.kill()
    with pytest.raises(ReaderUnavailable):
        forget_entries(server.url, "hearsight", None, "yard", NOW, NOW + HOUR)
