"""One incident as a file to hand on: clip, pictures, card, JSON, and checksums of all of them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
import zipfile
from collections.abc import AsyncIterator
from typing import IO, Any, cast

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse

from sinks.console.api_incidents import Operator, find
from sinks.console.api_media import KINDS, path_of
from sinks.console.card import card_of
from sinks.console.line_client import LineUnavailable
from sinks.console.parts import Parts
from sinks.console.render import STATIC

#: Bytes of a zip that are held in memory; more goes to a temporary file.
_HELD = 8 << 20
_CHUNK = 1 << 18
#: The day a file in the zip was made: the same for all, so that equal content is an equal file.
_MADE = (1980, 1, 1, 0, 0, 0)


def router(parts: Parts) -> APIRouter:
    """The route under ``/api/v1``."""
    api = APIRouter(prefix="/api/v1", tags=["media"])

    @api.get("/incidents/{incident}/export.zip", response_class=Response)
    async def export(incident: str, request: Request, who: Operator) -> Response:
        """The incident as a zip: ``card.html``, ``alert.json``, media, ``SHA256SUMS``."""
        row = find(parts, who, incident)
        document = parts.desk.document(incident)
        notes = parts.desk.notes(incident)
        try:
            media = {kind: data async for kind, data in _media(parts, document)}
        except LineUnavailable as error:
            raise HTTPException(503, f"clip and pictures cannot be had: {error}") from None
        page = parts.pages.render(
            request,
            "export.html",
            incident=row,
            card=card_of(document),
            notes=notes,
            media=sorted(media),
            style=(STATIC / "console.css").read_text("utf-8"),
        )
        told = {
            "incident": row.as_json(),
            "alert": document,
            "notes": [{"at": n.at, "by": n.by, "text": n.text} for n in notes],
        }
        files: dict[str, bytes] = {
            "card.html": bytes(page.body),
            "alert.json": json.dumps(told, indent=2, ensure_ascii=False).encode(),
            **media,
        }
        parts.guard.audit.write(who, "exported", row.camera, incident=row.id, files=sorted(files))
        packed = await asyncio.to_thread(pack, files)
        name = f"{row.camera}-{row.id}.zip"
        return StreamingResponse(
            _chunks(packed),
            media_type="application/zip",
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )

    return api


def pack(files: dict[str, bytes]) -> IO[bytes]:
    """A zip of ``files`` with their ``SHA256SUMS``, at its beginning."""
    # Its reader closes it.
    out = cast(IO[bytes], tempfile.SpooledTemporaryFile(_HELD))  # noqa: SIM115
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    with zipfile.ZipFile(out, "w") as packed:
        for name, data in {**files, "SHA256SUMS": sums.encode()}.items():
            entry = zipfile.ZipInfo(name, _MADE)
            squeezed = not name.endswith((".mp4", ".jpg"))
            entry.compress_type = zipfile.ZIP_DEFLATED if squeezed else zipfile.ZIP_STORED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, data)
    out.seek(0)
    return out


async def _media(parts: Parts, document: dict[str, Any]) -> AsyncIterator[tuple[str, bytes]]:
    for kind in KINDS:
        path = path_of(document, kind)
        if path is None:
            continue
        part = await parts.line.media(path, None)
        data = b"".join([chunk async for chunk in part.body])
        # What is past its retention is no longer there: the card says so by leaving it out.
        if part.status == 200:
            yield kind, data


async def _chunks(packed: IO[bytes]) -> AsyncIterator[bytes]:
    with packed:
        while chunk := packed.read(_CHUNK):
            yield chunk
