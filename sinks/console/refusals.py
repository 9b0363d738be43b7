"""What the guard answers by itself, and the headers that every answer carries."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import Message, Scope, Send

FOREIGN = "this request does not come from a page of this console: load the page and try again"
FORGED = "this page is no longer valid: load it again and try again"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_DEVICES = ("camera", "microphone", "geolocation", "usb", "serial", "payment", "midi")
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{device}=()" for device in _DEVICES),
}
_HSTS = "max-age=31536000"


def with_headers(send: Send, *, secure: bool, static: bool) -> Send:
    """A ``send`` that puts the security headers on whatever the answer is.

    Args:
        send: of the request.
        secure: whether the browser came by TLS: then it is told to keep to it for a year.
        static: whether this is a file of the program, which a browser may keep (and ask whether it
            is still the same); all else is kept nowhere.
    """

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            message.setdefault("headers", [])
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if secure:
                headers["Strict-Transport-Security"] = _HSTS
            if static:
                headers.setdefault("Cache-Control", "no-cache")
            else:
                headers["Cache-Control"] = "no-store"
        await send(message)

    return wrapped


def refuse(status: int, text: str, *, api: bool) -> Response:
    """A refusal: JSON for a program, plain text for a person."""
    if api:
        return JSONResponse({"detail": text}, status_code=status)
    return PlainTextResponse(f"{text}\n", status_code=status)


def unknown(scope: Scope, *, api: bool) -> Response:
    """The answer to somebody who is not signed in: 401 for a program, the sign-in for a person."""
    headers = Headers(scope=scope)
    if api:
        return JSONResponse(
            {"detail": "sign in, or send a valid token"},
            status_code=401,
            headers={"WWW-Authenticate": "Bearer"},
        )
    here = _here(scope)
    if scope["method"] != "GET":
        return RedirectResponse("/login", status_code=303)
    if (
        headers.get("sec-fetch-site") in ("cross-site", "same-site")
        and headers.get("sec-fetch-mode") == "navigate"
    ):
        # A link in a message or another page: the browser keeps a strict cookie back. A page of
        # our own that leads to the same address gets it sent, if there is one.
        return HTMLResponse(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Hearsight</title>'
            f'<meta http-equiv="refresh" content="0; url={escape(here)}"></head>'
            f'<body><p><a href="{escape(here)}">Go on to the console</a></p></body></html>'
        )
    to = "/login" if here == "/" else f"/login?next={quote(here, safe='')}"
    return RedirectResponse(to, status_code=303)


def change_first(*, api: bool) -> Response:
    """The answer to somebody whose password was made by the program or an admin."""
    if api:
        return refuse(403, "change the password first, on the page /password", api=True)
    return RedirectResponse("/password", status_code=303)


def _here(scope: Scope) -> str:
    """The path that was asked for, with its query, as a link to it."""
    query = scope["query_string"].decode("latin-1")
    path = quote(scope["path"], safe="/:@!$&()*+,;=~-._")
    return f"{path}?{quote(query, safe='/:@!$&()*+,;=~-._?%')}" if query else path
