"""One camera: what it shows now, its scores over time, and its incidents."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from sinks.console.api_incidents import Viewer
from sinks.console.incident import Filter
from sinks.console.parts import Parts
from sinks.console.plots import plot_over_time

#: Stretches to look back over, in hours.
SPANS = (1, 6, 24, 24 * 7, 24 * 30)
_INCIDENTS = 200
Hours = Annotated[int, Query(ge=1, le=24 * 366)]
Until = Annotated[float | None, Query(ge=0, le=1e11, description="seconds, UTC; default: now")]


def router(parts: Parts) -> APIRouter:
    """The page, and the API's scores and incidents over time."""
    routes = APIRouter()

    def known(who: Any, camera: str) -> None:
        if camera not in parts.site.cameras:
            raise HTTPException(404, "there is no such camera")
        who.require(camera)

    @routes.get("/cameras/{camera}", include_in_schema=False, response_class=HTMLResponse)
    async def page(
        request: Request, camera: str, who: Viewer, hours: Hours = 6, until: Until = None
    ) -> HTMLResponse:
        known(who, camera)
        end = min(until or time.time(), time.time())
        start = end - hours * 3600
        wanted = Filter(cameras=(camera,), after=start, before=end)
        incidents = parts.desk.queue(wanted, by_time=True, limit=_INCIDENTS)
        return parts.pages.render(
            request,
            "camera.html",
            who=who,
            camera=camera,
            settings=parts.site.cameras[camera],
            hears=parts.site.ear_of(camera),
            rules=parts.rules_of(camera),
            state=parts.states.cameras()[camera],
            incidents=incidents,
            count=sum(parts.desk.counts(wanted).values()),
            plot=plot_over_time(
                parts.history.of(camera, start, end),
                [(i.start_time, str(i.severity), i.id) for i in incidents],
                start,
                end,
                parts.pages.when,
            ),
            hours=hours,
            spans=SPANS,
            start=start,
            end=end,
            live=until is None,
            seq=parts.desk.seq(),
        )

    @routes.get("/api/v1/cameras/{camera}/scores", tags=["cameras"])
    async def scores(
        camera: str, who: Viewer, hours: Hours = 6, until: Until = None
    ) -> dict[str, Any]:
        """How near the camera came to an alert, at most 720 points, oldest first.

        ``over`` is how far the nearest rule's fused score lay above where it alerts, in decades of
        p-value; ``video`` and ``audio`` the same of each sense.
        """
        known(who, camera)
        end = until or time.time()
        points = parts.history.of(camera, end - hours * 3600, end)
        return {
            "camera": camera,
            "points": [
                {"at": p.at, "over": p.over, "rule": p.rule, "video": p.video, "audio": p.audio}
                for p in points
            ],
        }

    return routes
