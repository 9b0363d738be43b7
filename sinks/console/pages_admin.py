"""The admins' pages: users, tokens, and the audit log."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from sinks.console.accounts import AccountRefused, NoSuchAccount, Principal, Role
from sinks.console.api_accounts import Asked, Number
from sinks.console.forms import fields_of
from sinks.console.guard import Guard, needs
from sinks.console.management import Management
from sinks.console.passwords import TooBusy
from sinks.console.render import Pages

Admin = Annotated[Principal, needs(Role.ADMIN, everything=True)]
_ROWS = 100


def router(
    guard: Guard,
    pages: Pages,
    zone: zoneinfo.ZoneInfo,
    *,
    cameras: Callable[[], Sequence[str]],
    groups: Callable[[], Sequence[str]],
) -> APIRouter:
    """The pages; see `sinks.console.pages_account.router`."""
    admin = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    management = Management(guard)

    def choices(**more: Any) -> dict[str, Any]:
        return {
            "roles": list(Role),
            "cameras": list(cameras()),
            "groups": list(groups()),
            "error": "",
            "secret": "",
            "subject": "",
            **more,
        }

    # --- users --------------------------------------------------------------------------------

    def users_page(request: Request, who: Principal, status: int = 200, **more: Any) -> Response:
        return pages.render(
            request,
            "users.html",
            who=who,
            status=status,
            accounts=guard.accounts.all(),
            **choices(**more),
        )

    def user_page(
        request: Request, who: Principal, name: str, status: int = 200, **more: Any
    ) -> Response:
        try:
            account = management.find(name)
        except NoSuchAccount as error:
            raise HTTPException(404, str(error)) from error
        return pages.render(
            request, "user.html", who=who, status=status, account=account, **choices(**more)
        )

    @admin.get("/users")
    async def users(request: Request, who: Admin) -> Response:
        return users_page(request, who)

    @admin.post("/users")
    async def add(request: Request, who: Admin) -> Response:
        form = await fields_of(request)
        try:
            name, secret = await management.add(who, form.one("name"), form.role(), form.rights())
        except (AccountRefused, TooBusy) as error:
            return users_page(request, who, 400, error=str(error))
        return users_page(request, who, subject=name, secret=secret)

    @admin.get("/users/{name}")
    async def user(request: Request, name: str, who: Admin) -> Response:
        return user_page(request, who, name)

    @admin.post("/users/{name}")
    async def change(request: Request, name: str, who: Admin) -> Response:
        form = await fields_of(request)
        try:
            if form.one("do") in ("disable", "enable"):
                management.change(who, name, disabled=form.one("do") == "disable")
            elif form.one("do") == "reset":
                secret = await management.reset_password(who, name)
                return user_page(request, who, name, subject=name, secret=secret)
            else:
                management.change(who, name, role=form.role(), rights=form.rights())
        except (AccountRefused, TooBusy) as error:
            return user_page(request, who, name, 400, error=str(error))
        return RedirectResponse("/users", status_code=303)

    # --- tokens -------------------------------------------------------------------------------

    def tokens_page(request: Request, who: Principal, status: int = 200, **more: Any) -> Response:
        now = guard.now()
        return pages.render(
            request,
            "tokens.html",
            who=who,
            status=status,
            tokens=[(token, token.state(now)) for token in guard.tokens.all()],
            **choices(**more),
        )

    @admin.get("/tokens")
    async def tokens(request: Request, who: Admin) -> Response:
        return tokens_page(request, who)

    @admin.post("/tokens")
    async def make(request: Request, who: Admin) -> Response:
        form = await fields_of(request)
        days = form.one("days")
        try:
            if not (days.isascii() and days.isdigit() and len(days) < 6):
                raise AccountRefused("a token is valid for a number of days")
            token, secret = management.make_token(
                who, form.one("name"), form.role(), form.rights(), int(days)
            )
        except AccountRefused as error:
            return tokens_page(request, who, 400, error=str(error))
        return tokens_page(request, who, subject=token.name, secret=secret)

    @admin.post("/tokens/{number}/revoke")
    async def revoke(number: Number, who: Admin) -> Response:
        try:
            management.revoke(who, number)
        except AccountRefused as error:
            raise HTTPException(404, str(error)) from error
        return RedirectResponse("/tokens", status_code=303)

    # --- audit log ----------------------------------------------------------------------------

    @admin.get("/audit")
    async def audit(
        request: Request,
        who: Admin,
        asked: Asked,
        before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    ) -> Response:
        lines = guard.audit.entries(asked.filter(zone), before=before, limit=_ROWS + 1)
        query = {key: value for key, value in asdict(asked).items() if value}
        return pages.render(
            request,
            "audit.html",
            who=who,
            entries=lines[:_ROWS],
            kinds=guard.audit.kinds(),
            names=[account.name for account in guard.accounts.all()],
            cameras=list(cameras()),
            asked=asked,
            download="/api/v1/audit.csv?" + urlencode(query),
            newest="/audit?" + urlencode(query) if before else "",
            older="/audit?" + urlencode({**query, "before": lines[_ROWS - 1].id})
            if len(lines) > _ROWS
            else "",
        )

    return admin
