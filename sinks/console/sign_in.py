"""Signing in and out: the password, the throttle, the session and its cookies."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sinks.console import audit
from sinks.console.accounts import Account, normal_name
from sinks.console.guard import Guard
from sinks.console.passwords import TooBusy
from sinks.console.sessions import COOKIE
from sinks.console.throttle import DEVICE_COOKIE, DEVICE_S


async def sign_in(guard: Guard, request: Request, name: str, password: str) -> Account | None:
    """The account whose password this is, or None; every try counts and stands in the audit log.

    Raises:
        SlowDown: it comes too early after failed ones.
        TooBusy: too many are being checked.
    """
    name = normal_name(name)
    attempt = guard.throttle.admit(name, audit.address.get(), request.cookies.get(DEVICE_COOKIE))
    try:
        account = await guard.accounts.sign_in(name, password)
    except TooBusy:
        guard.throttle.taken_back(attempt)
        raise
    if account is None:
        # What people type for a name is at times their password: only a name that exists is kept.
        known = guard.accounts.find(name) is not None
        guard.audit.write(name if known else "unknown", "sign-in failed")
        return None
    request.state.device = guard.throttle.succeeded(attempt)
    return account


def begin(guard: Guard, request: Request, response: Response, account: Account) -> None:
    """Begin a session with a new token in this browser; the one it had ends.

    Args:
        guard: with the sessions.
        request: of somebody whose password was right.
        response: gets the cookies.
        account: theirs.
    """
    if before := request.cookies.get(COOKIE):
        guard.sessions.end(before)
    token = guard.sessions.begin(account.name, account.generation)
    # Without an age: it goes with the browser. Strict: no other site's page makes use of it; links
    # from other sites are led round (see `refusals.unknown`).
    response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="strict")
    if device := getattr(request.state, "device", None):
        response.set_cookie(
            DEVICE_COOKIE,
            device,
            max_age=int(DEVICE_S),
            path="/",
            secure=True,
            httponly=True,
            samesite="strict",
        )


def end(guard: Guard, request: Request, response: Response) -> None:
    """End this browser's session."""
    if token := request.cookies.get(COOKIE):
        guard.sessions.end(token)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
