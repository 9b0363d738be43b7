"""A whole site on a disk that fills up: no process ends, and with room again all is as before."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.chaos.ending import see_it_end
from tests.chaos.full_disk import fill
from tests.chaos.test_disk import on_a_small_disk
from tests.pipeline.simulate.clips import make_clip

Record = Callable[[str, object], None]
HEARSIGHT = shutil.which("hearsight", path=str(Path(sys.executable).parent)) or ""
SITE = """
site: full
data_dir: DATA
cameras: {yard: {url: "file:FILM", loop: true, gate: false}}
rules: {fire: {see: [a fire]}}
media: {reserve_mb: 20}
canary: 0
sinks: [{type: redis}]
health: {port: PORT}
"""

#: Troubles of a disk without room.
OF_THE_DISK = {"disk", "media", "outbox", "delivery to redis"}


class Site:
    """A running site, asked as its operators' tools ask it."""

    def __init__(self, folder: Path, film: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.file = folder.parent / "site.yaml"
        told = {"DATA": str(folder / "data"), "FILM": str(film), "PORT": str(port)}
        text = SITE
        for name, value in told.items():
            text = text.replace(name, value)
        self.file.write_text(text)
        self._address = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen([HEARSIGHT, "run", str(self.file)])

    def ready(self) -> dict[str, Any]:
        try:
            told: dict[str, Any] = httpx.get(f"{self._address}/readiness", timeout=10).json()
        except httpx.TransportError:
            assert self._process.poll() is None, "the site has ended"
            return {"ready": False, "troubles": {}}
        return told

    def value(self, name: str) -> float:
        """The sum of a metric over its labels."""
        lines = httpx.get(f"{self._address}/metrics", timeout=10).text.splitlines()
        found = [line for line in lines if line.startswith((f"{name} ", f"{name}{{"))]
        return sum(float(line.rpartition(" ")[2]) for line in found)

    def restarts(self) -> dict[str, float]:
        lines = httpx.get(f"{self._address}/metrics", timeout=10).text.splitlines()
        name = "hearsight_process_restarts_total"
        found = [line.partition(f"{name}{{")[2] for line in lines if line.startswith(f"{name}{{")]
        return {line.split('"')[1]: float(line.rpartition(" ")[2]) for line in found}

    def until(self, condition: Callable[[], object], within_s: float = 240.0) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, self.ready()
            time.sleep(0.5)

    def canary_comes(self) -> bool:
        """A fresh event, from the lens to a reader."""
        sent = [HEARSIGHT, "test-alert", str(self.file)]
        return subprocess.run(sent, check=False, capture_output=True).returncode == 0

    def stop(self) -> float:
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)
        return time.monotonic() - began

    def close(self) -> None:
        see_it_end(self._process)


def story(folder: Path, film: Path) -> dict[str, Any]:
    """What is seen of a site on the disk ``folder``; run on a disk of its own."""
    site = Site(folder, film)
    try:
        site.until(lambda: site.ready()["ready"])
        assert site.canary_comes()
        fill(folder / "foreign")
        began = time.monotonic()
        # The alerts' reserve is not touched while there is none: evidence is what is refused.
        site.until(lambda: "media" in site.ready()["troubles"])
        seen: dict[str, Any] = {"told_s": time.monotonic() - began}
        judged = site.value("hearsight_stream_seconds_total")
        time.sleep(75)  # longer than any of its processes goes without writing
        seen["judged_s"] = site.value("hearsight_stream_seconds_total") - judged
        seen["restarts"] = site.restarts()
        (folder / "foreign").unlink()
        site.until(
            lambda: site.ready()["ready"] and not OF_THE_DISK & site.ready()["troubles"].keys()
        )
        site.until(site.canary_comes)
        seen["restarts_then"] = site.restarts()
        seen["stop_s"] = site.stop()
    finally:
        site.close()
    return seen


@pytest.mark.promise("fault 25")
@pytest.mark.long
def test_a_site_on_a_full_disk_goes_on_watching_and_recovers(
    short_tmp: Path, record_property: Record
) -> None:
    film = make_clip(short_tmp / "film.mp4", sound=None)
    disk = short_tmp / "disk"
    disk.mkdir()
    said = on_a_small_disk(
        disk, 120, sys.executable, "-m", "tests.chaos.test_whole_site", disk, film, within_s=900
    )
    seen = json.loads(said.splitlines()[-1])
    redis = seen["restarts_then"].pop("redis", 0.0)
    assert seen["restarts_then"] == {}, (
        "its own Redis ends where it cannot write; nothing else does"
    )
    record_property(
        "measured",
        f"a whole site on a full disk: told after {seen['told_s']:.0f} s, {seen['judged_s']:.0f} s "
        f"of pictures judged in 75 s meanwhile; its own Redis ended {redis:.0f} times, no other "
        "process; with room again a canary comes through",
    )
    assert seen["told_s"] < 90
    assert seen["judged_s"] > 50


if __name__ == "__main__":
    print(json.dumps(story(Path(sys.argv[1]), Path(sys.argv[2]))))
