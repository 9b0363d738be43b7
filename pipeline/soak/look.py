"""Looking at a running site from outside: its processes, its metrics, its outbox and its stream."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import redis

from pipeline.bench.running import Metrics
from pipeline.records import AlertType
from pipeline.soak.errors import SoakError
from pipeline.soak.samples import Arrived, Owed, Process, Sample
from sinks.alert_json import MalformedAlert
from sinks.reader import parse_entry
from sinks.redis_client import GONE, open_client
from sinks.redis_streams import alerts_key

_PAGE = 500


def processes(root: psutil.Process) -> list[Process]:
    """The site's processes, each named as its log names it.

    Raises:
        SoakError: they may not be looked at.
    """
    found: list[Process] = []
    for process in [root, *root.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess), process.oneshot():
            name = "supervisor" if process == root else _name(process)
            try:
                memory = _memory(process.pid)
                found.append(
                    Process(
                        name,
                        process.pid,
                        memory["Rss"],
                        memory["Pss"],
                        memory["Pss_Anon"] + memory["Pss_Shmem"],
                        process.num_fds(),
                        process.num_threads(),
                        sum(process.cpu_times()[:2]),
                    )
                )
            except (psutil.AccessDenied, PermissionError) as error:
                raise SoakError(
                    f"the memory of {name} cannot be read: run the soak as the site's user"
                ) from error
    return found


def _memory(pid: int) -> dict[str, int]:
    """What the kernel says of a process's pages, in bytes (Linux 5.4, proc_pid_smaps(5))."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except (FileNotFoundError, ProcessLookupError) as error:
        raise psutil.NoSuchProcess(pid) from error
    if not lines:
        raise psutil.NoSuchProcess(pid)
    parts = (line.split() for line in lines)
    return {name.rstrip(":"): 1024 * int(size) for name, size, _ in parts}


def _name(process: psutil.Process) -> str:
    command = process.cmdline()
    if "--name" in command[:-1]:
        return str(command[command.index("--name") + 1])
    name: str = process.name()
    return "redis" if name.startswith(("redis", "valkey")) else name


def named(root: psutil.Process, beginning: str) -> list[psutil.Process]:
    """The site's processes whose name begins so, in the order of their names."""
    found: list[tuple[str, psutil.Process]] = []
    for process in root.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if (name := _name(process)).startswith(beginning):
                found.append((name, process))
    return [process for _, process in sorted(found, key=lambda pair: pair[0])]


class Obligations:
    """What the outbox has accepted, read beside the processes that use it."""

    def __init__(self, outbox: Path) -> None:
        self._path = outbox
        self._seen = 0

    def new(self) -> list[Owed]:
        """What it accepted since the last call. Rows stay ten minutes after their delivery."""
        if not self._path.exists():
            return []
        # One that is busy for longer than this is looked at again with the next sample.
        db = sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True, timeout=2.0)
        try:
            rows = db.execute(
                "SELECT seq, id, revision, accepted_at FROM alerts WHERE seq > ? ORDER BY seq",
                (self._seen,),
            ).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            db.close()
        if rows:
            self._seen = rows[-1][0]
        return [Owed(row[1], row[2], row[3]) for row in rows]


class Stream:
    """The stream of alerts, read from its beginning without a group of readers."""

    def __init__(self, url: str, prefix: str = "hearsight") -> None:
        self._url = url
        self._key = alerts_key(prefix)
        self._last = "0"
        self.damaged = 0

    def new(self) -> list[Arrived]:
        """The entries since the last call; none while Redis is away."""
        before = self.damaged
        found: list[Arrived] = []
        last = self._last
        try:
            for entry, fields in self._entries(f"({last}" if last != "0" else "-"):
                last = entry
                try:
                    alert = parse_entry(fields)
                except MalformedAlert:
                    self.damaged += 1
                    continue
                at = int(entry.partition("-")[0]) / 1e3
                fresh = alert.type is AlertType.NEW or alert.canary
                latency = at - alert.captured_at if fresh else None
                found.append(Arrived(alert.id, alert.revision, at, latency, alert.canary))
        except (*GONE, redis.RedisError):
            # All of it is read again.
            self.damaged = before
            return []
        self._last = last
        return found

    def holds(self) -> set[tuple[str, int]]:
        """What stands in it now, by id and revision.

        Raises:
            SoakError: Redis is away.
        """
        try:
            fields = [fields for _, fields in self._entries("-")]
        except (*GONE, redis.RedisError) as error:
            raise SoakError("Redis does not answer at the end of the soak") from error
        return {(f[b"id"].decode(), int(f[b"revision"])) for f in fields if b"id" in f}

    def _entries(self, start: str) -> Iterator[tuple[str, dict[bytes, bytes]]]:
        client: Any = open_client(self._url, timeout_s=2.0)
        try:
            while page := client.xrange(self._key, start, "+", count=_PAGE):
                for entry, fields in page:
                    yield entry.decode(), fields
                start = f"({page[-1][0].decode()}"
        finally:
            client.close()
            client.connection_pool.disconnect()


def sample(
    at_s: float, root: psutil.Process, metrics: Metrics, owed: list[Owed], stream: Stream
) -> Sample:
    """The site at this moment.

    Raises:
        SoakError: its processes may not be looked at.
    """
    now = time.time()
    before = stream.damaged
    # What was accepted is read first: all of it is in the stream by then, or is not.
    arrived = stream.new()
    newest: dict[str, float] = {}
    told = metrics.by_labels("hearsight_last_frame_timestamp_seconds", "camera", "modality")
    for (camera, _), at in told.items():
        newest[camera] = max(newest.get(camera, 0.0), at)
    return Sample(
        at_s=round(at_s, 2),
        at=round(now, 2),
        processes=processes(root),
        frame_age_s={camera: round(now - at, 3) for camera, at in newest.items()},
        lag_s=metrics.largest("hearsight_lag_seconds"),
        reconnects=metrics.sum("hearsight_stream_reconnects_total"),
        restarts=metrics.sum("hearsight_process_restarts_total"),
        drops=metrics.sum("hearsight_dropped_total"),
        pending=metrics.sum("hearsight_outbox_pending"),
        owed=owed,
        arrived=arrived,
        damaged=stream.damaged - before,
    )
