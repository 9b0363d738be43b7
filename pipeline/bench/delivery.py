"""From a closed window to the acknowledged XADD: outbox, publisher, Redis, each as it runs.

A judge's desk writes alerts to an outbox on disk, a publisher's process brings them to Redis, and
its word that an alert is there goes the way it goes in `hearsight run`. What is timed begins with
the alert in the judge's hands and ends when another client has read it back: Redis answers readers
only after it has synced the entry to disk and answered the writer.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from pipeline.alert_desk import AlertDesk
from pipeline.bench.errors import BenchError
from pipeline.channel import Channel
from pipeline.children import Child, ChildSpec
from pipeline.config import parse_site
from pipeline.messages import Outboxed, StartPublisher
from pipeline.metrics import Recorder
from pipeline.records import Alert, AlertType, Severity
from sinks.alert_json import encode_alert
from sinks.embedded_redis import EmbeddedRedis
from sinks.outbox import Outbox
from sinks.redis_client import open_client

#: Alerts a second: far more than a site has, and few enough that none waits for another.
_RATE = 25.0
_STREAM = "hearsight:alerts"
_WAIT_S = 60.0
_SITE = (
    "site: bench\ncameras: {yard: {url: 'rtsp://camera/yard'}}\nrules: {fire: {see: [a fire]}}\n"
)


@dataclass(frozen=True, slots=True)
class Delivered:
    """Times in milliseconds, one for each alert or XADD."""

    line_ms: tuple[float, ...]
    #: redis-py, one XADD of the same bytes after the other, on the same server.
    plain_ms: tuple[float, ...]
    #: ``redis-benchmark`` on the same server; None where it is not installed.
    benchmark_ms: dict[str, float] | None
    document_bytes: int
    server: str


def measure(count: int = 1000, rate: float = _RATE) -> Delivered:
    """Deliver ``count`` alerts, ``rate`` a second at random times.

    Raises:
        BenchError: an alert did not come out.
        EmbeddedRedisError, NoRedisServer: there is no Redis to be started.
    """
    with TemporaryDirectory(prefix="hearsight-bench-") as name:
        folder = Path(name)
        with EmbeddedRedis(folder / "redis") as server:
            alerts = [example(number) for number in range(count)]
            line = _through_the_line(folder, server.url, alerts, rate)
            client: Any = open_client(server.url)
            plain = _plain(client, alerts)
            told = client.info("server")
            client.close()
            size = len(encode_alert(alerts[0]))
            ready = _benchmark(server.url, size, count)
            return Delivered(
                line, plain, ready, size, f"redis {told['redis_version']}, synced writes"
            )


def example(number: int) -> Alert:
    """An alert with as much evidence as they have."""
    rng = np.random.default_rng(number)
    scores = [[round(float(x), 3) for x in rng.random(4)] for _ in range(24)]
    senses = {
        sense: {
            "share": 0.5,
            "p_value": 1e-5,
            "prompts": [{"prompt": "a fire with flames and smoke", "score": 3.2}] * 3,
            "normal": [{"prompt": "an empty pavement", "score": 0.2}] * 3,
        }
        for sense in ("video", "audio")
    }
    fusion = {"score": 5.1, "p_value": 1e-5, "window_s": 3.0, "modalities": senses, "over": scores}
    return Alert(
        id=f"bench-{number:06d}",
        revision=0,
        type=AlertType.NEW,
        camera="yard",
        rule="fire",
        severity=Severity.CRITICAL,
        start_time=1.0,
        end_time=None,
        captured_at=1.0,
        thumb_path=None,
        clip_path=None,
        data={"fusion": fusion, "model_versions": {"video": "a@1", "audio": "b@1"}},
    )


def _through_the_line(
    folder: Path, url: str, alerts: list[Alert], rate: float
) -> tuple[float, ...]:
    seen: dict[str, float] = {}
    sent: dict[str, float] = {}
    pauses = np.random.default_rng(0).exponential(1 / rate, len(alerts))
    with ExitStack() as stack:
        outbox = stack.enter_context(Outbox(folder / "outbox.sqlite3"))
        channel = stack.enter_context(_publisher(folder, url))
        stack.enter_context(_reading(url, seen))
        desk = AlertDesk(outbox, channel, Recorder())
        desk.submit(replace(example(0), id="bench-first"))
        _await(lambda: "bench-first" in seen, "the first alert")
        for alert, pause in zip(alerts, pauses, strict=True):
            time.sleep(pause)
            sent[alert.id] = time.monotonic()
            desk.submit(alert)
        _await(lambda: len(seen) > len(alerts), "the last alert")
    return tuple(1e3 * (seen[key] - at) for key, at in sent.items())


def _await(condition: Any, what: str) -> None:
    deadline = time.monotonic() + _WAIT_S
    while not condition():
        if time.monotonic() > deadline:
            raise BenchError(f"{what} did not come out of Redis within {_WAIT_S:.0f} s")
        time.sleep(0.01)


@contextmanager
def _publisher(folder: Path, url: str) -> Iterator[Channel]:
    """A publisher's process under a supervisor's child; yields the judge's channel to it."""
    site = parse_site(_SITE, name="bench", environ={})
    start = StartPublisher(
        site=site.model_dump_json(context={"reveal": True}).encode(),
        state_dir=str(folder),
        redis_url=url,
        secrets=[],
        log_level="error",
    )
    ours, theirs = Channel.pair()
    loop = asyncio.new_event_loop()
    leave = asyncio.Event()

    async def supervise() -> None:
        judge = Channel(theirs)

        def nothing(*_: object) -> None:
            pass

        publisher = Child(
            ChildSpec("publisher", "pipeline.publisher", lambda: start),
            on_message=nothing,
            on_heartbeat=nothing,
            on_drop=nothing,
            on_exit=nothing,
        )

        def route() -> None:
            with contextlib.suppress(BlockingIOError):
                for message in judge.take() or ():
                    if isinstance(message, Outboxed):
                        publisher.send(message)

        task = asyncio.create_task(publisher.keep_running())
        loop.add_reader(theirs.fileno(), route)
        await leave.wait()
        loop.remove_reader(theirs.fileno())
        await publisher.stop(timeout_s=10.0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    thread = threading.Thread(target=lambda: loop.run_until_complete(supervise()), daemon=True)
    thread.start()
    channel = Channel(ours)
    try:
        yield channel
    finally:
        loop.call_soon_threadsafe(leave.set)
        thread.join()
        loop.close()
        channel.close()
        theirs.close()


@contextmanager
def _reading(url: str, seen: dict[str, float]) -> Iterator[None]:
    """Note when each alert can be read back."""
    stop = threading.Event()

    def read() -> None:
        client: Any = open_client(url)
        last = "0"
        while not stop.is_set():
            for _, entries in client.xread({_STREAM: last}, block=200) or ():
                now = time.monotonic()
                for entry, fields in entries:
                    last = entry
                    seen[fields[b"id"].decode()] = now
        client.close()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _plain(client: Any, alerts: list[Alert]) -> tuple[float, ...]:
    took = []
    for alert in alerts:
        fields = {"id": alert.id, "alert": encode_alert(alert)}
        before = time.monotonic()
        client.xadd("bench:plain", fields)
        took.append(1e3 * (time.monotonic() - before))
    return tuple(took)


def _benchmark(url: str, size: int, count: int) -> dict[str, float] | None:
    """Milliseconds by percentile of ``redis-benchmark`` with one client."""
    program = shutil.which("redis-benchmark")
    if program is None:
        return None
    command = [program, "-s", url.removeprefix("unix://"), "-c", "1", "-n", str(count), "--csv"]
    command += ["XADD", "bench:limit", "*", "alert", "x" * size]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    rows = list(csv.reader(line for line in done.stdout.splitlines() if line.startswith('"')))
    if done.returncode or len(rows) != 2:
        raise BenchError(f"redis-benchmark failed: {done.stderr[-500:] or done.stdout[-500:]}")
    told = dict(zip(rows[0], rows[1], strict=True))
    names = {"p50": "p50_latency_ms", "p95": "p95_latency_ms", "p99": "p99_latency_ms"}
    return {name: float(told[key]) for name, key in names.items() if key in told}
