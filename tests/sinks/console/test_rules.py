"""Rules in the console: who may look, who may change, and what stays on record."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from sinks.console.accounts import Rights, Role
from sinks.console.audit import Filter
from tests.sinks.console.desktop import Desktop

YARD_ONLY = Rights.of(cameras=["yard"])
FIELDS = {
    "see": ["a fire"],
    "hear": [],
    "normal": {"see": [], "hear": []},
    "severity": "critical",
    "false_alarms": "1 per day",
    "margin": 0.5,
    "min_length": "1 s",
    "exit_after": "5 s",
    "cooldown": "1 min",
}


def rule(name: str, cameras: dict[str, list[str]], **told: Any) -> dict[str, Any]:
    return {
        "name": name,
        "state": "on",
        "of": "file",
        "kind": "prompts",
        "fields": FIELDS,
        "file": FIELDS,
        "cameras": cameras,
        "view": "whole",
        "version": "abc",
        "changed": [],
        "by": "",
        "at": None,
        "number": 0,
        "unknown_words": [],
        "history": [],
        **told,
    }


VERSION = {
    "number": 3,
    "kind": "changed",
    "changes": {},
    "says": "What is seen: <b>flames</b>",
    "by": "<i>ann</i>",
    "at": 1_800_000_000.0,
    "undone_by": "",
    "undone_at": None,
}
RULES = {
    "revision": 1,
    "revision_in_force": 1,
    "trouble": "",
    "left_out": ["rule smoke: no longer fits"],
    "cameras": ["yard", "gate", "hall"],
    "normal": {"see": ["a street"], "hear": ["wind"]},
    "rules": {
        "fire": rule(
            "fire",
            {"yard": ["video"], "gate": ["video"]},
            changed=["see", "false_alarms"],
            by="<i>ann</i>",
            at=1_800_000_000.0,
            number=3,
            history=[VERSION],
            unknown_words=["never met <b>zxqwv</b>"],
        ),
        "fight": rule("fight", {"hall": ["video"]}),
        "smoke": rule("smoke", {}, state="gone", fields=None, file=None, history=[VERSION]),
    },
}
MADE = {"number": 4, "says": "it", "notes": [], "before": {"see": ["a"]}, "after": {"see": ["b"]}}
REHEARSED = {"id": "r1", "state": "done", "rule": "fire", "cameras": ["yard", "gate"], "found": {}}


def story(folder: Path, tell: Any) -> None:
    async def whole() -> None:
        desk = Desktop(folder)
        desk.line.says("GET /v1/rules", RULES)
        for path in ("", "/undo", "/check"):
            desk.line.says(f"POST /v1/rules/fire{path}", MADE)
        desk.line.says("POST /v1/rehearsals", REHEARSED)
        desk.line.says("GET /v1/rehearsals/r1", REHEARSED)
        desk.line.says("POST /v1/rehearsals/r1/cancel", REHEARSED)
        desk.line.answers["GET /v1/rehearsals/r1/pictures/a.jpg"] = (200, {}, b"\xff\xd8")
        async with desk.open():
            await tell(desk)

    asyncio.run(whole())


def test_an_admin_reads_the_rules_and_one_of_them_beside_its_rehearsal(short_tmp: Path) -> None:
    async def tell(desk: Desktop) -> None:
        ann = await desk.person("ann", Role.ADMIN)
        page = (await ann.get("/rules")).text
        assert 'href="/rules/fire"' in page
        assert "rule smoke: no longer fits" in page
        assert "&lt;i&gt;ann&lt;/i&gt;" in page
        one = (await ann.get("/rules/fire")).text
        assert "Changed here. The site file says: a fire" in one
        assert "data-rehearse" in one
        assert "data-save" in one
        assert 'data-undo="fire" data-after="3"' in one
        for markup in ("<b>flames", "<b>zxqwv", "<i>ann"):
            assert markup not in page + one
        assert "Nobody has this rule any more" in (await ann.get("/rules/smoke")).text
        assert "data-fresh" in (await ann.get("/rules/_new")).text
        assert (await ann.get("/rules/nothing")).status_code == 404
        assert (await ann.get("/api/v1/rules/fire")).json()["number"] == 3
        desk.line.answers["GET /v1/rules"] = (503, {}, b"{}")
        away = await ann.get("/rules/fire")
        assert (away.status_code, "too much to do" in away.text) == (200, True)

    story(short_tmp, tell)


def test_what_is_changed_is_on_record_with_before_and_after(short_tmp: Path) -> None:
    async def tell(desk: Desktop) -> None:
        ann = await desk.person("ann", Role.ADMIN)
        change = {"changes": {"see": ["flames"]}, "after": 3}
        assert (await ann.call("POST", "/api/v1/rules/fire", change)).status_code == 200
        await ann.call("POST", "/api/v1/rules/fire/off", {"after": 3})
        await ann.call("POST", "/api/v1/rules/fire/undo", {"after": 3})
        assert desk.line.bodies == [
            {"by": "ann", **change},
            {"by": "ann", "changes": None, "after": 3},
            {"by": "ann", "after": 3},
        ]
        begun = await ann.call("POST", "/api/v1/rehearsals", {"rule": "fire", "changes": {}})
        assert begun.status_code == 202
        assert desk.line.bodies[-1]["cameras"] is None
        lines = desk.guard.audit.entries(Filter(what="rule"))
        told = [(line.who, line.what, line.detail.get("before")) for line in reversed(lines)]
        assert told == [
            ("ann", "rule changed", {"see": ["a"]}),
            ("ann", "rule switched off", {"see": ["a"]}),
            ("ann", "rule change taken back", {"see": ["a"]}),
            ("ann", "rule rehearsed", None),
        ]

    story(short_tmp, tell)


def test_the_line_s_refusals_come_through_in_its_words_and_leave_no_record(
    short_tmp: Path,
) -> None:
    async def tell(desk: Desktop) -> None:
        ann = await desk.person("ann", Role.ADMIN)
        for status in (409, 422):
            said = json.dumps({"detail": "bob has changed it"}).encode()
            desk.line.answers["POST /v1/rules/fire"] = (status, {}, said)
            answer = await ann.call("POST", "/api/v1/rules/fire", {"changes": {}})
            assert (answer.status_code, answer.json()["detail"]) == (status, "bob has changed it")
        desk.line.answers["POST /v1/rules/fire"] = (507, {}, b'{"detail": "make room"}')
        full = await ann.call("POST", "/api/v1/rules/fire", {"changes": {}})
        assert (full.status_code, full.json()["detail"]) == (503, "make room")
        odd = await ann.client.post(
            "/api/v1/rules/fire",
            content=b'{"changes": {"margin": 1e999}}',
            headers={
                "Origin": ann.home,
                "X-CSRF-Token": ann.csrf,
                "Content-Type": "application/json",
            },
        )
        assert odd.status_code == 422
        assert not desk.guard.audit.entries(Filter(what="rule"))

    story(short_tmp, tell)


CHANGES = [
    ("/api/v1/rules/fire", {"changes": {}}),
    ("/api/v1/rules/fire/off", {}),
    ("/api/v1/rules/fire/undo", {}),
]


@pytest.mark.promise("security 2")
def test_an_admin_of_one_camera_rehearses_there_and_keeps_nothing(short_tmp: Path) -> None:
    async def tell(desk: Desktop) -> None:
        yve = await desk.person("yve", Role.ADMIN, YARD_ONLY)
        told = (await yve.get("/api/v1/rules")).json()
        assert list(told["rules"]) == ["fire"]
        assert list(told["rules"]["fire"]["cameras"]) == told["cameras"] == ["yard"]
        assert "fight" not in (await yve.get("/rules")).text
        page = (await yve.get("/rules/fire")).text
        assert "data-save" not in page
        assert "data-undo" not in page
        for path, body in CHANGES:
            refused = await yve.call("POST", path, body)
            assert refused.status_code == 403, path
            assert "may see all cameras" in refused.json()["detail"]
        asked = len(desk.line.bodies)
        for path, body in (
            ("/api/v1/rules/fight/check", {"changes": {}}),
            ("/api/v1/rehearsals", {"rule": "fight", "changes": {}}),
        ):
            assert (await yve.call("POST", path, body)).status_code == 404, path
        assert len(desk.line.bodies) == asked
        await yve.call("POST", "/api/v1/rehearsals", {"rule": "fire", "changes": {}})
        assert desk.line.bodies[-1]["cameras"] == ["yard"]
        # Somebody else's rehearsal shows the gate too.
        for path in ("", "/pictures/a.jpg"):
            assert (await yve.get(f"/api/v1/rehearsals/r1{path}")).status_code == 404
        assert (await yve.call("POST", "/api/v1/rehearsals/r1/cancel")).status_code == 404
        assert (await yve.get("/rules/fight")).status_code == 404

    story(short_tmp, tell)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_others_do_not_even_look(short_tmp: Path, role: Role) -> None:
    async def tell(desk: Desktop) -> None:
        bob = await desk.person("bob", role)
        for path in ("/rules", "/rules/fire", "/api/v1/rules", "/api/v1/rehearsals/r1"):
            assert (await bob.get(path)).status_code == 403, path
        await bob.get("/password")
        for path, body in CHANGES:
            refused = await bob.call("POST", path, body)
            assert refused.json()["detail"] == "this needs the role admin", path
        assert 'href="/rules"' not in (await bob.get("/arming")).text

    story(short_tmp, tell)


def test_pictures_of_a_rehearsal_are_passed_on(short_tmp: Path) -> None:
    async def tell(desk: Desktop) -> None:
        ann = await desk.person("ann", Role.ADMIN)
        picture = await ann.get("/api/v1/rehearsals/r1/pictures/a.jpg")
        assert (picture.content, picture.headers["content-type"]) == (b"\xff\xd8", "image/jpeg")
        assert (await ann.get("/api/v1/rehearsals/r1/pictures/b.jpg")).status_code == 404
        assert (await ann.get("/api/v1/rehearsals/r2")).status_code == 404

    story(short_tmp, tell)


def test_other_pages_follow_the_rules_as_the_site_runs_them(short_tmp: Path) -> None:
    async def tell(desk: Desktop) -> None:
        ann = await desk.person("ann", Role.ADMIN)
        assert "<option>fight" in (await ann.get("/queue")).text
        dog = {
            "kind": "prompts",
            "severity": "info",
            "see": ["a dog"],
            "hear": [],
            "false_alarms_per_day": 3.0,
        }
        cameras = {camera: {"rules": ["dog"]} for camera in desk.site.cameras}
        desk.line.says("GET /v1/site", {"rules": {"dog": dog}, "cameras": cameras})
        desk.line.says("GET /v1/state", {"cameras": {}, "started_at": 1, "rules_revision": 1})
        for _ in range(3):
            await desk.parts.states.ask()
        assert desk.line.asked.count("GET /v1/site") == 1, "only when something has changed"
        queue = (await ann.get("/queue")).text
        assert "<option>dog" in queue
        assert "<option>fight" not in queue
        assert "sees: a dog" in (await ann.get("/cameras/yard")).text
        desk.line.says("GET /v1/state", {"cameras": {}, "started_at": 1, "rules_revision": 2})
        await desk.parts.states.ask()
        assert desk.line.asked.count("GET /v1/site") == 2

    story(short_tmp, tell)
