"""Four cameras with sound on this machine: does the line keep real time, and its memory?

    HEARSIGHT_DATA=/path/to/data make studies PYTEST_ARGS="-k four_cameras"

Plays clips found under HEARSIGHT_DATA (``*.mp4``, searched in all folders and dealt out to the
cameras), or generated scenes without it, over RTSP for HEARSIGHT_MINUTES (default 10).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest

from pipeline.scene.compose import compose
from pipeline.scene.render import render
from tests.films import join_clips
from tests.integration.test_gstreamer import free_port, hearsight_run, until

CAMERAS = 4
MINUTES = float(os.environ.get("HEARSIGHT_MINUTES", "10"))
#: Memory is compared from here on: models are loaded and rings are full.
WARM_UP_S = 90.0


def films(folder: Path) -> list[Path]:
    """One film for each camera."""
    data = os.environ.get("HEARSIGHT_DATA")
    made = [folder / f"camera-{k + 1}.mp4" for k in range(CAMERAS)]
    if data is None:
        for k, path in enumerate(made):
            render(compose(8000 + k), path)
        return made
    clips = sorted(Path(data).rglob("*.mp4"))
    assert len(clips) >= CAMERAS, f"HEARSIGHT_DATA={data} holds fewer than {CAMERAS} clips"
    for k, path in enumerate(made):
        join_clips(clips[k::CAMERAS][:60], path)
    return made


@contextmanager
def cameras(paths: list[Path]) -> Iterator[list[str]]:
    """The simulator in a process of its own; its memory is not counted."""
    command = [sys.executable, "-m", "pipeline.simulate", *map(str, paths), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        try:
            yield [program.stdout.readline().strip() for _ in paths]
        finally:
            program.terminate()


def memory_mb(root: psutil.Process) -> float:
    """Resident memory of a process and all below it, shared pages counted once each (PSS)."""
    total = 0
    for process in [root, *root.children(recursive=True)]:
        try:
            total += process.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
    return total / 1e6


def value(metrics: str, name: str, **labels: str) -> float:
    """The sum of a metric's samples that carry ``labels``."""
    total = 0.0
    for line in metrics.splitlines():
        if line.startswith(name) and all(f'{k}="{v}"' in line for k, v in labels.items()):
            total += float(re.split(r"\s+", line)[-1])
    return total


@pytest.mark.timeout(0)
def test_four_cameras_in_real_time(tmp_path: Path) -> None:
    port = free_port()
    with cameras(films(tmp_path)) as urls:
        site = tmp_path / "site.yaml"
        listed = "".join(
            f'  camera-{k + 1}: {{url: "{url}", audio: record}}\n' for k, url in enumerate(urls)
        )
        site.write_text(
            f"site: bench\ndata_dir: {tmp_path / 'state'}\nhealth: {{port: {port}}}\n"
            f"cameras:\n{listed}rules:\n"
            "  fire: {see: [a fire with flames and smoke], hear: [a fire alarm is ringing]}\n"
            "  fight: {see: [people fighting], hear: [people screaming]}\n"
        )
        site.chmod(0o600)

        def metrics() -> str:
            return httpx.get(f"http://127.0.0.1:{port}/metrics").text

        def scoring() -> bool:
            try:
                return all(
                    value(metrics(), "hearsight_stream_seconds_total", camera=f"camera-{k + 1}") > 5
                    for k in range(CAMERAS)
                )
            except httpx.TransportError:
                return False

        with hearsight_run(site, tmp_path / "line.log") as line:
            root = psutil.Process(line.pid)
            until(scoring, 180, "scores of all cameras")
            before, began = metrics(), time.monotonic()
            busy = sum(sum(p.cpu_times()[:2]) for p in [root, *root.children(recursive=True)])
            samples: list[tuple[float, float]] = []
            while (at := time.monotonic() - began) < MINUTES * 60:
                assert line.poll() is None, (tmp_path / "line.log").read_text()[-2000:]
                samples.append((at, memory_mb(root)))
                time.sleep(5)
            after, took = metrics(), time.monotonic() - began
            busy = (
                sum(sum(p.cpu_times()[:2]) for p in [root, *root.children(recursive=True)]) - busy
            )
    shares = {
        f"camera-{k + 1}/{modality}": (
            value(
                after, "hearsight_stream_seconds_total", camera=f"camera-{k + 1}", modality=modality
            )
            - value(
                before,
                "hearsight_stream_seconds_total",
                camera=f"camera-{k + 1}",
                modality=modality,
            )
        )
        / took
        for k in range(CAMERAS)
        for modality in ("video", "audio")
    }
    dropped = value(after, "hearsight_dropped_total") - value(before, "hearsight_dropped_total")
    warm = np.array([s for s in samples if s[0] >= min(WARM_UP_S, 0.3 * took)])
    slope = float(np.polyfit(warm[:, 0], warm[:, 1], 1)[0]) * 3600
    told = {
        "minutes": round(took / 60, 2),
        "real_time": {name: round(share, 3) for name, share in shares.items()},
        "dropped": dropped,
        "cores_used": round(busy / took, 2),
        "memory_mb": {"first": round(warm[0, 1]), "last": round(warm[-1, 1])},
        "memory_mb_per_hour": round(slope, 1),
        "reconnects": value(after, "hearsight_stream_reconnects_total"),
        "alerts": value(after, "hearsight_alerts_total"),
    }
    print(json.dumps(told, indent=2))
    assert min(shares.values()) > 0.97, told
