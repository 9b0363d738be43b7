"""An overloaded site at the console: which cameras are sampled less often, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from sinks.console.accounts import Rights, Role
from sinks.console.sampled import less, overload, stakes
from tests.sinks.console.desktop import Desktop, told
from tests.sinks.console.stage import CHROMIUM, Stage, Starter, chromium, faults, visit

WHY = "cameras outrun this machine: the encoder is at its limit, mostly with sight"


def rates(granted: float, wanted: float = 2.0, severity: str | None = "warning") -> dict[str, Any]:
    return {"granted": granted, "wanted": wanted, "severity": severity}


def sampling(**cameras: dict[str, Any]) -> dict[str, Any]:
    """The part of the line's state that tells of it."""
    load = {"encoder_video": 0.93, "encoder_audio": 0.06}
    return {"overloaded": True, "why": WHY, "load": load, "cameras": cameras}


CAMERAS = {
    "yard": {"video": rates(0.5), "audio": rates(0.5, 1.0, "critical")},
    "gate": {"video": rates(2.0, severity="critical")},
    "hall": {"video": rates(0.2, severity=None)},
}


def test_it_is_said_in_words() -> None:
    state = {"sampling": sampling(**CAMERAS)}
    assert overload(state) == WHY
    assert less(state, "yard") == "0.5 of 2 pictures/s, 1 of 2 sounds"
    assert less(state, "gate") == ""
    assert less(state, "hall") == "0.2 of 2 pictures/s"
    assert stakes(state, "yard") == "critical rules"
    assert stakes(state, "hall") == "no rule is armed"


@pytest.mark.parametrize(
    "state",
    [{}, {"sampling": None}, {"sampling": {"cameras": {"yard": {"video": {"granted": "0"}}}}},
     {"sampling": {"cameras": {"yard": {"video": rates(0.0)}}}}],
    ids=["nothing", "none", "no numbers", "zero"],
)  # fmt: skip
def test_a_line_that_says_nothing_of_it_is_not_overloaded(state: dict[str, Any]) -> None:
    assert overload(state) == less(state, "yard") == ""


def test_the_pages_show_it_to_those_who_see_the_camera(short_tmp: Path) -> None:
    async def story(desk: Desktop) -> None:
        ann = await desk.person("ann", Role.VIEWER)
        bob = await desk.person("bob", Role.VIEWER, Rights.of(cameras=["gate"]))
        state = calm_state()
        desk.parts.states.newest = {**state, "sampling": sampling(**CAMERAS)}
        page = (await ann.get("/health")).text
        assert f"<strong>Overloaded:</strong> {WHY}." in page
        assert "0.5 of 2 pictures/s, 1 of 2 sounds" in page
        assert "as wanted" in page
        assert "sight model 93 %" in page
        assert "0.5 of 2 pictures/s, 1 of 2 sounds" in (await ann.get("/")).text
        assert "0.5 of 2" not in (await bob.get("/health")).text
        assert "0.5 of 2" not in (await bob.get("/")).text
        desk.parts.states.newest = state
        assert "Overloaded" not in (await ann.get("/health")).text

    told(story, short_tmp)


def calm_state() -> dict[str, Any]:
    """A line's state in which nothing is wrong."""
    return {
        "at": 1e9, "started_at": 1e9, "models": {"ready": True, "sight": "s", "sound": None,
        "device": "cpu"}, "checks": {}, "troubles": {}, "lag_s": {}, "inference_s": {},
        "load": {"cpu": 0.98, "memory": 0.4}, "outbox": {}, "processes": {}, "dropped": [],
        "errors": [],
    }  # fmt: skip


class Overloaded(Stage):
    """A console whose line is overloaded, until it is not."""

    over = False

    def _state(self) -> dict[str, Any]:
        told = super()._state()
        return told if self.over else {**told, "sampling": sampling(**CAMERAS)}


@pytest.fixture
def stage(short_tmp: Path, make_redis: Starter, one_binary: Path) -> Iterator[Overloaded]:
    with Overloaded(short_tmp, make_redis(one_binary)).set() as stage:
        assert isinstance(stage, Overloaded)
        yield stage


@pytest.mark.integration
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no browser here: apt install chromium")
def test_a_badge_on_the_wall_comes_and_goes(stage: Overloaded) -> None:
    with chromium() as browser:
        wall = visit(browser, stage, stage.person("ann"), "/")
        badge = wall.locator("[data-camera=yard] [data-less]")
        expect(badge).to_have_text("0.5 of 2 pictures/s, 1 of 2 sounds")
        expect(wall.locator("[data-camera=gate] [data-less]")).to_be_hidden()
        stage.over = True
        expect(badge).to_be_hidden()
        assert faults(wall) == []
