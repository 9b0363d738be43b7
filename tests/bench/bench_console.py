"""The console under load: 50 operators, 200 cameras.

    make studies PYTEST_ARGS="-k console"

A console as a process of its own over a real Redis, to which scores of 200 cameras go all the time
(two rules each, twice a second). 50 browsers' lines are open; alerts come every half second, and
each line tells when it got them, on the clock of this machine. Then 10,000 incidents lie on the
desk, and a browser works the queue.

HEARSIGHT_OPERATORS (default 50), HEARSIGHT_CAMERAS (default 200) and HEARSIGHT_SECONDS of load
(default 60; an hour for what memory does) say how much. HEARSIGHT_REPORT is where the figures go as
JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest
from rich.console import Console
from rich.table import Table

from sinks.console.desk import Desk
from sinks.redis_client import open_client
from sinks.redis_live import LiveStreams
from tests.sinks.builders import RedisProcess, make_alert
from tests.sinks.conftest import make_redis, one_binary  # noqa: F401
from tests.sinks.console.reception import PASSWORD
from tests.sinks.console.stage import Stage, chromium, visit

OPERATORS = int(os.environ.get("HEARSIGHT_OPERATORS", "50"))
CAMERAS = int(os.environ.get("HEARSIGHT_CAMERAS", "200"))
SECONDS = float(os.environ.get("HEARSIGHT_SECONDS", "60"))
#: Longer than the load, by what it takes to set up and to write 10,000 incidents.
pytestmark = pytest.mark.timeout(SECONDS + 900)
INCIDENTS = 10_000
WANTED_S = 0.5


class Crowd(Stage):
    """A stage with many cameras."""

    def cameras(self) -> str:
        """As the site file has them."""
        one = '  cam{:03d}: {{url: "rtsp://127.0.0.1/{}", audio: score}}\n'
        return "".join(one.format(k, k) for k in range(CAMERAS))


@pytest.fixture
def stage(short_tmp: Path, make_redis: Any, one_binary: Path) -> Iterator[Crowd]:  # noqa: F811
    server: RedisProcess = make_redis(one_binary)
    with Crowd(short_tmp, server).set() as stage:
        yield stage


async def operator(stage: Stage, name: str, got: dict[str, list[float]], ready: Any) -> None:
    """Sign in, then listen until cancelled."""
    home = stage.home.rstrip("/")
    async with httpx.AsyncClient(base_url=home, timeout=None) as client:
        form = {"name": name, "password": PASSWORD, "next": "/queue"}
        answer = await client.post("/login", data=form, headers={"Origin": home})
        assert answer.status_code == 303, answer.text
        # __Host- cookies are for https, or for browsers that trust this machine: sent by hand.
        cookie = answer.headers["set-cookie"].partition(";")[0]
        async with client.stream("GET", "/api/v1/live", headers={"Cookie": cookie}) as line:
            assert line.status_code == 200
            ready()
            seen: set[str] = set()
            async for text in line.aiter_lines():
                if text.startswith("data: {") and '"id":"load-' in text:
                    number = text.partition('"id":"')[2].partition('"')[0]
                    # What escalates is told again.
                    if number not in seen:
                        seen.add(number)
                        got.setdefault(number, []).append(time.monotonic())


async def load(stage: Stage, process: psutil.Process) -> dict[str, Any]:
    """Open the lines, let scores and alerts come, and measure."""
    got: dict[str, list[float]] = {}
    ready = asyncio.Semaphore(0)
    lines = []
    for number in range(OPERATORS):
        lines.append(asyncio.create_task(operator(stage, f"op{number}", got, ready.release)))
        # One after the other: a shift does not begin in one second.
        await asyncio.wait_for(ready.acquire(), 30)
    sent: dict[str, float] = {}
    memory: list[tuple[float, float]] = []
    stop = asyncio.Event()
    scores = asyncio.create_task(asyncio.to_thread(_scores, stage, stop))
    cpu = process.cpu_times()
    began = time.monotonic()
    while (now := time.monotonic()) < began + SECONDS:
        incident = f"load-{len(sent)}"
        camera = f"cam{len(sent) % CAMERAS:03d}"
        alert = make_alert(incident, camera=camera, start_time=time.time())
        sent[incident] = time.monotonic()
        await asyncio.to_thread(stage.comes, alert)
        memory.append((now - began, process.memory_info().rss / 1e6))
        await asyncio.sleep(0.5)
    await asyncio.sleep(2)
    stop.set()
    count = await scores
    used = process.cpu_times()
    for line in lines:
        line.cancel()
    await asyncio.gather(*lines, return_exceptions=True)
    took = np.array([at - sent[i] for i, when in got.items() for at in when])
    late = memory[len(memory) // 2 :]
    slope = np.polyfit([t for t, _ in late], [m for _, m in late], 1)[0] * 3600
    return {
        "lines": OPERATORS,
        "cameras": CAMERAS,
        "alerts": len(sent),
        "missing": len(sent) * OPERATORS - len(took),
        "p50_s": float(np.quantile(took, 0.5)),
        "p95_s": float(np.quantile(took, 0.95)),
        "max_s": float(took.max()),
        "scores_a_second": count / SECONDS,
        "cores": (used.user + used.system - cpu.user - cpu.system) / SECONDS,
        "memory_mb": memory[-1][1],
        "memory_slope_mb_per_hour": float(slope),
    }


def _scores(stage: Stage, stop: asyncio.Event) -> int:
    """Scores of all cameras, twice a second; how many."""
    live = LiveStreams(stage.redis_url)
    count = 0
    while not stop.is_set():
        began = time.monotonic()
        for camera in range(CAMERAS):
            for rule in ("fire", "fight"):
                live.add(
                    "scores",
                    {
                        "camera": f"cam{camera:03d}", "rule": rule, "at": time.time(),
                        "end_ns": 0, "score": 1.0, "per_day": 100.0, "promised_per_day": 1.0,
                        "modalities": {"video": 1.0, "audio": 0.5}, "missing": [], "heard": "rain",
                    },
                )  # fmt: skip
                count += 1
        live.flush(float("inf"))
        time.sleep(max(0.0, 0.5 - (time.monotonic() - began)))
    live.close()
    return count


def queue_of_many(stage: Stage) -> dict[str, float]:
    """10,000 incidents on the desk, and a browser in front of them."""
    with Desk(stage.site.state_dir / "console" / "desk.sqlite3") as desk:
        began = time.monotonic()
        for number in range(INCIDENTS):
            desk.take(make_alert(f"old-{number}", camera="cam001", start_time=time.time() - number))
        put = time.monotonic() - began
    stage.person("quinn")
    with chromium() as browser:
        page = visit(browser, stage, "quinn")
        page.locator(".incident").first.wait_for()
        shown = page.evaluate("performance.now()")
        # Ten pages of rows, as somebody gets who scrolls on and on.
        for _ in range(10):
            page.locator("[data-more]").scroll_into_view_if_needed()
            page.wait_for_timeout(200)
        rows = page.locator(".incident").count()
        page.evaluate(
            "() => { window.slow = 0; new PerformanceObserver((l) => { for (const e of"
            " l.getEntries()) window.slow = Math.max(window.slow, e.duration); })"
            ".observe({ type: 'longtask' }); }"
        )
        began = time.monotonic()
        stage.comes(make_alert("newest", camera="cam001", start_time=time.time()))
        page.locator('[data-id="newest"]').wait_for()
        seen = time.monotonic() - began
        page.keyboard.press("j")
        page.wait_for_timeout(500)
        return {
            "put_per_s": INCIDENTS / put,
            "first_rows_ms": shown,
            "rows_loaded": rows,
            "new_alert_seen_s": seen,
            "longest_task_ms": page.evaluate("window.slow"),
        }


def test_console_under_load(stage: Crowd) -> None:
    for number in range(OPERATORS):
        stage.person(f"op{number}")
    assert stage._console is not None
    process = psutil.Process(stage._console.pid)
    told = asyncio.run(load(stage, process))
    # An hour of load is not lost to what comes after it.
    Console().print(told)
    told |= queue_of_many(stage)
    held = open_client(stage.redis_url)
    told["alerts_in_stream"] = int(held.xlen("hearsight:alerts"))
    held.close()
    table = Table("what", "figure")
    for name, value in told.items():
        table.add_row(name, f"{value:.3f}" if isinstance(value, float) else str(value))
    Console().print(table)
    if report := os.environ.get("HEARSIGHT_REPORT"):
        Path(report).write_text(json.dumps(told, indent=2))
    assert told["missing"] == 0
    assert told["p95_s"] < WANTED_S
