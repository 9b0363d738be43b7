"""The guard: nobody passes who is not known, and nothing changes that is not their own doing."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from sinks.console.accounts import EVERYTHING, Rights, Role
from sinks.console.guard import RouteUnguarded
from sinks.console.middleware import Middleware
from sinks.console.sessions import COOKIE, IDLE_S
from tests.sinks.console.reception import CAMERAS, PASSWORD, Reception, add_routes, raw

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW")
PUBLIC = {("GET", "/login"), ("HEAD", "/login"), ("POST", "/login")}


@pytest.fixture
def reception(tmp_path: Path) -> Iterator[Reception]:
    reception = Reception(tmp_path)
    yield reception
    reception.guard.close()


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


# --- forged requests --------------------------------------------------------------------------


@pytest.mark.promise("security 5")
def test_a_request_that_changes_something_needs_origin_and_token(reception: Reception) -> None:
    reception.add("otto", Role.OPERATOR)

    async def story() -> None:
        browser = reception.browser()
        await browser.sign_in("otto")
        other = reception.browser()
        await other.sign_in("otto")
        own, path = "https://console.test", "/api/v1/acknowledge"
        good = {"origin": own, "x-csrf-token": browser.csrf}

        async def sent(**headers: str) -> int:
            said = {name.replace("_", "-"): value for name, value in headers.items() if value}
            return (await browser.client.post(path, headers=said)).status_code

        assert await sent(**good) == 200
        assert await sent(**{**good, "origin": ""}) == 403
        for origin in (
            "null",
            "http://console.test",
            "https://console.test.evil.example",
            "https://evil.example",
            "https://console.test:8443",
            "https://console.test@evil.example",
            "https://evil.example/https://console.test",
            "console.test",
            "https://",
            "https://[",
        ):
            assert await sent(**{**good, "origin": origin}) == 403, origin
        assert await sent(**{**good, "origin": "https://console.test:443"}) == 200
        # Without an Origin, what else a browser says.
        token = {"x_csrf_token": browser.csrf}
        assert await sent(**token, sec_fetch_site="same-origin") == 200
        assert await sent(**token, sec_fetch_site="same-site") == 403
        assert await sent(**token, sec_fetch_site="cross-site") == 403
        assert await sent(**token, referer=own + "/queue") == 200
        assert await sent(**token, referer="https://evil.example/?" + own) == 403
        assert await sent(**good, sec_fetch_site="cross-site") == 403
        # The token: none, another session's, and almost.
        assert await sent(origin=own) == 403
        assert await sent(origin=own, x_csrf_token=other.csrf) == 403
        assert await sent(origin=own, x_csrf_token=browser.csrf[:-1]) == 403
        assert (await browser.client.put("/api/v1/me", headers={"origin": own})).status_code == 403

    asyncio.run(story())


@pytest.mark.promise("security 5")
def test_a_form_carries_the_token_as_a_field(reception: Reception) -> None:
    reception.add("otto", Role.OPERATOR)

    async def story() -> None:
        browser = reception.browser()
        await browser.sign_in("otto")
        assert (await browser.post("/logout", {"csrf": ""})).status_code == 403
        assert (await browser.get("/api/v1/me")).status_code == 200
        # Not from the address, and not from a form of another kind.
        bare = {"Origin": browser.home}
        path = f"/logout?csrf={browser.csrf}"
        assert (await browser.client.post(path, headers=bare)).status_code == 403
        multipart = {"csrf": (None, browser.csrf)}
        answer = await browser.client.post("/logout", files=multipart, headers=bare)
        assert answer.status_code == 403
        assert (await browser.post("/logout")).status_code == 303
        assert (await browser.get("/api/v1/me")).status_code == 401

    asyncio.run(story())


@pytest.mark.promise("security 5")
def test_a_websocket_from_another_origin_is_closed(reception: Reception) -> None:
    reception.add("otto", Role.OPERATOR)
    reached = []

    async def inner(scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(scope)

    async def story() -> None:
        browser = reception.browser()
        await browser.sign_in("otto")
        app = Middleware(inner, reception.guard)
        cookie = {"cookie": f"__Host-hearsight={browser.cookie()}"}
        for headers in (
            {},
            cookie,
            {**cookie, "origin": "https://evil.example"},
            {"origin": "https://console.test"},
        ):
            _, _, messages = await raw(app, "GET", "/live", kind="websocket", headers=headers)
            assert messages == [{"type": "websocket.close", "code": 1008}], headers
        assert not reached
        good = {**cookie, "origin": "https://console.test"}
        await raw(app, "GET", "/live", kind="websocket", headers=good)
        assert len(reached) == 1

    asyncio.run(story())


# --- hosts, headers, bodies -------------------------------------------------------------------


OWN_NAMES = ("console.test", "CONSOLE.test.:8460", "127.0.0.1:8460", "[::1]:8460")
OTHER_NAMES = (
    "evil.example",
    "console.test.evil.example",
    "evil.example#console.test",
    "console.test@evil.example",
    "console.test:80:80",
    "",
)


@pytest.mark.promise("security 5")
def test_only_its_own_names_are_answered_to(reception: Reception) -> None:
    async def story() -> None:
        for host in OWN_NAMES:
            assert (await raw(reception.app, "GET", "/", headers={"host": host}))[0] == 303, host
        for host in OTHER_NAMES:
            for path in ("/", "/login", "/static/console.css", "/api/v1/me"):
                answer = await raw(reception.app, "GET", path, headers={"host": host})
                assert answer[0] == 400, (host, path)

    asyncio.run(story())


@pytest.mark.promise("security 6")
def test_every_answer_carries_the_security_headers(reception: Reception) -> None:
    reception.add("otto", Role.OPERATOR)

    async def story() -> None:
        browser = reception.browser()
        answers = [await browser.get("/login"), await browser.get("/api/v1/me")]
        answers.append(await browser.get("/static/console.css"))
        answers.append(await browser.get("/", Host="evil.example"))
        await browser.sign_in("otto")
        answers += [await browser.get("/"), await browser.get("/api/v1/nothing")]
        answers.append(await browser.client.post("/api/v1/acknowledge"))
        assert [a.status_code for a in answers] == [200, 401, 200, 400, 200, 404, 403]
        for answer in answers:
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "same-origin"
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            assert "camera=()" in answer.headers["permissions-policy"]
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
            static = answer.url.path.startswith("/static/") and answer.status_code == 200
            assert answer.headers["cache-control"] == ("no-cache" if static else "no-store")
        plain = reception.browser(home="http://127.0.0.1")
        assert "strict-transport-security" not in (await plain.get("/login")).headers

    asyncio.run(story())


def test_a_large_or_broken_body_is_refused_before_anybody_reads_it(reception: Reception) -> None:
    reception.add("otto", Role.OPERATOR)

    async def story() -> None:
        browser = reception.browser()
        await browser.sign_in("otto")
        good = {
            "origin": "https://console.test",
            "x-csrf-token": browser.csrf,
            "cookie": f"__Host-hearsight={browser.cookie()}",
        }
        path, app = "/api/v1/acknowledge", reception.app

        async def status(parts: list[bytes], **more: str) -> int:
            said = {**good, **{k.replace("_", "-"): v for k, v in more.items()}}
            return (await raw(app, "POST", path, headers=said, parts=parts))[0]

        mib = 1 << 20
        assert await status([b"x" * (mib // 2)] * 2) == 200
        assert await status([b"x" * (mib // 2)] * 3) == 413
        assert await status([b""], content_length=str(mib + 1)) == 413
        assert await status([b""], content_length="-1") == 400
        # Strangers get less: a name and a password fit into 16 KiB.
        origin = {"origin": "https://console.test"}
        answer = await raw(app, "POST", "/login", headers=origin, parts=[b"x" * 17_000])
        assert answer[0] == 413

    asyncio.run(story())


# --- tokens -----------------------------------------------------------------------------------


@pytest.mark.promise("security 2")
def test_a_token_is_for_the_api_alone_and_within_its_rights(reception: Reception) -> None:
    reception.add("boss", Role.ADMIN)
    guard = reception.guard
    _, secret = guard.tokens.make(
        "door", Role.OPERATOR, Rights.of(groups=["outside"]), days=1, by="boss"
    )

    async def story() -> None:
        machine = reception.browser()
        bearer = {"Authorization": f"Bearer {secret}"}
        me = await machine.get("/api/v1/me", **bearer)
        assert me.json() == {
            "name": "token door",
            "role": "operator",
            "cameras": ["gate", "yard"],
        }
        # Neither origin nor token against forgery: no browser sends this by itself.
        answer = await machine.client.post("/api/v1/acknowledge", headers=bearer)
        assert answer.status_code == 200
        assert (await machine.client.post("/api/v1/rules", headers=bearer)).status_code == 403
        assert (await machine.get("/api/v1/cameras/front/picture", **bearer)).status_code == 404
        assert (await machine.get("/", **bearer)).status_code == 303
        for wrong in (secret[:-1], "", "x" * 5000, secret.upper()):
            headers = {"Authorization": f"Bearer {wrong}"}
            assert (await machine.get("/api/v1/me", **headers)).status_code == 401
        reception.clock.passes(86400)
        assert (await machine.get("/api/v1/me", **bearer)).status_code == 401

    asyncio.run(story())


def test_a_wrong_token_is_not_made_good_by_a_session(reception: Reception) -> None:
    reception.add("otto", Role.OPERATOR)

    async def story() -> None:
        browser = reception.browser()
        await browser.sign_in("otto")
        answer = await browser.get("/api/v1/me", Authorization="Bearer nonsense")
        assert answer.status_code == 401
        # Another scheme is a proxy's affair.
        answer = await browser.get("/api/v1/me", Authorization="Basic YTpi")
        assert answer.status_code == 200

    asyncio.run(story())


@pytest.mark.parametrize("fall", [{"disabled": True}, {"role": Role.OPERATOR}])
def test_a_token_falls_with_its_maker(reception: Reception, fall: dict[str, object]) -> None:
    reception.add("boss", Role.ADMIN)
    reception.add("chief", Role.ADMIN, EVERYTHING)
    _, secret = reception.guard.tokens.make("door", Role.VIEWER, EVERYTHING, days=1, by="boss")

    async def story() -> None:
        machine = reception.browser()
        bearer = {"Authorization": f"Bearer {secret}"}
        assert (await machine.get("/api/v1/me", **bearer)).status_code == 200
        reception.guard.accounts.change("boss", **fall)  # type: ignore[arg-type]
        assert (await machine.get("/api/v1/me", **bearer)).status_code == 401

    asyncio.run(story())


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
