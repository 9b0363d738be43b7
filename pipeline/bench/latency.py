"""From a frame's arrival to the alert read back from Redis, while the machine is busy.

Some cameras play generated scenes in which things happen; others only make work, as many as bring
the line to the wanted load. The line's own cost for such a camera is measured first.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml
from platformdirs import user_cache_path

from pipeline.bench.crowd import cameras
from pipeline.bench.films import VERSION
from pipeline.bench.line import Load, Measured, all_scored
from pipeline.bench.line import measure as measure_line
from pipeline.bench.running import Plan, alike, running
from pipeline.bench.scenario import Scenario
from pipeline.bench.usage import cpu_between, usage
from pipeline.config import Window
from pipeline.config.packaged import packaged_config
from pipeline.records import AlertType
from pipeline.scene.compose import compose
from pipeline.scene.render import render
from pipeline.simulate.crowd import Played
from sinks.reader import AlertReader, Received
from sinks.tail import follow

#: Cameras at which things happen; each tells three times in a round of its film.
_EVENTFUL = 4
_FIRST_SEED = 60
_MOST_CAMERAS = 200


@dataclass(frozen=True, slots=True)
class Latency:
    """What came of one run. Latencies in seconds."""

    #: Of each new alert: from the arrival of the newest sample of the window behind it.
    from_arrival_s: tuple[float, ...]
    #: Length of a rule's window.
    window_s: float
    cameras: int
    #: CPU time of our processes, and of all, over that of the machine's cores.
    own_load: float
    machine_load: float
    drops: float
    seconds: float


def story(seed: int) -> Path:
    """The film of a generated scene, with sound; made where it is not there yet."""
    path = user_cache_path("hearsight") / "bench" / f"films-{VERSION}" / f"story-{seed}.mp4"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{os.getpid()}-{path.name}")
        try:
            render(compose(seed), temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    return path


def cameras_for(load: float, measured: Measured, cores: int) -> int:
    """How many such cameras bring ``cores`` to a load, what the simulators take included."""
    each = sum(measured.cpu_s.values()) + measured.simulators_cpu_s + measured.redis_cpu_s
    each /= measured.seconds * measured.cameras
    return max(1, min(_MOST_CAMERAS, round(load * cores / each)))


def measure(
    scenario: Scenario,
    *,
    load: float = 0.8,
    seconds: float = 180.0,
    count: int | None = None,
    models: str = "embedded",
    say: Callable[[str], None] = lambda _text: None,
) -> Latency:
    """Run a busy line for so long, and time its alerts.

    Args:
        scenario: what the cameras that only make work are like.
        load: of all cores, in (0, 1].
        seconds: how long alerts are taken.
        count: cameras that only make work; None: as many as bring the machine to ``load``.
        models: as for the line.
        say: told how far it is.

    Raises:
        BenchError: a line did not come up, or ended.
    """
    cores = len(os.sched_getaffinity(0))
    if count is None:
        say("what one camera costs")
        cost = measure_line(scenario, Load(4 * cores, 20.0, models=models), say=say)
        # Those at which things happen cost about as much as two.
        count = max(1, cameras_for(load, cost, cores) - 2)
    demo: dict[str, Any] = yaml.safe_load(packaged_config("demo.yaml").read_text())
    say("the films in which things happen")
    films = [Played(1, (story(_FIRST_SEED + n),)) for n in range(_EVENTFUL)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hearsight-bench-")))
        busy = stack.enter_context(cameras(scenario.films(count)))
        eventful = stack.enter_context(cameras(films))
        makers = alike(busy.urls, scenario.camera())
        watched = {
            f"event-{n}": {"url": url, "audio": "score"} for n, url in enumerate(eventful.urls)
        }
        plan = Plan(
            makers | watched,
            models,
            rules=demo["rules"],
            more={"sampling": {"adaptive": False}},
        )
        cache = user_cache_path("hearsight") / "bench" / "models"
        line = stack.enter_context(running(plan, folder, cache=cache))
        url = line.wait(line.redis_url, "Redis")
        say(f"{count} cameras beside {_EVENTFUL} at which things happen")
        keys = [(name, sense) for name in plan.cameras for sense in ("video", "audio")]
        line.wait(lambda: all_scored(line.metrics(), keys), "scores of all cameras", 300.0)
        seen = stack.enter_context(_alerts(url))
        used, told, began = usage(line.process), line.metrics(), time.monotonic()
        psutil.cpu_percent()
        line.sleep(seconds)
        machine = psutil.cpu_percent() / 100
        after, now, took = usage(line.process), line.metrics(), time.monotonic() - began
        drops = now.sum("hearsight_dropped_total") - told.sum("hearsight_dropped_total")
        own = sum(cpu_between(used, after).values())
    fresh = [item for item in seen if item.alert.type is AlertType.NEW]
    return Latency(
        tuple(item.received_at - item.alert.captured_at for item in fresh),
        Window().length,
        count + _EVENTFUL,
        own / (took * cores),
        machine,
        drops,
        took,
    )


@contextmanager
def _alerts(url: str) -> Iterator[list[Received]]:
    """Alerts as they come, with the time at which they were read back."""
    seen: list[Received] = []
    stop = threading.Event()
    reader = AlertReader(url, group="bench", consumer="bench", ephemeral=True)
    thread = threading.Thread(
        target=lambda: seen.extend(follow(reader, stop, block_s=0.5)), daemon=True
    )
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join(timeout=10.0)
