"""The supervisor's authenticated socket: what the console asks, and the orders it brings.

HTTP on a Unix socket that only the site's own user may open, with a token that is new at each
start. It tells no secret, a camera's address only where an error of the camera's names it (without
user and password), and gives out pictures and clips of the media folder alone.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import re
import secrets
import socket
from collections.abc import Callable, Container
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.config import Site
from pipeline.ledger import ORDER_KINDS, Ledger, LedgerError
from pipeline.live_pictures import LivePictures, NoPicture
from pipeline.media_folder import MediaFolder
from pipeline.playable import ConverterBusy, NotConvertible, Playable, video_codec
from pipeline.serving import AppServer
from pipeline.sockets import SocketUnusable, unix_socket

#: Connections and requests at a time: a console holds at most 30.
_CONCURRENCY = 64
_ORDER_BYTES = 16 << 10
_PART = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")
_TYPES = {".mp4": "video/mp4", ".jpg": "image/jpeg"}
#: Names of an order's own, that its detail cannot have.
_OWN = frozenset({"self", "kind", "by", "camera", "rule"})

View = Callable[[], dict[str, Any]]


class PlacedOrder(BaseModel):
    """An order as it is brought."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    kind: str
    by: Annotated[str, Field(min_length=1, max_length=128)]
    camera: str = ""
    rule: str = ""
    detail: dict[str, Any] = Field(default_factory=dict)


class ControlServer:
    """Serves the socket inside the supervisor's event loop.

    Args:
        site: the validated site file.
        live: the cameras' live pictures.
        site_view: tells what the site is.
        state_view: tells how it is now.
    """

    def __init__(self, site: Site, live: LivePictures, site_view: View, state_view: View) -> None:
        self._path = site.state_dir / "control.sock"
        self._token_path = site.state_dir / "control.token"
        folder = MediaFolder(site.state_dir / "media", site.media.reserve_mb)
        # A clip may begin at a keyframe well before its time.
        self._playable = Playable(folder, max_s=site.media.max_clip + site.media.ring)
        self._app = build_app(site, live, self._playable, site_view, state_view)
        self._server: AppServer | None = None

    def include(self, routes: APIRouter) -> None:
        """Serve the routes of another part of the line too; before `start`."""
        self._app.include_router(routes)

    async def start(self) -> None:
        """Write a new token and listen.

        Raises:
            SocketUnusable: the path is too long, or the folder cannot be written.
        """
        token = secrets.token_urlsafe(32)
        self._server = AppServer(
            TokenWall(self._app, token), lambda: self._listen(token), concurrency=_CONCURRENCY
        )
        await self._server.start()

    async def stop(self) -> None:
        """Stop serving, and remove socket and token."""
        if self._server is not None:
            await self._playable.close()
            await self._server.stop()
            for path in (self._path, self._token_path):
                path.unlink(missing_ok=True)

    def _listen(self, token: str) -> socket.socket:
        sock = unix_socket(self._path)
        try:
            write_private(self._token_path, token)
        except OSError as error:
            sock.close()
            raise SocketUnusable(
                f"{self._token_path}: {error.strerror}: make room on the disk, or give this user "
                "the right to its folder"
            ) from error
        return sock


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in one step. Raises OSError."""
    partial = path.with_name(f".{path.name}.tmp")
    partial.unlink(missing_ok=True)
    fd = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(text)
    partial.replace(path)


class TokenWall:
    """Lets nothing through to an application but requests that carry the token.

    Args:
        app: an ASGI application.
        token: compared in constant time.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection: the ASGI interface."""
        if scope["type"] != "http":
            return  # no answer: the server refuses the connection
        brought = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(brought) == 1 and hmac.compare_digest(brought[0], self._expected):
            await self._app(scope, receive, send)
            return
        refusal = JSONResponse(
            {"detail": "the token in control.token is needed"},
            status_code=401,
            headers={"WWW-Authenticate": "Bearer"},
        )
        await refusal(scope, receive, send)


# --- routes --------------------------------------------------------------------------------------


def build_app(
    site: Site, live: LivePictures, playable: Playable, site_view: View, state_view: View
) -> FastAPI:
    """Return the application, which knows nothing of tokens (see `TokenWall`)."""
    app = FastAPI(title="Hearsight control", docs_url=None, redoc_url=None, openapi_url=None)
    media = site.state_dir / "media"
    ledger = site.state_dir / "learning.sqlite3"

    @app.exception_handler(LedgerError)
    async def ledger_error(_request: Request, error: LedgerError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=507)

    @app.get("/v1/site")
    async def told_site() -> JSONResponse:
        return JSONResponse(site_view())

    @app.get("/v1/state")
    async def told_state() -> JSONResponse:
        return JSONResponse(state_view())

    @app.get("/v1/cameras/{camera}/picture")
    async def picture(camera: str) -> Response:
        if camera not in site_view().get("cameras", site.cameras):
            raise HTTPException(404, "there is no such camera")
        try:
            jpeg, captured_at = await live.newest(camera)
        except NoPicture as error:
            told = {"detail": str(error)}
            return JSONResponse(told, status_code=503, headers={"X-No-Picture": "1"})
        headers = {"X-Captured-At": f"{captured_at:.3f}", "Cache-Control": "no-store"}
        return Response(jpeg, media_type="image/jpeg", headers=headers)

    @app.api_route("/v1/media/{path:path}", methods=["GET", "HEAD"])
    async def file(path: str, request: Request) -> Response:
        found = file_of(media, path)
        if found is None:
            raise HTTPException(404, "there is no such file")
        headers = {}
        try:
            if found.suffix == ".mp4":
                if request.query_params.get("as") == "h264":
                    found = await playable.of(found)
                codec = await asyncio.to_thread(video_codec, found)
                headers["X-Video-Codec"] = codec or "none"
            stat = found.stat()
        except ConverterBusy as error:
            raise HTTPException(503, str(error), headers={"Retry-After": "5"}) from None
        except NotConvertible as error:
            raise HTTPException(422, str(error)) from None
        except OSError:
            raise HTTPException(404, "there is no such file any more") from None
        kind = _TYPES[found.suffix]
        return FileResponse(found, media_type=kind, headers=headers, stat_result=stat)

    @app.post("/v1/orders", status_code=202)
    async def place(request: Request) -> dict[str, int]:
        # People may have added rules to those of the file, and the file may be another by now.
        now = site_view()
        names = (now.get("cameras", site.cameras), now.get("rules", site.rules))
        order = _order(*names, await body_of(request, "an order"))
        return {"number": await asyncio.to_thread(_place, ledger, order)}

    @app.get("/v1/orders/{number}")
    async def outcome(number: int) -> dict[str, Any]:
        if not 0 < number < 1 << 63:
            raise HTTPException(404, "there is no such order")
        return await asyncio.to_thread(_outcome, ledger, number)

    @app.get("/v1/arming")
    async def arming() -> dict[str, Any]:
        return await asyncio.to_thread(_standing, ledger, "arming")

    return app


def file_of(root: Path, path: str) -> Path | None:
    """The file ``camera/incident/name`` of the media folder; None where there is none to be shown.

    Only pictures and clips by plain names: nothing hidden, half written, or reached by a link.
    """
    parts = path.split("/")
    if len(parts) != 3 or not all(_PART.match(part) and ".." not in part for part in parts):
        return None
    found = root.joinpath(*parts)
    if found.suffix not in _TYPES:
        return None
    try:
        # A link anywhere below the root would resolve to something else.
        real = found.resolve(strict=True)
    except OSError:
        return None
    return found if real == root.resolve() / path and real.is_file() else None


async def body_of(request: Request, what: str) -> bytes:
    """The body of a request, ``what`` in words. Raises HTTPException where it is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _ORDER_BYTES:
            raise HTTPException(413, f"{what} has at most {_ORDER_BYTES} bytes")
    return body


def what_is_wrong(error: ValidationError, what: str) -> str:
    """What is wrong with a body, in at most 1000 characters, without repeating it."""
    return "; ".join(
        f"{'.'.join(map(str, e['loc'])) or what}: {e['msg']}"
        for e in error.errors(include_input=False, include_url=False)
    )[:1000]


def _order(cameras: Container[str], rules: Container[str], body: bytes) -> PlacedOrder:
    try:
        order = PlacedOrder.model_validate_json(body)
    except ValidationError as error:
        raise HTTPException(422, what_is_wrong(error, "order")) from None
    known = ", ".join(sorted(ORDER_KINDS))
    if order.kind not in ORDER_KINDS:
        raise HTTPException(400, f"nobody knows the order {order.kind[:64]!r}: there are {known}")
    if order.camera and order.camera not in cameras:
        raise HTTPException(400, f"there is no camera {order.camera[:64]!r}")
    if order.rule and order.rule not in rules:
        raise HTTPException(400, f"there is no rule {order.rule[:64]!r}")
    if _OWN & order.detail.keys():
        raise HTTPException(400, f"a detail cannot be named {min(_OWN & order.detail.keys())}")
    return order


def _place(path: Path, order: PlacedOrder) -> int:
    with Ledger(path) as ledger:
        return ledger.place(
            order.kind, by=order.by, camera=order.camera, rule=order.rule, **order.detail
        )


def _outcome(path: Path, number: int) -> dict[str, Any]:
    with Ledger(path) as ledger:
        order = ledger.order(number)
    if order is None:
        raise HTTPException(404, "there is no such order")
    return {
        "number": order.id,
        "at": order.at,
        "by": order.by,
        "kind": order.kind,
        "camera": order.camera,
        "rule": order.rule,
        "outcome": order.outcome,
    }


def _standing(path: Path, prefix: str) -> dict[str, Any]:
    with Ledger(path) as ledger:
        return ledger.standing(prefix)
