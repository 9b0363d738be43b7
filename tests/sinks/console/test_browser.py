"""A shift at the console, in a real browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from pipeline.records import Severity
from sinks.console.accounts import Rights, Role
from sinks.feedback import FeedbackReader
from tests.sinks.builders import make_alert
from tests.sinks.console.stage import CHROMIUM, Stage, Starter, faults, visit

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no browser here: apt install chromium"),
]
PAYLOAD = "<img src=x onerror='window.taken=1'>"


@pytest.fixture
def stage(short_tmp: Path, make_redis: Starter, one_binary: Path) -> Iterator[Stage]:
    with Stage(short_tmp, make_redis(one_binary)).set() as stage:
        yield stage


def alert(incident: str, **changes: Any) -> Any:
    return make_alert(incident, start_time=time.time(), captured_at=time.time(), **changes)


def until(done: Callable[[], bool]) -> None:
    """Wait for what the content policy lets no script of ours wait for in the page."""
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def row(page: Page, incident: str) -> Any:
    return page.locator(f'[data-id="{incident}"]')


@pytest.mark.promise("security 3", "security 6")
def test_a_shift(stage: Stage, browser: Any) -> None:
    """From the first sign-in to a verdict that a colleague sees and the site learns from."""
    # The first password lets nobody past the page on which it is changed.
    page = browser.new_page()
    page.goto(stage.home)
    page.fill("[name=name]", "admin")
    page.fill("[name=password]", stage.first_password)
    page.click("main form button")
    page.wait_for_url("**/password")
    page.goto(f"{stage.home}queue")
    page.wait_for_url("**/password")
    page.fill("[name=old]", stage.first_password)
    page.fill("[name=new]", "eleven green bottles")
    page.fill("[name=again]", "eleven green bottles")
    page.click("main form button")
    page.wait_for_url(stage.home)
    page.close()

    ann = visit(browser, stage, stage.person("ann"))
    bob = visit(browser, stage, stage.person("bob"))
    expect(ann.locator("[data-line]")).to_have_text("live")
    expect(ann.locator("[data-nothing]")).to_be_visible()

    # An alert appears by itself; what a model wrote in it stays text.
    data = {
        "fusion": {
            "prompts": [PAYLOAD],
            "score": 4.0,
            "modalities": {"video": {"share": 1.0, "p_value": 1e-4, "prompts": []}},
        }
    }
    stage.comes(alert("i1", data=data))
    expect(row(ann, "i1")).to_be_visible()
    expect(row(ann, "i1")).to_contain_text(PAYLOAD)
    expect(row(ann, "i1")).to_contain_text("waiting")
    assert ann.evaluate("window.taken") is None

    # Its clip comes with a later revision, and is there without a reload.
    ann.locator('[data-id="i1"] a').click()
    expect(ann.locator("[data-clip]")).to_contain_text("No clip yet")
    stage.comes(alert("i1", revision=1, kind="update", data=data, **stage.media("i1")))
    expect(ann.locator("video[data-clip]")).to_be_visible()
    video = ann.locator("video[data-clip]")
    video.evaluate("v => v.play()")
    until(lambda: video.evaluate("v => v.currentTime") > 0.5)
    assert video.evaluate("v => v.videoWidth") == 160
    assert video.evaluate("v => v.webkitAudioDecodedByteCount") > 0
    assert ann.evaluate("window.taken") is None
    ann.go_back()

    # Acknowledged with a key; the colleague sees who, and cannot take it as well.
    row(ann, "i1").focus()
    ann.keyboard.press("a")
    expect(row(bob, "i1")).to_contain_text("looked after by ann")
    expect(row(bob, "i1").locator("[data-do=acknowledge]")).to_have_count(0)
    row(bob, "i1").focus()
    bob.keyboard.press("a")
    expect(bob.locator(".toast").last).to_contain_text("acknowledged by ann, not by bob")

    # A false alarm: gone from both queues, and on its way to the site.
    row(ann, "i1").focus()
    ann.keyboard.press("f")
    expect(row(ann, "i1")).to_have_count(0)
    expect(row(bob, "i1")).to_have_count(0)
    reader = FeedbackReader(stage.redis_url)
    reader.open()
    ((_, verdict),) = reader.items(5.0)
    reader.close()
    assert (verdict.id, verdict.verdict, verdict.by) == ("i1", "false_alarm", "ann")
    bob.goto(f"{stage.home}queue?state=done")
    expect(row(bob, "i1")).to_contain_text("false alarm, says ann")

    # A verdict that stands is not changed by a key that was hit; only by who asks to change it.
    row(bob, "i1").focus()
    bob.keyboard.press("c")
    expect(bob.locator(".toast").last).to_contain_text("There is a verdict already")
    bob.locator('[data-id="i1"] a').click()
    expect(bob.locator("[data-do=confirmed]")).to_be_hidden()
    expect(bob.locator("[data-line]")).to_have_text("live")
    bob.keyboard.press("c")
    expect(bob.locator(".toast").last).to_contain_text("Change the verdict")
    bob.locator("[data-change]").click()
    expect(bob.locator("[data-do=confirmed]")).to_be_focused()
    bob.keyboard.press("c")
    expect(bob.locator("[data-state-words]")).to_have_text("confirmed, says bob")
    expect(bob.locator("[data-change]")).to_be_visible()
    expect(bob.locator("[data-do=confirmed]")).to_be_hidden()
    bob.goto(f"{stage.home}queue?state=done")

    # A note with markup in it is a note.
    bob.locator('[data-id="i1"] a').click()
    bob.fill("[data-note] textarea", f"{PAYLOAD}\nasked the gardener")
    bob.click("[data-note] button")
    expect(bob.locator("[data-notes] li")).to_contain_text("asked the gardener")
    assert bob.evaluate("window.taken") is None
    assert faults(ann) + faults(bob) == []


@pytest.mark.promise("security 2")
def test_a_viewer_of_one_camera_gets_nothing_of_another(stage: Stage, browser: Any) -> None:
    stage.person("vera", Role.VIEWER, Rights.of(cameras=["gate"]))
    vera = visit(browser, stage, "vera", "/")
    expect(vera.locator("[data-camera]")).to_have_count(1)
    vera.goto(f"{stage.home}queue")
    expect(vera.locator("[data-line]")).to_have_text("live")
    stage.comes(alert("of-yard", **stage.media("of-yard")))
    stage.comes(alert("of-gate", camera="gate"))
    expect(row(vera, "of-gate")).to_be_visible()
    # What she sees has come after what she must not see.
    assert "yard" not in vera.content()
    assert vera.locator("button[data-do]").count() == 0
    for path in (
        "incidents/of-yard",
        "api/v1/incidents/of-yard",
        "api/v1/incidents/of-yard/media/clip.mp4",
        "api/v1/incidents/of-yard/media/thumb.jpg",
        "api/v1/incidents/of-yard/export.zip",
        "cameras/yard",
        "api/v1/cameras/yard/picture.jpg",
        "api/v1/cameras/yard/scores",
        "api/v1/cameras/%79ard/scores",
        "api/v1/incidents/%2e%2e/incidents/of-yard",
    ):
        answer = vera.request.get(stage.home + path)
        assert answer.status in (403, 404), path
        assert b"fire" not in answer.body(), path


def test_a_line_that_was_lost_catches_up_without_a_gap_or_a_double(
    stage: Stage, browser: Any
) -> None:
    ann = visit(browser, stage, stage.person("ann"))
    expect(ann.locator("[data-line]")).to_have_text("live")
    stage.comes(alert("before"))
    expect(row(ann, "before")).to_be_visible()
    ann.evaluate("window.same = true")
    stage.kill()
    expect(ann.locator("[data-line]")).to_contain_text("line lost")
    stage.comes(alert("during-1", severity=Severity.WARNING))
    stage.comes(alert("during-2"))
    stage.comes(alert("before", revision=1, kind="end"))
    stage.start()
    expect(ann.locator("[data-line]")).to_have_text("live")
    for incident in ("before", "during-1", "during-2"):
        expect(row(ann, incident)).to_have_count(1)
    expect(row(ann, "before")).to_contain_text("over")
    # Urgent before mild, in the page that was there all along.
    shown = ann.locator(".incident").evaluate_all("rows => rows.map((row) => row.dataset.id)")
    assert shown.index("during-2") < shown.index("during-1")
    assert ann.evaluate("window.same") is True
    assert [f for f in faults(ann) if "ERR_CONNECTION" not in f] == []


@pytest.mark.promise("security 6")
def test_every_page_is_accessible_and_keeps_to_the_content_policy(
    stage: Stage, browser: Any
) -> None:
    stage.person("root", Role.ADMIN)
    reading = {
        "share": 0.6, "p_value": 1e-4, "prompts": [{"prompt": "a fire", "margin": 2.0}],
        "series": [[0.0, 1.0], [1.0, 4.0]],
    }  # fmt: skip
    fusion = {
        "prompts": ["a fire"], "score": 4.0, "per_day": 0.01, "promised_per_day": 1.0,
        "series": [[0.0, 1.0], [1.0, 4.0]], "modalities": {"video": reading, "audio": reading},
        "would_not_fire_if": ["it had lasted less than 1 s"],
    }  # fmt: skip
    stage.comes(alert("i1", data={"fusion": fusion}, **stage.media("i1")))
    page = visit(browser, stage, "root")
    expect(row(page, "i1")).to_be_visible()
    anonymous = browser.new_page()
    anonymous.goto(f"{stage.home}login")
    found: dict[str, Any] = {"login": _violations(anonymous)}
    for path in (
        "", "queue", "incidents/i1", "cameras/yard", "arming", "health", "users", "tokens",
        "audit", "password", "no/such/page",
    ):  # fmt: skip
        page.goto(stage.home + path)
        page.wait_for_load_state()
        time.sleep(0.2)
        found[path or "wall"] = _violations(page)
    assert {path: rules for path, rules in found.items() if rules} == {}
    assert faults(page) == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_every_page_keeps_its_contrast_and_fits_a_narrow_window(
    short_tmp: Path, make_redis: Starter, one_binary: Path, browser: Any, scheme: Any
) -> None:
    """Light comes with a wish for more contrast. A name of 63 letters is legal."""

    class LongNamed(Stage):
        def cameras(self) -> str:
            return super().cameras() + f'  {"m" * 63}: {{url: "rtsp://127.0.0.1/m"}}\n'

    with LongNamed(short_tmp, make_redis(one_binary)).set() as stage:
        stage.person("root", Role.ADMIN)
        stage.comes(alert("i1", **stage.media("i1")))
        stage.comes(alert("i2", thumb_path="yard/i2/thumb.jpg"))
        page = visit(browser, stage, "root")
        page.emulate_media(color_scheme=scheme, contrast="more")
        found: dict[str, Any] = {}
        for path in (
            "", "queue", "incidents/i1", "cameras/yard", f"cameras/{'m' * 63}", "search", "health",
            "users", "tokens", "audit",
        ):  # fmt: skip
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(stage.home + path)
            expect(page.locator("[data-waiting]")).to_have_text("2")
            found[path] = _violations(page)
            page.set_viewport_size({"width": 390, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth")
            found[path] += [f"{wide} wide"] if wide > 390 else []
        assert {path: what for path, what in found.items() if what} == {}


def _violations(page: Page) -> list[str]:
    """What axe calls serious or critical."""
    told = Axe().run(page)
    return [
        f"{one['id']}: {' '.join(one['nodes'][0]['html'].split())[:120]}"
        for one in told["violations"]
        if one["impact"] in ("serious", "critical")
    ]
