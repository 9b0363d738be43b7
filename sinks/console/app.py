"""Puts the console together."""

from __future__ import annotations

import asyncio
import contextlib
import zoneinfo
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException

from pipeline.exports import FOLDER as EXPORTS
from pipeline.exports.make import Exporter
from pipeline.exports.measured import ADVICE, words_of
from pipeline.exports.wish import Blur
from pipeline.records import Severity
from sinks.console import (
    api_incidents,
    api_media,
    arming,
    export,
    pages_account,
    pages_camera,
    pages_site,
    rules,
    search,
)
from sinks.console.accounts import Role
from sinks.console.canary import CanaryWatch
from sinks.console.desk import Desk, DeskError
from sinks.console.guard import Guard, is_api
from sinks.console.history import History, HistoryError
from sinks.console.intake import Alerts, Intake, LiveItems
from sinks.console.line_client import LineClient
from sinks.console.live import Hub
from sinks.console.middleware import WHO
from sinks.console.parts import Parts
from sinks.console.render import STATIC, Pages
from sinks.console.site_now import SiteNow
from sinks.console.states import States
from sinks.feedback import Verdict

#: The console's part of a site's data folder.
FOLDER = "console"


def make_parts(
    now: SiteNow,
    guard: Guard,
    alerts: Alerts,
    live: LiveItems,
    send: Callable[[Verdict], Any],
    *,
    folder: Path | None = None,
    expire: Callable[[], Any] = lambda: None,
) -> Parts:
    """The console's parts; nothing runs and nothing is opened yet.

    Args:
        now: whose console it is.
        guard: knows the accounts.
        alerts: the site's alerts, for a group of this console alone.
        live: its scores and health.
        send: writes a verdict to the stream.
        folder: for the console's files; default: in the site's data folder.
        expire: deletes from the streams what is too old.
    """
    site = now.site
    console = site.console
    folder = folder or site.state_dir / FOLDER
    desk, hub = Desk(folder / "desk.sqlite3", beside=now.beside), Hub()
    history = History(folder / "history.sqlite3", console.keep)
    limits = {
        Severity.CRITICAL: console.escalate_after.critical,
        Severity.WARNING: console.escalate_after.warning,
        Severity.INFO: console.escalate_after.info,
    }
    escalate = {severity: limit for severity, limit in limits.items() if limit > 0}
    line = LineClient(site.state_dir)
    pages = Pages(site.site, zoneinfo.ZoneInfo(site.timezone))
    pages.share(
        operator=Role.OPERATOR,
        blurs=[(str(blur), words_of(blur)) for blur in Blur],
        blur_advice=ADVICE,
    )
    states = States(line, hub, now)
    watch = CanaryWatch(desk, states, site.canary)
    intake = Intake(desk, hub, history, alerts, live, send, escalate, console.keep, watch, expire)
    return Parts(
        now=now,
        desk=desk,
        hub=hub,
        history=history,
        intake=intake,
        line=line,
        states=states,
        guard=guard,
        pages=pages,
    )


def create_app(parts: Parts) -> FastAPI:
    """The application, guarded.

    Raises:
        RouteUnguarded: a route does not say who may use it.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        parts.desk.open()
        parts.history.open()
        loops = [asyncio.create_task(parts.intake.run()), asyncio.create_task(parts.states.run())]
        try:
            yield
        finally:
            parts.hub.close()
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await parts.line.close()
            parts.history.close()
            parts.desk.close()
            parts.guard.close()

    app = FastAPI(
        title="Hearsight console",
        summary="Incidents, media, live updates and accounts of one site.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
    )
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.api_route("/healthz", methods=["GET", "HEAD"], include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/api/v1/openapi.json", include_in_schema=False)
    async def openapi(_who: api_incidents.Viewer) -> JSONResponse:
        return JSONResponse(app.openapi())

    app.include_router(api_incidents.router(parts))
    app.include_router(api_media.router(parts))
    site = parts.site
    exporter = Exporter(site.state_dir / EXPORTS)
    app.include_router(export.router(parts, exporter))
    app.include_router(
        pages_account.router(
            parts.guard,
            parts.pages,
            zoneinfo.ZoneInfo(site.timezone),
            cameras=lambda: list(parts.site.cameras),
            groups=lambda: list(parts.site.groups),
        )
    )
    app.include_router(arming.router(parts))
    app.include_router(rules.router(parts))
    app.include_router(search.router(parts))
    app.include_router(pages_camera.router(parts))
    # Last: it answers every other path.
    app.include_router(pages_site.router(parts))

    @app.exception_handler(StarletteHTTPException)
    async def refused(request: Request, error: StarletteHTTPException) -> Response:
        return _refusal(parts, request, error.status_code, str(error.detail), error.headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return _refusal(parts, request, 422, f"{where}: {first['msg']}")

    @app.exception_handler(HistoryError)
    @app.exception_handler(DeskError)
    async def unusable(request: Request, error: DeskError | HistoryError) -> Response:
        return _refusal(parts, request, 503, str(error))

    parts.guard.protect(app)
    parts.guard.check(app)
    return app


def _refusal(
    parts: Parts, request: Request, status: int, words: str, headers: Any = None
) -> Response:
    if is_api(request.url.path):
        return JSONResponse({"detail": words}, status, headers)
    who = request.scope.get(WHO)
    page = parts.pages.render(
        request, "error.html", who=who, status=status, code=status, words=words
    )
    page.headers.update(headers or {})
    return page
