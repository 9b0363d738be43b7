"""The wall, the queue, an alert's card and the health page: server-rendered, then kept live."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse

from sinks.console.accounts import Role
from sinks.console.api_incidents import Viewer, filter_of, find
from sinks.console.card import card_of, recorder_link
from sinks.console.guard import needs
from sinks.console.incident import Filter
from sinks.console.parts import Parts
from sinks.console.sampled import overload, stakes

_STATES = ("waiting", "acknowledged", "done")


def router(parts: Parts) -> APIRouter:
    """The pages; not part of the API's description."""
    pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    desk = parts.desk

    @pages.get("/")
    async def wall(request: Request, who: Viewer) -> HTMLResponse:
        site, states = parts.site, parts.states.cameras()
        cameras = [
            {
                "name": name,
                "video": camera.video,
                "audio": site.ear_of(name) is not None,
                "rules": list(parts.rules_of(name)),
                **states[name],
            }
            for name, camera in site.cameras.items()
            if who.sees(name)
        ]
        return parts.pages.render(
            request,
            "wall.html",
            who=who,
            cameras=cameras,
            seq=desk.seq(),
        )

    @pages.get("/queue")
    async def queue(
        request: Request,
        who: Viewer,
        wanted: Annotated[Filter, Depends(filter_of)],
        order: Literal["urgency", "time"] = "urgency",
    ) -> HTMLResponse:
        site = parts.site
        chosen = wanted if wanted.states else replace(wanted, states=("waiting", "acknowledged"))
        return parts.pages.render(
            request,
            "queue.html",
            who=who,
            counts=desk.counts(replace(wanted, states=())),
            wanted=chosen,
            order=order,
            cameras=[name for name in site.cameras if who.sees(name)],
            rules=sorted({r for c in site.cameras if who.sees(c) for r in parts.rules_of(c)}),
            states=_STATES,
            seq=desk.seq(),
        )

    @pages.get("/incidents/{incident}")
    async def card(request: Request, incident: str, who: Viewer) -> HTMLResponse:
        seq = desk.seq()
        row = find(parts, who, incident)
        document = desk.document(incident)
        return parts.pages.render(
            request,
            "incident.html",
            who=who,
            incident=row,
            card=card_of(document),
            notes=desk.notes(incident),
            people=sorted(parts.guard.accounts.names(row.camera)),
            recorder=recorder_link(parts.site.console.recorder, row),
            seq=seq,
        )

    def health_of(request: Request, who: Viewer, name: str) -> HTMLResponse:
        newest = parts.states.newest
        return parts.pages.render(
            request,
            name,
            who=who,
            cameras={c: s for c, s in parts.states.cameras().items() if who.sees(c)},
            told=newest,
            site_troubles=parts.states.troubles(),
            overload=overload(newest),
            stakes={c: stakes(newest, c) for c in parts.site.cameras},
            trouble=parts.states.trouble,
            asked_at=parts.states.asked_at,
            troubles=parts.intake.told(),
            site_trouble=parts.now.trouble,
            listeners=parts.hub.listeners,
            canary=desk.newest_canary(),
            canary_every=parts.site.canary,
            seq=desk.seq(),
        )

    @pages.get("/health")
    async def health(request: Request, who: Viewer) -> HTMLResponse:
        return health_of(request, who, "health.html")

    # As the API: a page fetches it by itself, which is nobody's doing (see `Sessions.find`).
    @pages.get("/api/v1/health/part")
    async def health_part(request: Request, who: Viewer) -> HTMLResponse:
        return health_of(request, who, "_health.html")

    @pages.get("/{path:path}", dependencies=[needs(Role.VIEWER)])
    async def nothing() -> HTMLResponse:
        raise HTTPException(404, "there is no such page")

    return pages
