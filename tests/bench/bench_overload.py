"""Far more cameras than the machine can look at: what is lost, what stays bounded.

    make studies PYTEST_ARGS="-k overload"

HEARSIGHT_CAMERAS (default 24) moving cameras of 1080p25 with sound ask for ten pictures a second
each, decoded from every frame; every sixth has a critical rule. Measured for HEARSIGHT_MINUTES
(default 5): the age of each window's newest sample when its score is read from Redis, what is
dropped, the rates that are granted, and the memory of all processes.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from pipeline.bench.crowd import cameras
from pipeline.bench.films import Kind, film
from pipeline.bench.running import Metrics, Plan, Running, alike, running
from pipeline.bench.usage import usage
from pipeline.simulate.crowd import Played
from sinks.live_reader import LiveReader

CAMERAS = int(os.environ.get("HEARSIGHT_CAMERAS", "24"))
MINUTES = float(os.environ.get("HEARSIGHT_MINUTES", "5"))
#: So long from the first scores on the site finds its rates.
SETTLES_S = 60.0
WANTED = 10.0
DROPPED = "hearsight_dropped_total"
RECEIVED = "hearsight_received_total"
RATE = "hearsight_sample_rate"


def memory(line: Running) -> float:
    """Megabytes of all processes; pages that they share are counted once."""
    return sum(use.pss for role, use in usage(line.process).items() if role != "redis") / 1e6


def ages(line: Running, seconds: float) -> list[float]:
    """How old each window's newest sample is when its score is read from Redis, seconds."""
    url = line.redis_url()
    assert url is not None
    reader = LiveReader(url)
    found = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        line.check()
        came = reader.read(0.5)
        now = time.time()
        found += [now - told["at"] for kind, told in came if kind == "scores"]
    reader.close()
    return found


def rates(told: Metrics, names: list[str]) -> list[float]:
    return [told.sum(RATE, camera=name, modality="video") for name in names]


@pytest.mark.timeout(0)
def test_more_cameras_than_the_machine_holds(tmp_path: Path) -> None:
    options = {"audio": "score", "sample_fps": WANTED, "decode": "all", "gate": False}
    with cameras([Played(CAMERAS, (film(Kind.MOVING),))]) as served:
        crowd = alike(served.urls, options)
        severe, others = list(crowd)[::6], [c for k, c in enumerate(crowd) if k % 6]
        for camera, settings in crowd.items():
            settings["rules"] = ["fire" if camera in severe else "fight"]
        with running(Plan(crowd), tmp_path) as line:
            line.wait(
                lambda: line.metrics().sum("hearsight_received_total", stage="judge"), "scores"
            )
            ages(line, SETTLES_S)
            before, told = memory(line), line.metrics()
            age = ages(line, 60 * MINUTES)
            after, now = memory(line), line.metrics()
    dropped = now.sum(DROPPED, stage="encoder") - told.sum(DROPPED, stage="encoder")
    took_in = now.sum(RECEIVED, stage="encoder") - told.sum(RECEIVED, stage="encoder")
    p50, p95, p99 = np.percentile(age, [50, 95, 99])
    figures = {
        "cameras": CAMERAS,
        "minutes": MINUTES,
        "cores": os.cpu_count(),
        "wanted_per_s": WANTED,
        "granted_severe": [round(rate, 2) for rate in rates(now, severe)],
        "granted_others": [round(rate, 2) for rate in rates(now, others)],
        "age_s": {"p50": round(p50, 2), "p95": round(p95, 2), "p99": round(p99, 2)},
        "oldest_s": round(max(age), 2),
        "windows": len(age),
        "dropped_share": round(dropped / max(1.0, took_in), 4),
        "memory_mb": [round(before), round(after)],
        "lag_s": now.largest("hearsight_lag_seconds"),
        "load": now.largest("hearsight_load"),
        "decode_lag_s": round(max(now.largest("hearsight_decode_lag_seconds").values()), 2),
    }
    print(json.dumps(figures))
    assert min(rates(now, severe)) >= max(rates(now, others)) - 0.01, figures
    assert max(rates(now, others)) < WANTED, "this machine holds them: set HEARSIGHT_CAMERAS higher"
    # A window of both senses waits for the other for two seconds at most.
    assert p95 < 5.0, figures
    assert after < 1.1 * before, figures
