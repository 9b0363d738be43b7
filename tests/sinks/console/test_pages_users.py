"""Manage users and tokens, and read what was done: page by page."""

from __future__ import annotations

import asyncio
import csv
import re

from sinks.console.accounts import Role
from tests.sinks.console.reception import Reception

NEW = "eleven geese cross the yard"


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
        # More than the file can count.
        assert (await boss.post(f"/tokens/{10**29}/revoke")).status_code == 422

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
