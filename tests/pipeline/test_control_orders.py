"""The supervisor's socket: which orders are taken, and what becomes of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from pipeline.control import PlacedOrder
from pipeline.ledger import ORDER_KINDS, Ledger
from tests.pipeline.served import Served, play, served

__all__ = ["served"]


def order(**changes: Any) -> dict[str, Any]:
    return {"kind": "freeze", "by": "ann", "camera": "yard", "rule": "fire", **changes}


def test_an_order_gets_a_number_lies_in_the_ledger_and_has_an_outcome_in_time(
    served: Served,
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/orders", json=order(detail={"sense": "video"}))
        assert answer.status_code == 202
        number = answer.json()["number"]
        told = (await client.get(f"/v1/orders/{number}")).json()
        assert (told["kind"], told["by"], told["outcome"]) == ("freeze", "ann", None)
        with Ledger(served.folder / "learning.sqlite3") as ledger:
            (placed,) = ledger.due()
            assert (placed.camera, placed.rule, placed.detail) == (
                "yard",
                "fire",
                {"sense": "video"},
            )
            ledger.done(placed, "frozen")
        assert (await client.get(f"/v1/orders/{number}")).json()["outcome"] == "frozen"
        for none in (number + 1, 0, 1 << 70):
            assert (await client.get(f"/v1/orders/{none}")).status_code == 404

    play(served, story)


REFUSED: list[tuple[Any, int, str]] = [
    (order(kind="dance"), 400, "nobody knows the order 'dance': there are "),
    (order(kind="stop"), 400, "nobody knows"),
    (order(camera="cellar"), 400, "no camera 'cellar'"),
    (order(rule="flood"), 400, "no rule 'flood'"),
    (order(by=""), 422, "by"),
    (order(by="x" * 200), 422, "by"),
    (order(detail={"by": "somebody else"}), 400, "cannot be named by"),
    (order(detail={"self": 1}), 400, "cannot be named self"),
    (order(detail=[1]), 422, "detail"),
    (order(urgent=True), 422, "urgent"),
    ([], 422, "order"),
]


def test_an_order_that_nobody_could_carry_out_is_not_taken(served: Served) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        for placed, status, told in REFUSED:
            answer = await client.post("/v1/orders", json=placed)
            assert answer.status_code == status, placed
            assert told in answer.json()["detail"]
        with Ledger(served.folder / "learning.sqlite3") as ledger:
            assert ledger.due() == []

    play(served, story)


def test_an_endless_order_is_cut_off(served: Served) -> None:
    body = json.dumps(order(detail={"text": "x" * 100_000})).encode()

    async def drip() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    async def story(client: httpx.AsyncClient) -> None:
        for content in (body, drip()):
            answer = await client.post("/v1/orders", content=content)
            assert answer.status_code == 413

    play(served, story)


def test_what_is_no_order_is_not_taken(served: Served) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        for body in (b"", b"\xff", b"{", b'{"kind": NaN}', b"[" * 10_000):
            assert (await client.post("/v1/orders", content=body)).status_code == 422, body[:9]

    play(served, story)


def test_every_kind_that_is_taken_has_the_fields_of_an_order() -> None:
    for kind in ORDER_KINDS:
        assert PlacedOrder(kind=kind, by="ann").detail == {}


def test_a_ledger_that_cannot_be_used_is_told(served: Served) -> None:
    (served.folder / "learning.sqlite3").mkdir()

    async def story(client: httpx.AsyncClient) -> None:
        for answer in (
            await client.post("/v1/orders", json=order()),
            await client.get("/v1/orders/1"),
            await client.get("/v1/arming"),
        ):
            assert answer.status_code == 507
            assert "learning.sqlite3 cannot be used" in answer.json()["detail"]

    play(served, story)


def test_arming_is_what_the_judge_said_last(served: Served) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/arming")).json() == {}
        with Ledger(served.folder / "learning.sqlite3") as ledger:
            ledger.stand("normal/yard", {"phase": "gathering"})
            ledger.stand("arming", {"cameras": {"yard": {"mode": "away"}}})
        told = (await client.get("/v1/arming")).json()
        assert told == {"arming": {"cameras": {"yard": {"mode": "away"}}}}

    play(served, story)
