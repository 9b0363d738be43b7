"""The control socket's routes about rules: as they are, to change them, to rehearse a change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.config import Site
from pipeline.config.advice import watches
from pipeline.control import body_of, what_is_wrong
from pipeline.rehearse.desk import RehearsalBusy, RehearsalDesk, Running
from pipeline.rule_changes import RuleRefused
from pipeline.rule_desk import RuleDesk
from pipeline.rule_overrides import ChangedMeanwhile, NothingToUndo, OverridesError
from pipeline.rules_view import rule_view, rules_view, said_of, strange, turned

_LONGEST_H = 60 * 24.0
_HARD_OF_HEARING = (
    "Its words are new: it starts from what comes with the model, and is hard of hearing until it "
    "has a history at each camera."
)
Person = Annotated[str, Field(min_length=1, max_length=128)]
Body = TypeVar("Body", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Proposal(_Strict):
    """A rule as somebody would have it: what it says other than the site file."""

    changes: dict[str, Any]


class Change(_Strict):
    """What is to be kept of a rule. ``changes`` null: it is switched off."""

    by: Person
    changes: dict[str, Any] | None
    #: Number of the version that they had before them, 0 for none.
    after: int | None = None


class Undo(_Strict):
    """The newest version is to be taken back."""

    by: Person
    after: int | None = None


class Wish(_Strict):
    """A rule that is to be rehearsed as it would be."""

    by: Person
    rule: str
    changes: dict[str, Any]
    hours: Annotated[float, Field(gt=0, le=_LONGEST_H)] = 24.0
    #: Default: every camera that it watches.
    cameras: list[str] | None = None


def routes(desk: RuleDesk, rehearsals: RehearsalDesk) -> APIRouter:
    """The routes, to be included by `pipeline.control.ControlServer`.

    Args:
        desk: the site's rules.
        rehearsals: runs them.
    """
    made = APIRouter()

    @made.get("/v1/rules")
    async def rules() -> dict[str, Any]:
        with _named_errors():
            return rules_view(desk)

    @made.post("/v1/rules/{rule}/check")
    async def check(rule: str, request: Request) -> dict[str, Any]:
        proposal = await _read(request, Proposal)
        with _named_errors():
            try:
                site, _, kept = desk.proposed(rule, proposal.changes)
            except RuleRefused as error:
                return {"faults": error.faults, "notes": [], "changed": []}
        return {"faults": {}, "notes": _notes(desk, site, rule), "changed": list(kept)}

    @made.post("/v1/rules/{rule}")
    async def save(rule: str, request: Request) -> dict[str, Any]:
        change = await _read(request, Change)
        with _named_errors():
            desk.look()
            before = desk.wanted.site.rules.get(rule)
            version = desk.save(rule, change.changes, by=change.by, after=change.after)
            desk.look()
            site = desk.wanted.site
            notes = _notes(desk, site, rule) if rule in site.rules else []
            return {
                "number": version.number,
                "revision": desk.revision,
                "says": said_of(version),
                "notes": notes,
                **turned(before, site.rules.get(rule)),
                "rule": rule_view(desk, rule),
            }

    @made.post("/v1/rules/{rule}/undo")
    async def undo(rule: str, request: Request) -> dict[str, Any]:
        wish = await _read(request, Undo)
        with _named_errors():
            desk.look()
            before = desk.wanted.site.rules.get(rule)
            gone, now = desk.store.undo(rule, by=wish.by, after=wish.after)
            desk.look()
            return {
                "number": gone.number,
                "revision": desk.revision,
                "undone": said_of(gone),
                "says": said_of(now) if now else _as_written(desk, rule),
                "notes": list(desk.wanted.left_out),
                **turned(before, desk.wanted.site.rules.get(rule)),
                "rule": rule_view(desk, rule),
            }

    @made.post("/v1/rehearsals", status_code=202)
    async def rehearse(request: Request) -> dict[str, Any]:
        wish = await _read(request, Wish)
        with _named_errors():
            site, _, _ = desk.proposed(wish.rule, wish.changes)
            cameras = _where(site, wish)
            begun = rehearsals.begin(site, wish.rule, cameras, wish.hours / 24, wish.by)
        return begun.view()

    def find(number: str) -> Running:
        found = rehearsals.find(number)
        if found is None:
            raise HTTPException(404, "there is no such rehearsal, or it is over for long")
        return found

    @made.get("/v1/rehearsals/{number}")
    async def how_far(number: str) -> JSONResponse:
        return JSONResponse(find(number).view())

    @made.post("/v1/rehearsals/{number}/cancel")
    async def cancel(number: str) -> dict[str, Any]:
        await rehearsals.cancel(find(number).id)
        return find(number).view()

    @made.get("/v1/rehearsals/{number}/pictures/{name}")
    async def picture(number: str, name: str) -> FileResponse:
        path = rehearsals.picture(number, name)
        if path is None:
            raise HTTPException(404, "there is no such picture")
        return FileResponse(path, media_type="image/jpeg")

    return made


def _notes(desk: RuleDesk, site: Site, rule: str) -> list[str]:
    """What somebody should know before they keep a rule."""
    notes = strange(site, rule)
    if desk.starts_anew(rule, site.rules[rule]) and site.rules[rule].learn is None:
        notes.insert(0, _HARD_OF_HEARING)
    if not _able(site, rule):
        notes.append("No camera gives it anything to see or hear: it can raise no alert.")
    return notes


def _as_written(desk: RuleDesk, rule: str) -> str:
    return "as the site file has it" if rule in desk.file.rules else "no longer there"


def _able(site: Site, rule: str) -> list[str]:
    """The cameras at which a rule can raise an alert."""
    return [watch.camera for watch in watches(site) if watch.rule == rule and watch.modalities]


def _where(site: Site, wish: Wish) -> list[str]:
    able = _able(site, wish.rule)
    chosen = [camera for camera in able if wish.cameras is None or camera in wish.cameras]
    if not chosen:
        raise HTTPException(422, "the rule can raise no alert at these cameras")
    return chosen


async def _read(request: Request, kind: type[Body]) -> Body:
    body = await body_of(request, "a rule")
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise HTTPException(422, what_is_wrong(error, "rule")) from None


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except RuleRefused as error:
        raise HTTPException(422, str(error)[:1000]) from None
    except (ChangedMeanwhile, NothingToUndo, RehearsalBusy) as error:
        raise HTTPException(409, str(error)) from None
    except (OverridesError, OSError) as error:
        raise HTTPException(507, str(error)) from None
