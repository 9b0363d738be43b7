"""Searching the archive from the console: within what the asker may see, and on record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.responses import JSONResponse

from sinks.console.accounts import Rights, Role
from sinks.console.audit import Filter
from tests.sinks.console.desktop import Desktop, told

AT = 1_800_000_000.25
GATE_ONLY = Rights.of(cameras=["gate"])
THUMBNAIL = "/api/v1/search/thumbnail?camera={}&view=whole&at=1800000000.25"
SEARCH = {"text": "a person with a ladder"}


def moment(camera: str, **changed: Any) -> dict[str, Any]:
    return {
        "camera": camera,
        "view": "whole",
        "sense": "video",
        "at": AT + 3,
        "begin": AT,
        "end": AT + 9,
        "similarity": 0.3,
        "unusual": 8.1,
        "stands_out": "clearly",
        "picture": {"camera": camera, "view": "whole", "at": AT},
    } | changed


def found(*moments: dict[str, Any]) -> dict[str, Any]:
    return {
        "moments": list(moments),
        "searched": {"yard": 1000, "gate": 900},
        "back_to": None,
        "reaches_back_to": 1.0,
        "other_models": [],
        "damaged": 0,
        "since": AT - 86400,
        "until": AT,
        "unknown_words": {},
        "took_s": 0.5,
    }


def refuses(desk: Desktop, status: int, words: str) -> None:
    body = JSONResponse({"detail": words}).body
    desk.line.answers["POST /v1/search"] = (status, {}, body)


def test_words_go_to_the_site_and_moments_come_back_with_where_to_look(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        desk.line.says("POST /v1/search", found(moment("yard"), moment("hall", picture=None)))
        ann = await desk.person("ann", Role.VIEWER)
        order = {"senses": ["video"], "since": AT - 60, "until": AT, "limit": 5}
        answer = await ann.call("POST", "/api/v1/search", SEARCH | order)
        assert answer.status_code == 200, answer.text
        assert desk.line.bodies == [SEARCH | order | {"cameras": ["yard", "gate", "hall"]}]
        yard, hall = answer.json()["moments"]
        assert yard["thumbnail"] == THUMBNAIL.format("yard")
        assert yard["timeline"] == f"/cameras/yard?hours=1&until={AT + 903}"
        assert hall["thumbnail"] is None
        assert (await ann.get(yard["timeline"])).status_code == 200

    told(story, short_tmp)


@pytest.mark.promise("security 2")
def test_a_viewer_of_one_camera_finds_nothing_of_another(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        # Even if the site gave more than it was asked for.
        desk.line.says("POST /v1/search", found(moment("yard"), moment("gate")))
        picture = "GET /v1/archive/thumbnail?camera=gate&view=whole&at=1800000000.25"
        desk.line.answers[picture] = (200, {"content-type": "image/jpeg"}, b"\xff\xd8 gate")
        eve = await desk.person("eve", Role.OPERATOR, GATE_ONLY)

        answer = await eve.call("POST", "/api/v1/search", SEARCH)
        assert desk.line.bodies[-1]["cameras"] == ["gate"]
        assert [m["camera"] for m in answer.json()["moments"]] == ["gate"]
        assert answer.json()["searched"] == {"gate": 900}
        seen = await eve.get(THUMBNAIL.format("gate"))
        assert (seen.status_code, seen.content) == (200, b"\xff\xd8 gate")
        assert seen.headers["content-type"] == "image/jpeg"
        assert seen.headers["cache-control"] == "no-store"

        asked = len(desk.line.asked)
        refused = [
            await eve.call("POST", "/api/v1/search", SEARCH | {"cameras": ["gate", "yard"]}),
            await eve.call("POST", "/api/v1/search", SEARCH | {"cameras": ["attic"]}),
            await eve.get(THUMBNAIL.format("yard")),
            await eve.get(THUMBNAIL.format("attic")),
            await eve.get(THUMBNAIL.format("..%2Fyard")),
        ]
        assert [answer.status_code for answer in refused] == [404] * 5
        # What is hidden and what is not there cannot be told apart.
        assert refused[0].json() == refused[1].json()
        assert refused[2].json() == refused[3].json()
        assert len(desk.line.asked) == asked, "nothing of it was asked of the site"
        page = (await eve.get("/search?words=a+ladder&camera=yard")).text
        assert "<option>gate</option>" in page
        assert "yard" not in page.split("data-search")[1]

    told(story, short_tmp)


def test_every_search_is_on_record_with_its_words(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        desk.line.says("POST /v1/search", found())
        ann = await desk.person("ann", Role.VIEWER)
        await ann.call("POST", "/api/v1/search", SEARCH | {"cameras": ["yard"]})
        refuses(desk, 409, "the models are still being loaded")
        await ann.call("POST", "/api/v1/search", {"text": "a dog barking"})
        lines = desk.guard.audit.entries(Filter(what="searched"), limit=9)
        assert [(line.who, line.camera, line.detail["words"]) for line in reversed(lines)] == [
            ("ann", "yard", "a person with a ladder"),
            ("ann", "", "a dog barking"),
        ]

    told(story, short_tmp)


def test_why_the_site_does_not_search_is_passed_on(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        ann = await desk.person("ann")
        for status in (409, 422, 429, 504):
            refuses(desk, status, "say what to do")
            answer = await ann.call("POST", "/api/v1/search", SEARCH)
            assert (answer.status_code, answer.json()["detail"]) == (status, "say what to do")

    told(story, short_tmp)


def test_a_site_that_fails_or_does_not_run_is_told_of(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        refuses(desk, 500, "the search died")
        ann = await desk.person("ann")
        answer = await ann.call("POST", "/api/v1/search", SEARCH)
        assert answer.status_code == 503
        assert "look in its log" in answer.json()["detail"]
        (desk.site.state_dir / "control.token").write_text("another")
        answer = await ann.get(THUMBNAIL.format("yard"))
        assert answer.status_code == 404, "the picture that is gone"

    told(story, short_tmp)


def test_what_is_no_search_is_refused_here_already(short_tmp: Path) -> None:
    orders: list[dict[str, Any]] = [
        {},
        {"text": ""},
        {"text": "x" * 201},
        SEARCH | {"senses": ["smell"]},
        SEARCH | {"limit": 1000},
        SEARCH | {"since": -1},
        SEARCH | {"root": "/etc"},
    ]

    async def story(desk: Desktop) -> None:
        ann = await desk.person("ann")
        for order in orders:
            assert (await ann.call("POST", "/api/v1/search", order)).status_code == 422, order
        assert desk.line.asked == []

    told(story, short_tmp)


def test_the_page_keeps_what_was_asked_and_shows_words_as_text(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        ann = await desk.person("ann", Role.VIEWER)
        page = (await ann.get("/search?words=%3Cb%3Ea+dog&camera=gate&hours=168&until=5")).text
        assert 'value="&lt;b&gt;a dog"' in page
        assert "<option selected>gate</option>" in page
        assert '<option value="168" selected>7 days</option>' in page
        assert 'name="until" value="5.0"' in page
        assert '<a href="/search" aria-current="page">Search' in page
        assert (await ann.get("/search?hours=0")).status_code == 422

    told(story, short_tmp)


def test_without_an_archive_the_page_says_how_to_get_one(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        archive = desk.site.archive.model_copy(update={"enabled": False})
        desk.now.site = desk.site.model_copy(update={"archive": archive})
        ann = await desk.person("ann", Role.VIEWER)
        page = (await ann.get("/search")).text
        assert "archive: {enabled: true}" in page
        assert "data-search" not in page

    told(story, short_tmp)
