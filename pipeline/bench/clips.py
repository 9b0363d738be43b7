"""Clips through the whole line as fast as it takes them: files, no Redis, no network."""

from __future__ import annotations

import math
import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.bench.films import Format, Kind, film
from pipeline.bench.running import Plan, models_of, running
from pipeline.bench.usage import cpu_between, usage

#: Cosmos-Embed1 on an H100: stream-seconds a second of 15 s clips, as published.
PUBLISHED = 428.0
CLIP = Format(seconds=16)
#: Pictures looked at, a second: a clip's eight keyframes, about what models of clips take.
SAMPLE_FPS = 0.5
_SECONDS = "hearsight_stream_seconds_total"


@dataclass(frozen=True, slots=True)
class Clips:
    """What came of playing a clip over and over at several cameras."""

    cameras: int
    seconds: float
    stream_s: float
    cpu_s: dict[str, float]

    @property
    def stream_s_per_s(self) -> float:
        """Stream-seconds scored, picture and sound, for each second of wall time."""
        return self.stream_s / self.seconds

    @property
    def stream_s_per_cpu_s(self) -> float:
        """The same for each CPU second of all our processes."""
        return self.stream_s / sum(self.cpu_s.values())


def measure(
    cameras: int,
    seconds: float,
    *,
    models: str = "embedded",
    decoder: str = "auto",
    camera: dict[str, Any] | None = None,
    own: Path | None = None,
) -> Clips:
    """Play a clip at ``cameras`` cameras at once, each as fast as it is taken.

    Args:
        cameras: those of a process share a core, as far as there are cores.
        seconds: of wall time that are measured.
        models: as for the line.
        decoder: of the site.
        camera: further options of each camera.
        own: a clip in place of the film.

    Raises:
        BenchError: the line did not come up, or ended.
    """
    clip = own or film(Kind.MOVING, CLIP)
    options = {"url": f"file:{clip}", "pace": "fast", "loop": True, "audio": "score"}
    options |= {"sample_fps": SAMPLE_FPS, **(camera or {})}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hearsight-bench-")))
        plan = Plan(
            {f"clip-{n + 1}": options for n in range(cameras)},
            # Each process that decodes on a card opens it, one after the other.
            per_worker=min(32, math.ceil(cameras / (os.cpu_count() or 1))),
            more={
                "decoder": decoder,
                "sinks": [],
                "archive": {"enabled": False},
                "sampling": {"adaptive": False},
                # Decoding binds: what a compiler gains is not seen, and it takes minutes.
                "models": models_of(models) | {"compile": "off"},
            },
        )
        line = stack.enter_context(running(plan, folder))
        line.wait(lambda: _least(line.metrics().sum, plan) > 10, "the first scores")
        line.sleep(3.0)
        before, used, began = line.metrics(), usage(line.process), time.monotonic()
        line.sleep(seconds)
        after, now = line.metrics(), usage(line.process)
        took = time.monotonic() - began
        # A second counts once picture and sound of it were scored.
        scored = min(
            after.sum(_SECONDS, modality=sense) - before.sum(_SECONDS, modality=sense)
            for sense in ("video", "audio")
        )
        return Clips(cameras, took, scored, cpu_between(used, now))


def _least(total: Any, plan: Plan) -> float:
    return min(
        float(total(_SECONDS, camera=camera, modality=sense))
        for camera in plan.cameras
        for sense in ("video", "audio")
    )
