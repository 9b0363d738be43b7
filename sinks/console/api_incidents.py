"""The API of incidents: ask, acknowledge, assign, judge, note, and follow live."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from sinks.console.accounts import Principal, Role
from sinks.console.desk import NOTE_LENGTH, NoSuchIncident, TakenAlready
from sinks.console.guard import needs
from sinks.console.incident import Change, Filter, Incident
from sinks.console.live import event
from sinks.console.parts import Parts

Viewer = Annotated[Principal, needs(Role.VIEWER)]
Operator = Annotated[Principal, needs(Role.OPERATOR)]
Text = Annotated[str, Query(max_length=200)]


class Verdict(BaseModel):
    """A verdict on an incident."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["confirmed", "false_alarm"]


class NoteText(BaseModel):
    """A note to an incident."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=NOTE_LENGTH)]


class Assignment(BaseModel):
    """Who is to look after it; null: nobody in particular."""

    model_config = ConfigDict(extra="forbid")

    to: Annotated[str, Field(max_length=200)] | None


def find(parts: Parts, who: Principal, incident: str) -> Incident:
    """An incident that ``who`` may see.

    Raises:
        HTTPException: 404 where there is none, or it is of a camera that is not theirs.
    """
    try:
        found = parts.desk.incident(incident)
    except NoSuchIncident:
        raise HTTPException(404, "there is no such incident") from None
    if not who.sees(found.camera):
        raise HTTPException(404, "there is no such incident")
    return found


def filter_of(
    who: Viewer,
    camera: Annotated[list[Text] | None, Query()] = None,
    rule: Annotated[list[Text] | None, Query()] = None,
    severity: Annotated[list[Literal["critical", "warning", "info"]] | None, Query()] = None,
    state: Annotated[list[Literal["waiting", "acknowledged", "done"]] | None, Query()] = None,
    modality: Literal["", "video", "audio"] = "",
    after: Annotated[float | None, Query(ge=0, le=1e11, description="seconds, UTC")] = None,
    before: Annotated[float | None, Query(ge=0, le=1e11, description="seconds, UTC")] = None,
    canaries: bool = False,
) -> Filter:
    """The filter that a request asks for, within what its sender may see."""
    return Filter(
        seen=who.cameras,
        cameras=tuple(camera or ()),
        rules=tuple(rule or ()),
        severities=tuple(severity or ()),
        states=tuple(state or ()),
        modality=modality,
        after=after,
        before=before,
        canaries=canaries,
    )


def router(parts: Parts) -> APIRouter:
    """The routes under ``/api/v1``."""
    api = APIRouter(prefix="/api/v1", tags=["incidents"])
    desk, hub, audit = parts.desk, parts.hub, parts.guard.audit

    def told(change: Change, who: Principal, what: str, **detail: Any) -> dict[str, Any]:
        audit.write(who, what, change.incident.camera, incident=change.incident.id, **detail)
        hub.changed(change)
        return change.incident.as_json()

    @api.get("/incidents")
    async def incidents(
        wanted: Annotated[Filter, Depends(filter_of)],
        order: Literal["urgency", "time"] = "urgency",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    ) -> dict[str, Any]:
        """Incidents as the queue shows them, how many there are, and where live updates go on."""
        seq = desk.seq()
        rows = desk.queue(wanted, by_time=order == "time", limit=limit, offset=offset)
        return {
            "incidents": [row.as_json() for row in rows],
            "counts": desk.counts(wanted),
            "seq": seq,
        }

    @api.get("/incidents/{incident}")
    async def one(incident: str, who: Viewer) -> dict[str, Any]:
        """One incident with its alert, evidence card and notes."""
        row = find(parts, who, incident)
        return {
            "incident": row.as_json(),
            "alert": desk.document(incident),
            "notes": [{"at": n.at, "by": n.by, "text": n.text} for n in desk.notes(incident)],
        }

    @api.post("/incidents/{incident}/acknowledge")
    async def acknowledge(incident: str, who: Operator) -> dict[str, Any]:
        """Look after it. 409 where somebody else does already."""
        find(parts, who, incident)
        try:
            change = desk.acknowledge(incident, who.name)
        except TakenAlready as taken:
            raise HTTPException(409, str(taken)) from None
        return told(change, who, "acknowledged")

    @api.post("/incidents/{incident}/verdict")
    async def verdict(incident: str, body: Verdict, who: Operator) -> dict[str, Any]:
        """Confirm it or call it a false alarm: the site learns from it."""
        find(parts, who, incident)
        made = told(
            desk.judge(incident, body.verdict, who.name), who, "verdict", verdict=body.verdict
        )
        parts.intake.verdict_given()
        return made

    @api.post("/incidents/{incident}/notes")
    async def note(incident: str, body: NoteText, who: Operator) -> dict[str, Any]:
        """Write a note to it."""
        find(parts, who, incident)
        try:
            change = desk.note(incident, who.name, body.text)
        except ValueError as error:
            raise HTTPException(422, str(error)) from None
        return told(change, who, "noted")

    @api.post("/incidents/{incident}/assign")
    async def assign(incident: str, body: Assignment, who: Operator) -> dict[str, Any]:
        """Hand it to somebody who may see it."""
        row = find(parts, who, incident)
        if body.to is not None and body.to not in parts.guard.accounts.names(row.camera):
            raise HTTPException(422, f"nobody called {body.to!r} may see {row.camera}")
        return told(desk.assign(incident, body.to), who, "assigned", to=body.to)

    @api.get("/live", response_class=StreamingResponse)
    async def live(
        request: Request, who: Viewer, after: Annotated[int, Query(ge=0, le=1 << 62)] = 0
    ) -> Response:
        """Server-sent events from change ``after`` on (or the ``Last-Event-ID`` of a reconnect).

        ``incident`` (its id is the change's number), ``scores`` twice a second, ``cameras`` when
        one's state changes, ``health``; ``line`` and ``troubles``, what does not work at present;
        ``site``: its cameras are others, and this line ends; and ``anew``: the log does not reach
        back so far, ask for the incidents again.
        """
        last = request.headers.get("last-event-id", "")
        seq = int(last) if last.isascii() and last.isdigit() and len(last) < 19 else after
        listener = hub.join(who.sees)
        missed = desk.since(seq)
        if missed is None:
            first = [event("anew", {}, desk.seq())]
        else:
            first = [
                event("incident", c.incident.as_json(), c.seq)
                for c in missed
                if who.sees(c.incident.camera)
            ]
        return StreamingResponse(
            # A first comment opens the line in the browser at once.
            hub.listen(listener, [b"retry: 1000\n: here\n\n", *first]),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return api
