"""A console with nothing but its accounts, and browsers to visit it with."""

from __future__ import annotations

import re
import zoneinfo
from pathlib import Path
from typing import Annotated, Any

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.requests import ClientDisconnect
from starlette.types import Message

from sinks.console import pages_account
from sinks.console.accounts import EVERYTHING, Principal, Rights, Role
from sinks.console.audit import Filter
from sinks.console.guard import Guard, needs
from sinks.console.passwords import Hashes
from sinks.console.render import STATIC, Pages

HOME = "https://console.test"
PASSWORD = "a ladder by the green gate"
CAMERAS = ("front", "gate", "yard")
GROUPS = {"outside": frozenset({"gate", "yard"})}


class Clock:
    """A clock that is put forward by hand; seconds since the epoch."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += seconds


def let_in(
    guard: Guard, name: str, role: Role, rights: Rights = EVERYTHING, password: str = PASSWORD
) -> None:
    """Make an account whose owner has chosen a password already."""
    guard.accounts.add(name, role, rights, by="test")
    with guard.accounts._using() as db:
        db.execute(
            "UPDATE accounts SET password = ?, must_change = 0 WHERE name = ?",
            (Hashes(memory_kib=64, passes=1).make(password), name),
        )


class Reception:
    """The guard, an app of a few routes behind it, and the clock on the wall."""

    def __init__(self, folder: Path, *, clock: Clock | None = None) -> None:
        self.folder = folder
        self.clock = clock or Clock()
        self.groups = dict(GROUPS)
        self.guard = Guard.of(
            folder,
            lambda group: self.groups.get(group, frozenset()),
            hosts=["console.test", "127.0.0.1", "[::1]"],
            # Cheap: what is tried here is not how much work a hash is.
            hashes=Hashes(memory_kib=64, passes=1),
            now=self.clock,
        )
        self.app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        self.guard.protect(self.app)
        zone = zoneinfo.ZoneInfo("Europe/Berlin")
        pages = Pages("depot", zone)
        pages.share(operator=Role.OPERATOR)
        self.app.mount("/static", StaticFiles(directory=STATIC), name="static")
        self.app.include_router(
            pages_account.router(
                self.guard, pages, zone, cameras=lambda: CAMERAS, groups=lambda: list(GROUPS)
            )
        )
        add_routes(self.app)
        self.guard.check(self.app)

    def add(
        self, name: str, role: Role, rights: Rights = EVERYTHING, *, password: str = PASSWORD
    ) -> str:
        """An account whose owner has chosen a password already."""
        let_in(self.guard, name, role, rights, password)
        return name

    def said(self, what: str) -> list[dict[str, Any]]:
        """The details in the audit log under this heading, the oldest first."""
        lines = self.guard.audit.entries(Filter(what=what), limit=500)
        return [{"who": line.who, **line.detail} for line in reversed(lines)]

    def browser(self, address: str = "192.0.2.7", home: str = HOME) -> Browser:
        return Browser(self, address, home)


def add_routes(app: FastAPI) -> None:
    """One route for each role, a camera's picture, and a stream without an end."""

    @app.get("/")
    async def wall(who: Annotated[Principal, needs(Role.VIEWER)]) -> str:
        return who.name

    @app.get("/api/v1/cameras/{camera}/picture")
    async def picture(camera: str, who: Annotated[Principal, needs(Role.VIEWER)]) -> str:
        who.require(camera)
        if camera not in CAMERAS:
            raise HTTPException(404, "there is no such camera")
        return f"picture of {camera}"

    @app.post("/api/v1/acknowledge", dependencies=[needs(Role.OPERATOR)])
    async def acknowledge() -> str:
        return "acknowledged"

    @app.post("/api/v1/rules", dependencies=[needs(Role.ADMIN)])
    async def rules() -> str:
        return "saved"

    @app.get("/api/v1/defect", dependencies=[needs(Role.VIEWER)])
    async def defect() -> str:
        raise RuntimeError("a defect that knows secrets")

    @app.get("/api/v1/live", dependencies=[needs(Role.VIEWER)])
    async def live() -> StreamingResponse:
        async def parts() -> Any:
            while True:
                yield "data: tick\n\n"

        return StreamingResponse(parts(), media_type="text/event-stream")


class Browser:
    """Keeps cookies, names its pages as the origin, and sends the token of its session."""

    def __init__(self, reception: Reception, address: str, home: str) -> None:
        self.reception = reception
        self.home = home
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(reception.app, client=(address, 50000)), base_url=home
        )
        self.csrf = ""

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.ask("GET", path, **headers)

    async def ask(self, method: str, path: str, **headers: str) -> httpx.Response:
        response = await self.client.request(method, path, headers=_names(headers))
        if found := re.search(r'name="csrf-token" content="(\w*)"', response.text):
            self.csrf = found[1]
        return response

    async def post(
        self, path: str, form: dict[str, Any] | None = None, **headers: str
    ) -> httpx.Response:
        """Send a form as a page of the console does."""
        response = await self.client.post(
            path,
            data={"csrf": self.csrf, **(form or {})},
            headers={"Origin": self.home, **_names(headers)},
        )
        if found := re.search(r'name="csrf-token" content="(\w*)"', response.text):
            self.csrf = found[1]
        return response

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send JSON as a script of the console does."""
        return await self.client.request(
            method, path, json=body, headers={"Origin": self.home, "X-CSRF-Token": self.csrf}
        )

    async def sign_in(
        self, name: str, password: str = PASSWORD, to: str = "/password"
    ) -> httpx.Response:
        response = await self.post("/login", {"name": name, "password": password, "next": to})
        if response.status_code == 303:
            await self.get("/password")
        return response

    def cookie(self, name: str = "__Host-hearsight") -> str | None:
        return self.client.cookies.get(name)


def _names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


async def raw(
    app: Any,
    method: str,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    kind: str = "http",
    parts: list[bytes] | None = None,
    most: int = 1_000_000,
) -> tuple[int, dict[str, str], list[Message]]:
    """One request as a server hands it on, whatever its path and method.

    Args:
        app: the application.
        method: any text.
        path: decoded already.
        headers: beside Host.
        kind: ``http`` or ``websocket``.
        parts: of the body, as they arrive.
        most: the browser goes away after so many messages.

    Returns:
        The status (0: none), the headers, and every message.
    """
    said = {"host": "console.test", **(headers or {})}
    scope = {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https" if kind == "http" else "wss",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in said.items()],
        "client": ("192.0.2.7", 50000),
        "server": ("console.test", 443),
        "subprotocols": [],
    }
    if kind == "websocket":
        del scope["method"]
    waiting = list(parts or [b""])
    messages: list[Message] = []

    async def receive() -> Message:
        if kind == "websocket":
            return {"type": "websocket.connect"}
        if waiting:
            part = waiting.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(waiting)}
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        messages.append(message)
        if len(messages) >= most:
            raise OSError("the browser went away")

    try:
        await app(scope, receive, send)
    except (OSError, ClientDisconnect):
        if len(messages) < most:
            raise
    first = messages[0] if messages else {}
    found = {k.decode().lower(): v.decode() for k, v in first.get("headers", [])}
    return first.get("status", 0), found, messages
