"""The whole way, from RTSP cameras to Redis: stream-seconds over CPU-seconds of our processes."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from pipeline.bench.crowd import cameras
from pipeline.bench.films import CAMERA
from pipeline.bench.running import RULES, Metrics, Plan, Running, alike, running
from pipeline.bench.scenario import Scenario
from pipeline.bench.usage import Usage, cpu_between, usage

#: A camera holds real time when so much of it was scored.
REAL_TIME = 0.97
_SECONDS = "hearsight_stream_seconds_total"
_FRAMES = "hearsight_frames_total"
#: Each modality of each camera was scored for so long before anything is measured, seconds.
_SCORED_S = 4.0
#: So many of the still cameras' gates are trusted before anything is measured, or so long has gone.
_TRUSTED, _TRUST_S = 0.9, 240.0
#: What moved last in the warm-up is over, and its camera sleeps, so long after the film's end.
_CALM_S = 8.0


@dataclass(frozen=True, slots=True)
class Load:
    """How a line is measured."""

    cameras: int
    #: At least: a scenario with still cameras is measured for whole cycles of what they show.
    seconds: float = 60.0
    warm_up_s: float = 30.0
    models: str = "embedded"
    per_worker: int = 16
    #: Cameras that are connected at a time, the next once the gates of those before are trusted
    #: and their warm-up is over, in which something passes ever so often; None: all at once.
    wave: int | None = None
    #: The user's own clip in place of the films.
    film: Path | None = None
    rules: dict[str, Any] = field(default_factory=lambda: RULES)

    def steps(self) -> list[int]:
        """How many cameras are connected, one step after the other, up to all."""
        wave = self.wave or self.cameras
        return [*range(wave, self.cameras, wave), self.cameras]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a running line did in ``seconds`` of wall time."""

    scenario: str
    #: Seconds between the pictures of a camera that are looked at.
    every_s: float
    cameras: int
    seconds: float
    #: Stream-seconds of each camera and modality over wall time; 1 is real time.
    real_time: dict[str, float]
    #: CPU seconds by role; Redis and the simulators apart.
    cpu_s: dict[str, float]
    redis_cpu_s: float
    simulators_cpu_s: float
    usage: dict[str, Usage]
    #: By stage and reason.
    drops: dict[str, float]
    lag_s: dict[str, float]
    #: Pictures over wall time and cameras, by step.
    frames_per_s: dict[str, float]
    #: Cameras whose gate is trusted, is blind, and sleeps, as the measuring ends.
    gates: dict[str, float]
    restarts: float
    reconnects: float
    start_to_first_embedding_s: float

    @property
    def shares(self) -> dict[str, float]:
        """The mean share of real time of each sense, over cameras."""
        found: dict[str, list[float]] = {}
        for key, share in self.real_time.items():
            found.setdefault(key.partition("/")[2], []).append(share)
        return {sense: sum(some) / len(some) for sense, some in found.items()}

    @property
    def stream_s(self) -> float:
        """Stream-seconds: those of the sense that is further behind, no more than real time."""
        return min(1.0, *self.shares.values()) * self.seconds * self.cameras

    @property
    def cameras_per_core(self) -> float:
        """Stream-seconds over CPU seconds of all our processes."""
        return self.stream_s / sum(self.cpu_s.values())

    @property
    def least(self) -> float:
        """The share of real time of the camera that is furthest behind."""
        return min(self.real_time.values(), default=0.0)

    @property
    def holds(self) -> bool:
        """Whether every camera was scored in real time and nothing was dropped.

        Samples are counted whole: at either end one may lie just outside what was measured.
        """
        slack = 1.5 * max(1.0, self.every_s) / self.seconds
        alive = not self.drops and not self.restarts and not self.reconnects
        return alive and min(self.shares.values()) >= REAL_TIME and self.least >= REAL_TIME - slack

    def to_json(self) -> dict[str, Any]:
        """As plain values, real time as its smallest and its mean."""
        told = asdict(self)
        told["real_time"] = {"least": self.least, **self.shares}
        told["cpu_ms_per_stream_s"] = {
            role: round(1e3 * used / self.stream_s, 3) for role, used in self.cpu_s.items()
        }
        told["cameras_per_core"] = self.cameras_per_core
        told["holds_real_time"] = self.holds
        return told


def measure(
    scenario: Scenario, load: Load, *, say: Callable[[str], None] = lambda _text: None
) -> Measured:
    """Run a line under a scenario and measure it.

    Raises:
        BenchError: the line or the cameras did not come up, or ended.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hearsight-bench-")))
        films = scenario.films(load.cameras, load.film)
        served = stack.enter_context(cameras(films, load.wave))
        plan = Plan(
            alike(served.urls, scenario.camera()),
            load.models,
            load.per_worker,
            rules=load.rules,
            # The work is what is measured: a machine that is too slow for it shows drops.
            more={"sampling": {"adaptive": False}},
        )
        cache = user_cache_path("hearsight") / "bench" / "models"
        parts = [plan.first(count) for count in load.steps()]
        line = stack.enter_context(running(parts[0], folder, cache=cache))
        first = _wait_for_scores(line, parts[0], scenario, say)
        for before, part in pairwise(parts):
            _wait_for_trust(line, before, scenario, load, say)
            served.go(len(before.cameras))
            line.follow(part)
            _wait_for_scores(line, part, scenario, say)
        line.sleep(load.warm_up_s)
        _wait_for_trust(line, plan, scenario, load, say)
        served.go(load.cameras)
        seconds = load.seconds
        if _still(plan, scenario, load):
            # Every camera plays what is measured once the film it is in has ended.
            line.sleep(CAMERA.seconds + _CALM_S)
            # Of a part of a cycle more or fewer of the cameras would see something pass.
            seconds = math.ceil(seconds / scenario.cycle_s) * scenario.cycle_s
        say(f"{scenario.name}: measuring for {seconds:.0f} s")
        used, told, at = usage(line.process), line.metrics(), time.monotonic()
        simulated = served.cpu_s()
        line.sleep(seconds)
        after, now = usage(line.process), line.metrics()
        took = time.monotonic() - at
        cpu = cpu_between(used, after)
        return Measured(
            scenario=scenario.name,
            every_s=scenario.every_s,
            cameras=load.cameras,
            seconds=took,
            real_time=_shares(told, now, _keys(plan, scenario), took),
            redis_cpu_s=sum(cpu.pop(role) for role in list(cpu) if role.startswith("redis")),
            cpu_s=cpu,
            simulators_cpu_s=served.cpu_s() - simulated,
            usage=after,
            drops=_drops(told, now),
            lag_s=now.largest("hearsight_lag_seconds"),
            frames_per_s={
                step: (now.sum(_FRAMES, step=step) - told.sum(_FRAMES, step=step))
                / (took * load.cameras)
                for step in ("decoded", "sampled")
            },
            gates=_gates(now),
            restarts=_more(told, now, "hearsight_process_restarts_total"),
            reconnects=_more(told, now, "hearsight_stream_reconnects_total"),
            start_to_first_embedding_s=first,
        )


def _wait_for_scores(
    line: Running, plan: Plan, scenario: Scenario, say: Callable[[str], None]
) -> float:
    """Wait until all cameras of a plan are scored; return when the first embedding was made."""
    say(f"{scenario.name}: {len(plan.cameras)} cameras, waiting until all are scored")
    first: float = line.wait(
        lambda: line.metrics().sum("hearsight_start_seconds", until="embedding"),
        "the first embedding",
    )
    keys = _keys(plan, scenario)
    line.wait(lambda: all_scored(line.metrics(), keys), "scores of all cameras", 300.0)
    return first


def _wait_for_trust(
    line: Running, plan: Plan, scenario: Scenario, load: Load, say: Callable[[str], None]
) -> None:
    """Wait until most gates know that sizes tell movement; go on without after some minutes."""
    still = _still(plan, scenario, load)
    if not still or scenario.decode != "auto":
        return
    say(f"{scenario.name}: waiting until gates are trusted")
    deadline = time.monotonic() + _TRUST_S
    while time.monotonic() < deadline and _gates(line.metrics())["trusted"] < _TRUSTED * still:
        line.sleep(1.0)


def _keys(plan: Plan, scenario: Scenario) -> list[tuple[str, str]]:
    return [(name, sense) for name in plan.cameras for sense in scenario.senses]


def _still(plan: Plan, scenario: Scenario, load: Load) -> int:
    """How many of a plan's cameras show a still scene: those that move come first."""
    moving, _ = scenario.split(load.cameras)
    return max(0, len(plan.cameras) - moving) if load.film is None else 0


def _gates(metrics: Metrics) -> dict[str, float]:
    """Cameras whose gate is trusted, is blind, and sleeps."""
    trust = metrics.by_labels("hearsight_gate_trust", "camera")
    return {
        "trusted": float(sum(value > 0 for value in trust.values())),
        "blind": float(sum(value < 0 for value in trust.values())),
        "asleep": metrics.sum("hearsight_gate_asleep"),
    }


def all_scored(metrics: Metrics, keys: list[tuple[str, str]]) -> bool:
    """Whether each sense of each camera was scored for some seconds."""
    scored = metrics.by_labels(_SECONDS, "camera", "modality")
    return all(scored.get(key, 0.0) >= _SCORED_S for key in keys)


def _shares(
    before: Metrics, after: Metrics, keys: list[tuple[str, str]], took: float
) -> dict[str, float]:
    old, new = (m.by_labels(_SECONDS, "camera", "modality") for m in (before, after))
    return {"/".join(key): (new.get(key, 0.0) - old.get(key, 0.0)) / took for key in keys}


def _drops(before: Metrics, after: Metrics) -> dict[str, float]:
    name, keys = "hearsight_dropped_total", ("stage", "reason")
    old, new = before.by_labels(name, *keys), after.by_labels(name, *keys)
    grown = {"/".join(key): value - old.get(key, 0.0) for key, value in new.items()}
    return {key: value for key, value in grown.items() if value}


def _more(before: Metrics, after: Metrics, name: str) -> float:
    return after.sum(name) - before.sum(name)
