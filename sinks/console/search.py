"""Search in the archive by words, as a page and as API: only of cameras that the asker may see."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from sinks.console.accounts import Principal
from sinks.console.api_incidents import Viewer
from sinks.console.line_client import LineUnavailable, SearchRefused
from sinks.console.parts import Parts

LONGEST = 200
#: Stretches to look back over, in hours.
SPANS = (1, 6, 24, 24 * 7, 24 * 30)
#: The timeline of a moment's camera goes on so long after it, seconds.
_AFTER_S = 900.0
Seconds = Annotated[float | None, Field(ge=0, le=1e11)]
Name = Annotated[str, Query(max_length=200)]


class SearchOrder(BaseModel):
    """What to look for, where and when. Times are seconds since the epoch, UTC."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=LONGEST, description="plain words")]
    senses: Annotated[
        list[Literal["video", "audio"]], Field(max_length=2, description="empty: both")
    ] = []
    cameras: Annotated[
        list[Annotated[str, Field(max_length=200)]],
        Field(max_length=4096, description="empty: all that you may see"),
    ] = []
    since: Annotated[Seconds, Field(description="default: a day before until")] = None
    until: Annotated[Seconds, Field(description="default: now")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="moments of each sense")] = 24


def router(parts: Parts) -> APIRouter:
    """The page ``/search`` and what lies under ``/api/v1/search``."""
    routes = APIRouter()

    @routes.get("/search", include_in_schema=False, response_class=HTMLResponse)
    async def page(
        request: Request,
        who: Viewer,
        words: Annotated[str, Query(max_length=LONGEST)] = "",
        camera: Name = "",
        sense: Literal["", "video", "audio"] = "",
        hours: Annotated[int, Query(ge=1, le=24 * 366)] = 24,
        until: Annotated[float | None, Query(ge=0, le=1e11)] = None,
    ) -> HTMLResponse:
        return parts.pages.render(
            request,
            "search.html",
            who=who,
            words=words,
            camera=camera,
            cameras=[name for name in parts.site.cameras if who.sees(name)],
            sense=sense,
            hours=hours,
            spans=SPANS,
            until=until,
            longest=LONGEST,
            enabled=parts.site.archive.enabled,
            seq=parts.desk.seq(),
        )

    @routes.post("/api/v1/search", tags=["search"])
    async def search(order: SearchOrder, who: Viewer) -> dict[str, Any]:
        """Find the moments that fit some words, the best first.

        ``unusual`` says by how many standard deviations a moment fits better than what its camera
        usually shows, and ``stands_out`` what that is worth: ``hardly`` is what chance alone gives.
        ``back_to`` is set where the time was over before everything was looked at. 409 where there
        is nothing to search with, 429 where too many search.
        """
        cameras = _of(parts, who, order.cameras)
        parts.guard.audit.write(
            who,
            "searched",
            cameras[0] if len(cameras) == 1 else "",
            words=order.text,
            cameras=order.cameras,
            since=order.since,
            until=order.until,
        )
        try:
            found = await parts.line.search(**order.model_dump() | {"cameras": cameras})
        except SearchRefused as error:
            raise HTTPException(error.status, str(error)) from None
        except LineUnavailable as error:
            raise HTTPException(503, str(error)) from None
        return {
            **found,
            "moments": [_linked(m) for m in found["moments"] if who.sees(m["camera"])],
            "searched": {c: count for c, count in found["searched"].items() if who.sees(c)},
        }

    @routes.get("/api/v1/search/thumbnail", tags=["search"], response_class=Response)
    async def thumbnail(
        camera: Name, view: Name, at: Annotated[float, Query(ge=0, le=1e11)], who: Viewer
    ) -> Response:
        """A small picture of the archive, as a search names it."""
        if camera not in parts.site.cameras or not who.sees(camera):
            raise HTTPException(404, "there is no such picture")
        try:
            jpeg = await parts.line.thumbnail(camera, view, at)
        except LineUnavailable as error:
            raise HTTPException(503, str(error)) from None
        if jpeg is None:
            raise HTTPException(404, "there is no such picture, or none any more")
        return Response(jpeg, media_type="image/jpeg")

    return routes


def _of(parts: Parts, who: Principal, cameras: list[str]) -> list[str]:
    """The cameras to search, of those that ``who`` may see. Raises HTTPException."""
    for camera in cameras:
        if camera not in parts.site.cameras or not who.sees(camera):
            raise HTTPException(404, "there is no such camera")
    chosen = cameras or [name for name in parts.site.cameras if who.sees(name)]
    if not chosen:
        raise HTTPException(403, "you may see no camera: an admin can give you some")
    return chosen


def _linked(moment: dict[str, Any]) -> dict[str, Any]:
    """A moment with where it and its picture can be looked at."""
    picture, at = moment["picture"], moment["at"]
    return {
        **moment,
        "thumbnail": picture and f"/api/v1/search/thumbnail?{urlencode(picture)}",
        "timeline": f"/cameras/{quote(moment['camera'], safe='')}"
        f"?{urlencode({'hours': 1, 'until': round(at + _AFTER_S, 3)})}",
    }
