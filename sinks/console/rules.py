"""Rules in plain words, as pages and as API: looked at, changed, rehearsed before they are kept."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from sinks.console.accounts import Principal, Role
from sinks.console.guard import needs
from sinks.console.line_client import LineUnavailable
from sinks.console.parts import Parts

#: The name of the page on which a new rule is written: no rule can have it.
NEW = "_new"
#: Hours back over which a rule is rehearsed.
SPANS = (
    (1, "the last hour"),
    (6, "the last 6 hours"),
    (24, "the last day"),
    (168, "the last week"),
)
_MOST_FIELDS = 20
Admin = Annotated[Principal, needs(Role.ADMIN)]
#: Rules are the whole site's: who changes them may see all of it.
Keeper = Annotated[Principal, needs(Role.ADMIN, everything=True)]
Known = Annotated[
    int | None,
    Field(ge=0, lt=1 << 63, description="the version it was made from, 0: none; null: any"),
]
Fields = Annotated[
    dict[str, Any],
    Field(
        max_length=_MOST_FIELDS,
        description="see, hear, normal, severity, false_alarms, margin, min_length, exit_after, "
        "cooldown; of a new rule also view, armed, cameras. What is missing is as the site file "
        "has it.",
    ),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Proposal(_Strict):
    """A rule as it would be."""

    changes: Fields


class Change(_Strict):
    """A rule as it is to be from now on."""

    changes: Fields
    after: Known = None


class Step(_Strict):
    """Another step with a rule as it stands."""

    after: Known = None


class Wish(_Strict):
    """A rule that is to be rehearsed as it would be, over what the site has archived."""

    rule: Annotated[str, Field(min_length=1, max_length=200)]
    changes: Fields
    hours: Annotated[float, Field(gt=0, le=24 * 60)] = 24.0


def router(parts: Parts) -> APIRouter:
    """The pages ``/rules`` and what lies under ``/api/v1/rules`` and ``/api/v1/rehearsals``."""
    routes = APIRouter()
    desk = _Desk(parts)

    @routes.get("/rules", include_in_schema=False, response_class=HTMLResponse)
    async def page(request: Request, who: Admin) -> HTMLResponse:
        told, trouble = await desk.told(who)
        return parts.pages.render(
            request,
            "rules.html",
            who=who,
            told=told,
            trouble=trouble,
            whole=who.cameras is None,
            new=NEW,
            seq=parts.desk.seq(),
        )

    @routes.get("/rules/{rule}", include_in_schema=False, response_class=HTMLResponse)
    async def page_of(request: Request, rule: str, who: Admin) -> HTMLResponse:
        told, trouble = await desk.told(who)
        one = _new(told) if rule == NEW and told else told.get("rules", {}).get(rule)
        if one is None and not trouble:
            raise HTTPException(404, "there is no such rule")
        return parts.pages.render(
            request,
            "rule.html",
            who=who,
            told=told,
            rule=one,
            fresh=rule == NEW,
            trouble=trouble,
            whole=who.cameras is None,
            spans=SPANS,
            archive=parts.site.archive.enabled,
            seq=parts.desk.seq(),
        )

    @routes.get("/api/v1/rules", tags=["rules"])
    async def rules(who: Admin) -> dict[str, Any]:
        """Every rule: as it runs, as the site file has it, and who changed what."""
        return await desk.rules(who)

    @routes.get("/api/v1/rules/{rule}", tags=["rules"])
    async def rule_of(rule: str, who: Admin) -> dict[str, Any]:
        """One rule, and whether the site judges by it already."""
        told = await desk.rules(who)
        if rule not in told["rules"]:
            raise HTTPException(404, "there is no such rule")
        keep = ("revision", "revision_in_force", "trouble", "normal")
        return {**told["rules"][rule], **{name: told[name] for name in keep}}

    @routes.post("/api/v1/rules/{rule}/check", tags=["rules"])
    async def check(rule: str, proposal: Proposal, who: Admin) -> dict[str, Any]:
        """What is wrong with a rule as it would be, by field, and what should be known before."""
        await desk.may_see(who, rule)
        return await desk.ask(f"/v1/rules/{quote(rule, safe='')}/check", proposal.model_dump())

    @routes.post("/api/v1/rules/{rule}", tags=["rules"])
    async def save(rule: str, change: Change, who: Keeper) -> dict[str, Any]:
        """Keep a change: the site judges by it within seconds. 409 if another was faster."""
        return await desk.change(who, rule, "", change.model_dump(), "rule changed")

    @routes.post("/api/v1/rules/{rule}/off", tags=["rules"])
    async def off(rule: str, step: Step, who: Keeper) -> dict[str, Any]:
        """Switch a rule off until it is saved again, or this is undone."""
        body = {"changes": None, "after": step.after}
        return await desk.change(who, rule, "", body, "rule switched off")

    @routes.post("/api/v1/rules/{rule}/undo", tags=["rules"])
    async def undo(rule: str, step: Step, who: Keeper) -> dict[str, Any]:
        """Take the newest change back: what was before it holds again."""
        return await desk.change(who, rule, "/undo", step.model_dump(), "rule change taken back")

    @routes.post("/api/v1/rehearsals", tags=["rules"], status_code=202)
    async def rehearse(wish: Wish, who: Admin) -> dict[str, Any]:
        """Begin to rehearse; one at a time (409: another runs)."""
        await desk.may_see(who, wish.rule)
        cameras = None if who.cameras is None else sorted(who.cameras)
        body = {"by": who.name, "cameras": cameras, **wish.model_dump()}
        begun = await desk.ask("/v1/rehearsals", body)
        parts.guard.audit.write(
            who, "rule rehearsed", rule=wish.rule, hours=wish.hours, changes=wish.changes
        )
        return begun

    @routes.get("/api/v1/rehearsals/{number}", tags=["rules"])
    async def rehearsal(number: str, who: Admin) -> dict[str, Any]:
        """How far a rehearsal is, and what it found: rates, and the alerts that would have been."""
        return await desk.rehearsal(who, number)

    @routes.post("/api/v1/rehearsals/{number}/cancel", tags=["rules"])
    async def cancel(number: str, who: Admin) -> dict[str, Any]:
        """End a rehearsal that runs."""
        await desk.rehearsal(who, number)
        return await desk.ask(f"/v1/rehearsals/{quote(number, safe='')}/cancel", {})

    @routes.get(
        "/api/v1/rehearsals/{number}/pictures/{name}", tags=["rules"], response_class=Response
    )
    async def picture(number: str, name: str, who: Admin) -> Response:
        """The picture that was kept nearest to an alert that would have been."""
        await desk.rehearsal(who, number)
        try:
            jpeg = await parts.line.rehearsal_picture(number, name)
        except LineUnavailable as error:
            raise HTTPException(503, str(error)) from None
        if jpeg is None:
            raise HTTPException(404, "there is no such picture")
        return Response(
            jpeg, media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"}
        )

    return routes


class _Desk:
    """Asks the line in somebody's name, and shows them only what is theirs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def told(self, who: Principal) -> tuple[dict[str, Any], str]:
        """All about the rules that somebody may see; nothing, and why, where the site is away."""
        try:
            return await self.rules(who), ""
        except HTTPException as error:
            if error.status_code != 503:
                raise
            return {}, str(error.detail)

    async def rules(self, who: Principal) -> dict[str, Any]:
        """The same, or HTTPException."""
        told = await self.ask("/v1/rules", None)
        if who.cameras is None:
            return told
        seen = {
            name: {**rule, "cameras": {c: s for c, s in rule["cameras"].items() if who.sees(c)}}
            for name, rule in told["rules"].items()
            if any(map(who.sees, rule["cameras"]))
        }
        cameras = [camera for camera in told["cameras"] if who.sees(camera)]
        return {**told, "rules": seen, "cameras": cameras, "left_out": []}

    async def may_see(self, who: Principal, rule: str) -> None:
        """Refuse who may see none of the cameras of a rule. Raises HTTPException."""
        if who.cameras is not None and rule not in (await self.rules(who))["rules"]:
            raise HTTPException(404, "there is no such rule")

    async def change(
        self, who: Principal, rule: str, path: str, body: dict[str, Any], what: str
    ) -> dict[str, Any]:
        """Change a rule, and write down what it was and is."""
        made = await self.ask(f"/v1/rules/{quote(rule, safe='')}{path}", {"by": who.name, **body})
        self._parts.guard.audit.write(
            who,
            what,
            rule=rule,
            version=made["number"],
            before=made["before"],
            after=made["after"],
        )
        return made

    async def rehearsal(self, who: Principal, number: str) -> dict[str, Any]:
        """A rehearsal over cameras that are all theirs. Raises HTTPException."""
        found = await self.ask(f"/v1/rehearsals/{quote(number, safe='')}", None)
        if not all(map(who.sees, found["cameras"])):
            raise HTTPException(404, "there is no such rehearsal, or it is over for long")
        return found

    async def ask(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        """What the line answers; its refusals in its own words. Raises HTTPException."""
        try:
            status, told = await self._parts.line.exchange(
                "GET" if body is None else "POST", path, body
            )
        except LineUnavailable as error:
            raise HTTPException(503, str(error)) from None
        except ValueError:
            raise HTTPException(422, "the rule holds something that is no text or number") from None
        if status >= 400:
            detail = told.get("detail") if isinstance(told, dict) else None
            raise HTTPException(status, detail if isinstance(detail, str) else "it is refused")
        found: dict[str, Any] = told
        return found


def _new(told: dict[str, Any]) -> dict[str, Any]:
    """What the form of a new rule begins with."""
    return {
        "name": "",
        "state": "new",
        "of": "console",
        "kind": "prompts",
        "fields": {
            "see": [],
            "hear": [],
            "normal": {"see": [], "hear": []},
            "severity": "warning",
            "false_alarms": "1 per week",
            "margin": 0.5,
            "min_length": "1 s",
            "exit_after": "5 s",
            "cooldown": "1 min",
        },
        "file": None,
        "cameras": {camera: [] for camera in told["cameras"]},
        "changed": [],
        "by": "",
        "at": None,
        "number": 0,
        "unknown_words": [],
        "history": [],
    }
