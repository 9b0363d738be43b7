"""Pictures, clips and live pictures: only of cameras that the asker may see.

Files are named by their incident, never by a path: what the browser sends cannot lead anywhere.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from sinks.console.api_incidents import Viewer, find
from sinks.console.exported import media_of
from sinks.console.line_client import LineUnavailable
from sinks.console.parts import Parts

Kind = Literal["thumb.jpg", "heat.jpg", "nearest.jpg", "clip.mp4"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def path_of(document: dict[str, Any], kind: str) -> str | None:
    """Where an alert says that its picture or clip is; None where it has none."""
    return media_of(document, [kind]).get(kind)


def router(parts: Parts) -> APIRouter:
    """The routes under ``/api/v1``."""
    api = APIRouter(prefix="/api/v1", tags=["media"])

    @api.get("/incidents/{incident}/media/{kind}", response_class=Response)
    async def media(incident: str, kind: Kind, request: Request, who: Viewer) -> Response:
        """A picture or the clip of an incident; ranges are answered.

        A clip that browsers cannot play is converted first.
        """
        find(parts, who, incident)
        path = path_of(parts.desk.document(incident), kind)
        if path is None:
            raise HTTPException(404, f"this incident has no {kind}")
        try:
            part = await parts.line.media(
                path, request.headers.get("range"), playable=kind == "clip.mp4"
            )
        except LineUnavailable as error:
            raise HTTPException(503, str(error)) from None
        headers = {**part.headers, "cache-control": "private, no-cache"}
        # A browser may leave before the body has begun.
        return StreamingResponse(
            part.body, part.status, headers, background=BackgroundTask(part.close)
        )

    @api.get("/cameras/{camera}/picture.jpg", response_class=Response)
    async def picture(camera: str, who: Viewer) -> Response:
        """What a camera shows now, at most about two seconds old; ``X-Captured-At`` says when.

        204: it shows nothing now.
        """
        if camera not in parts.site.cameras or not who.sees(camera):
            raise HTTPException(404, "there is no such camera")
        try:
            shown = await parts.line.picture(camera)
        except LineUnavailable as error:
            raise HTTPException(503, str(error)) from None
        if shown is None:
            return Response(status_code=204)
        headers = {"cache-control": "no-store", "x-captured-at": f"{shown.captured_at:.3f}"}
        return Response(shown.jpeg, media_type="image/jpeg", headers=headers)

    return api
