"""Tells when the host's clock was set: everything that lasts goes by the monotonic one meanwhile.

Alerts, archive and schedules carry the wall clock's time. When it is set, what was kept before and
what was kept after lie apart by as much; that is recorded, so that people know why.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from pipeline.messages import HealthEvent
from pipeline.metrics import Exporter

log = structlog.get_logger()

#: A step, seconds: what a time server corrects as it goes along is no more than 0.5 ms a second.
STEP_S = 1.0
#: The two clocks are read so shortly one after the other, seconds, or not compared.
_TOGETHER_S = 0.1


class WallClock:
    """Compares the host's clocks.

    Args:
        tell: takes what people are to know.
        exporter: the site's metrics.
        clock: monotonic seconds; for tests.
        wall: UTC epoch seconds; for tests.
    """

    def __init__(
        self,
        tell: Callable[[HealthEvent], None],
        exporter: Exporter,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._tell = tell
        self._exporter = exporter
        self._clock = clock
        self._wall = wall
        #: The wall clock's time at the monotonic one's zero; None before the first look.
        self._offset: float | None = None

    def look(self) -> None:
        """See whether it was set since the last look. About once a second."""
        began = self._clock()
        wall = self._wall()
        now = self._clock()
        if now - began > _TOGETHER_S:
            return
        before, self._offset = self._offset, wall - now
        if before is None or abs(step := self._offset - before) < STEP_S:
            return
        way = "on" if step > 0 else "back"
        detail = (
            f"the host's clock was set {way} by {abs(step):.1f} s: what was recorded before and "
            "after lies apart by as much"
        )
        log.warning("the host's clock was set", step_s=round(step, 3))
        self._exporter.count("hearsight_clock_steps_total")
        self._tell(HealthEvent(None, "clock_stepped", detail, wall))
