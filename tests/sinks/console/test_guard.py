"""The guard: nobody passes who is not known, and nothing changes that is not their own doing."""

from __future__ import annotations

import asyncio
import itertools
import json
import re

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from sinks.console.accounts import Rights, Role
from sinks.console.guard import RouteUnguarded, is_api
from sinks.console.middleware import Middleware
from sinks.console.render import STATIC
from sinks.console.sessions import COOKIE, IDLE_S
from tests.sinks.console.reception import CAMERAS, PASSWORD, Reception, add_routes, raw

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW")
PUBLIC = {("GET", "/login"), ("HEAD", "/login"), ("POST", "/login")}


def paths_of(reception: Reception) -> list[str]:
    """Every route's path, its parameters filled in."""
    found = []
    for route in iter_route_contexts(reception.app.routes):
        path = route.path or ""
        for name, value in (("{camera}", "gate"), ("{name}", "admin"), ("{number}", "1")):
            path = path.replace(name, value)
        found.append(path)
    assert len(found) > 15
    assert not any("{" in path for path in found)
    return [path for path in found if path != "/static"]


# --- deny by default --------------------------------------------------------------------------


@pytest.mark.promise("security 1")
def test_nobody_gets_anywhere_by_any_method_without_signing_in(reception: Reception) -> None:
    reception.add("anna", Role.ADMIN)

    async def story() -> None:
        paths = [*paths_of(reception), "/nothing", "/api/v1/nothing", "/openapi.json", "/docs"]
        for path, method in itertools.product(paths, METHODS):
            if (method, path) in PUBLIC:
                continue
            status, headers, messages = await raw(
                reception.app, method, path, headers={"origin": "https://console.test"}
            )
            body = b"".join(m.get("body", b"") for m in messages)
            where = f"{method} {path}: {status} {body!r}"
            if path.startswith("/api/"):
                assert status == 401, where
                assert set(json.loads(body)) == {"detail"}, where
            else:
                assert status == 303, where
                assert headers["location"].startswith("/login"), where

    asyncio.run(story())


# As a server decodes them: %2e%2e arrives as .., %252e%252e as %2e%2e.
CROOKED = (
    "/static/../api/v1/users",
    "/static/..",
    "/static/./../users",
    "/static//../users",
    "/static/..\\users",
    "/login/../users",
    "/login/",
    "//login",
    "/LOGIN",
    "/login\x00",
    "/healthz/../users",
    "/static",
    "/static/%2e%2e/%2e%2e/api/v1/users",
    "/static/nothing.js",
    "",
    "*",
    "/" + "x" * 3000,
)


@pytest.mark.promise("bad input 25")
def test_a_crooked_path_leads_nowhere(reception: Reception) -> None:
    reception.add("admin", Role.ADMIN)

    async def story() -> None:
        for path in CROOKED:
            status, headers, messages = await raw(reception.app, "GET", path)
            body = b"".join(m.get("body", b"") for m in messages)
            assert status in (303, 401, 404), (path, status, body)
            assert b"admin" not in body
            if status == 303:
                assert headers["location"].startswith("/login"), path

    asyncio.run(story())


@pytest.mark.promise("security 1")
def test_a_path_that_climbs_reaches_no_route_however_public_it_looks(reception: Reception) -> None:
    reached: list[str] = []

    async def inner(scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(scope["path"])

    async def story() -> None:
        for path in CROOKED:
            await raw(Middleware(inner, reception.guard), "GET", path)
        # What lies in the folder, or would: the files' own route says what there is.
        assert reached == ["/static/%2e%2e/%2e%2e/api/v1/users", "/static/nothing.js"]

    asyncio.run(story())


def test_what_is_public_can_be_had(reception: Reception) -> None:
    async def story() -> None:
        browser = reception.browser()
        page = await browser.get("/login")
        assert page.status_code == 200
        style = await browser.get("/static/console.css")
        assert style.status_code == 200
        assert style.headers["cache-control"] == "no-cache"

    asyncio.run(story())


@pytest.mark.promise("security 1")
def test_a_route_that_names_no_role_keeps_the_console_from_starting(reception: Reception) -> None:
    @reception.app.get("/api/v1/forgotten")
    async def forgotten() -> str:
        return "open"

    with pytest.raises(RouteUnguarded, match="/api/v1/forgotten"):
        reception.guard.check(reception.app)


async def _plain(_request: object) -> PlainTextResponse:
    return PlainTextResponse("open")


@pytest.mark.promise("security 1")
@pytest.mark.parametrize(
    "route",
    [
        Route("/plain", _plain),
        Mount("/files", routes=[Route("/x", _plain)]),
        Route("/login", _plain, methods=["DELETE"]),
        Route("/staticx", _plain),
    ],
)
def test_nor_does_a_route_of_another_kind_get_by(
    reception: Reception, route: Route | Mount
) -> None:
    reception.app.router.routes.append(route)
    with pytest.raises(RouteUnguarded):
        reception.guard.check(reception.app)


@pytest.mark.promise("security 1")
def test_the_programs_own_description_pages_do_not_get_by(reception: Reception) -> None:
    app = FastAPI()
    with pytest.raises(RouteUnguarded, match=r"openapi\.json"):
        reception.guard.check(app)


@pytest.mark.promise("security 1")
def test_a_route_without_the_guard_before_it_is_closed(reception: Reception) -> None:
    bare = FastAPI(openapi_url=None)
    add_routes(bare)

    async def story() -> None:
        assert (await raw(bare, "GET", "/api/v1/cameras/gate/picture"))[0] == 401

    asyncio.run(story())


# --- roles and cameras ------------------------------------------------------------------------

ROUTES = [
    ("GET", "/api/v1/me", Role.VIEWER),
    ("GET", "/password", Role.VIEWER),
    ("POST", "/api/v1/acknowledge", Role.OPERATOR),
    ("POST", "/api/v1/rules", Role.ADMIN),
    ("GET", "/users", Role.ADMIN),
    ("GET", "/users/vera", Role.ADMIN),
    ("GET", "/tokens", Role.ADMIN),
    ("GET", "/audit", Role.ADMIN),
    ("GET", "/api/v1/users", Role.ADMIN),
    ("GET", "/api/v1/users/vera", Role.ADMIN),
    ("GET", "/api/v1/tokens", Role.ADMIN),
    ("GET", "/api/v1/audit", Role.ADMIN),
    ("GET", "/api/v1/audit.csv", Role.ADMIN),
    ("PATCH", "/api/v1/users/vera", Role.ADMIN),
    ("POST", "/api/v1/users/vera/password-reset", Role.ADMIN),
    ("POST", "/api/v1/users", Role.ADMIN),
    ("POST", "/api/v1/tokens", Role.ADMIN),
    ("DELETE", "/api/v1/tokens/1", Role.ADMIN),
]


@pytest.mark.promise("security 2")
def test_each_role_gets_what_is_its_own_and_403_beyond(reception: Reception) -> None:
    reception.add("boss", Role.ADMIN)
    reception.add("vera", Role.VIEWER)
    reception.add("otto", Role.OPERATOR)
    # Without all cameras nobody manages accounts: they could give themselves the rest.
    reception.add("half", Role.ADMIN, Rights.of(cameras=["gate"]))

    async def story() -> None:
        for name, role in [("vera", Role.VIEWER), ("otto", Role.OPERATOR), ("half", Role.ADMIN)]:
            browser = reception.browser()
            assert (await browser.sign_in(name)).status_code == 303
            for method, path, needed in ROUTES:
                status = (await browser.call(method, path)).status_code
                allowed = role.may(needed) and (needed != Role.ADMIN or path == "/api/v1/rules")
                assert (status == 403) != allowed, (name, method, path, status)
        assert not reception.said("account changed")
        assert not reception.said("password reset")

    asyncio.run(story())


@pytest.mark.promise("security 2")
def test_a_viewer_of_one_camera_gets_nothing_of_another(reception: Reception) -> None:
    reception.add("boss", Role.ADMIN)
    reception.add("vera", Role.VIEWER, Rights.of(cameras=["front"]))
    reception.add("otto", Role.OPERATOR, Rights.of(groups=["outside"]))
    seen = {"boss": set(CAMERAS), "vera": {"front"}, "otto": {"gate", "yard"}}

    async def story() -> None:
        for name, own in seen.items():
            browser = reception.browser()
            await browser.sign_in(name)
            answers = {
                camera: await browser.get(f"/api/v1/cameras/{camera}/picture")
                for camera in (*CAMERAS, "front%2f..%2fgate", "..%2fgate", "FRONT", "front%00")
            }
            got = {camera for camera, answer in answers.items() if answer.status_code == 200}
            assert got == own, name
            texts = {a.text for c, a in answers.items() if c not in own and "%" not in c}
            if name == "vera":
                # One that exists is refused as one that does not.
                assert len(texts) == 1

    asyncio.run(story())


@pytest.mark.promise("security 2")
def test_a_change_of_role_or_cameras_is_felt_at_once(reception: Reception) -> None:
    reception.add("boss", Role.ADMIN)
    reception.add("otto", Role.OPERATOR)

    async def story() -> None:
        browser = reception.browser()
        await browser.sign_in("otto")
        assert (await browser.call("POST", "/api/v1/acknowledge")).status_code == 200
        reception.guard.accounts.change("otto", role=Role.VIEWER)
        assert (await browser.call("POST", "/api/v1/acknowledge")).status_code == 403
        reception.guard.accounts.change("otto", rights=Rights.of(groups=["outside"]))
        assert (await browser.get("/api/v1/cameras/gate/picture")).status_code == 200
        reception.groups["outside"] = frozenset({"yard"})
        assert (await browser.get("/api/v1/cameras/gate/picture")).status_code == 404
        reception.guard.accounts.change("otto", disabled=True)
        assert (await browser.get("/api/v1/me")).status_code == 401
        # Nor does a session help that begins in this very moment.
        off = reception.guard.accounts.find("otto")
        assert off is not None
        late = reception.guard.sessions.begin("otto", off.generation)
        cookie = {"cookie": f"{COOKIE}={late}"}
        assert (await raw(reception.app, "GET", "/api/v1/me", headers=cookie))[0] == 401
        # Enabled again, the old session stays ended.
        reception.guard.accounts.change("otto", disabled=False)
        assert (await browser.get("/api/v1/me")).status_code == 401

    asyncio.run(story())


# --- streams ----------------------------------------------------------------------------------


@pytest.mark.promise("security 2")
@pytest.mark.parametrize(
    "change", [{"disabled": True}, {"role": Role.VIEWER}, {"rights": Rights.of(cameras=["gate"])}]
)
def test_a_stream_ends_when_the_right_to_it_does(
    reception: Reception, change: dict[str, object]
) -> None:
    reception.add("boss", Role.ADMIN)
    reception.add("otto", Role.OPERATOR)

    async def story() -> None:
        browser = reception.browser()
        await browser.sign_in("otto")
        cookie = {"cookie": f"__Host-hearsight={browser.cookie()}"}
        status, headers, messages = await raw(
            reception.app, "GET", "/api/v1/live", headers=cookie, most=50
        )
        assert status == 200
        assert headers["content-type"].startswith("text/event-stream")
        # Nothing was held back to the end: there is none.
        assert [m["body"] for m in messages[1:]] == [b"data: tick\n\n"] * 49

        ticks = 0
        accounts, still = reception.guard.accounts, reception.guard.recognise

        def counting(connection: HTTPConnection, *, touch: bool) -> object:
            nonlocal ticks
            ticks += 1
            if ticks == 10:
                accounts.change("otto", **change)  # type: ignore[arg-type]
            return still(connection, touch=touch)

        reception.guard.recognise = counting  # type: ignore[assignment, method-assign]
        _, _, messages = await raw(reception.app, "GET", "/api/v1/live", headers=cookie, most=500)
        assert len(messages) == 10
        assert messages[-1]["body"] == b""
        assert not messages[-1].get("more_body")

    asyncio.run(story())


def test_an_open_stream_does_not_keep_a_session_alive(reception: Reception) -> None:
    reception.add("otto", Role.OPERATOR)

    async def story() -> None:
        browser = reception.browser()
        await browser.sign_in("otto")
        begun = reception.clock.now
        while reception.clock.now - begun < IDLE_S:
            assert (await browser.get("/api/v1/me")).status_code == 200
            reception.clock.passes(1800)
        assert (await browser.get("/api/v1/me")).status_code == 401

        await browser.sign_in("otto")
        for _ in range(10):
            reception.clock.passes(IDLE_S - 60)
            assert (await browser.get("/")).status_code == 200

    asyncio.run(story())


def test_what_pages_fetch_by_themselves_is_of_the_api() -> None:
    """There alone a request is nobody's doing: a health page left open ends its session, too."""
    asked = [
        (script.name, path)
        for script in STATIC.glob("*.js")
        for path in re.findall(r"(?:fetch|ask|EventSource)\([\"`](/[^\"`]*)", script.read_text())
    ]
    assert len(asked) > 10
    assert [one for one in asked if not is_api(one[1])] == []


# --- what fails -------------------------------------------------------------------------------


def test_without_its_files_the_console_is_closed(reception: Reception) -> None:
    reception.add("otto", Role.OPERATOR)

    async def story() -> None:
        browser = reception.browser()
        await browser.sign_in("otto", PASSWORD)
        with reception.guard.accounts._using() as db:
            db.execute("ALTER TABLE accounts RENAME TO lost")
        for path in ("/", "/api/v1/me", "/users"):
            answer = await browser.get(path)
            assert answer.status_code == 503
            assert "lost" not in answer.text

    asyncio.run(story())


def test_a_defect_shows_nothing_of_itself(
    reception: Reception, capsys: pytest.CaptureFixture[str]
) -> None:
    reception.add("otto", Role.OPERATOR)

    async def story() -> None:
        browser = reception.browser()
        await browser.sign_in("otto")
        answer = await browser.get("/api/v1/defect")
        assert answer.status_code == 500
        assert answer.json() == {"detail": "something went wrong here"}
        assert "default-src 'none'" in answer.headers["content-security-policy"]

    asyncio.run(story())
    # Whoever runs the console finds it in the log.
    shown = capsys.readouterr()
    assert "a defect that knows secrets" in shown.out + shown.err
