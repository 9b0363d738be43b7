"""Requests made of any bytes, sent straight to an application: no client mends them on the way."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import unquote

import anyio
import anyio.from_thread

from tests.fuzz.asked import METHODS, Asked
from tests.fuzz.mutate import CUT

_LONGEST_S = 20.0
#: Who asks is renewed so often: cases end sessions and take rights.
_RENEWED = 100

Headers = list[tuple[bytes, bytes]]


class Served:
    """An application, the loop that it lives in, and who asks.

    Args:
        app: a FastAPI application.
        portal: into its event loop.
        sign_in: gives the headers of each who may ask, by name; the first asks where a case names
            nobody.
        words: what may stand for the ``{name}`` of its paths.
        description: what it says of its routes (OpenAPI).
        public: its paths that anybody may ask for; None: nobody is turned away.
        hidden: what those are never told who have no right to it, by name.
    """

    def __init__(
        self,
        app: Any,
        portal: Any,
        sign_in: Callable[[], dict[str, Headers]],
        words: Mapping[str, Sequence[str]],
        description: Mapping[str, Any],
        public: frozenset[str] | None = None,
        hidden: Mapping[str, bytes] | None = None,
    ) -> None:
        self.app, self.portal, self.sign_in = app, portal, sign_in
        self.words, self.description = words, description
        self.public, self.hidden = public, hidden or {}
        self.people = sign_in()


def request_of(data: bytes, people: Mapping[str, Headers]) -> tuple[str, dict[str, Any], bytes]:
    """Who asks, the ASGI scope and the body that some bytes stand for.

    They are ``method, address, headers, body``; a header ``as`` names who asks.
    """
    parts = data.split(CUT, 3) + [b""] * 4
    method, target, told, body = parts[:4]
    path, _, query = target.partition(b"?")
    name = method.decode("latin-1")
    named = [line.partition(b":") for line in told.split(b"\n") if line]
    given = [(key.strip().lower(), value.strip()) for key, _, value in named]
    who = next((value.decode("latin-1") for key, value in given if key == b"as"), "")
    if who not in people:
        who = next(iter(people))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": name if name in METHODS else METHODS[len(method) % len(METHODS)],
        "scheme": "https",
        "path": unquote(path.decode("latin-1")) or "/",
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [
            (b"host", b"console.test"),
            *people[who],
            *((key, value) for key, value in given if key != b"as"),
        ],
        "client": ("192.0.2.9", 4711),
        "server": ("console.test", 443),
        "state": {},
    }
    return who, scope, body


class WebTarget:
    """Sends one request a case, as who it names and as a stranger.

    No defect of ours, no waiting; a stranger gets public pages alone, and nobody is told what is
    hidden from him.
    """

    def __init__(self, served: Served, known: Iterable[bytes] = ()) -> None:
        self.served = served
        self.asked = Asked(served.app, served.description, served.words, known, list(served.people))
        self._count = 0

    def make(self, request: bytes, rng: random.Random) -> bytes:
        """A case: a new one, or one that is known with something changed."""
        return self.asked.anew(rng) if rng.random() < 0.5 else self.asked.changed(request, rng)

    def __call__(self, data: bytes) -> None:
        self._count += 1
        if self._count % _RENEWED == 0:
            self.served.people = self.served.sign_in()
        self.ask(data, self.served.people)
        self.ask(data, {"": []})

    def ask(self, data: bytes, people: Mapping[str, Headers]) -> int:
        """Send a request; returns its status."""
        served = self.served
        who, scope, body = request_of(data, people)
        status, told = served.portal.call(self._ask, scope, body)
        # 501, 503 and 507 are said on purpose: there is no line, or no room.
        assert status < 500 or status in (501, 503, 507), (status, scope["path"], body)
        if not who and served.public is not None and status < 300:
            assert _is_public(scope["path"], served.public), scope["path"]
        if who in served.hidden:
            assert served.hidden[who] not in told, scope["path"]
        return int(status)

    async def _ask(self, scope: dict[str, Any], body: bytes) -> tuple[int, bytes]:
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
            await self.served.app(scope, receive, send)
        starts = [one["status"] for one in told if one["type"] == "http.response.start"]
        assert len(starts) == 1, told
        return starts[0], b"".join(one.get("body", b"") for one in told)


def _is_public(path: str, public: frozenset[str]) -> bool:
    return path in public or path.startswith("/static/")


_WORDS = {
    "camera": ["yard", "gate", "hall"],
    "group": ["outside"],
    "incident": ["yard-fire-1", "yard-fire-2", "gate-fire-1"],
    "rule": ["fire", "fight", "smoke"],
    "number": ["1", "2", "r1"],
    "name": ["ann", "a.jpg", "nobody"],
    "kind": ["thumb.jpg", "heat.jpg", "nearest.jpg", "clip.mp4"],
    "path": ["nothing/here", "yard/yard-fire-2/thumb.jpg"],
    "view": ["whole"],
    "mode": ["", "day", "night", "off"],
}
_ARMING = {
    "modes": ["day", "night"],
    "groups": {"outside": ["yard", "gate"]},
    "cameras": {
        camera: {
            "mode": "day",
            "why": "schedule",
            "of": "site",
            "by": "",
            "until": None,
            "next": {"mode": "night", "at": 1.8e9},
            "rules": {"fire": "armed"},
        }
        for camera in ("yard", "gate")
    },
    "by_hand": [],
    "silences": [{"rule": "fire", "camera": "yard", "until": 1.8e9, "reason": "", "by": "ann"}],
}
#: A note to the other camera's incident.
_OF_THE_GATE = "seen at the gate alone"


async def _populate(desk: Any) -> None:
    """Incidents, one with media, and a line that answers."""
    from tests.sinks.builders import make_alert
    from tests.sinks.console.test_rules import MADE, REHEARSED, RULES
    from tests.sinks.console.test_search import found, moment

    own = "yard/yard-fire-2"
    media: dict[str, Any] = {"clip_path": f"{own}/clip.mp4", "thumb_path": f"{own}/thumb.jpg"}
    desk.came(make_alert())
    desk.came(make_alert("yard-fire-2", **media))
    desk.came(make_alert("gate-fire-1", camera="gate"))
    desk.parts.desk.note("gate-fire-1", "ann", _OF_THE_GATE)
    line = desk.line
    for path in media.values():
        # A part of each: of whole ones an export would be made, by a process of its own.
        part = (206, {"content-range": "bytes 0-1/9"}, b"\xff\xd8")
        line.answers |= {f"GET /v1/media/{path}{how}": part for how in ("", "?as=h264")}
    for camera in ("yard", "gate"):
        picture = (200, {"x-captured-at": "1800000000.25"}, b"\xff\xd8")
        line.answers[f"GET /v1/cameras/{camera}/picture"] = picture
    line.says("GET /v1/rules", RULES)
    for path in ("", "/undo", "/check"):
        line.says(f"POST /v1/rules/fire{path}", MADE)
    for path in ("POST /v1/rehearsals", "GET /v1/rehearsals/r1", "POST /v1/rehearsals/r1/cancel"):
        line.says(path, REHEARSED)
    line.answers["GET /v1/rehearsals/r1/pictures/a.jpg"] = (200, {}, b"\xff\xd8")
    line.says("GET /v1/arming", {"arming": _ARMING})
    line.answers["POST /v1/orders"] = (202, {}, b'{"number": 1}')
    line.says("GET /v1/orders/1", {"outcome": "done"})
    line.says("POST /v1/search", found(moment("yard"), moment("gate")))


@contextmanager
def _no_process() -> Iterator[None]:
    """An export of an incident without media is made here: nothing is decoded."""
    import msgspec

    from pipeline.errand import Outcome
    from pipeline.exports import make
    from pipeline.exports.child import make as made
    from pipeline.exports.wish import Wish

    async def here(_module: str, folder: str, *, given: bytes, limit_s: float) -> Outcome:
        assert not any((Path(folder) / "in").iterdir()), "this needs the process"
        wish = msgspec.json.decode(given, type=Wish)
        return Outcome(0, msgspec.json.encode(made(Path(folder), wish)), "")

    by_process = make.run_errand
    make.run_errand = here  # type: ignore[assignment]
    try:
        yield
    finally:
        make.run_errand = by_process


@contextmanager
def console() -> Iterator[Served]:
    """The operators' console with an incident at each of two cameras, and those who work there."""
    from sinks.console.accounts import EVERYTHING, Rights, Role
    from sinks.console.middleware import PUBLIC
    from sinks.console.sessions import COOKIE
    from tests.sinks.console.desktop import Desktop
    from tests.sinks.console.reception import let_in

    yard = Rights.of(cameras=["yard"])
    people = {
        "root": (Role.ADMIN, EVERYTHING),
        "operator": (Role.OPERATOR, EVERYTHING),
        "guard": (Role.OPERATOR, yard),
        "viewer": (Role.VIEWER, yard),
    }
    with (
        tempfile.TemporaryDirectory(prefix="hs-") as folder,
        anyio.from_thread.start_blocking_portal() as portal,
    ):
        desk = Desktop(Path(folder))

        async def made() -> dict[str, Headers]:
            guard = desk.guard
            with guard.accounts._using() as db:
                db.execute("DELETE FROM accounts")
            with guard.tokens._using() as db:
                db.execute("DELETE FROM tokens")
                # They are numbered from 1 again.
                db.execute("DELETE FROM sqlite_sequence WHERE name = 'tokens'")
            let_in(guard, "ann", Role.ADMIN)
            _, secret = guard.tokens.make("fuzz", Role.ADMIN, EVERYTHING, days=1, by="ann")
            asking: dict[str, Headers] = {}
            for name, (role, rights) in people.items():
                # Nobody guesses these: a case that gave rights to one would see what is hidden.
                account = f"{name}-{token_hex(8)}"
                let_in(guard, account, role, rights)
                found = guard.accounts.find(account)
                assert found is not None
                cookie = guard.sessions.begin(account, found.generation)
                session = guard.sessions.find(cookie, touch=False)
                assert session is not None
                asking[name] = [
                    (b"cookie", f"{COOKIE}={cookie}".encode()),
                    (b"x-csrf-token", session.csrf.encode()),
                    (b"origin", b"https://console.test"),
                ]
            asking["machine"] = [(b"authorization", f"Bearer {secret}".encode())]
            return asking

        with portal.wrap_async_context_manager(desk.open()), _no_process():
            portal.call(_populate, desk)
            yield Served(
                desk.app,
                portal,
                lambda: portal.call(made),
                _WORDS,
                desk.app.openapi(),
                frozenset(PUBLIC),
                dict.fromkeys(("guard", "viewer"), _OF_THE_GATE.encode()),
            )


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
        picture = site.state_dir / "media/yard/yard-fire-2/thumb.jpg"
        picture.parent.mkdir(parents=True)
        picture.write_bytes(b"\xff\xd8")
        playable = Playable(MediaFolder(root / "media", 0), max_s=60.0)
        app = build_app(site, _NoPictures(), playable, dict, dict)  # type: ignore[arg-type]

        async def embedded(_site: Any) -> Any:
            raise AssertionError("nothing is rehearsed here")

        desk = RuleDesk(site)
        app.include_router(routes(desk, RehearsalDesk(root / "rehearsals", embedded)))
        yield Served(app, portal, lambda: {"line": []}, _WORDS, {})
