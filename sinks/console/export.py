"""One incident as a file to hand on: clip, picture, card, JSON, and checksums of all of them.

Whoever is in it is made unrecognisable first, as is asked for, by a process of its own
(`pipeline.exports`): the console decodes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import IO, Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response
from fastapi.responses import StreamingResponse

from pipeline.exports.make import ExportBusy, Exporter, NotExported
from pipeline.exports.pack import pack
from pipeline.exports.wish import Blur, Wish
from sinks.console.api_incidents import Operator, find
from sinks.console.api_media import KINDS
from sinks.console.exported import files_of, media_of, named
from sinks.console.line_client import LineUnavailable
from sinks.console.parts import Parts

_CHUNK = 1 << 18
_AGAIN_S = 30


def router(parts: Parts, exporter: Exporter) -> APIRouter:
    """The route under ``/api/v1``."""
    api = APIRouter(prefix="/api/v1", tags=["media"])

    @api.get("/incidents/{incident}/export.zip", response_class=Response)
    async def export(
        incident: str,
        who: Operator,
        blur: Annotated[Blur, Query(description="what is made unrecognisable")] = Blur.FACES,
        sound: Annotated[bool, Query(description="whether the clip keeps its sound")] = False,
    ) -> Response:
        """The incident as a zip: ``card.html``, ``alert.json``, media, ``SHA256SUMS``.

        It takes about three times as long as the clip where faces or persons are looked for. What
        the detectors miss stays visible: see ``export.hidden`` in ``alert.json``.
        """
        row = find(parts, who, incident)
        document = parts.desk.document(incident)
        notes = parts.desk.notes(incident)
        wish = wish_of(parts, row.camera, blur, sound=sound)
        # Before it is made: nobody looks for persons in secret, or tries until they are shown.
        parts.guard.audit.write(
            who, "exported", row.camera, incident=row.id, blur=str(blur), sound=sound
        )
        try:
            media = {kind: data async for kind, data in _media(parts, document)}
            made, told = await exporter.make(media, wish)
        except LineUnavailable as error:
            raise HTTPException(503, f"clip and pictures cannot be had: {error}") from None
        except ExportBusy as error:
            raise HTTPException(503, str(error), headers={"Retry-After": str(_AGAIN_S)}) from None
        except NotExported as error:
            raise HTTPException(422, str(error)) from None
        files = files_of(parts.pages, row, document, notes, made, wish=wish, told=told)
        packed = await asyncio.to_thread(pack, files)
        return StreamingResponse(
            _chunks(packed),
            media_type="application/zip",
            headers={"content-disposition": f'attachment; filename="{named(row)}"'},
        )

    return api


def wish_of(parts: Parts, camera: str, blur: Blur, *, sound: bool) -> Wish:
    """What is hidden of a camera's media: its masks, as they are now, in any case."""
    settings = parts.site.cameras.get(camera)
    return Wish(blur, sound, masks=settings.masks if settings is not None else ())


async def _media(parts: Parts, document: dict[str, Any]) -> AsyncIterator[tuple[str, bytes]]:
    for kind, path in media_of(document, KINDS).items():
        part = await parts.line.media(path, None)
        data = b"".join([chunk async for chunk in part.body])
        # What is past its retention is no longer there: the card says so by leaving it out.
        if part.status == 200:
            yield kind, data


async def _chunks(packed: IO[bytes]) -> AsyncIterator[bytes]:
    with packed:
        while chunk := packed.read(_CHUNK):
            yield chunk
