"""A site whose processes are played, but for those that a story is about."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from pathlib import Path

from pipeline.children import Child, ChildSpec
from pipeline.messages import AnyMessage, FrameReady
from pipeline.supervisor import Supervisor
from tests.pipeline.stage import Played, Stage


class Partly(Played):
    """Played, but for the processes in ``real``; knows when each camera's pictures came."""

    real: frozenset[str] = frozenset()

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.site, on_event=stage.told.append)
        self.pictures: defaultdict[str, list[float]] = defaultdict(list)

    def _child(self, spec: ChildSpec) -> Child:
        make = Supervisor._child if spec.name in self.real else Played._child
        child = make(self, spec)
        pass_on = child._on_message

        def note(child: Child, message: AnyMessage) -> None:
            if isinstance(message, FrameReady):
                self.pictures[message.camera].append(time.monotonic())
            pass_on(child, message)

        child._on_message = note
        return child

    def longest_gap(self, camera: str, since: float, until: float) -> float:
        """The longest time without a picture of a camera, seconds."""
        times = [since, *(at for at in self.pictures[camera] if since < at < until), until]
        return max(later - earlier for earlier, later in itertools.pairwise(times))


def partly(folder: Path, site: str, *real: str) -> tuple[Stage, Partly]:
    """A stage on which the processes ``real`` are the real ones."""
    stage = Stage(folder, site)
    stage.supervisor = supervisor = Partly(stage)
    supervisor.real = frozenset(real)
    return stage, supervisor
