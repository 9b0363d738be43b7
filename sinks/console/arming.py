"""What is armed, where and until when: as a page and as API, carried out by the running site."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from sinks.console.accounts import Principal
from sinks.console.api_incidents import Operator, Viewer
from sinks.console.line_client import LineUnavailable, OrderRefused
from sinks.console.parts import Parts

#: An order is waited for so long, in steps, seconds.
_WAIT_S, _STEP_S = 5.0, 0.1
_LONGEST_SILENCE_S = 7 * 86400
Place = Annotated[str, Field(max_length=200)]


class ArmOrder(BaseModel):
    """A mode set by hand, for a camera, a group, or (both empty) the whole site."""

    model_config = ConfigDict(extra="forbid")

    mode: Annotated[str, Field(max_length=64, description="empty: back to the schedule")]
    camera: Place = ""
    group: Place = ""
    for_s: Annotated[float | None, Field(gt=0, le=366 * 86400)] = None


class SilenceOrder(BaseModel):
    """A rule that is not to alert for a while, at a camera or (empty) at all."""

    model_config = ConfigDict(extra="forbid")

    rule: Annotated[str, Field(min_length=1, max_length=200)]
    camera: Place = ""
    for_s: Annotated[float, Field(gt=0, le=_LONGEST_SILENCE_S)]
    reason: Annotated[str, Field(max_length=500)] = ""


class UnsilenceOrder(BaseModel):
    """A silence that is taken back."""

    model_config = ConfigDict(extra="forbid")

    rule: Annotated[str, Field(min_length=1, max_length=200)]
    camera: Place = ""


def router(parts: Parts, now: Callable[[], float] = time.time) -> APIRouter:
    """The page ``/arming`` and what lies under ``/api/v1/arming``."""
    routes = APIRouter()

    @routes.get("/arming", include_in_schema=False, response_class=HTMLResponse)
    async def page(request: Request, who: Viewer) -> HTMLResponse:
        told, trouble = await _standing(parts)
        seen = _seen(told, who)
        return parts.pages.render(
            request,
            "arming.html",
            who=who,
            told=seen,
            trouble=trouble,
            # With this the page compares what is told later.
            shown=json.dumps({"trouble": trouble, "standing": seen}),
            whole=who.cameras is None,
            groups=[g for g, members in parts.site.groups.items() if all(map(who.sees, members))],
            rules=sorted({r for c in parts.site.cameras if who.sees(c) for r in parts.rules_of(c)}),
            seq=parts.desk.seq(),
        )

    @routes.get("/api/v1/arming", tags=["arming"])
    async def standing(who: Viewer) -> dict[str, Any]:
        """The mode in force at each camera and why, silences, and what changes next."""
        told, trouble = await _standing(parts)
        if trouble:
            raise HTTPException(503, trouble)
        return _seen(told, who)

    @routes.post("/api/v1/arming", tags=["arming"])
    async def arm(order: ArmOrder, who: Operator) -> dict[str, str]:
        """Set a mode by hand."""
        _may(parts, who, order.camera, order.group)
        until = None if order.for_s is None else now() + order.for_s
        detail = {"mode": order.mode, "group": order.group, "until": until}
        return await _order(parts, who, "arm", order.camera, "", detail)

    @routes.post("/api/v1/silences", tags=["arming"])
    async def silence(order: SilenceOrder, who: Operator) -> dict[str, str]:
        """Keep a rule from alerting for a while."""
        _may(parts, who, order.camera, "")
        detail = {"until": now() + order.for_s, "reason": order.reason}
        return await _order(parts, who, "silence", order.camera, order.rule, detail)

    @routes.post("/api/v1/silences/end", tags=["arming"])
    async def unsilence(order: UnsilenceOrder, who: Operator) -> dict[str, str]:
        """Let a rule alert again."""
        _may(parts, who, order.camera, "")
        return await _order(parts, who, "unsilence", order.camera, order.rule, {})

    return routes


async def _standing(parts: Parts) -> tuple[dict[str, Any], str]:
    try:
        told = (await parts.line.arming()).get("arming", {})
    except LineUnavailable as error:
        return {}, str(error)
    return told, "" if told else "the site has not said yet what is armed: it is starting"


def _may(parts: Parts, who: Principal, camera: str, group: str) -> None:
    """See that an order touches only cameras that its sender may see. Raises HTTPException."""
    if camera:
        if camera not in parts.site.cameras:
            raise HTTPException(404, "there is no such camera")
        who.require(camera)
    if group and not all(map(who.sees, parts.site.groups.get(group, ("",)))):
        raise HTTPException(404, "there is no such group")
    if not camera and not group and who.cameras is not None:
        raise HTTPException(403, "this needs somebody who may see all cameras: name a camera")


async def _order(
    parts: Parts, who: Principal, kind: str, camera: str, rule: str, detail: dict[str, Any]
) -> dict[str, str]:
    """Place an order and wait for what comes of it."""
    try:
        number = await parts.line.order(kind, by=who.name, camera=camera, rule=rule, **detail)
    except OrderRefused as error:
        raise HTTPException(422, str(error)) from None
    except LineUnavailable as error:
        raise HTTPException(503, str(error)) from None
    told = await _outcome(parts, number) or "it is carried out as soon as the judge is back"
    parts.guard.audit.write(who, kind, camera, rule=rule, outcome=told, **detail)
    if told.startswith("refused"):
        raise HTTPException(422, told)
    return {"outcome": told}


async def _outcome(parts: Parts, number: int) -> str | None:
    """What has become of an order within some seconds; None where nobody can tell yet."""
    # A line that goes away has the order on disk, and carries it out when it is back.
    with contextlib.suppress(LineUnavailable):
        for _ in range(round(_WAIT_S / _STEP_S)):
            outcome = await parts.line.order_outcome(number)
            if outcome is not None:
                return outcome
            await asyncio.sleep(_STEP_S)
    return None


def _seen(told: dict[str, Any], who: Principal) -> dict[str, Any]:
    """The part of it that is about cameras that ``who`` may see."""
    if not told or who.cameras is None:
        return told
    groups = told.get("groups", {})

    def theirs(of: dict[str, Any]) -> bool:
        camera, group = of.get("camera", ""), of.get("group", "")
        members = groups.get(group, ()) if group else (camera,) if camera else ()
        return not (camera or group) or any(map(who.sees, members))

    return {
        **told,
        "groups": {
            g: [c for c in m if who.sees(c)] for g, m in groups.items() if any(map(who.sees, m))
        },
        "cameras": {c: one for c, one in told.get("cameras", {}).items() if who.sees(c)},
        "by_hand": [one for one in told.get("by_hand", []) if theirs(one)],
        "silences": [one for one in told.get("silences", []) if theirs(one)],
    }
