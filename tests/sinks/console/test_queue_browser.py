"""What wall, queue and a camera's page show while much goes on, in a real browser."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import redis
from playwright.sync_api import Route, expect

from pipeline.arming import Arming
from pipeline.arming_desk import SUBJECT
from pipeline.config import parse_site
from pipeline.ledger import Ledger
from pipeline.records import Severity
from sinks.console.render import Pages
from tests.sinks.builders import make_alert
from tests.sinks.console.stage import CHROMIUM, Stage, Starter, faults, visit

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no browser here: apt install chromium"),
]

NIGHTLY = """
timezone: Europe/Lisbon
cameras: {yard: {url: "rtsp://127.0.0.1/yard"}, gate: {url: "rtsp://127.0.0.1/gate"}}
rules: {fire: {see: [a fire]}}
arming: {schedule: [{from: "22:00", to: "06:00", mode: night}]}
"""


class Changing(Stage):
    """A site with a camera whose state the test decides."""

    gate = "connecting"

    def _state(self) -> dict[str, Any]:
        told = super()._state()
        told["cameras"]["gate"] |= {"state": self.gate, "detail": f"it is {self.gate}"}
        return told


@pytest.fixture
def stage(short_tmp: Path, make_redis: Starter, one_binary: Path) -> Iterator[Changing]:
    stage = Changing(short_tmp, make_redis(one_binary))
    with stage.set():
        yield stage


def alert(incident: str, ago_s: float = 0.0, **changes: Any) -> Any:
    """Of a happening of its own, if a minute lies between them."""
    at = time.time() - ago_s
    return make_alert(incident, start_time=at, captured_at=at, thumb_path=None, **changes)


def ids(page: Any) -> list[str]:
    return page.locator(".incident").evaluate_all("rows => rows.map((row) => row.dataset.id)")


def test_a_queue_that_cannot_be_loaded_says_so_and_is_loaded_later(
    stage: Changing, browser: Any
) -> None:
    """Else it is empty for good, as if nothing waited."""
    stage.comes(alert("i1"))
    page = visit(browser, stage, stage.person("ann"), "/password")
    failing = [True]

    def answer(route: Route) -> None:
        if failing:
            route.fulfill(status=503, json={"detail": "the disk is full"})
        else:
            route.continue_()

    page.route("**/api/v1/incidents?*", answer)
    for path in ("queue", ""):
        failing[:] = [True]
        page.goto(stage.home + path)
        expect(page.locator("[data-troubles]")).to_contain_text("the disk is full")
        expect(page.locator("[data-line]")).to_contain_text("not live")
        failing.clear()
        expect(page.locator('[data-id="i1"]')).to_be_visible()
        expect(page.locator("[data-line]")).to_have_text("live")
        expect(page.locator("[data-troubles]")).to_be_empty()
    assert faults(page) == []


def test_no_alert_is_left_out_where_one_further_down_has_changed(
    stage: Changing, browser: Any
) -> None:
    """What the live line tells of is shown though it was not asked for: it counts for no page."""
    for number in range(130):
        stage.comes(alert(f"k{number}", 60.0 * number))
    page = visit(browser, stage, stage.person("ann"))
    # Those that come while it loads are shown besides.
    expect(page.locator("[data-count=waiting]")).to_have_text("130")
    page.reload()
    expect(page.locator(".incident")).to_have_count(100)
    stage.comes(alert("k120", 60.0 * 120, revision=1, kind="update"))
    stage.comes(alert("k121", 60.0 * 121, revision=1, kind="update"))
    expect(page.locator('[data-id="k121"]')).to_have_count(1)
    page.locator("[data-more]").click()
    expect(page.locator("[data-more]")).to_be_hidden()
    assert ids(page) == [f"k{number}" for number in range(130)]
    assert faults(page) == []


def test_a_key_that_is_held_down_acts_on_one_alert_alone(stage: Changing, browser: Any) -> None:
    stage.comes(alert("first"))
    stage.comes(alert("second", 60.0))
    page = visit(browser, stage, stage.person("ann"))
    expect(page.locator("[data-count=waiting]")).to_have_text("2")
    page.locator('[data-id="first"]').focus()
    page.keyboard.down("f")
    expect(page.locator('[data-id="first"]')).to_have_count(0)
    expect(page.locator('[data-id="second"]')).to_have_attribute("aria-current", "true")
    page.keyboard.down("f")  # as the keyboard repeats it
    page.keyboard.up("f")
    page.keyboard.press("a")
    expect(page.locator('[data-id="second"]')).to_contain_text("looked after by ann")
    # The numbers beside the filter follow.
    for state, count in (("waiting", "0"), ("acknowledged", "1"), ("done", "1")):
        expect(page.locator(f"[data-count={state}]")).to_have_text(count)


def test_a_note_waits_for_the_page_s_script(stage: Changing, browser: Any) -> None:
    """Else the browser sends the form itself, and what was written is gone."""
    stage.comes(alert("i1"))
    page = visit(browser, stage, stage.person("ann"))
    expect(page.locator('[data-id="i1"]')).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/static/incident.js", hold)
    page.goto(f"{stage.home}incidents/i1", wait_until="commit")
    page.fill("[data-note] textarea", "asked the gardener")
    expect(page.locator("[data-note] button")).to_be_disabled()
    (script,) = held
    script.continue_()
    page.click("[data-note] button")
    expect(page.locator("[data-notes] li")).to_contain_text("asked the gardener")
    assert faults(page) == []


def test_the_hour_that_comes_twice_says_which_one_it_is(stage: Changing, browser: Any) -> None:
    """Else what was an hour apart is shown at one time."""
    page = visit(browser, stage, stage.person("ann"))
    pages = Pages("depot", ZoneInfo(stage.site.timezone))
    told = []
    for hour in (0, 1, 2):
        at = datetime(2025, 10, 26, hour, 30, tzinfo=UTC).timestamp()
        shown = page.evaluate("at => import('/static/incidents.js').then((m) => m.clock(at))", at)
        told.append((pages.when(at), shown))
    assert told == [
        ("2025-10-26 01:30:00 GMT+01:00", "2025-10-26 01:30:00 GMT+01:00"),
        ("2025-10-26 01:30:00 GMT+00:00", "2025-10-26 01:30:00 GMT+00:00"),
        ("2025-10-26 02:30:00", "2025-10-26 02:30:00"),
    ]


def test_the_arming_page_says_when_something_else_is_in_force(
    stage: Changing, browser: Any
) -> None:
    """By the schedule, or by a colleague's order."""
    page = visit(browser, stage, stage.person("ann"), "/arming")
    changed = page.locator("[data-changed]")
    expect(page.locator("main")).to_contain_text("the site has not said yet what is armed")
    site = parse_site(NIGHTLY, name="depot.yaml")
    ledger = Ledger(stage.site.state_dir / "learning.sqlite3")
    with ledger:
        for at in (datetime(2026, 1, 5, 12, tzinfo=UTC), datetime(2026, 1, 5, 23, tzinfo=UTC)):
            told = Arming(site).standing(at.timestamp())
            ledger.stand(SUBJECT, told)
            expect(changed).to_be_visible()
            changed.locator("a").click()
            expect(page.locator("tbody strong").first).to_have_text(told["cameras"]["yard"]["mode"])
            with page.expect_response("**/api/v1/arming"):
                pass
            expect(changed).to_be_hidden()
    assert faults(page) == []


def test_a_flood_at_one_camera_hides_no_other_on_the_wall(stage: Changing, browser: Any) -> None:
    for number in range(60):
        stage.comes(alert(f"k{number}", 60.0 * number))
    stage.comes(alert("mild", 10.0, camera="gate", severity=Severity.INFO))
    page = visit(browser, stage, stage.person("ann"), "/")
    expect(page.locator("[data-camera=yard][data-alarm]")).to_have_count(1)
    expect(page.locator("[data-camera=gate][data-alarm]")).to_have_count(1)
    expect(page.locator("[data-rest]")).to_contain_text("The 20 most urgent")


def test_what_a_camera_gave_last_goes_from_the_wall_with_it(stage: Changing, browser: Any) -> None:
    """Else yesterday's scores are shown as those of the last two minutes."""
    page = visit(browser, stage, stage.person("ann"), "/")
    tile = page.locator("[data-camera=gate]")
    words, at = tile.locator("[data-words]"), tile.locator("[data-at]")
    drawn = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(Boolean)"
    expect(page.locator("[data-line]")).to_have_text("live")
    expect(at).to_have_text("2027-01-15 08:00:00")
    score = {
        "camera": "gate", "rule": "fire", "at": time.time(), "score": 2.0, "per_day": 100.0,
        "promised_per_day": 1.0, "modalities": {"video": 3.5}, "missing": [],
    }  # fmt: skip
    client = redis.Redis.from_url(stage.redis_url)
    client.xadd("hearsight:scores", {"schema": "hearsight.scores/1", "scores": json.dumps(score)})
    client.close()
    expect(words).to_have_text("Nearest rule: fire.")
    assert tile.locator("canvas").evaluate(drawn)
    stage.gate = "offline"
    page.route("**/picture.jpg", lambda route: route.fulfill(status=204))
    expect(words).to_be_empty()
    assert not tile.locator("canvas").evaluate(drawn)
    expect(tile.locator("[data-no-picture]")).to_have_text("no picture now")
    expect(at).to_be_empty()


def test_a_camera_s_page_follows_its_state_and_who_has_its_alert(
    stage: Changing, browser: Any
) -> None:
    page = visit(browser, stage, stage.person("ann"), "/cameras/gate")
    expect(page.locator("h1 .state")).to_have_text("connecting")
    stage.gate = "offline"
    expect(page.locator("h1 .state")).to_have_text("offline")
    expect(page.locator("h1 .state")).to_have_attribute("data-state", "offline")
    expect(page.locator("[data-detail]")).to_have_text("it is offline")

    stage.comes(alert("i1"))
    page.goto(f"{stage.home}queue")
    expect(page.locator('[data-id="i1"]')).to_be_visible()
    page.goto(f"{stage.home}incidents/i1")
    expect(page.locator("[data-line]")).to_have_text("live")
    bob = visit(browser, stage, stage.person("bob"), "/incidents/i1")
    bob.select_option("[data-assign]", "ann")
    expect(page.locator("[data-assign]")).to_have_value("ann")
    assert faults(page) + faults(bob) == []
