"""What is forgotten in time: delivered alerts, and evidence and embeddings past their retention."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import structlog

from pipeline.archive import prune
from pipeline.media_folder import MAKE_ROOM, MediaFolder
from pipeline.messages import HealthEvent
from sinks.outbox import Outbox
from sinks.outbox_file import OutboxError

log = structlog.get_logger()

#: Segments are of an hour each.
_ARCHIVE_EVERY_S = 600.0


class Housekeeper:
    """Keeps a site's disk in order, and says when it is full and when it is so no longer.

    Args:
        outbox: opened.
        sinks: the names of all sinks.
        media: where evidence lies.
        keep_media_s: how long.
        archive: folder of the embeddings; None: there is none.
        keep_archive_s: how long they are kept.
    """

    def __init__(
        self,
        outbox: Outbox,
        sinks: Sequence[str],
        media: MediaFolder,
        keep_media_s: float,
        archive: Path | None = None,
        keep_archive_s: float = 0.0,
    ) -> None:
        self._outbox = outbox
        self._sinks = sinks
        self._media = media
        self._keep_media_s = keep_media_s
        self._archive = archive
        self._keep_archive_s = keep_archive_s
        self._archive_due = 0.0
        self._full = False
        self._media_refused = False

    def tidy(self, now: float) -> list[HealthEvent]:
        """Forget what is old at ``now`` (wall clock, seconds); return what is to be told."""
        forgotten = self._media.prune(now, self._keep_media_s)
        if forgotten:
            log.info("evidence deleted: its retention is over", incidents=forgotten)
        self._prune_archive(now)
        try:
            self._outbox.prune(self._sinks, now)
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

    def _prune_archive(self, now: float) -> None:
        # Also where the site no longer writes one: what is there grows old all the same.
        if self._archive is None or 0 <= self._archive_due - now < _ARCHIVE_EVERY_S:
            return
        self._archive_due = now + _ARCHIVE_EVERY_S
        if gone := prune(self._archive, now, self._keep_archive_s):
            log.info("archive deleted: its retention is over", segments=gone)
