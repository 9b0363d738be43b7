"""Requests made of any bytes, sent straight to an application: no client mends them on the way."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread

_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "BREW")
#: Between method, path, headers and body.
_CUT = b"\x1e"
_LONGEST_S = 20.0


Headers = list[tuple[bytes, bytes]]


class Served:
    """An application, the loop that it lives in, and who asks.

    Args:
        app: an ASGI application.
        portal: into its event loop.
        sign_in: gives the headers of somebody who may do everything; a case may take his rights.
    """

    def __init__(self, app: Any, portal: Any, sign_in: Callable[[], Headers]) -> None:
        self.app, self.portal, self.sign_in = app, portal, sign_in
        self.headers = sign_in()


def request_of(data: bytes, headers: Headers) -> tuple[dict[str, Any], bytes]:
    """The ASGI scope and the body that some bytes stand for: ``method, path, headers, body``."""
    parts = data.split(_CUT, 3) + [b""] * 4
    method, target, told, body = parts[:4]
    path, _, query = target.partition(b"?")
    name = method.decode("latin-1")
    named = [line.partition(b":") for line in told.split(b"\n") if line]
    given = [(key.strip().lower(), value.strip()) for key, _, value in named]
    from urllib.parse import unquote

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": name if name in _METHODS else _METHODS[len(method) % len(_METHODS)],
        "scheme": "https",
        "path": unquote(path.decode("latin-1")) or "/",
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"console.test"), *headers, *given],
        "client": ("192.0.2.9", 4711),
        "server": ("console.test", 443),
        "state": {},
    }
    return scope, body


def web_target(served: Served) -> Callable[[bytes], None]:
    """Sends one request a case, signed in and as a stranger: no defect of ours, no waiting."""

    async def ask(scope: dict[str, Any], body: bytes) -> int:
        told: list[dict[str, Any]] = []
        sent = False

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            told.append(message)

        with anyio.fail_after(_LONGEST_S):
            await served.app(scope, receive, send)
        starts = [one["status"] for one in told if one["type"] == "http.response.start"]
        assert len(starts) == 1, told
        status: int = starts[0]
        return status

    def try_one(data: bytes) -> None:
        for headers in (served.headers, []):
            scope, body = request_of(data, headers)
            status = served.portal.call(ask, scope, body)
            # 501, 503 and 507 are said on purpose: there is no line, or no room.
            assert status < 500 or status in (501, 503, 507), (status, scope["path"], body)
            if headers and status == 401:
                served.headers = served.sign_in()

    return try_one


@contextmanager
def console() -> Iterator[Served]:
    """The operators' console, with an incident in it, asked by an admin's token."""
    from sinks.console.accounts import EVERYTHING, Role
    from tests.sinks.builders import make_alert
    from tests.sinks.console.desktop import Desktop

    with (
        tempfile.TemporaryDirectory(prefix="hs-") as folder,
        anyio.from_thread.start_blocking_portal() as portal,
    ):
        desk = Desktop(Path(folder))
        with portal.wrap_async_context_manager(desk.open()):
            portal.call(desk.came, make_alert())
            numbers = itertools.count()

            def sign_in() -> Headers:
                name = f"root{next(numbers)}"
                rights = (Role.ADMIN, EVERYTHING)
                portal.call(lambda: desk.guard.accounts.add(name, *rights, by="test"))
                _, secret = portal.call(
                    lambda: desk.guard.tokens.make("fuzz", *rights, days=1, by=name)
                )
                return [(b"authorization", f"Bearer {secret}".encode())]

            yield Served(desk.app, portal, sign_in)


class _NoPictures:
    """No camera shows anything."""

    async def newest(self, camera: str) -> tuple[bytes, float]:
        from pipeline.live_pictures import NoPicture

        raise NoPicture(f"{camera} shows nothing")


@contextmanager
def control() -> Iterator[Served]:
    """The supervisor's socket, behind its token."""
    from pipeline.control import build_app
    from pipeline.control_rules import routes
    from pipeline.media_folder import MediaFolder
    from pipeline.playable import Playable
    from pipeline.rehearse.desk import RehearsalDesk
    from pipeline.rule_desk import RuleDesk
    from tests.pipeline.rehearse.days import site_in

    with (
        tempfile.TemporaryDirectory(prefix="hs-") as folder,
        anyio.from_thread.start_blocking_portal() as portal,
    ):
        root = Path(folder)
        site = site_in(root)
        playable = Playable(MediaFolder(root / "media", 0), max_s=60.0)
        app = build_app(site, _NoPictures(), playable, dict, dict)  # type: ignore[arg-type]

        async def embedded(_site: Any) -> Any:
            raise AssertionError("nothing is rehearsed here")

        desk = RuleDesk(site)
        app.include_router(routes(desk, RehearsalDesk(root / "rehearsals", embedded)))
        yield Served(app, portal, list)
