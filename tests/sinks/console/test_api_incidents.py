"""Working the queue: shared between people, each within what they may see."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from pipeline.records import Severity
from sinks.console.accounts import Rights, Role
from sinks.console.desk import NOTE_LENGTH
from tests.sinks.builders import NOW, make_alert
from tests.sinks.console.desktop import Desktop, told

OF_YARD = {"incident": "yard-fire-1", "camera": "yard", "kind": "clip.mp4"}
GATE_ONLY = Rights.of(cameras=["gate"])


def test_two_operators_share_a_queue_and_nobody_works_on_one_twice(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        desk.came(make_alert())
        ann, bob = await desk.person("ann"), await desk.person("bob")
        taken = await ann.call("POST", "/api/v1/incidents/yard-fire-1/acknowledge")
        assert (taken.status_code, taken.json()["acknowledged_by"]) == (200, "ann")
        again = await bob.call("POST", "/api/v1/incidents/yard-fire-1/acknowledge")
        assert (again.status_code, again.json()["detail"]) == (
            409,
            "acknowledged by ann, not by bob",
        )
        (row,) = (await bob.get("/api/v1/incidents")).json()["incidents"]
        assert (row["state"], row["acknowledged_by"]) == ("acknowledged", "ann")

    told(story, short_tmp)


def test_a_verdict_closes_it_and_goes_to_the_stream_with_who_and_when(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        desk.came(make_alert())
        ann = await desk.person("ann")
        said = await ann.call(
            "POST", "/api/v1/incidents/yard-fire-1/verdict", {"verdict": "false_alarm"}
        )
        assert said.json()["state"] == "done"
        desk.away = "Redis is away"
        assert not await desk.parts.intake._works("verdicts", desk.parts.intake._send_verdicts)
        assert desk.sent == []
        desk.away = ""
        assert await desk.parts.intake._works("verdicts", desk.parts.intake._send_verdicts)
        (verdict,) = desk.sent
        assert (verdict.id, verdict.verdict, verdict.by) == ("yard-fire-1", "false_alarm", "ann")
        # It has gone: nothing is sent twice.
        await desk.parts.intake._send_verdicts()
        assert len(desk.sent) == 1

    told(story, short_tmp)


def test_what_people_do_is_audited(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        desk.came(make_alert())
        ann = await desk.person("ann")
        path = "/api/v1/incidents/yard-fire-1"
        await ann.call("POST", f"{path}/acknowledge")
        await ann.call("POST", f"{path}/notes", {"text": "on my way"})
        await ann.call("POST", f"{path}/assign", {"to": "ann"})
        await ann.call("POST", f"{path}/verdict", {"verdict": "confirmed"})
        from sinks.console.audit import Filter

        lines = desk.guard.audit.entries(Filter(camera="yard"))
        assert [(line.who, line.what) for line in reversed(lines)] == [
            ("ann", "acknowledged"),
            ("ann", "noted"),
            ("ann", "assigned"),
            ("ann", "verdict"),
        ]
        assert all(line.detail["incident"] == "yard-fire-1" for line in lines)

    told(story, short_tmp)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        pytest.param("verdict", {"verdict": "maybe"}, 422, id="no such verdict"),
        pytest.param("verdict", {"verdict": "confirmed", "more": 1}, 422, id="unknown key"),
        pytest.param("notes", {"text": ""}, 422, id="empty note"),
        pytest.param("notes", {"text": "  "}, 422, id="note of spaces"),
        pytest.param("notes", {"text": "x" * (NOTE_LENGTH + 1)}, 422, id="endless note"),
        pytest.param("assign", {"to": "nobody"}, 422, id="to somebody unknown"),
        pytest.param("assign", {"to": "gina"}, 422, id="to somebody who may not see it"),
        pytest.param("assign", {"to": "vera"}, 422, id="to somebody who may only look"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    short_tmp: Path, path: str, body: Any, status: int
) -> None:
    async def story(desk: Desktop) -> None:
        desk.came(make_alert())
        ann = await desk.person("ann")
        await desk.person("gina", rights=GATE_ONLY)
        await desk.person("vera", Role.VIEWER)
        before = desk.parts.desk.incident("yard-fire-1")
        answer = await ann.call("POST", f"/api/v1/incidents/yard-fire-1/{path}", body)
        assert answer.status_code == status
        assert isinstance(answer.json()["detail"], str)
        assert desk.parts.desk.incident("yard-fire-1") == before

    told(story, short_tmp)


def test_a_viewer_looks_and_changes_nothing(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        desk.came(make_alert())
        vera = await desk.person("vera", Role.VIEWER)
        assert (await vera.get("/api/v1/incidents/yard-fire-1")).status_code == 200
        for path, body in (
            ("acknowledge", None),
            ("verdict", {"verdict": "confirmed"}),
            ("notes", {"text": "hm"}),
            ("assign", {"to": None}),
        ):
            answer = await vera.call("POST", f"/api/v1/incidents/yard-fire-1/{path}", body)
            assert answer.status_code == 403, path
        page = (await vera.get("/incidents/yard-fire-1")).text
        assert 'data-may-act="no"' in page
        assert "Export" not in page

    told(story, short_tmp)


def test_a_viewer_of_one_camera_gets_nothing_of_another_by_any_route(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        secret = "a secret in the yard"
        desk.came(
            make_alert(
                data={"fusion": {"prompts": [secret]}, "heat_path": "yard/x/heat.jpg"},
                clip_path="yard/x/clip.mp4",
            )
        )
        desk.parts.desk.note("yard-fire-1", "ann", secret)
        # An admin of the gate alone: every role is limited to its cameras.
        gina = await desk.person("gina", Role.ADMIN, GATE_ONLY)
        asked = 0
        for route in iter_route_contexts(desk.app.routes):
            path = route.path or ""
            if "{" not in path or path.startswith("/static") or path == "/{path:path}":
                continue
            for method in route.methods or ():
                filled = re.sub(r"{(\w+)[^}]*}", lambda m: OF_YARD.get(m[1], "1"), path)
                for spelled in (filled, filled.replace("yard", "%79ard")):
                    answer = await gina.call(method, spelled, {} if method == "POST" else None)
                    assert answer.status_code in (403, 404, 405, 422), (method, spelled)
                    assert secret not in answer.text
                    asked += 1
        assert asked > 20
        for path in (
            "/",
            "/queue",
            "/health",
            "/api/v1/incidents",
            "/api/v1/incidents?camera=yard",
        ):
            answer = await gina.get(path)
            assert answer.status_code == 200
            assert secret not in answer.text
            assert "yard" not in answer.text.replace("camera=yard", ""), path

    told(story, short_tmp)


def test_the_queue_is_filtered_and_paged_by_the_address(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        for number in range(30):
            camera = "gate" if number % 3 == 0 else "yard"
            severity = Severity.WARNING if number % 2 else Severity.CRITICAL
            desk.came(
                make_alert(
                    f"i{number:02d}", camera=camera, severity=severity, start_time=NOW + number
                )
            )
        ann = await desk.person("ann")
        answer = (await ann.get("/api/v1/incidents?camera=gate&order=time&limit=3")).json()
        assert [i["id"] for i in answer["incidents"]] == ["i27", "i24", "i21"]
        assert answer["counts"] == {"waiting": 10, "acknowledged": 0, "done": 0}
        after = (await ann.get("/api/v1/incidents?camera=gate&order=time&limit=3&offset=3")).json()
        assert [i["id"] for i in after["incidents"]] == ["i18", "i15", "i12"]
        both = (
            await ann.get("/api/v1/incidents?severity=critical&severity=warning&limit=500")
        ).json()
        assert len(both["incidents"]) == 30
        for bad in ("severity=loud", "limit=0", "limit=501", "after=-1", "after=nan", "order=x"):
            assert (await ann.get(f"/api/v1/incidents?{bad}")).status_code == 422, bad

    told(story, short_tmp)


def test_text_of_models_and_people_is_shown_as_text(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        payload = "<img src=x onerror=alert(1)>"
        reading = {
            "share": 1.0, "p_value": 0.001, "prompts": [{"prompt": payload, "margin": 1.0}],
            "unusual": {"words": payload, "detectors": {payload: 2.0}},
            "series": [[0, 1], [1, 2]],
        }  # fmt: skip
        fusion = {
            "modalities": {"video": reading, payload: reading}, "prompts": [payload],
            "nearest": {"video": payload}, "would_not_fire_if": [payload], "missing": [payload],
            "consistency": {"audio": {"words": payload}}, "neighbours": [{payload: payload}],
            "score": 3.0, "per_day": 0.1, "promised_per_day": 1.0,
        }  # fmt: skip
        data = {
            "fusion": fusion, "model_versions": {payload: payload}, "lesson": payload,
            "reason": payload,
        }  # fmt: skip
        desk.came(make_alert(data=data))
        desk.parts.desk.note("yard-fire-1", payload, payload)
        ann = await desk.person("ann")
        page = await ann.get("/incidents/yard-fire-1")
        assert page.status_code == 200
        assert payload not in page.text
        assert page.text.count("&lt;img src=x onerror=alert(1)&gt;") >= 10
        policy = page.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy

    told(story, short_tmp)


def test_what_was_never_seen_before_has_a_card(short_tmp: Path) -> None:
    """A still camera's excess is tiny: what moves is rarer than any number can say."""

    async def story(desk: Desktop) -> None:
        unusual = {"detectors": {"distance": 400.0, "change": 3.0}}
        reading = {"share": 1.0, "p_value": 1e-9, "unusual": unusual}
        desk.came(make_alert(data={"fusion": {"modalities": {"video": reading}}}))
        page = await (await desk.person("ann")).get("/incidents/yard-fire-1")
        assert page.status_code == 200
        assert "fewer than one ordinary moment in 1,000,000,000 is as unusual" in page.text
        assert "one ordinary moment in 1,000 is as unusual" in page.text

    told(story, short_tmp)


def test_a_camera_s_page_says_how_many_incidents_there_were_though_it_shows_the_newest(
    short_tmp: Path,
) -> None:
    async def story(desk: Desktop) -> None:
        now = time.time()
        for number in range(203):
            desk.came(make_alert(f"i{number}", start_time=now - 60.0 * (number + 1)))
        page = await (await desk.person("ann")).get("/cameras/yard?hours=24")
        assert "203 incidents" in page.text
        assert "the newest 200 of them" in page.text
        assert "/incidents/i199" in page.text
        assert "/incidents/i200" not in page.text

    told(story, short_tmp)


def test_what_is_not_there_says_so_as_a_page_and_as_json(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        ann = await desk.person("ann")
        for path in ("/incidents/none", "/cameras/none", "/no/such/page"):
            answer = await ann.get(path)
            assert answer.status_code == 404
            assert "there is no such" in answer.text
            assert answer.headers["content-type"].startswith("text/html")
            assert '<a href="/queue"' in answer.text, "and the way on"
        assert (await ann.get("/queue?order=nonsense")).status_code == 422
        answer = await ann.get("/api/v1/incidents/none")
        assert answer.json() == {"detail": "there is no such incident"}

    told(story, short_tmp)
