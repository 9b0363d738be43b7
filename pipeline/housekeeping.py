"""What is forgotten in time: delivered alerts, and evidence beyond its retention."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from pipeline.media_folder import MAKE_ROOM, MediaFolder
from pipeline.messages import HealthEvent
from sinks.outbox import Outbox
from sinks.outbox_file import OutboxError

log = structlog.get_logger()


class Housekeeper:
    """Keeps a site's disk in order, and says when it is full and when it is so no longer.

    Args:
        outbox: opened.
        sinks: the names of all sinks.
        media: where evidence lies.
        keep_media_s: how long.
    """

    def __init__(
        self, outbox: Outbox, sinks: Sequence[str], media: MediaFolder, keep_media_s: float
    ) -> None:
        self._outbox = outbox
        self._sinks = sinks
        self._media = media
        self._keep_media_s = keep_media_s
        self._full = False

    def tidy(self, now: float) -> HealthEvent | None:
        """Forget what is old at ``now`` (wall clock, seconds); return what is to be told."""
        forgotten = self._media.prune(now, self._keep_media_s)
        if forgotten:
            log.info("evidence deleted: its retention is over", incidents=forgotten)
        try:
            self._outbox.prune(self._sinks, now)
            has_room = self._outbox.keep_reserve()
        except OutboxError as error:
            log.error("outbox not tidied", error=str(error))
            has_room = False
        if has_room is not self._full:
            return None
        self._full = not has_room
        if has_room:
            log.info("the disk has room again")
            return HealthEvent(None, "disk_has_room", "", now, subject="disk")
        reason = f"the disk is full; alerts use the space that is set aside for them: {MAKE_ROOM}"
        log.error(reason)
        return HealthEvent(None, "disk_full", reason, now, subject="disk", standing=True)
