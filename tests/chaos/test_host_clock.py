"""The host's clock is set by an hour, on and back, under every process of a site at work."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import yaml

from pipeline.simulate import serve
from tests.pipeline.simulate.clips import make_clip

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
CLOCK = Path(__file__).with_name("clock")


class Site:
    """A site whose wall clock can be set; its monotonic one is the machine's."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self._offset = folder / "clock"
        self._offset.write_bytes(bytes(8))
        site = {
            "site": "clocks",
            "data_dir": str(folder / "data"),
            "cameras": {"yard": {"url": url, "sample_fps": 2}},
            "rules": {"fire": {"see": ["a fire"]}},
            "canary": 3,
            "sinks": [{"type": "jsonl", "path": str(folder / "alerts.jsonl")}],
            "health": {"port": 0},
        }
        (folder / "site.yaml").write_text(yaml.safe_dump(site))

    def set_clock(self, seconds: int) -> None:
        """So far ahead of the machine's from now on."""
        with self._offset.open("r+b") as file:
            file.write(struct.pack("d", seconds))

    def start(self) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "PYTHONPATH": str(CLOCK),
            "HEARSIGHT_CLOCK": str(self._offset),
            "HEARSIGHT_STAGE": str(self.folder),
        }
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.light_program", self.folder / "site.yaml"],
                env=environment,
                stderr=log,
            )

    def log(self) -> list[dict[str, object]]:
        lines = (self.folder / "log").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def metrics(self) -> dict[str, float]:
        (address,) = (line["health"] for line in self.log() if line.get("event") == "site started")
        text = httpx.get(f"http://{address}/metrics", timeout=30).text
        lines = (line for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def canaries(self) -> list[str]:
        """Their ids, in the order in which they were delivered."""
        path = self.folder / "alerts.jsonl"
        if not path.exists():
            return []
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        return [line["id"] for line in lines if line["id"].startswith("canary")]

    def accepted(self) -> list[str]:
        """The ids that the outbox still knows, in the order in which it accepted them."""
        with contextlib.closing(sqlite3.connect(self.folder / "data" / "outbox.sqlite3")) as outbox:
            return [name for (name,) in outbox.execute("SELECT id FROM alerts ORDER BY seq")]


@pytest.fixture
def site(short_tmp: Path, tmp_path: Path) -> Iterator[Site]:
    with serve({"yard": make_clip(tmp_path / "yard.mp4")}) as camera:
        yield Site(short_tmp, camera.url("yard"))


def until(condition: Callable[[], object], within_s: float, what: str) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what}"
        time.sleep(0.2)


@pytest.mark.promise("fault 11")
def test_the_host_s_clock_is_set_by_an_hour_and_nothing_is_started_again(
    site: Site, record_property: Callable[[str, object], None]
) -> None:
    with site.start() as process:
        try:
            until(lambda: len(site.canaries()) >= 2, 90, "canaries before")
            before = {one.pid for one in psutil.Process(process.pid).children(recursive=True)}
            took: list[float] = []
            for hour in (1, 0, -1):
                site.set_clock(hour * 3600)
                steps = site.metrics().get("hearsight_clock_steps_total", 0.0)
                stepped = time.monotonic()
                until(
                    lambda steps=steps: site.metrics()["hearsight_clock_steps_total"] > steps,  # type: ignore[misc]
                    30,
                    "the step recorded",
                )
                took.append(time.monotonic() - stepped)
                told, scored = len(site.canaries()), stream_seconds(site)
                until(lambda told=told: len(site.canaries()) >= told + 2, 60, "canaries after")  # type: ignore[misc]
                until(lambda scored=scored: stream_seconds(site) > scored + 5, 60, "scores")  # type: ignore[misc]
            after = {one.pid for one in psutil.Process(process.pid).children(recursive=True)}
            metrics = site.metrics()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    assert after == before, "no process was started again"
    assert metrics['hearsight_camera_up{camera="yard"}'] == 1.0
    assert not any("restarts_total" in name for name in metrics if "process=" in name)
    said = [line for line in site.log() if line.get("event") == "the host's clock was set"]
    assert [round(float(str(line["step_s"])) / 3600) for line in said] == [1, -1, -1]
    ids, accepted = site.canaries(), site.accepted()
    assert len(set(ids)) == len(ids)
    assert len(accepted) >= 6
    assert ids[-len(accepted) :] == accepted, "in the order in which they were accepted"
    record_property(
        "measured",
        f"3 steps of an hour, each recorded within {max(took):.0f} s; 0 restarts; {len(ids)} "
        "canaries delivered in their order",
    )


def stream_seconds(site: Site) -> float:
    name = 'hearsight_stream_seconds_total{camera="yard",modality="video"}'
    return site.metrics().get(name, 0.0)
