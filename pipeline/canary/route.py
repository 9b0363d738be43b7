"""The supervisor's socket: a canary on demand."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException

from pipeline.canary.sender import CanaryNotReady, CanarySender


def routes(sender: CanarySender) -> APIRouter:
    """The routes, for `ControlServer.include`."""
    router = APIRouter()

    @router.post("/v1/canary", status_code=202)
    async def canary() -> dict[str, str]:
        try:
            return {"id": sender.send()}
        except CanaryNotReady as error:
            raise HTTPException(409, str(error)) from None

    return router
