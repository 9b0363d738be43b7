"""Whoever watches is told on the page they look at what does not work, and that it works again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from pipeline.config import parse_site
from sinks.console.line_client import LineUnavailable
from sinks.console.live import Hub
from sinks.console.site_now import SiteNow
from sinks.console.states import States
from tests.sinks.builders import NOW, RedisProcess, make_alert
from tests.sinks.console.stage import CHROMIUM, Stage, Starter, chromium, faults, visit

SITE = parse_site(
    'cameras: {yard: {url: "rtsp://192.0.2.10/a"}}\nrules: {fire: {see: [flames]}}',
    name="site.yaml",
)
FROZEN = "The picture is frozen: pictures come, and they are all the same."
DAMAGED = "damaged pictures are withheld"


class PlayedLine:
    """A site whose state the test decides; None: it does not answer."""

    def __init__(self) -> None:
        self.told: dict[str, Any] | None = {}

    async def state(self) -> dict[str, Any]:
        if self.told is None:
            raise LineUnavailable("the site does not run")
        return self.told

    async def site(self) -> dict[str, Any]:
        return {}


def asked(line: PlayedLine) -> States:
    states = States(line, Hub(), SiteNow(SITE))  # type: ignore[arg-type]
    asyncio.run(states.ask())
    return states


def yard(line: PlayedLine) -> tuple[str, str]:
    """State and detail of the camera."""
    told = asked(line).cameras()["yard"]
    return told["state"], told["detail"]


def test_a_camera_that_is_online_and_not_well_is_impaired_and_says_why() -> None:
    line = PlayedLine()
    camera: dict[str, Any] = {"state": "online", "detail": ""}
    line.told = {"cameras": {"yard": camera}, "troubles": {}}
    assert yard(line) == ("online", "")
    camera["detail"] = DAMAGED
    assert yard(line) == ("impaired", DAMAGED)
    # In the words of whoever found it; before they came, by its kind.
    camera["trouble"] = ["camera_frozen"]
    assert yard(line) == ("impaired", f"camera frozen; {DAMAGED}")
    line.told["troubles"] = {"yard camera_frozen": FROZEN, "delivery to redis": "it is away"}
    assert yard(line) == ("impaired", f"{FROZEN[:-1]}; {DAMAGED}")
    assert asked(line).troubles() == {"delivery to redis": "it is away"}
    # What is worse goes before it.
    camera |= {"state": "offline", "detail": "no media comes any more"}
    assert yard(line) == ("offline", "no media comes any more")
    line.told = None
    assert yard(line) == ("unknown", "the line does not answer")


def test_an_answer_of_another_shape_is_a_trouble_and_not_the_end(short_tmp: Path) -> None:
    """Else what was told last would stand for good."""
    line = PlayedLine()
    states = States(line, Hub(), SiteNow(SITE))  # type: ignore[arg-type]
    line.told = {"cameras": {"yard": {"state": "online", "trouble": 7}}}
    asyncio.run(states.ask())
    assert "TypeError" in states.trouble
    assert states.cameras()["yard"]["state"] == "unknown"
    line.told = {"cameras": {"yard": {"state": "online"}}}
    asyncio.run(states.ask())
    assert states.trouble == ""
    assert states.cameras()["yard"]["state"] == "online"


class Ailing(Stage):
    """A console whose site has a camera that is offline, and says so at length."""

    def _state(self) -> dict[str, Any]:
        told = super()._state()
        told["cameras"]["gate"] |= {"state": "offline", "detail": "nothing listens there. " * 12}
        return told


@pytest.fixture
def server(make_redis: Starter, one_binary: Path) -> RedisProcess:
    return make_redis(one_binary)


@pytest.fixture
def stage(short_tmp: Path, server: RedisProcess) -> Iterator[Stage]:
    with Ailing(short_tmp, server).set() as stage:
        yield stage


@pytest.mark.integration
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no browser here: apt install chromium")
def test_wall_and_queue_say_that_no_alert_comes_while_redis_is_away(
    stage: Stage, server: RedisProcess
) -> None:
    with chromium() as browser:
        ann, bob = stage.person("ann"), stage.person("bob")
        wall, queue = visit(browser, stage, ann, "/"), visit(browser, stage, bob, "/queue")
        # A tile that is as high as its neighbour, which has more to say, is no wider for it.
        tile = wall.locator("[data-camera=yard]").bounding_box()
        shown = wall.locator("[data-camera=yard] .picture").bounding_box()
        assert tile is not None
        assert shown is not None
        assert shown["x"] + shown["width"] <= tile["x"] + tile["width"]
        for page in (wall, queue):
            expect(page.locator("[data-line]")).to_have_text("live")
            expect(page.locator("[data-troubles]")).to_be_empty()
        server.kill()
        for page in (wall, queue):
            expect(page.locator("[data-troubles]")).to_contain_text("Alerts do not come in")
            expect(page.locator("[data-line]")).to_have_text("not live")
        # Who comes now is told, too.
        late = visit(browser, stage, stage.person("cleo"), "/queue")
        expect(late.locator("[data-troubles]")).to_contain_text("Alerts do not come in")
        server.start()
        for page in (wall, queue, late):
            expect(page.locator("[data-troubles]")).to_be_empty()
            expect(page.locator("[data-line]")).to_have_text("live")
            assert faults(page) == []


@pytest.mark.integration
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no browser here: apt install chromium")
def test_where_evidence_has_gone_words_stand_in_its_place(stage: Stage) -> None:
    """Clips are deleted after a month, incidents stay on the desk for three."""
    gone = {"thumb_path": "yard/old/thumb.jpg", "clip_path": "yard/old/clip.mp4"}
    stage.comes(make_alert("old", start_time=NOW - 7200, captured_at=NOW - 7200, **gone))
    stage.comes(make_alert("new", **stage.media("new")))
    with chromium() as browser:
        page = visit(browser, stage, stage.person("ann"))
        expect(page.locator("[data-id=old]")).to_contain_text("no picture any more")
        expect(page.locator("[data-id=old] img")).to_have_count(0)
        expect(page.locator("[data-id=new] img")).to_be_visible()
        page.goto(f"{stage.home}incidents/old")
        expect(page.locator("[data-clip]")).to_contain_text("The clip is not to be had")
        expect(page.locator("figure img")).to_have_count(0)
        page.goto(f"{stage.home}incidents/new")
        expect(page.locator("video[data-clip]")).to_be_visible()
        expect(page.locator("figure img")).to_have_count(1)
        assert faults(page) == []
