"""What is wrong with one camera's stream, counted and told: damaged pictures, jumps in time."""

from __future__ import annotations

import math
import time

import structlog

from pipeline.ingest.outlet import Meter
from pipeline.ingest.watch import CameraWatch
from pipeline.sources import Decoded

log = structlog.get_logger()

#: Seconds between two log lines about a camera's jumps in time.
_JUMP_SAID_S = 120.0


class FlawReport:
    """Counts what was decoded of a camera, and tells of what could not be.

    Args:
        camera: its name.
        meter: where it is counted.
        watch: what it says of the camera's state.
    """

    def __init__(self, camera: str, meter: Meter, watch: CameraWatch) -> None:
        self._camera = camera
        self._meter = meter
        self._watch = watch
        self._muted = False
        #: Jumps in time since the last was said, and when that was.
        self._jumps, self._jump_said_at = 0, -math.inf

    def jumped(self, reason: str) -> None:
        """The stream's time jumped; a camera whose time always does so does not fill the log."""
        self._jumps += 1
        now = time.monotonic()
        if now - self._jump_said_at >= _JUMP_SAID_S:
            log.info("discontinuity", camera=self._camera, reason=reason, times=self._jumps)
            self._jump_said_at, self._jumps = now, 0

    def decoded(self, item: Decoded) -> None:
        """Pictures were decoded, and perhaps some were damaged."""
        camera, count = self._camera, self._meter.count
        count("hearsight_frames_total", item.pictures, camera=camera, step="decoded")
        if item.passed_over:
            count(
                "hearsight_dropped_total", item.passed_over, stage="worker", reason="decode_behind"
            )
        if item.damaged:
            count("hearsight_damaged_total", item.damaged, camera=camera)
        for sign in item.signs:
            count("hearsight_damage_total", camera=camera, sign=sign)
        for sign in item.dismissed:
            self._dismissed(sign)
        if item.muted is not self._muted:
            self._muted = item.muted
            self._meter.set("hearsight_picture_muted", float(item.muted), camera=camera)
        if (item.muted or item.signs) and self._watch.damaged(time.monotonic()):
            told = ", ".join(dict.fromkeys(item.signs))
            log.warning("damaged pictures are withheld", camera=camera, told_by=told)

    def _dismissed(self, sign: str) -> None:
        log.warning(
            "a check of the stream is not believed any more: for a minute it found damage in "
            "every group of pictures, and nothing else did",
            camera=self._camera,
            check=sign,
        )
        self._meter.set("hearsight_check_dismissed", 1.0, camera=self._camera, sign=sign)
        self._watch.gave_up(sign)
