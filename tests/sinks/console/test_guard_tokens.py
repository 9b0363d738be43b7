"""A machine's token opens the API, within its rights, for as long as its maker may give it."""

from __future__ import annotations

import asyncio

import pytest

from sinks.console.accounts import EVERYTHING, Rights, Role
from tests.sinks.console.reception import Reception


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
