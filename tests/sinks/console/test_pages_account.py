"""Sign in, choose a password, and be signed out: page by page."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from sinks.console.accounts import Role
from sinks.console.audit import Filter
from sinks.console.origins import local_path
from sinks.console.sessions import ABSOLUTE_S, COOKIE
from sinks.console.throttle import DEVICE_COOKIE
from tests.sinks.console.reception import PASSWORD, Reception

NEW = "eleven geese cross the yard"


# --- sign in ----------------------------------------------------------------------------------


@pytest.mark.promise("security 3")
def test_the_first_admin_signs_in_and_can_do_nothing_before_choosing_a_password(
    reception: Reception,
) -> None:
    first = reception.guard.accounts.first_admin()
    assert first is not None
    name, password = first

    async def story() -> None:
        browser = reception.browser()
        answer = await browser.sign_in(name, password, to="/audit")
        assert (answer.status_code, answer.headers["location"]) == (303, "/password")
        for path in ("/", "/users", "/audit", "/tokens", "/nothing"):
            page = await browser.get(path)
            assert (page.status_code, page.headers["location"]) == (303, "/password"), path
        assert (await browser.get("/api/v1/users")).status_code == 403
        assert (await browser.call("POST", "/api/v1/users", {})).status_code == 403
        page = await browser.get("/password")
        assert "This password was made for you" in page.text

        change = {"old": password, "new": NEW, "again": NEW}
        for wrong, why in [
            ({"again": NEW + "!"}, "differ"),
            ({"new": "short", "again": "short"}, "at least 12"),
            ({"new": password, "again": password}, "the old one"),
            ({"old": "not the one at all"}, "present password is not right"),
        ]:
            page = await browser.post("/password", {**change, **wrong})
            assert page.status_code == 400
            assert why in page.text
            assert NEW not in page.text
        answer = await browser.post("/password", change)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert (await browser.get("/users")).status_code == 200
        # The password that was printed is worth nothing now.
        other = reception.browser()
        assert (await other.sign_in(name, password)).status_code == 401
        assert (await other.sign_in(name, NEW)).status_code == 303

    asyncio.run(story())
    assert [line["who"] for line in reception.said("password changed")] == ["admin"]
    lines = "".join(reception.guard.audit.csv(Filter()))
    assert password not in lines
    assert NEW not in lines


def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back(reception: Reception) -> None:
    reception.add("anna", Role.ADMIN)

    async def story() -> None:
        browser = reception.browser()
        answer = await browser.get("/audit?who=anna&what=x")
        assert answer.status_code == 303
        page = await browser.get(answer.headers["location"])
        found = re.search(r'name="next" value="([^"]*)"', page.text)
        assert found
        back = found[1].replace("&amp;", "&")
        assert back == "/audit?who=anna&what=x"
        answer = await browser.sign_in("anna", to=back)
        assert answer.headers["location"] == back
        # Signed in already, the sign-in page leads on.
        answer = await browser.get("/login?next=/users")
        assert (answer.status_code, answer.headers["location"]) == (303, "/users")

    asyncio.run(story())


def test_a_link_from_another_site_is_led_round_to_fetch_the_strict_cookie(
    reception: Reception,
) -> None:
    async def story() -> None:
        browser = reception.browser()
        link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
        page = await browser.get('/incidents/7?x="><script>alert(1)</script>', **link)
        assert page.status_code == 200
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', page.text)
        assert found
        assert found[1].startswith("/incidents/7?x=")
        assert "<script" not in page.text
        # From our own page the next step is the sign-in: no circle.
        own = {"Sec_Fetch_Site": "same-origin", "Sec_Fetch_Mode": "navigate"}
        assert (await browser.get("/incidents/7", **own)).status_code == 303
        # What is no navigation gets no page.
        assert (await browser.get("/api/v1/me", **link)).status_code == 401

    asyncio.run(story())


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "javascript:alert(1)",
    "evil.example",
    "/ok\r\nSet-Cookie: x=1",
    "",
)


def test_after_the_sign_in_nobody_is_led_to_another_host(reception: Reception) -> None:
    reception.add("anna", Role.VIEWER)

    async def story() -> None:
        for to in ELSEWHERE:
            assert local_path(to) == "/", to
            browser = reception.browser()
            answer = await browser.sign_in("anna", to=to)
            assert answer.headers["location"] == "/", to
            answer = await browser.client.get("/login", params={"next": to})
            assert answer.headers["location"] == "/", to

    asyncio.run(story())


def test_wrong_name_and_wrong_password_look_alike(reception: Reception) -> None:
    reception.add("anna", Role.VIEWER)
    reception.add("gone", Role.VIEWER)
    reception.add("boss", Role.ADMIN)
    reception.guard.accounts.change("gone", disabled=True)

    async def story() -> None:
        browser = reception.browser()
        pages = set()
        for name, password in [
            ("anna", "wrong"),
            ("nobody", "wrong"),
            ("gone", PASSWORD),
            ("anna'--", PASSWORD),
        ]:
            page = await browser.sign_in(name, password)
            assert page.status_code == 401
            assert not page.headers.get_list("set-cookie")
            pages.add(re.sub(r'value="[^"]*"', "", page.text))
        assert len(pages) == 1

    asyncio.run(story())
    # What was typed for a name may be a password: it stands nowhere.
    assert [line["who"] for line in reception.said("sign-in failed")] == [
        "anna",
        "unknown",
        "gone",
        "unknown",
    ]


@pytest.mark.promise("security 5")
def test_the_cookies_are_for_this_host_and_out_of_reach_of_scripts(reception: Reception) -> None:
    reception.add("anna", Role.VIEWER)

    async def story() -> None:
        browser = reception.browser()
        answer = await browser.sign_in("anna")
        cookies = {c.partition("=")[0]: c for c in answer.headers.get_list("set-cookie")}
        assert set(cookies) == {COOKIE, DEVICE_COOKIE}
        for name, cookie in cookies.items():
            attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
            assert name.startswith("__Host-")
            assert {"secure", "httponly", "samesite=strict", "path=/"} <= attributes
            assert not any(attribute.startswith("domain") for attribute in attributes)
        assert "max-age" not in cookies[COOKIE].lower()

    asyncio.run(story())


def test_a_token_that_was_planted_before_the_sign_in_is_worth_nothing(
    reception: Reception,
) -> None:
    reception.add("anna", Role.VIEWER)
    reception.add("mallory", Role.VIEWER)

    async def story() -> None:
        mallory = reception.browser("198.51.100.66")
        await mallory.sign_in("mallory")
        planted = mallory.cookie()
        assert planted
        browser = reception.browser()
        browser.client.cookies.set(COOKIE, planted, domain="console.test", path="/")
        await browser.sign_in("anna")
        assert browser.cookie() != planted
        assert (await browser.get("/api/v1/me")).json()["name"] == "anna"
        # The planted session has ended with it.
        assert (await mallory.get("/api/v1/me")).status_code == 401
        made_up = reception.browser()
        made_up.client.cookies.set(COOKIE, "chosen-by-mallory", domain="console.test", path="/")
        await made_up.sign_in("anna")
        assert made_up.cookie() != "chosen-by-mallory"

    asyncio.run(story())


@pytest.mark.promise("security 5")
def test_a_sign_in_that_another_site_sends_is_refused(reception: Reception) -> None:
    reception.add("anna", Role.VIEWER)

    async def story() -> None:
        browser = reception.browser()
        form = {"name": "anna", "password": PASSWORD}
        for origin in ("https://evil.example", "null"):
            answer = await browser.post("/login", form, Origin=origin)
            assert answer.status_code == 403
            assert browser.cookie() is None
        answer = await browser.client.post("/login", data=form)
        assert answer.status_code == 403
        answer = await browser.client.post("/login", json=form, headers={"Origin": browser.home})
        assert answer.status_code == 400

    asyncio.run(story())


@pytest.mark.promise("security 4")
def test_guessing_is_slowed_down_and_a_restart_does_not_help(
    reception: Reception, tmp_path: Path
) -> None:
    reception.add("anna", Role.VIEWER)

    async def guess(desk: Reception) -> None:
        guesser = desk.browser("198.51.100.66")
        statuses = [(await guesser.sign_in("anna", f"guess {n}")).status_code for n in range(8)]
        assert statuses == [401] * 5 + [429] * 3
        page = await guesser.sign_in("anna", PASSWORD)
        assert page.status_code == 429
        assert page.headers["retry-after"] == "1"
        assert "try again in 1 s" in page.text

    asyncio.run(guess(reception))
    reception.guard.close()
    again = Reception(tmp_path, clock=reception.clock)

    async def later() -> None:
        guesser = again.browser("198.51.100.66")
        assert (await guesser.sign_in("anna", PASSWORD)).status_code == 429
        again.clock.passes(1)
        assert (await guesser.sign_in("anna", "guess 9")).status_code == 401
        page = await guesser.sign_in("anna", PASSWORD)
        assert page.headers["retry-after"] == "2"

    asyncio.run(later())
    assert len(again.said("sign-in failed")) == 6
    again.guard.close()


def test_the_owner_gets_in_while_somebody_hammers_at_the_name(reception: Reception) -> None:
    reception.add("anna", Role.VIEWER)

    async def story() -> None:
        own = reception.browser()
        await own.sign_in("anna")
        await own.post("/logout")
        for number in range(30):
            await reception.browser(f"198.51.100.{number}").sign_in("anna", "guess")
        assert (await reception.browser("203.0.113.1").sign_in("anna")).status_code == 429
        # The same browser, wherever it is by now.
        own.client._transport.client = ("203.0.113.2", 1)  # type: ignore[attr-defined]
        assert (await own.sign_in("anna")).status_code == 303

    asyncio.run(story())


def test_a_session_that_was_taken_over_is_no_place_to_guess_the_password(
    reception: Reception,
) -> None:
    reception.add("anna", Role.VIEWER)

    async def story() -> None:
        browser = reception.browser()
        await browser.sign_in("anna")
        change = {"new": NEW, "again": NEW}
        statuses = [
            (await browser.post("/password", {**change, "old": f"guess {n}"})).status_code
            for n in range(7)
        ]
        assert statuses == [400] * 5 + [429] * 2

    asyncio.run(story())


# --- sessions end -----------------------------------------------------------------------------


def test_signing_out_ends_this_session_or_all(reception: Reception) -> None:
    reception.add("anna", Role.VIEWER)

    async def story() -> None:
        one, two, three = (reception.browser() for _ in range(3))
        for browser in (one, two, three):
            await browser.sign_in("anna")
        stolen = one.cookie()
        answer = await one.post("/logout")
        assert answer.headers["location"] == "/login"
        assert one.cookie() is None
        one.client.cookies.set(COOKIE, stolen or "", domain="console.test", path="/")
        assert (await one.get("/api/v1/me")).status_code == 401
        assert (await two.get("/api/v1/me")).status_code == 200
        await two.post("/logout", {"everywhere": "1"})
        assert (await three.get("/api/v1/me")).status_code == 401

    asyncio.run(story())


def test_a_new_password_ends_every_other_session(reception: Reception) -> None:
    reception.add("anna", Role.VIEWER)

    async def story() -> None:
        one, two = reception.browser(), reception.browser()
        for browser in (one, two):
            await browser.sign_in("anna")
        before = one.cookie()
        answer = await one.post("/password", {"old": PASSWORD, "new": NEW, "again": NEW})
        assert answer.status_code == 303
        assert one.cookie() != before
        assert (await one.get("/api/v1/me")).status_code == 200
        assert (await two.get("/api/v1/me")).status_code == 401

    asyncio.run(story())


def test_a_week_after_the_sign_in_it_is_over(reception: Reception) -> None:
    reception.add("anna", Role.VIEWER)

    async def story() -> None:
        browser = reception.browser()
        await browser.sign_in("anna")
        begun = reception.clock.now
        while reception.clock.now - begun < ABSOLUTE_S:
            assert (await browser.get("/")).status_code == 200
            reception.clock.passes(6 * 3600)
        assert (await browser.get("/")).status_code == 303

    asyncio.run(story())
