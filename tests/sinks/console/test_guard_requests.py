"""What a request must bring before the guard lets it change anything, and what each answer says."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from sinks.console.accounts import Role
from sinks.console.middleware import Middleware
from tests.sinks.console.reception import Reception, raw

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
