"""Sign in, choose a password, manage users and tokens, and read what was done: page by page."""

from __future__ import annotations

import asyncio
import csv
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sinks.console.accounts import EVERYTHING, Rights, Role
from sinks.console.audit import Filter
from sinks.console.origins import local_path
from sinks.console.sessions import ABSOLUTE_S, COOKIE
from sinks.console.throttle import DEVICE_COOKIE
from tests.sinks.console.reception import PASSWORD, Reception

NEW = "eleven geese cross the yard"


@pytest.fixture
def reception(tmp_path: Path) -> Iterator[Reception]:
    reception = Reception(tmp_path)
    yield reception
    reception.guard.close()


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


# --- users ------------------------------------------------------------------------------------


def test_an_admin_adds_changes_resets_and_disables_a_user(reception: Reception) -> None:
    reception.add("boss", Role.ADMIN)

    async def story() -> None:
        boss, anna = reception.browser(), reception.browser()
        await boss.sign_in("boss")
        await boss.get("/users")
        page = await boss.post(
            "/users",
            {
                "name": "Anna",
                "role": "operator",
                "reach": "some",
                "camera": ["front"],
                "group": ["outside"],
            },
        )
        assert page.status_code == 200
        password = secret_of(page.text)
        assert "front, group outside" in page.text
        # Once, and not again.
        assert password not in (await boss.get("/users")).text
        answer = await anna.sign_in("anna", password)
        assert answer.headers["location"] == "/password"
        await anna.post("/password", {"old": password, "new": NEW, "again": NEW})
        me = (await anna.get("/api/v1/me")).json()
        assert me == {"name": "anna", "role": "operator", "cameras": ["front", "gate", "yard"]}

        page = await boss.get("/users/anna")
        assert 'value="front" checked' in page.text
        answer = await boss.post("/users/anna", {"role": "viewer", "reach": "all"})
        assert answer.status_code == 303
        me = (await anna.get("/api/v1/me")).json()
        assert (me["role"], me["cameras"]) == ("viewer", None)

        page = await boss.post("/users/anna", {"do": "reset"})
        password = secret_of(page.text)
        assert (await anna.get("/api/v1/me")).status_code == 401
        assert (await anna.sign_in("anna", NEW)).status_code == 401
        assert (await anna.sign_in("anna", password)).status_code == 303

        await boss.post("/users/anna", {"do": "disable"})
        assert (await anna.get("/password")).status_code == 303
        assert (await anna.sign_in("anna", password)).status_code == 401
        assert "anna (disabled)" in (await boss.get("/users/anna")).text
        await boss.post("/users/anna", {"do": "enable"})
        assert (await anna.sign_in("anna", password)).status_code == 303

    asyncio.run(story())
    done = [line["who"] for line in reception.said("account")]
    assert done == ["boss"] * 4
    (changed,) = reception.said("account changed")
    assert changed["role_before"] == "operator"
    assert changed["cameras_before"] == "front, group outside"


def secret_of(page: str) -> str:
    found = re.search(r'<output class="secret">([^<]+)</output>', page)
    assert found, page
    return found[1]


def test_what_cannot_be_done_is_said_and_not_done(reception: Reception) -> None:
    reception.add("boss", Role.ADMIN)
    reception.add("anna", Role.VIEWER)

    async def story() -> None:
        boss = reception.browser()
        await boss.sign_in("boss")
        all_ = {"role": "viewer", "reach": "all"}
        for path, form, why in [
            ("/users", {**all_, "name": "anna"}, "already"),
            ("/users", {**all_, "name": "<b>x"}, "a name begins"),
            ("/users", {**all_, "name": "carl", "role": "god"}, "a role is one of"),
            ("/users", {"name": "carl", "role": "viewer", "reach": "some"}, "at least one"),
            ("/users/boss", {"do": "disable"}, "another admin"),
            ("/users/boss", {"do": "reset"}, "another admin"),
            ("/users/boss", all_, "another admin"),
            ("/tokens", {**all_, "name": "door", "days": "ten"}, "number of days"),
            ("/tokens", {**all_, "name": "", "days": "10"}, "what it is for"),
        ]:
            page = await boss.post(path, form)
            assert page.status_code == 400, path
            assert why in page.text
            assert "<b>x" not in page.text
        assert (await boss.get("/users/nobody")).status_code == 404
        assert (await boss.post("/users/nobody", {"do": "disable"})).status_code == 404
        assert (await boss.post("/tokens/7/revoke")).status_code == 404

    asyncio.run(story())
    assert [account.name for account in reception.guard.accounts.all()] == ["anna", "boss"]
    assert not reception.said("account")
    assert not reception.said("token")


def test_the_api_does_what_the_pages_do(reception: Reception) -> None:
    reception.add("boss", Role.ADMIN)

    wrong: list[object] = [
        {"name": "x", "role": "god"},
        {"name": "x", "role": "viewer", "more": 1},
        {"name": "x" * 100, "role": "viewer"},
        {"name": {"x": 1}, "role": "viewer"},
        [],
    ]

    async def story() -> None:
        boss, anna = reception.browser(), reception.browser()
        await boss.sign_in("boss")
        answer = await boss.call(
            "POST",
            "/api/v1/users",
            {"name": "anna", "role": "viewer", "only": {"cameras": ["gate"]}},
        )
        assert answer.status_code == 201
        made = answer.json()
        assert made["only"] == {"cameras": ["gate"], "groups": []}
        assert (await anna.sign_in("anna", made["password"])).status_code == 303
        again = await boss.call("POST", "/api/v1/users", {"name": "anna", "role": "viewer"})
        assert again.status_code == 409
        for body in wrong:
            assert (await boss.call("POST", "/api/v1/users", body)).status_code == 422
        empty = {"name": "x", "role": "viewer", "only": {}}
        assert (await boss.call("POST", "/api/v1/users", empty)).status_code == 409
        path = "/api/v1/users/anna"
        changed = (await boss.call("PATCH", path, {"role": "operator", "all_cameras": True})).json()
        assert (changed["role"], changed["only"]) == ("operator", None)
        both = {"all_cameras": True, "only": {"cameras": ["gate"]}}
        assert (await boss.call("PATCH", path, both)).status_code == 409
        assert (await boss.call("PATCH", path, {"disabled": True})).json()["disabled"] is True
        assert (await boss.call("PATCH", "/api/v1/users/boss", {"disabled": True})).status_code == (
            409
        )
        assert (await boss.call("PATCH", "/api/v1/users/no", {})).status_code == 404
        reset = (await boss.call("POST", path + "/password-reset")).json()
        assert reset["password"] != made["password"]
        users = (await boss.get("/api/v1/users")).json()
        assert [user["name"] for user in users] == ["anna", "boss"]
        assert not any("password" in key and key != "must_change_password" for key in users[0])

    asyncio.run(story())


# --- tokens -----------------------------------------------------------------------------------


def test_an_admin_makes_a_token_for_a_machine_and_revokes_it(reception: Reception) -> None:
    reception.add("boss", Role.ADMIN)

    async def story() -> None:
        boss, machine = reception.browser(), reception.browser()
        await boss.sign_in("boss")
        form = {"name": "door", "role": "admin", "reach": "all", "days": "10"}
        page = await boss.post("/tokens", form)
        bearer = {"Authorization": f"Bearer {secret_of(page.text)}"}
        assert bearer["Authorization"][7:] not in (await boss.get("/tokens")).text
        assert (await machine.get("/api/v1/users", **bearer)).status_code == 200
        # A token that makes tokens would outlive its revocation.
        body = {"name": "more", "role": "viewer", "days": 1}
        answer = await machine.client.post("/api/v1/tokens", json=body, headers=bearer)
        assert answer.status_code == 409
        assert (await boss.post("/tokens/1/revoke")).status_code == 303
        assert (await machine.get("/api/v1/users", **bearer)).status_code == 401
        assert "revoked" in (await boss.get("/tokens")).text

        made = await boss.call("POST", "/api/v1/tokens", {**body, "only": {"groups": ["outside"]}})
        assert made.status_code == 201
        bearer = {"Authorization": f"Bearer {made.json()['token']}"}
        me = (await machine.get("/api/v1/me", **bearer)).json()
        assert me == {"name": "token more", "role": "viewer", "cameras": ["gate", "yard"]}
        listed = (await boss.get("/api/v1/tokens")).json()
        assert [t["state"] for t in listed] == ["valid", "revoked"]
        assert listed[0]["used_at"] == reception.clock.now
        assert made.json()["token"] not in str(listed)
        assert (await boss.call("DELETE", "/api/v1/tokens/2")).json()["state"] == "revoked"
        assert (await machine.get("/api/v1/me", **bearer)).status_code == 401
        assert (await boss.call("DELETE", "/api/v1/tokens/99")).status_code == 404

    asyncio.run(story())
    assert [line["token"] for line in reception.said("token made")] == ["door", "more"]
    assert [line["number"] for line in reception.said("token revoked")] == [1, 2]


# --- the audit log ----------------------------------------------------------------------------


def test_the_audit_log_is_read_by_page_by_filter_and_as_csv(reception: Reception) -> None:
    reception.add("boss", Role.ADMIN)
    for number in range(150):
        reception.guard.audit.write("anna", "noted", "gate", text=f"<b>note {number}</b>")
        reception.clock.passes(1)

    async def story() -> None:
        boss = reception.browser("192.0.2.9")
        await boss.sign_in("boss")
        page = await boss.get("/audit?who=anna")
        assert page.text.count("<tr>") == 101
        assert "&lt;b&gt;note 149&lt;/b&gt;" in page.text
        assert "<b>note" not in page.text
        older = re.search(r'href="(/audit\?[^"]*before=\d+)"', page.text)
        assert older
        page = await boss.get(older[1].replace("&amp;", "&"))
        assert page.text.count("<tr>") == 51
        assert "note 0&lt;" in page.text

        page = await boss.get("/audit?what=signed+in")
        assert "192.0.2.9" in page.text
        assert page.text.count("<tr>") == 2
        # 2027-01-15 in Berlin; the clock stands at 09:00 there.
        assert "note 149" in (await boss.get("/audit?since=2027-01-15&until=2027-01-15")).text
        assert "Nothing that matches" in (await boss.get("/audit?until=2027-01-14")).text
        assert (await boss.get("/audit?since=yesterday")).status_code == 422

        lines = (await boss.get("/api/v1/audit?who=anna&limit=7")).json()
        assert lines["entries"][0]["detail"]["text"] == "<b>note 149</b>"
        lines = (await boss.get(f"/api/v1/audit?who=anna&before={lines['next']}")).json()
        assert lines["entries"][0]["detail"]["text"] == "<b>note 142</b>"
        answer = await boss.get("/api/v1/audit.csv?who=anna")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert len(list(csv.reader(answer.text.splitlines()))) == 151

    asyncio.run(story())
    assert len(reception.said("audit log downloaded")) == 1


# --- the forms themselves ---------------------------------------------------------------------


class Form(HTMLParser):
    """What a page's fields are called and described by."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, dict[str, str]] = {}
        self.labels: set[str] = set()
        self.ids: list[str] = []
        self.inline: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if "id" in said:
            self.ids.append(said["id"])
        if tag == "label" and "for" in said:
            self.labels.add(said["for"])
        if tag in ("input", "select", "textarea") and said.get("type") != "hidden":
            self.fields[said.get("id", said["name"])] = said
        self.inline += [name for name in said if name.startswith("on") or name == "style"]
        if tag in ("script", "link"):
            assert (said.get("src") or said["href"]).startswith("/static/")


def test_every_field_has_a_label_and_errors_belong_to_their_field(reception: Reception) -> None:
    reception.add("boss", Role.ADMIN)
    reception.add("anna", Role.VIEWER, Rights.of(cameras=["gone"], groups=["outside"]))
    reception.guard.tokens.make("door", Role.VIEWER, EVERYTHING, days=1, by="boss")

    async def story() -> None:
        browser = reception.browser()
        wrong = Form((await browser.sign_in("boss", "wrong")).text)
        assert wrong.fields["name"]["autocomplete"] == "username"
        assert wrong.fields["password"]["autocomplete"] == "current-password"
        await browser.sign_in("boss")
        password = Form((await browser.get("/password")).text)
        assert password.fields["new"]["autocomplete"] == "new-password"
        assert "value" not in password.fields["new"]
        pages = [wrong, password, Form((await browser.get("/login")).text)]
        form = {"old": PASSWORD, "new": "a", "again": "a"}
        pages.append(Form((await browser.post("/password", form)).text))
        assert pages[-1].fields["new"]["aria-invalid"] == "true"
        admins = ("/users", "/users/anna", "/tokens", "/audit")
        pages += [Form((await browser.get(path)).text) for path in admins]
        # A camera that is not in the site file any more keeps its tick.
        assert 'value="gone" checked' in (await browser.get("/users/anna")).text
        for form_ in pages:
            assert len(form_.ids) == len(set(form_.ids))
            assert not form_.inline
            for name, field in form_.fields.items():
                if field.get("type") not in ("radio", "checkbox"):
                    assert name in form_.labels or "aria-label" in field, name
                for described in field.get("aria-describedby", "").split():
                    assert described in form_.ids, (name, described)

    asyncio.run(story())
