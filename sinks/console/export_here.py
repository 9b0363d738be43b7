"""An export without a console that runs: of an incident on its desk, or in the stream of alerts."""

from __future__ import annotations

import time
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

from pipeline.config import Site
from pipeline.control import file_of
from pipeline.exports import FOLDER as EXPORTS
from pipeline.exports.make import Exporter
from pipeline.exports.pack import pack
from pipeline.exports.wish import Blur, Wish
from pipeline.records import Alert
from sinks.console.api_media import KINDS
from sinks.console.app import FOLDER
from sinks.console.audit import AuditLog
from sinks.console.desk import Desk, NoSuchIncident
from sinks.console.exported import files_of, media_of, named
from sinks.console.render import Pages
from sinks.reader import AlertReader

#: Entries read at a time, and how long at most the stream is searched, seconds.
_AT_ONCE, _SEARCH_S = 500, 60.0


class NoSuchIncidentHere(LookupError):
    """Neither the desk nor the stream knows it; the text says what to do."""


async def export_here(
    site: Site,
    incident: str,
    blur: Blur,
    *,
    sound: bool,
    folder: Path,
    redis_url: Callable[[], str],
    audit: AuditLog,
) -> tuple[str, IO[bytes]]:
    """An incident's zip, and what it may be called.

    Args:
        site: whose incident it is.
        incident: its id.
        blur: what is hidden.
        sound: whether the clip keeps its sound.
        folder: for a desk of its own, if the site's knows nothing of it.
        redis_url: asked where alerts are only then.
        audit: where it is written down, first.

    Raises:
        NoSuchIncidentHere: nobody knows it.
        ExportBusy, NotExported, AuditError, DeskError, ReaderUnavailable: it cannot be made.
    """
    with _desk_with(site, incident, folder, redis_url) as desk:
        row = desk.incident(incident)
        document, notes = desk.document(incident), desk.notes(incident)
    audit.write(
        "the command line", "exported", row.camera, incident=row.id, blur=str(blur), sound=sound
    )
    settings = site.cameras.get(row.camera)
    wish = Wish(blur, sound, masks=settings.masks if settings is not None else ())
    exporter = Exporter(site.state_dir / EXPORTS)
    made, told = await exporter.make(_media(site.state_dir / "media", document), wish)
    pages = Pages(site.site, zoneinfo.ZoneInfo(site.timezone))
    files = files_of(pages, row, document, notes, made, wish=wish, told=told)
    return named(row), pack(files)


def _desk_with(site: Site, incident: str, folder: Path, redis_url: Callable[[], str]) -> Desk:
    path = site.state_dir / FOLDER / "desk.sqlite3"
    if path.exists():
        with Desk(path) as desk:
            try:
                desk.incident(incident)
                return desk
            except NoSuchIncident:
                pass
    found = _in_stream(site, incident, redis_url())
    if found is None:
        raise NoSuchIncidentHere(
            f"nobody knows an incident {incident}: `hearsight tail --all` shows those in Redis, "
            "the console those of the last weeks"
        )
    own = Desk(folder / "desk.sqlite3")
    own.take(found)
    return own


def _in_stream(site: Site, incident: str, url: str) -> Alert | None:
    """Its newest revision in Redis; None where there is none."""
    reader = AlertReader(
        url,
        group=f"tail-{token_hex(4)}",
        consumer="export",
        prefix=site.redis.stream_prefix,
        start="0",
        ephemeral=True,
        ca_file=site.redis.ca_file,
    )
    found: Alert | None = None
    reader.open()
    try:
        until = time.monotonic() + _SEARCH_S
        while received := reader.read(block_s=0.05, count=_AT_ONCE):
            for one in received:
                newer = found is None or one.alert.revision > found.revision
                if one.alert.id == incident and newer:
                    found = one.alert
            reader.ack(received)
            if time.monotonic() > until:
                break
    finally:
        reader.close()
    return found


def _media(root: Path, document: dict[str, Any]) -> dict[str, bytes]:
    """What lies in the media folder of it, by kind."""
    found = {}
    for kind, path in media_of(document, KINDS).items():
        if (file := file_of(root, path)) is not None:
            found[kind] = file.read_bytes()
    return found
