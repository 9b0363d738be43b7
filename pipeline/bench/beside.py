"""What stands beside the line in one run: the loop people write, and the machine's limit."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.bench import decode
from pipeline.bench.crowd import cameras
from pipeline.bench.errors import BenchError
from pipeline.bench.running import RULES
from pipeline.bench.scenario import Scenario
from sinks.embedded_redis import EmbeddedRedis

#: How often sound is listened to, as the line does.
_HOP_S = 1.0
_START_S = 300.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the loop that people write did."""

    cameras: int
    seconds: float
    pictures: int
    windows: int
    cpu_s: float
    #: Pictures, or windows if those are further behind, over those that were wanted.
    real_time: float

    @property
    def cameras_per_core(self) -> float:
        """Stream-seconds over CPU seconds."""
        return min(1.0, self.real_time) * self.cameras * self.seconds / self.cpu_s


def baseline(
    scenario: Scenario, count: int, seconds: float, film: Path | None = None, *, grab: bool = False
) -> Baseline:
    """Run `pipeline.bench.baseline` on so many cameras, in a process of its own.

    Args:
        scenario: what they show, and how often it is looked at.
        count: cameras.
        seconds: how long it is measured.
        film: what they show instead.
        grab: whether pictures between samples are left unconverted.

    Raises:
        BenchError: it did not come up, or broke off.
    """
    with (
        tempfile.TemporaryDirectory(prefix="hearsight-bench-") as folder,
        cameras(scenario.films(count, film)) as served,
    ):
        server = EmbeddedRedis(Path(folder) / "redis")
        server.start()
        try:
            told = _run(scenario, served.urls, seconds, server.url, grab=grab)
        finally:
            server.stop()
    wanted = count * told["seconds"]
    shares = (told["pictures"] * scenario.every_s / wanted, told["windows"] * _HOP_S / wanted)
    return Baseline(
        count,
        told["seconds"],
        told["pictures"],
        told["windows"],
        told["cpu_s"],
        min(shares),
    )


def baselines(
    scenario: Scenario, count: int, seconds: float, film: Path | None, *, grab: bool = False
) -> list[Baseline]:
    """The loop on moving cameras, and where some are still on still ones: few of either hold it.

    Raises:
        BenchError: it did not come up, or broke off.
    """
    if film is not None:
        return [baseline(scenario, count, seconds, film, grab=grab)]
    kinds = [replace(scenario, moving=1.0)] if scenario.moving else []
    if scenario.moving < 1:
        kinds.append(replace(scenario, moving=0.0))
    return [baseline(kind, count, seconds, grab=grab) for kind in kinds]


def mixed(scenario: Scenario, ran: Sequence[Baseline]) -> float:
    """Cameras a core of `baselines`, in the scenario's mix of moving and still ones."""
    if len(ran) == 1:
        return ran[0].cameras_per_core
    moving, still = ran
    part = scenario.moving
    return 1 / (part / moving.cameras_per_core + (1 - part) / still.cameras_per_core)


def _run(
    scenario: Scenario, urls: tuple[str, ...], seconds: float, redis: str, *, grab: bool
) -> dict[str, Any]:
    see = [text for rule in RULES.values() for text in rule.get("see", ())]
    hear = [text for rule in RULES.values() for text in rule.get("hear", ())]
    command = [sys.executable, "-m", "pipeline.bench.baseline", *urls]
    command += ["--seconds", str(seconds), "--every", str(scenario.every_s)]
    command += ["--hop", str(_HOP_S), "--redis-url", redis, *(["--grab"] if grab else [])]
    command += ["--see", json.dumps(see), "--hear", json.dumps(hear)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_START_S + seconds, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or len(lines) < 2:
        raise BenchError(f"the baseline loop broke off:\n{done.stderr[-2000:]}")
    told: dict[str, Any] = json.loads(lines[-1])
    if told["errors"]:
        raise BenchError(f"the baseline loop lost a camera: {told['errors'][0]}")
    return told


@dataclass(frozen=True, slots=True)
class Limit:
    """What the parts cost alone, in CPU seconds for a second of stream."""

    demux: float
    decode: float
    sound: float
    encode: float

    @property
    def cameras_per_core(self) -> float:
        """Cameras a core if nothing but this had to be done."""
        return 1 / (self.demux + self.decode + self.sound + self.encode)


def limit(scenario: Scenario, film: Path | None = None) -> Limit:
    """Measure the parts that no program can leave out, each in a loop of its own.

    Demultiplexing; decoding of keyframes where those are sampled, else of each group of pictures
    up to its last sample (a second after its keyframe); of sound;
    and both models on ready tensors at their best batch, for each sample that is wanted of a scene
    that moves.
    """
    keys = scenario.every_s >= 2.0
    demux = decoded = sound = 0.0
    for path, share in scenario.costs(film):
        demux += share * decode.measure(path, "demux", 0.5).cpu_per_s
        sound += share * decode.measure(path, "sound", 1.0).cpu_per_s
        way = "keyframes" if keys else "each_second"
        decoded += share * decode.measure(path, way).cpu_per_s
    moving = 1.0 if film is not None else scenario.moving
    with get_context("spawn").Pool(1) as pool:
        picture, window = pool.apply(_encode_costs)
    encode = moving * (picture / scenario.every_s + window / _HOP_S)
    return Limit(demux, decoded * (moving if keys else 1.0), sound, encode)


def _encode_costs() -> tuple[float, float]:
    """CPU seconds of a picture and of a window of sound at the best batch, embedded pair."""
    from pipeline.encoders import open_sight, open_sound

    sight = open_sight(threads=1)
    sound = open_sound(threads=1)
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (32, *sight.image_size, 3), np.uint8)
    samples = rng.uniform(-0.1, 0.1, (16, round(sound.window_s * 48_000))).astype(np.float32)
    costs = []
    for encode, items in ((sight.encode_images, pixels), (sound.encode_sounds, samples)):
        best = float("inf")
        for size in (1, 4, 8, 16, 32):
            part: Any = items[:size]
            encode(part)
            before, rounds = time.process_time(), 0
            while time.process_time() - before < 0.7:
                encode(part)
                rounds += 1
            best = min(best, (time.process_time() - before) / (rounds * len(part)))
        costs.append(best)
    return costs[0], costs[1]
