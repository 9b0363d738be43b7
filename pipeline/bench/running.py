"""A site under load: its file, the running line, and what its metrics say."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml

from pipeline.bench.errors import BenchError
from pipeline.demo.console import free_port
from pipeline.demo.stage import DemoFailed, Line, redis_url

#: A full-size model that never saw this machine embeds its ordinary scenes first.
_START_S = 900.0
_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

RULES: dict[str, Any] = {
    "fire": {
        "see": ["a fire with flames and smoke", "something is on fire"],
        "hear": ["a fire alarm is ringing", "a smoke alarm is beeping"],
        "severity": "critical",
        "false_alarms": "1 per week",
    },
    "fight": {"see": ["people fighting", "a person being kicked"], "false_alarms": "1 per week"},
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A site to be run. ``cameras`` holds the options of each, its address among them."""

    cameras: Mapping[str, Mapping[str, Any]]
    models: str = "embedded"
    per_worker: int = 16
    rules: Mapping[str, Any] = field(default_factory=lambda: RULES)
    #: Further keys of the site file.
    more: Mapping[str, Any] = field(default_factory=dict)

    def write(self, folder: Path, port: int) -> Path:
        """Write the site file; ``port`` is that of its metrics."""
        site: dict[str, Any] = {
            "site": "bench",
            "data_dir": str(folder / "state"),
            "health": {"port": port},
            "cameras_per_worker": self.per_worker,
            "log_level": "warning",
            "models": models_of(self.models),
            "cameras": {name: dict(options) for name, options in self.cameras.items()},
            "rules": dict(self.rules),
            **self.more,
        }
        path = folder / "site.yaml"
        path.write_text(yaml.safe_dump(site, sort_keys=False))
        path.chmod(0o600)
        return path

    def first(self, count: int) -> Plan:
        """The same site with the first so many cameras."""
        return replace(self, cameras=dict(islice(self.cameras.items(), count)))


def alike(urls: Sequence[str], options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Cameras ``camera-1`` and so on, all with the same options."""
    return {f"camera-{number + 1}": {"url": url, **options} for number, url in enumerate(urls)}


def models_of(text: str) -> dict[str, Any]:
    """The ``models:`` of a site: of ``embedded``, or of the site file that is named.

    Raises:
        BenchError: there is no such file, or it has no ``models:``.
    """
    if text == "embedded":
        return {"sight": "embedded", "sound": "embedded"}
    path = Path(text)
    if not path.is_file():
        raise BenchError(f"--models {text}: write embedded, or the path of a site file")
    made = yaml.safe_load(path.read_text())
    if not isinstance(made, dict) or not isinstance(made.get("models"), dict):
        raise BenchError(f"--models {text}: that file has no models:")
    return dict(made["models"])


class Running:
    """A line at work."""

    def __init__(self, line: Line, process: psutil.Process, port: int, folder: Path) -> None:
        self.process = process
        self._line = line
        self._port = port
        self._folder = folder
        self._address = f"http://127.0.0.1:{port}/metrics"
        self._state = folder / "state"

    def follow(self, plan: Plan) -> None:
        """Have the line go on with another plan."""
        plan.write(self._folder, self._port)
        self.process.send_signal(signal.SIGHUP)

    def metrics(self) -> Metrics:
        """What the site counts now; empty while its address does not answer."""
        try:
            return Metrics(httpx.get(self._address, timeout=10.0).text)
        except httpx.TransportError:
            return Metrics("")

    def redis_url(self) -> str | None:
        """The address of the line's own Redis, once it is there."""
        return redis_url(self._state)

    def check(self) -> None:
        """Raise BenchError if the line has ended."""
        try:
            self._line.check()
        except DemoFailed as error:
            raise BenchError(str(error)) from error

    def sleep(self, seconds: float) -> None:
        """Wait, and raise BenchError as soon as the line has ended."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.check()
            time.sleep(min(1.0, left))

    def wait(self, condition: Callable[[], Any], what: str, timeout_s: float = _START_S) -> Any:
        """Return what ``condition`` returns once it is true; raise BenchError if that is never."""
        deadline = time.monotonic() + timeout_s
        while not (value := condition()):
            self.check()
            if time.monotonic() > deadline:
                # The log lies in a folder that goes with the line.
                raise BenchError(
                    f"{what} took longer than {timeout_s:.0f} s; the line's last words:\n"
                    f"{self._line.last_words}"
                )
            time.sleep(0.25)
        return value


@contextmanager
def running(plan: Plan, folder: Path, *, cache: Path | None = None) -> Iterator[Running]:
    """``hearsight run`` in a process of its own, until the block ends.

    Args:
        plan: the site.
        folder: for its file, state and log.
        cache: where texts and compiled models are kept between runs.
    """
    port = free_port()
    path = plan.write(folder, port)
    state = folder / "state"
    if cache is not None and cache.is_dir():
        state.mkdir(mode=0o700, exist_ok=True)
        shutil.copytree(cache, state / "cache", dirs_exist_ok=True)
    with Line(path, folder / "line.log") as line:
        assert line.pid is not None
        yield Running(line, psutil.Process(line.pid), port, folder)
    if cache is not None and (state / "cache").is_dir():
        with contextlib.suppress(shutil.Error):
            shutil.copytree(state / "cache", cache, dirs_exist_ok=True)


class Metrics:
    """Samples in the text format of Prometheus."""

    def __init__(self, text: str) -> None:
        self._samples = [
            (name, dict(_LABEL.findall(labels)), float(value))
            for name, labels, value in _SAMPLE.findall(text)
        ]

    def sum(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that carry ``labels``."""
        return sum(
            value
            for found, given, value in self._samples
            if found == name and labels.items() <= given.items()
        )

    def largest(self, name: str) -> dict[str, float]:
        """The largest sample by the value of the first label."""
        most: dict[str, float] = {}
        for found, given, value in self._samples:
            if found == name:
                key = next(iter(given.values()), "")
                most[key] = max(most.get(key, value), value)
        return most

    def by_labels(self, name: str, *keys: str) -> dict[tuple[str, ...], float]:
        """Sums by the values of some labels."""
        sums: dict[tuple[str, ...], float] = {}
        for found, given, value in self._samples:
            if found == name:
                key = tuple(given.get(label, "") for label in keys)
                sums[key] = sums.get(key, 0.0) + value
        return sums
