"""Orders about what is armed: carried out by the line, and written down whatever becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sinks.console.audit import Filter
from tests.sinks.console.desktop import Desktop, told

PLACED = (202, {}, b'{"number": 7}')


def written(desk: Desktop) -> list[tuple[str, str, str, Any]]:
    """Of each order in the audit log: who, what, which camera, and what came of it."""
    lines = desk.guard.audit.entries(Filter())
    return [(e.who, e.what, e.camera, e.detail["outcome"]) for e in lines if "outcome" in e.detail]


def test_an_order_is_carried_out_and_written_down(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        desk.line.answers["POST /v1/orders"] = PLACED
        desk.line.says("GET /v1/orders/7", {"outcome": "armed: night"})
        ann = await desk.person("ann")
        answer = await ann.call("POST", "/api/v1/arming", {"mode": "night", "camera": "yard"})
        assert (answer.status_code, answer.json()) == (200, {"outcome": "armed: night"})
        assert written(desk) == [("ann", "arm", "yard", "armed: night")]

    told(story, short_tmp)


def test_an_order_whose_outcome_cannot_be_asked_is_written_down_all_the_same(
    short_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line has it on disk: it is carried out, though the line went away meanwhile."""
    monkeypatch.setattr("sinks.console.arming._WAIT_S", 0.2)

    async def story(desk: Desktop) -> None:
        desk.line.answers["POST /v1/orders"] = PLACED
        desk.line.answers["GET /v1/orders/7"] = (500, {}, b"{}")
        ann = await desk.person("ann")
        order = {"rule": "fire", "camera": "yard", "for_s": 3600}
        answer = await ann.call("POST", "/api/v1/silences", order)
        said = "it is carried out as soon as the judge is back"
        assert (answer.status_code, answer.json()) == (200, {"outcome": said})
        assert written(desk) == [("ann", "silence", "yard", said)]

    told(story, short_tmp)


def test_an_order_that_was_never_placed_is_refused_and_not_written_down(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        ann = await desk.person("ann")
        order = {"mode": "night", "camera": "yard"}
        desk.line.answers["POST /v1/orders"] = (400, {}, b'{"detail": "there is no such mode"}')
        answer = await ann.call("POST", "/api/v1/arming", order)
        assert (answer.status_code, answer.json()["detail"]) == (422, "there is no such mode")
        desk.line.answers["POST /v1/orders"] = (500, {}, b"{}")
        assert (await ann.call("POST", "/api/v1/arming", order)).status_code == 503
        assert written(desk) == []

    told(story, short_tmp)
