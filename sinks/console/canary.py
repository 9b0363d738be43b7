"""Whether canaries reach the console: none for two intervals while the line runs is an alarm."""

from __future__ import annotations

import time
from collections.abc import Callable

from sinks.console.desk import Desk
from sinks.console.render import took
from sinks.console.states import States

#: One gets so long to come through, and the console to read what lies in the stream, seconds.
_WAY_S = 60.0


class CanaryMissing(Exception):
    """No canary has come for too long; the text says since when, and what to do."""


class CanaryWatch:
    """Compares what has come with what should have.

    Args:
        desk: knows the newest canary.
        states: know whether the line runs.
        every_s: interval in seconds; 0: none is sent.
        now: UTC epoch seconds; for tests.
    """

    def __init__(
        self, desk: Desk, states: States, every_s: float, now: Callable[[], float] = time.time
    ) -> None:
        self._desk = desk
        self._states = states
        self._every_s = every_s
        self._now = now
        self._opened_at = now()

    def look(self) -> None:
        """Raise CanaryMissing where one should have come by now. Raises DeskError."""
        started_at = self._runs_since()
        if not self._every_s or started_at is None:
            return
        newest = self._desk.newest_canary()
        came_at = newest.received_at if newest is not None else 0.0
        now, since = self._now(), max(started_at, came_at)
        way_s = min(_WAY_S, self._every_s)
        if now - since > 2 * self._every_s + way_s and now - self._opened_at > way_s:
            ago = took(now - since)
            what = (
                f"the last one came {ago} ago"
                if came_at > started_at
                else f"none has come since the line started {ago} ago"
            )
            raise CanaryMissing(
                f"{what}, though one is sent every {took(self._every_s)}: alerts may not reach you "
                "either. Look at the troubles, the processes and the site's log"
            )

    def _runs_since(self) -> float | None:
        """When the line was started; None while it does not answer, or loads its models."""
        told = self._states.newest
        started_at, models = told.get("started_at"), told.get("models")
        if not isinstance(started_at, int | float) or not isinstance(models, dict):
            return None
        return float(started_at) if models.get("ready") else None
