"""The control socket's routes for searches in the archive."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import ValidationError

from pipeline.archive.pictures import PictureName
from pipeline.control import body_of, what_is_wrong
from pipeline.search_desk import AskedSearch, SearchDesk, SearchRefused


def routes(desk: SearchDesk) -> APIRouter:
    """``POST /v1/search`` and ``GET /v1/archive/thumbnail``."""
    api = APIRouter()

    @api.post("/v1/search")
    async def search(request: Request) -> dict[str, Any]:
        try:
            asked = AskedSearch.model_validate_json(await body_of(request, "a search"))
        except ValidationError as error:
            raise HTTPException(422, what_is_wrong(error, "search")) from None
        try:
            return await desk.search(asked)
        except SearchRefused as error:
            raise HTTPException(error.status, str(error)) from None

    @api.get("/v1/archive/thumbnail")
    async def thumbnail(
        camera: Annotated[str, Query(max_length=200)],
        view: Annotated[str, Query(max_length=200)],
        at: Annotated[float, Query(ge=0, le=1e11)],
    ) -> Response:
        jpeg = await desk.picture(PictureName(camera, view, at))
        if jpeg is None:
            raise HTTPException(404, "there is no such picture, or none any more")
        return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "no-store"})

    return api
