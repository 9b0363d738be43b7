"""What is forgotten in time: delivered alerts, evidence, and all else past its retention."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from pipeline.expiry import Step
from pipeline.media_folder import MAKE_ROOM, MediaFolder
from pipeline.messages import HealthEvent
from sinks.outbox import REMEMBER_S, Outbox
from sinks.outbox_file import OutboxError

log = structlog.get_logger()

#: Ages are hours at least: looking for what is over them is not for each minute.
_OTHERS_EVERY_S = 600.0


class Housekeeper:
    """Keeps a site's disk in order, and says when it is full and when it is so no longer.

    Args:
        outbox: opened.
        sinks: the names of all sinks.
        media: where evidence lies.
        keep_media_s: how long.
        keep_alerts_s: how long delivered alerts are remembered at most.
        others: what else grows old, see `pipeline.expiry`.
    """

    def __init__(
        self,
        outbox: Outbox,
        sinks: Sequence[str],
        media: MediaFolder,
        keep_media_s: float,
        *,
        keep_alerts_s: float = REMEMBER_S,
        others: Sequence[Step] = (),
    ) -> None:
        self._outbox = outbox
        self._sinks = sinks
        self._media = media
        self._keep_media_s = keep_media_s
        self._keep_alerts_s = keep_alerts_s
        self._others = others
        self._others_due = 0.0
        self._full = False
        self._media_refused = False

    def tidy(self, now: float) -> list[HealthEvent]:
        """Forget what is old at ``now`` (wall clock, seconds); return what is to be told."""
        forgotten = self._media.prune(now, self._keep_media_s)
        if forgotten:
            log.info("evidence deleted: its retention is over", incidents=forgotten)
        self._expire_others(now)
        try:
            self._outbox.prune(self._sinks, now, remember_s=self._keep_alerts_s)
            has_room = self._outbox.keep_reserve()
        except OutboxError as error:
            log.error("outbox not tidied", error=str(error))
            has_room = False
        told = (self._tell_of_media(now), self._tell_of_disk(has_room, now))
        return [event for event in told if event is not None]

    def _tell_of_media(self, now: float) -> HealthEvent | None:
        """Evidence goes first: it is refused long before an alert is."""
        refused = not self._media.has_room()
        if refused is self._media_refused:
            return None
        self._media_refused = refused
        if not refused:
            log.info("evidence is kept again")
            return HealthEvent(None, "media_kept", "", now, subject="media")
        reason = (
            f"less than {self._media.reserve_mb} MB of the disk are free, which are reserved for "
            f"alerts: no clip and no picture is kept: {MAKE_ROOM}"
        )
        log.error(reason)
        return HealthEvent(None, "media_refused", reason, now, subject="media", standing=True)

    def _tell_of_disk(self, has_room: bool, now: float) -> HealthEvent | None:
        if has_room is not self._full:
            return None
        self._full = not has_room
        if has_room:
            log.info("the disk has room again")
            return HealthEvent(None, "disk_has_room", "", now, subject="disk")
        reason = f"the disk is full; alerts use the space that is set aside for them: {MAKE_ROOM}"
        log.error(reason)
        return HealthEvent(None, "disk_full", reason, now, subject="disk", standing=True)

    def _expire_others(self, now: float) -> None:
        # A clock that was set back must not put it off.
        if 0 <= self._others_due - now < _OTHERS_EVERY_S:
            return
        self._others_due = now + _OTHERS_EVERY_S
        for step in self._others:
            try:
                gone = step.expire(now)
            except OSError as error:
                log.error("what is too old was not deleted", what=step.what, error=str(error))
                continue
            if gone:
                log.info("deleted: its retention is over", what=step.what, gone=gone)
