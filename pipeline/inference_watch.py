"""What people are told of the encoder: that nothing is embedded, that it is again, and on what."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from pipeline.messages import HealthEvent

log = structlog.get_logger()

#: The encoder is not started again more often than so many times in so many seconds: a device that
#: is lost does not come back sooner. All the rest of a site goes on meanwhile.
RESTARTS = (5, 600.0)
#: One that gives no sign of life for so long is replaced: within half a minute that is told.
SILENCE_S = 25.0
#: A wait for its next start that is longer than any backoff, seconds, is told.
_TELL_WAIT_S = 35.0
_LOOK = "look at the device (nvidia-smi, dmesg), then restart"


class InferenceWatch:
    """Follows the encoder's ends and starts.

    Args:
        tell: takes what people are to know.
        wall: UTC epoch seconds; for tests.
    """

    def __init__(
        self, tell: Callable[[HealthEvent], None], wall: Callable[[], float] = time.time
    ) -> None:
        self._tell = tell
        self._wall = wall
        self._stands = False
        #: The device that it ran on; empty before its first start.
        self._device = ""

    def ended(self, reason: str, waits_s: float) -> None:
        """The encoder is gone for ``reason``, and is started again after so many seconds."""
        if waits_s > _TELL_WAIT_S:
            wait = f"{waits_s / 60:.0f} minutes" if waits_s > 90 else f"{waits_s:.0f} s"
            reason += f"; it ended too often, and is tried again in {wait}: {_LOOK}"
            log.error("nothing is embedded", reason=reason)
        self._stands = True
        self._say("no_inference", reason, "inference", standing=True)

    def ready(self, device: str) -> None:
        """It has loaded its models on ``device``."""
        before, self._device = self._device, device
        if self._stands:
            self._stands = False
            self._say("inference_works", f"on {device}", "inference", standing=False)
        if not before or before == device:
            return
        log.warning("the models run on another device", before=before, now=device)
        detail = f"the models run on {device} now, and ran on {before} before"
        if device == "cpu":
            self._say("device_lost", f"{detail}: {_LOOK}", "device", standing=True)
        else:
            self._say("device_back", detail, "device", standing=False)

    def _say(self, kind: str, detail: str, subject: str, *, standing: bool) -> None:
        self._tell(
            HealthEvent(None, kind, detail, self._wall(), subject=subject, standing=standing)
        )
