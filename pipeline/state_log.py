"""What the log says of cameras' states: each change, but of a restless one only now and then."""

from __future__ import annotations

import math
from dataclasses import dataclass

import structlog

from pipeline.messages import CameraState

log = structlog.get_logger()

#: Of one camera there is at most a line in so many seconds. Its worker's own lines (see
#: `pipeline.ingest.feed`) are as rare: together they are no more than one a minute.
EVERY_S = 120.0


@dataclass(slots=True)
class _Told:
    """What was said of a camera last, and what was not said since."""

    at: float
    said: tuple[str, str]
    newest: CameraState
    changes: int = 0


class StateLog:
    """Logs changes of state. A camera that crashes for hours writes thirty lines an hour."""

    def __init__(self) -> None:
        self._told: dict[str, _Told] = {}

    def changed(self, state: CameraState, now: float) -> None:
        """A camera's state or its detail is another one, at ``now`` (monotonic, seconds)."""
        told = self._told.get(state.camera)
        if told is None or now - told.at >= EVERY_S:
            self._say(state, now, told.changes if told is not None else 0)
        else:
            told.newest, told.changes = state, told.changes + 1

    def look(self, now: float) -> None:
        """Say what has been kept back for long enough. About once a second."""
        for told in self._told.values():
            if told.changes and now - told.at >= EVERY_S:
                self._say(told.newest, now, told.changes - 1)

    def _say(self, state: CameraState, now: float, unsaid: int) -> None:
        told = self._told.get(state.camera)
        is_now = (state.state, state.detail)
        if told is None or unsaid or told.said != is_now:
            more = {"changes_between": unsaid} if unsaid else {}
            log.info("camera", camera=state.camera, state=is_now[0], detail=is_now[1], **more)
        # What comes of the first attempt is waited for by whoever started the site.
        at = -math.inf if state.state == "connecting" else now
        self._told[state.camera] = _Told(at, is_now, state)
