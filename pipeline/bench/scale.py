"""From a few cameras to many: what does each cost, and what memory does an idle one take?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.bench.films import CAMERA, Kind, film
from pipeline.bench.line import Load, Measured, measure
from pipeline.bench.scenario import IDLE, SCENARIOS, SILENT, Scenario
from pipeline.config import Media

#: Cameras that share the line's processes, from few to many.
COUNTS = (10, 50, 100, 200)
#: What may be scaled, by name.
SCALED = {one.name: one for one in (SCENARIOS["mostly-still"], IDLE, SILENT)}


def run(
    load: Load,
    counts: Sequence[int] = COUNTS,
    *,
    scenario: Scenario,
    say: Callable[[str], None] = lambda _text: None,
) -> list[Measured]:
    """Measure the line with so many cameras each time.

    The ring is full before anything is measured, so that memory is that of a camera at work.

    Raises:
        BenchError: a line did not come up, or ended.
    """
    filled = max(load.warm_up_s, Media().ring + 5.0)
    # All at once their simulators would drop them while their gates learn.
    load = replace(load, warm_up_s=filled, wave=load.per_worker)
    return [measure(scenario, replace(load, cameras=count), say=say) for count in counts]


def cost_ratio(runs: Sequence[Measured]) -> float:
    """CPU time of a stream-second with the most cameras, over that with the fewest."""
    few, many = min(runs, key=_count), max(runs, key=_count)
    return few.cameras_per_core / many.cameras_per_core


def fixed_cost(runs: Sequence[Measured]) -> tuple[float, float]:
    """CPU seconds a second of the site itself, and of each camera, by least squares."""
    counts = [run.stream_s / run.seconds for run in runs]
    used = [sum(run.cpu_s.values()) / run.seconds for run in runs]
    each, fixed = np.polyfit(counts, used, 1)
    return float(fixed), float(each)


def memory_per_camera(runs: Sequence[Measured]) -> float:
    """Bytes (PSS) that one more camera takes, of all processes together, by least squares."""
    counts = [run.cameras for run in runs]
    held = [
        sum(use.pss for role, use in run.usage.items() if not role.startswith("redis"))
        for run in runs
    ]
    return float(np.polyfit(counts, held, 1)[0])


def ring_bytes(kind: Kind = Kind.STILL, own: Path | None = None) -> float:
    """Bytes of encoded picture that a camera of a film keeps in its ring of packets."""
    import av

    path = own or film(kind)
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        size = sum(packet.size for packet in container.demux(video))
        length = (container.duration or CAMERA.seconds * 1_000_000) / 1e6
    return float(size / length * Media().ring)


def _count(run: Measured) -> int:
    return run.cameras
