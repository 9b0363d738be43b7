"""The guard at work: each request passes it before any route, and each part of a stream after."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sinks.console import audit, bodies, refusals
from sinks.console.accounts import AccountsError
from sinks.console.bodies import BodyRefused
from sinks.console.origins import own_page
from sinks.console.sessions import SessionsError
from sinks.console.tokens import TokensError

if TYPE_CHECKING:
    from sinks.console.guard import Guard, Known

log = structlog.get_logger()

#: Where a request's `Principal` stands, for the routes.
WHO = "hearsight.principal"
#: What somebody who is not signed in may ask for, beside what lies under `STATIC`.
PUBLIC = {
    "/login": frozenset({"GET", "HEAD", "POST"}),
    "/healthz": frozenset({"GET", "HEAD"}),
}
STATIC = "/static/"
#: What is left to somebody who must change the password first.
_BEFORE_CHANGE = ("/password", "/logout")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_PATH = 2_000
UNUSABLE = (AccountsError, SessionsError, TokensError)


class Middleware:
    """Pure ASGI: nothing of an answer is held back.

    Args:
        app: what it stands before.
        guard: who knows the accounts.
    """

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        audit.address.set(str(client[0]) if client else "")
        secure = self._guard.https or scope["scheme"] in ("https", "wss")
        static = scope["path"].startswith(STATIC)
        send = refusals.with_headers(send, secure=secure, static=static)
        asked = _Request(scope, "https" if secure else "http")
        refusal = self._at_the_door(asked)
        known: Known | None = None
        if refusal is None and not asked.public:
            known, refusal = self._who(asked)
        if refusal is None and asked.has_body:
            limit = bodies.LARGEST if known else bodies.LARGEST_STRANGER
            try:
                body = await bodies.read(receive, asked.headers, limit)
            except BodyRefused as error:
                refusal = refusals.refuse(error.status, str(error), api=asked.api)
            else:
                receive = bodies.replayed(body, receive)
                if known and known.principal.csrf and not asked.safe:
                    refusal = _forged(asked, body, known.principal.csrf)
        if refusal is not None:
            if asked.websocket:
                await send({"type": "websocket.close", "code": 1008})
            else:
                await refusal(scope, receive, send)
            return
        stream = _Stream(self._guard, asked.connection, known, send)
        if known is not None:
            scope[WHO] = known.principal
        await stream.run(self._app, scope, receive, api=asked.api)

    def _at_the_door(self, asked: _Request) -> Response | None:
        """What is refused whoever asks."""
        if len(asked.headers.getlist("host")) != 1 or asked.headers["host"] not in (
            self._guard.hosts
        ):
            text = "this console does not go by that name: see console.names in the site file"
            return refusals.refuse(400, text, api=asked.api)
        if not asked.scope["query_string"].isascii():
            # No server of ours lets it through; what reads addresses would fail over it.
            text = "an address holds plain characters: write any other as %XX"
            return refusals.refuse(400, text, api=asked.api)
        if not _plain(asked.path):
            return refusals.refuse(404, "there is no such page", api=asked.api)
        if asked.public and not asked.safe and not own_page(asked.headers, asked.scheme):
            return refusals.refuse(403, refusals.FOREIGN, api=False)
        return None

    def _who(self, asked: _Request) -> tuple[Known | None, Response | None]:
        """Who asks; or why not."""
        try:
            known = self._guard.recognise(asked.connection, touch=not asked.safe or not asked.api)
        except UNUSABLE as error:
            log.error("accounts unusable", reason=str(error))
            return None, unusable(asked.api)
        if known is None:
            if asked.websocket:
                return None, refusals.refuse(401, "sign in first", api=True)
            return None, refusals.unknown(asked.scope, api=asked.api)
        if known.must_change and asked.path not in _BEFORE_CHANGE:
            return None, refusals.change_first(api=asked.api)
        changes = asked.websocket or not asked.safe
        if changes and known.principal.csrf and not own_page(asked.headers, asked.scheme):
            return None, refusals.refuse(403, refusals.FOREIGN, api=asked.api)
        return known, None


class _Request:
    """What the guard looks at."""

    def __init__(self, scope: Scope, scheme: str) -> None:
        self.scope = scope
        self.scheme = scheme
        self.connection = HTTPConnection(scope)
        self.headers = Headers(scope=scope)
        self.path: str = scope["path"]
        self.api = is_api(self.path)
        self.websocket = scope["type"] == "websocket"
        method = "GET" if self.websocket else scope["method"]
        self.safe = method in _SAFE
        self.public = not self.websocket and (
            self.path.startswith(STATIC) or method in PUBLIC.get(self.path, ())
        )
        self.has_body = not self.websocket and (
            not self.safe
            or "transfer-encoding" in self.headers
            or self.headers.get("content-length", "0") != "0"
        )


class _Ended(OSError):
    """The right to a stream has ended: to the route, as if the browser had gone."""


class _Stream:
    """Sends an answer's parts only as long as who asked for them may still have them.

    Args:
        guard: asked again before each part.
        connection: the request.
        known: who asked; None: anybody may have it.
        send: of the request.
    """

    def __init__(
        self, guard: Guard, connection: HTTPConnection, known: Known | None, send: Send
    ) -> None:
        self._guard = guard
        self._connection = connection
        self._known = known
        self._send = send
        self._begun = False
        self._measured = False
        self._ended = False

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive, *, api: bool) -> None:
        """Let ``app`` answer; a defect of ours is logged, and nothing of it is shown."""
        try:
            await app(scope, receive, self._part)
        except ClientDisconnect:
            # It went away, or was sent away.
            pass
        except Exception as error:
            if self._ended:
                return
            if self._begun or scope["type"] != "http":
                raise
            log.error("a request failed", path=scope["path"], exc_info=error)
            await refusals.refuse(500, "something went wrong here", api=api)(
                scope, receive, self._send
            )

    async def _part(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            self._begun = True
            self._measured = "content-length" in Headers(raw=message["headers"])
        goes_on = kind == "websocket.send" or (
            kind == "http.response.body" and message.get("more_body", False)
        )
        if self._ended or (goes_on and not self._still()):
            if not self._ended:
                self._ended = True
                if kind == "websocket.send":
                    await self._send({"type": "websocket.close", "code": 1008})
                elif not self._measured:
                    await self._send({"type": "http.response.body", "body": b""})
            raise _Ended("the right to this stream has ended")
        await self._send(message)

    def _still(self) -> bool:
        if self._known is None:
            return True
        try:
            return self._guard.recognise(self._connection, touch=False) == self._known
        except UNUSABLE as error:
            log.error("accounts unusable", reason=str(error))
            return False


def is_api(path: str) -> bool:
    """Whether answers on this path are for programs: JSON, and nobody is sent to a page."""
    return path.startswith("/api/")


def unusable(api: bool) -> Response:
    """The answer while the file of accounts cannot be used."""
    return refusals.refuse(503, "the accounts cannot be read: see the console's log", api=api)


def _forged(asked: _Request, body: bytes, csrf: str) -> Response | None:
    said = asked.headers.get("x-csrf-token") or bodies.field(body, asked.headers, "csrf") or ""
    if hmac.compare_digest(said.encode("utf-8", "replace"), csrf.encode()):
        return None
    return refusals.refuse(403, refusals.FORGED, api=asked.api)


def _plain(path: str) -> bool:
    """Whether a path, decoded, is one that some route may have."""
    return (
        len(path) <= _LONGEST_PATH
        and path.startswith("/")
        and "//" not in path
        and "\\" not in path
        and not any(part in (".", "..") for part in path.split("/"))
        and not any(ord(sign) < 0x20 or ord(sign) == 0x7F for sign in path)
    )
