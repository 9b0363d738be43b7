"""Ingest workers are killed and stopped: back within seconds, and the others never leave."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.messages import Stop
from pipeline.simulate.hosted import serve
from tests.chaos.site import Partly, partly
from tests.pipeline.simulate.clips import make_clip
from tests.pipeline.stage import Stage

Record = Callable[[str, object], None]
CAMERAS = ("yard", "gate", "hall", "shed")
SITE = """
site: test
data_dir: DATA
cameras:
CAMERAS
rules: {fire: {see: [a fire]}}
window: {lateness: 0}
archive: {enabled: false}
canary: 0
sinks: [{type: jsonl, path: DATA/alerts.jsonl}]
health: {port: 0}
"""
ENDS = ("SIGKILL", "SIGSEGV", "exit 0")


class Yard:
    """A site with a real worker for each of its cameras, which are real RTSP cameras."""

    def __init__(self, folder: Path, cameras: int, stack: ExitStack) -> None:
        film = make_clip(folder / "film.mp4", sound=None)
        names = CAMERAS[:cameras]
        camera = stack.enter_context(serve(dict.fromkeys(names, film)))
        lines = [
            f'  {name}: {{url: "{camera.url(name)}", gate: false, decode: all, sample_fps: 5}}'
            for name in names
        ]
        workers = {name: f"worker-{number}" for number, name in enumerate(names)}
        self.workers = workers
        self.stage: Stage
        self.site: Partly
        text = SITE.replace("CAMERAS", "\n".join(lines))
        self.stage, self.site = partly(folder, text, *workers.values())

    async def all_seen(self) -> None:
        for name in self.workers:
            await self.stage.until(lambda n=name: len(self.site.pictures[n]) > 5)  # type: ignore[misc]

    def end(self, camera: str, how: str) -> None:
        """End a camera's worker."""
        worker = self.workers[camera]
        if how == "exit 0":
            # What it is told ends it in good order, and nobody had asked for that.
            (child,) = (c for c in self.site._processes.all if c.spec.name == worker)
            child.send(Stop())
        else:
            os.kill(self.site.pids()[worker], getattr(signal, how))

    async def back(self, camera: str) -> float:
        """How long until a camera's next picture, by a process that is another one, seconds."""
        began, before = time.monotonic(), self.site.pids()[self.workers[camera]]
        await self.stage.until(
            lambda: self.site.pids().get(self.workers[camera]) not in (None, before)
        )
        replaced = time.monotonic()
        await self.stage.until(lambda: self.site.pictures[camera][-1] > replaced)
        return self.site.pictures[camera][-1] - began


def seconds(times: list[float]) -> str:
    return f"at most {max(times):.1f} s, half of the times {sorted(times)[len(times) // 2]:.1f} s"


@pytest.mark.promise("fault 14")
def test_however_a_worker_ends_its_camera_is_seen_again_and_the_other_never_left(
    stage_folder: Path, record_property: Record
) -> None:
    times = []
    with ExitStack() as stack:
        yard = Yard(stage_folder, 2, stack)

        async def scenes() -> None:
            await yard.all_seen()
            for how in ENDS:
                yard.end("yard", how)
                times.append(await yard.back("yard"))

        yard.stage.play(scenes)
    record_property("measured", f"{len(ENDS)} ends: pictures back after {seconds(times)}")
    assert yard.stage.restarts("worker-0") == len(ENDS)
    assert yard.stage.restarts("worker-1") is None
    assert {state for state, _ in yard.stage.states("gate")} <= {"connecting", "online"}


@pytest.mark.promise("fault 14")
@pytest.mark.long
def test_a_hundred_ends_and_each_time_back_within_five_seconds(
    stage_folder: Path, record_property: Record
) -> None:
    """Each worker lives for about eleven seconds; the others are watched all the while."""
    times: list[float] = []
    gaps: list[float] = []
    with ExitStack() as stack:
        yard = Yard(stage_folder, 4, stack)

        async def scenes() -> None:
            await yard.all_seen()
            due = time.monotonic()
            for number in range(100):
                due = max(due + 2.9, time.monotonic())
                await asyncio.sleep(due - time.monotonic())
                camera = CAMERAS[number % 4]
                began = time.monotonic()
                yard.end(camera, ENDS[number % 3])
                times.append(await yard.back(camera))
                now = time.monotonic()
                gaps.extend(
                    yard.site.longest_gap(other, began, now) for other in CAMERAS if other != camera
                )

        yard.stage.play(scenes)
    held = sum(gap < 1.0 for gap in gaps) / len(gaps)
    record_property(
        "measured",
        f"100 ends: pictures back after {seconds(times)}; "
        f"the others' longest gap {max(gaps):.1f} s",
    )
    assert sum(yard.stage.restarts(worker) or 0 for worker in yard.workers.values()) == 100
    assert max(times) < 5
    assert held > 0.99, sorted(gaps)[-10:]


@pytest.mark.promise("fault 15")
@pytest.mark.long
def test_a_worker_that_is_stopped_is_replaced_within_fifteen_seconds(
    stage_folder: Path, record_property: Record
) -> None:
    with ExitStack() as stack:
        yard = Yard(stage_folder, 2, stack)
        told: dict[str, float] = {}

        async def scenes() -> None:
            await yard.all_seen()
            began = time.monotonic()
            yard.end("yard", "SIGSTOP")
            told["back"] = await yard.back("yard")
            told["gap"] = yard.site.longest_gap("gate", began, time.monotonic())

        yard.stage.play(scenes)
    record_property("measured", f"stopped: pictures of another worker after {told['back']:.1f} s")
    (reason,) = [detail for state, detail in yard.stage.states("yard") if state == "offline"]
    assert "gave no sign of life" in reason
    assert told["back"] < 15
    assert told["gap"] < 2
    assert yard.stage.restarts("worker-1") is None
