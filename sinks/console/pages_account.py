"""Pages for everybody: sign in, sign out, change the password; and the admins' pages with them."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from sinks.console import api_accounts, pages_admin, sign_in
from sinks.console.accounts import AccountRefused, Principal, Role
from sinks.console.forms import fields_of
from sinks.console.guard import Guard, needs
from sinks.console.origins import local_path
from sinks.console.passwords import SHORTEST, PasswordRefused, TooBusy
from sinks.console.render import Pages
from sinks.console.throttle import SlowDown

_WRONG = "Name or password is wrong"
Anybody = Annotated[Principal, needs(Role.VIEWER)]


def router(
    guard: Guard,
    pages: Pages,
    zone: zoneinfo.ZoneInfo,
    *,
    cameras: Callable[[], Sequence[str]],
    groups: Callable[[], Sequence[str]],
) -> APIRouter:
    """Every page and API route about accounts, tokens and the audit log.

    Args:
        guard: with the accounts.
        pages: renders the templates.
        zone: in which dates are meant that people type.
        cameras: names of the site's cameras, to choose from.
        groups: names of its groups of cameras, likewise.
    """
    every = APIRouter()
    every.include_router(_everybodys(guard, pages))
    every.include_router(pages_admin.router(guard, pages, zone, cameras=cameras, groups=groups))
    every.include_router(api_accounts.router(guard, zone))
    return every


def _everybodys(guard: Guard, pages: Pages) -> APIRouter:
    own = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @own.api_route("/login", methods=["GET", "HEAD"])
    async def login(request: Request) -> Response:
        to = local_path(request.query_params.get("next", ""))
        if guard.recognise(request, touch=True):
            return RedirectResponse(to, status_code=303)
        return pages.render(request, "login.html", entered="", to=to, error="")

    @own.post("/login")
    async def sign_in_(request: Request) -> Response:
        form = await fields_of(request)
        name, to = form.one("name"), local_path(form.one("next"))

        def again(status: int, error: str, **headers: str) -> Response:
            page = pages.render(
                request, "login.html", status=status, entered=name[:100], to=to, error=error
            )
            page.headers.update({key.replace("_", "-"): value for key, value in headers.items()})
            return page

        try:
            account = await sign_in.sign_in(guard, request, name, form.one("password"))
        except SlowDown as error:
            return again(429, str(error), retry_after=str(error.retry_after_s))
        except TooBusy as error:
            return again(503, str(error), retry_after="5")
        if account is None:
            return again(401, _WRONG)
        response = RedirectResponse("/password" if account.must_change else to, status_code=303)
        sign_in.begin(guard, request, response, account)
        guard.audit.write(account.name, "signed in")
        return response

    @own.post("/logout")
    async def logout(request: Request, who: Anybody) -> Response:
        form = await fields_of(request)
        if form.one("everywhere"):
            guard.sessions.end_all(who.name)
        response = RedirectResponse("/login", status_code=303)
        sign_in.end(guard, request, response)
        what = "signed out everywhere" if form.one("everywhere") else "signed out"
        guard.audit.write(who, what)
        return response

    @own.get("/password")
    async def password(request: Request, who: Anybody) -> Response:
        return _password_page(request, who)

    def _password_page(
        request: Request, who: Principal, status: int = 200, old: str = "", new: str = ""
    ) -> Response:
        account = guard.accounts.find(who.name)
        return pages.render(
            request,
            "password.html",
            who=who,
            status=status,
            shortest=SHORTEST,
            must=account is not None and account.must_change,
            old_error=old,
            new_error=new,
        )

    @own.post("/password")
    async def change(request: Request, who: Anybody) -> Response:
        form = await fields_of(request)
        if form.one("new") != form.one("again"):
            return _password_page(request, who, 400, new="the two new passwords differ")
        try:
            # A session that somebody took over is no place to guess the password at, either.
            if await sign_in.sign_in(guard, request, who.name, form.one("old")) is None:
                return _password_page(request, who, 400, old="the present password is not right")
            account = await guard.accounts.change_password(
                who.name, form.one("old"), form.one("new")
            )
        except PasswordRefused as error:
            return _password_page(request, who, 400, new=str(error))
        except AccountRefused as error:
            return _password_page(request, who, 400, old=str(error))
        except SlowDown as error:
            page = _password_page(request, who, 429, old=str(error))
            page.headers["Retry-After"] = str(error.retry_after_s)
            return page
        except TooBusy as error:
            return _password_page(request, who, 503, old=str(error))
        guard.sessions.end_all(who.name)
        response = RedirectResponse("/", status_code=303)
        sign_in.begin(guard, request, response, account)
        guard.audit.write(who, "password changed")
        return response

    return own
