"""A supervisor's socket, played: what it answers the test decides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from pipeline.serving import AppServer
from pipeline.sockets import unix_socket
from sinks.console.line_client import LineClient


class FakeLine:
    """The far side of a `LineClient`.

    Args:
        state_dir: the site's data folder; its path must fit into a socket's address.
    """

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.token = "first-token"
        #: What is answered, by method and path: (status, headers, body).
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        #: What was asked, and every body that came with it.
        self.asked: list[str] = []
        self.bodies: list[Any] = []
        self.headers: list[dict[str, str]] = []

    def says(self, what: str, body: dict[str, Any]) -> None:
        """Answer ``what`` (method and path) with JSON."""
        self.answers[what] = (200, {}, JSONResponse(body).body)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen as a supervisor does that has just started."""
        (self.state_dir / "control.token").write_text(self.token)
        app = FastAPI(openapi_url=None)
        app.api_route("/{path:path}", methods=["GET", "HEAD", "POST"])(self._answer)
        server = AppServer(app, lambda: unix_socket(self.state_dir / "control.sock"))
        await server.start()
        try:
            yield
        finally:
            await server.stop()

    async def _answer(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Response(status_code=401)
        query = f"?{request.url.query}" if request.url.query else ""
        what = f"{request.method} {request.url.path}{query}"
        self.asked.append(what)
        self.headers.append(dict(request.headers))
        if request.method == "POST":
            self.bodies.append(await request.json())
        status, headers, body = self.answers.get(what, (404, {}, b'{"detail": "not there"}'))
        return Response(body, status, headers)


@asynccontextmanager
async def asking(line: FakeLine) -> AsyncIterator[LineClient]:
    """A client while the site runs."""
    async with line.listening(), LineClient(line.state_dir) as client:
        yield client
