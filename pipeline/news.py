"""What a running site tells of itself: camera states, health events, to whoever watches it.

Who watches: the page of its readiness, the judge, the stream of health that the publisher writes,
an observer in this process, and the log.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pipeline.messages import AnyMessage, CameraState, HealthEvent
from pipeline.metrics import Exporter
from pipeline.processes import Processes
from pipeline.readiness import Readiness
from pipeline.state_log import StateLog

#: The supervisor, among the processes that tell of troubles.
OWN = "supervisor"


class News:
    """Takes each piece of news everywhere it belongs. Belongs to the supervisor's event loop.

    Args:
        processes: the judge and the publisher are told.
        readiness: remembers each camera's state and what troubles the site.
        exporter: the site's metrics.
        observe: called with every message that tells an observer something.
        moved: called when a camera's state was told.
    """

    def __init__(
        self,
        processes: Processes,
        readiness: Readiness,
        exporter: Exporter,
        *,
        observe: Callable[[AnyMessage], None],
        moved: Callable[[], None],
    ) -> None:
        self._processes = processes
        self._readiness = readiness
        self._exporter = exporter
        self._moved = moved
        self._log = StateLog()
        self.observe = observe

    def camera(self, state: CameraState) -> None:
        """A camera's state, as its worker says it; of a camera that has left: nothing."""
        if not self._readiness.knows(state.camera):
            return
        before = self._readiness.state(state.camera)
        self._readiness.camera(state)
        self._exporter.set(
            "hearsight_camera_up", float(state.state == "online"), camera=state.camera
        )
        self._processes.judge.send(state)
        self.observe(state)
        if before is None or (before.state, before.detail) != (state.state, state.detail):
            self._log.changed(state, time.monotonic())
            self.stream(HealthEvent(state.camera, f"camera_{state.state}", state.detail, state.at))
        self._moved()

    def own(self, event: HealthEvent) -> None:
        """Something that the supervisor itself found out."""
        self._readiness.event(OWN, event)
        self.stream(event)
        self.observe(event)

    def stream(self, event: HealthEvent) -> None:
        """To the stream of health alone."""
        self._processes.publisher.send(event)

    def look(self, now: float) -> None:
        """Say what the log kept back; ``now`` is monotonic, in seconds. About once a second."""
        self._log.look(now)
