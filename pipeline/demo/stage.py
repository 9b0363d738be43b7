"""The demo's stage: films, the cameras that play them, and the line that watches."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

from pipeline.demo.report import Planned
from pipeline.scene.compose import compose
from pipeline.scene.render import render
from pipeline.scene.story import Story
from pipeline.simulate import HostedCamera
from sinks.embedded_redis import attach
from sinks.reader import AlertReader, Received
from sinks.redis_binary import EmbeddedRedisError
from sinks.redis_client import open_client
from sinks.tail import follow

_START_S = 120.0
_STOP_S = 30.0


class DemoFailed(RuntimeError):
    """The demo could not be played to its end; the text says why and where the log is."""


@dataclass(frozen=True, slots=True)
class Film:
    """A rendered story, and the camera that will play it."""

    camera: str
    seed: int
    story: Story
    path: Path

    def planned(self, started_ns: int) -> list[Planned]:
        """Its events in wall time, for a film that began at ``started_ns`` (monotonic)."""
        zero = time.time() - (time.monotonic_ns() - started_ns) / 1e9
        return [
            Planned(
                self.camera,
                event.name,
                tuple(str(m) for m in event.modalities),
                round(event.start_s, 2),
                zero + event.start_s,
                zero + event.end_s,
            )
            for event in self.story.events
        ]


def render_films(
    seeds: Sequence[int], seconds: float, folder: Path, on_progress: Callable[[float], None]
) -> list[Film]:
    """Compose and render one film for each seed; ``on_progress`` is told the part done, 0 to 1."""
    names = ["yard"] if len(seeds) == 1 else [f"yard-{n + 1}" for n in range(len(seeds))]
    films = [
        Film(name, seed, compose(seed, seconds), folder / f"{name}.mp4")
        for name, seed in zip(names, seeds, strict=True)
    ]
    if len(films) == 1:
        render(films[0].story, films[0].path, progress=on_progress)
        return films
    with ProcessPoolExecutor(min(len(films), os.cpu_count() or 1)) as pool:
        pending = [pool.submit(render, film.story, film.path) for film in films]
        for done, future in enumerate(pending):
            future.result()
            on_progress((done + 1) / len(pending))
    return films


def write_site(
    template: Path, films: Sequence[Film], urls: Mapping[str, str], folder: Path, port: int = 0
) -> Path:
    """Write the site file that the line gets: the template's camera once for each film.

    ``port`` is the console's.
    """
    site: dict[str, Any] = yaml.safe_load(template.read_text())
    (camera,) = site["cameras"].values()
    site["cameras"] = {film.camera: camera | {"url": urls[film.camera]} for film in films}
    site["data_dir"] = str(folder / "state")
    site["health"] = {"port": 0}
    site["console"] = {"port": port}
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(site, sort_keys=False, allow_unicode=True))
    path.chmod(0o600)
    return path


class Line:
    """``hearsight run`` in a process of its own: it is given the site file and nothing more."""

    def __init__(self, site: Path, log: Path) -> None:
        self.log = log
        self._site = site
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pipeline.cli", "run", str(self._site)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process id, while there is one."""
        return None if self._process is None else self._process.pid

    def check(self) -> None:
        """Raise DemoFailed if the line has ended."""
        if self._process is not None and self._process.poll() is not None:
            raise DemoFailed(
                f"the line ended with status {self._process.returncode}; its last words:\n"
                f"{self.last_words}\nThe whole log: {self.log}"
            )

    @property
    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])

    def stop(self) -> None:
        """Ask it to finish, and see that it does."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._process = None


def wait_for(
    line: Line, condition: Callable[[], Any], what: str, on_wait: Callable[[], None]
) -> Any:
    """Return what ``condition`` returns once it is true.

    Raises:
        DemoFailed: the line ended, or it took longer than two minutes.
    """
    deadline = time.monotonic() + _START_S
    while not (value := condition()):
        line.check()
        on_wait()
        if time.monotonic() > deadline:
            raise DemoFailed(f"{what} took longer than {_START_S:.0f} s; see {line.log}")
        time.sleep(0.1)
    return value


def redis_url(state: Path) -> str | None:
    """The address of the line's own Redis, once it is there."""
    try:
        return attach(state / "redis")
    except EmbeddedRedisError:
        return None


def started(cameras: HostedCamera, films: Sequence[Film]) -> dict[str, int] | None:
    """When each film began, once all have."""
    times = {film.camera: cameras.started_ns(film.camera) for film in films}
    known = {camera: at for camera, at in times.items() if at is not None}
    return known if len(known) == len(films) else None


@contextlib.contextmanager
def listening(url: str) -> Iterator[list[Received]]:
    """Read the stream of alerts in a thread; the list grows as alerts come."""
    seen: list[Received] = []
    stop = threading.Event()
    reader = AlertReader(url, group="tail-demo", consumer="demo", start="0", ephemeral=True)

    def read() -> None:
        # Grows alert by alert: `follow` yields each as it comes.
        seen.extend(follow(reader, stop, block_s=0.5))

    thread = threading.Thread(target=read, name="demo-reader", daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join(timeout=10.0)


def throughput(url: str) -> float:
    """Stream seconds scored per second of wall time, summed over cameras."""
    client = open_client(url)
    try:
        entries: Any = client.xrange("hearsight:scores")
    finally:
        client.close()
    lines = [json.loads(fields[b"scores"]) for _, fields in entries]
    if not lines:
        return 0.0
    spans: dict[str, list[int]] = {}
    for line in lines:
        spans.setdefault(line["camera"], []).append(line["end_ns"])
    scored = sum(max(ends) - min(ends) for ends in spans.values()) / 1e9
    wall = max(line["at"] for line in lines) - min(line["at"] for line in lines)
    return scored / wall if wall > 0 else 0.0
