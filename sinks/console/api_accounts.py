"""The API of accounts, tokens and the audit log, for admins of the whole site."""

from __future__ import annotations

import contextlib
import datetime as dt
import zoneinfo
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from sinks.console.accounts import (
    EVERYTHING,
    Account,
    AccountRefused,
    NoSuchAccount,
    Principal,
    Rights,
    Role,
)
from sinks.console.audit import Entry, Filter
from sinks.console.guard import Guard, needs
from sinks.console.management import Management
from sinks.console.passwords import TooBusy
from sinks.console.tokens import LONGEST_DAYS, ApiToken, NoSuchToken

Admin = Annotated[Principal, needs(Role.ADMIN, everything=True)]
Text = Annotated[str, Query(max_length=200)]
Name = Annotated[str, Path(max_length=200)]
Number = Annotated[int, Path(ge=1, le=2**62)]


class Cameras(BaseModel):
    """Cameras by name, and by group."""

    model_config = ConfigDict(extra="forbid")

    cameras: Annotated[list[str], Field(max_length=1000)] = []
    groups: Annotated[list[str], Field(max_length=1000)] = []

    def rights(self) -> Rights:
        """The rights to these. Raises AccountRefused where there is none."""
        return Rights.of(cameras=self.cameras, groups=self.groups)


class NewUser(BaseModel):
    """An account to be made."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=63)]
    role: Role
    only: Cameras | None = Field(default=None, description="null: all cameras")


class UserChange(BaseModel):
    """What is to change of an account; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    role: Role | None = None
    only: Cameras | None = Field(default=None, description="these cameras alone")
    all_cameras: bool = Field(default=False, description="every camera, in place of `only`")
    disabled: bool | None = None


class NewToken(BaseModel):
    """A token to be made."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=63)]
    role: Role
    only: Cameras | None = Field(default=None, description="null: all cameras")
    days: Annotated[float, Field(gt=0, le=LONGEST_DAYS)]


@dataclass(frozen=True, slots=True)
class AskedLines:
    """Which lines of the audit log a query asks for, as texts."""

    who: str
    what: str
    camera: str
    since: str
    until: str

    def filter(self, zone: zoneinfo.ZoneInfo) -> Filter:
        """The same, with times; those that name no zone are of ``zone``.

        Raises:
            HTTPException: 422 for what is no date or time.
        """
        return Filter(
            self.who,
            self.what,
            self.camera,
            _seconds(self.since, zone, end=False),
            _seconds(self.until, zone, end=True),
        )


async def asked_lines(
    by: Annotated[str, Query(alias="who", max_length=200)] = "",
    what: Text = "",
    camera: Text = "",
    since: Annotated[str, Query(max_length=40, description="ISO 8601, date or time")] = "",
    until: Annotated[
        str, Query(max_length=40, description="ISO 8601, date or time; of a date the whole day")
    ] = "",
) -> AskedLines:
    """A dependency: what the query asks for."""
    return AskedLines(*(text.strip() for text in (by, what, camera, since, until)))


Asked = Annotated[AskedLines, Depends(asked_lines)]


def router(guard: Guard, zone: zoneinfo.ZoneInfo) -> APIRouter:
    """The routes under ``/api/v1``."""
    api = APIRouter(prefix="/api/v1", tags=["accounts"])
    management = Management(guard)

    @api.get("/me")
    async def me(who: Annotated[Principal, needs(Role.VIEWER)]) -> dict[str, Any]:
        """Who sends this request, and what they may see; cameras null: all."""
        cameras = None if who.cameras is None else sorted(who.cameras)
        return {"name": who.name, "role": who.role, "cameras": cameras}

    @api.get("/users")
    async def users(_who: Admin) -> list[dict[str, Any]]:
        """Every account."""
        return [_user(account) for account in guard.accounts.all()]

    @api.post("/users", status_code=201)
    async def add(body: NewUser, who: Admin) -> dict[str, Any]:
        """Make an account. Its first password is in the answer, and nowhere else."""
        with _told():
            rights = EVERYTHING if body.only is None else body.only.rights()
            name, password = await management.add(who, body.name, body.role, rights)
            return {**_user(management.find(name)), "password": password}

    @api.get("/users/{name}")
    async def user(name: Name, _who: Admin) -> dict[str, Any]:
        """One account."""
        with _told():
            return _user(management.find(name))

    @api.patch("/users/{name}")
    async def change(name: Name, body: UserChange, who: Admin) -> dict[str, Any]:
        """Change role or cameras, disable or enable. It takes effect at once."""
        with _told():
            if body.all_cameras and body.only is not None:
                raise AccountRefused("give either all_cameras or only")
            rights = EVERYTHING if body.all_cameras else None
            if body.only is not None:
                rights = body.only.rights()
            account = management.change(
                who, name, role=body.role, rights=rights, disabled=body.disabled
            )
            return _user(account)

    @api.post("/users/{name}/password-reset")
    async def reset(name: Name, who: Admin) -> dict[str, Any]:
        """Give an account a new random password: in the answer, and nowhere else."""
        with _told():
            return {"name": name, "password": await management.reset_password(who, name)}

    @api.get("/tokens")
    async def tokens(_who: Admin) -> list[dict[str, Any]]:
        """Every token, without its secret, the newest first."""
        now = guard.now()
        return [_token(token, now) for token in guard.tokens.all()]

    @api.post("/tokens", status_code=201)
    async def make(body: NewToken, who: Admin) -> dict[str, Any]:
        """Make a token. Its secret is in the answer, and nowhere else."""
        with _told():
            rights = EVERYTHING if body.only is None else body.only.rights()
            token, secret = management.make_token(who, body.name, body.role, rights, body.days)
            return {**_token(token, guard.now()), "token": secret}

    @api.delete("/tokens/{number}")
    async def revoke(number: Number, who: Admin) -> dict[str, Any]:
        """Make a token invalid."""
        with _told():
            return _token(management.revoke(who, number), guard.now())

    @api.get("/audit")
    async def audit(
        _who: Admin,
        asked: Asked,
        before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> dict[str, Any]:
        """Lines of the audit log, the newest first; ``next`` is ``before`` of the next page."""
        lines = guard.audit.entries(asked.filter(zone), before=before, limit=limit)
        return {
            "entries": [_entry(line) for line in lines],
            "next": lines[-1].id if len(lines) == limit else None,
        }

    @api.get("/audit.csv", response_class=Response)
    async def download(who: Admin, asked: Asked) -> StreamingResponse:
        """The lines that are asked for, all of them, as CSV."""
        wanted = asked.filter(zone)
        guard.audit.write(who, "audit log downloaded")

        async def parts() -> AsyncIterator[str]:
            # Not a plain iterator: that would run in another thread than the database.
            for part in guard.audit.csv(wanted):
                yield part

        return StreamingResponse(
            parts(),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="hearsight-audit.csv"'},
        )

    return api


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What is refused becomes the answer."""
    try:
        yield
    except (NoSuchAccount, NoSuchToken) as error:
        raise HTTPException(404, str(error)) from error
    except AccountRefused as error:
        raise HTTPException(409, str(error)) from error
    except TooBusy as error:
        raise HTTPException(503, str(error), headers={"Retry-After": "5"}) from error


def _seconds(text: str, zone: zoneinfo.ZoneInfo, *, end: bool) -> float | None:
    if not text:
        return None
    try:
        at = dt.datetime.fromisoformat(text)
        if end and len(text) <= len("2026-01-01"):
            at += dt.timedelta(days=1)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        raise HTTPException(422, "since and until are dates such as 2026-01-31") from None


def _rights(rights: Rights) -> dict[str, Any] | None:
    if rights.everything:
        return None
    return {"cameras": sorted(rights.cameras), "groups": sorted(rights.groups)}


def _user(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "role": account.role,
        "only": _rights(account.rights),
        "disabled": account.disabled,
        "must_change_password": account.must_change,
        "made_at": account.created_at,
        "made_by": account.created_by,
        "signed_in_at": account.last_at,
    }


def _token(token: ApiToken, now: float) -> dict[str, Any]:
    return {
        "number": token.id,
        "name": token.name,
        "role": token.role,
        "only": _rights(token.rights),
        "state": token.state(now),
        "made_by": token.made_by,
        "made_at": token.made_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "used_at": token.used_at,
    }


def _entry(line: Entry) -> dict[str, Any]:
    return {
        "id": line.id,
        "at": line.at,
        "who": line.who,
        "what": line.what,
        "camera": line.camera,
        "detail": line.detail,
        "address": line.address,
    }
