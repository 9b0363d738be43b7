"""A console beside a site that runs, with a simulated camera: from the lens to the operator."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pipeline.config import load_site
from pipeline.ledger import Ledger
from sinks.console.accounts import EVERYTHING, Rights, Role
from sinks.console.serve import guard_of
from tests.processes import line_of, running
from tests.sinks.console.reception import let_in
from tests.sinks.console.stage import CHROMIUM, chromium, faults, visit

pytestmark = [
    pytest.mark.long,
    pytest.mark.integration,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no browser here: apt install chromium"),
]
SITE = """
site: whole
timezone: UTC
data_dir: {folder}/data
health: {{port: 0}}
console: {{port: 0}}
cameras:
  yard: {{url: "{url}", audio: record}}
rules:
  fire:
    see: [a fire with flames and smoke]
    hear: [a fire alarm is ringing]
    severity: critical
    false_alarms: 1 per hour
    cooldown: 5 s
  fire-at-night:
    see: [a fire with flames and smoke]
    hear: [a fire alarm is ringing]
    false_alarms: 1 per hour
    cooldown: 5 s
    armed: [night]
  collapse:
    see: [a person lying on the ground, a person has collapsed]
    false_alarms: 1 per hour
    cooldown: 5 s
arming:
  schedule: [{{from: "{night}", to: "{morning}", mode: night}}]
"""
#: The film is so long, and repeats.
LOOP_S = 75


class House:
    """What `visit` needs to know of a console."""

    def __init__(self, home: str) -> None:
        self.home = home


def account(folder: Path, name: str, role: Role, rights: Rights = EVERYTHING) -> str:
    guard = guard_of(load_site(folder / "site.yaml"))
    let_in(guard, name, role, rights)
    guard.close()
    return name


def newest(page: Page) -> Any:
    return page.locator(".incident").first


@pytest.mark.timeout(400)
def test_from_the_lens_to_the_operator_and_back(short_tmp: Path) -> None:
    folder = short_tmp
    with (
        running(folder / "c.log", "simulate-camera", "scene", "--port", "0", "--seed", "4") as film,
    ):
        url = line_of(film, r"(rtsp://\S+)")
        # Night is half a day away: its rule must be silent while the other one alerts.
        night, morning = ((datetime.now(UTC) + timedelta(hours=h)) for h in (11, 12))
        (folder / "site.yaml").write_text(
            SITE.format(folder=folder, url=url, night=f"{night:%H:%M}", morning=f"{morning:%H:%M}")
        )
        site = str(folder / "site.yaml")
        with running(folder / "r.log", "run", site):
            socket = folder / "data" / "control.sock"
            deadline = time.monotonic() + 60
            while not socket.exists() and time.monotonic() < deadline:
                time.sleep(0.2)
            with (
                running(folder / "k.log", "console", site) as console,
                chromium() as browser,
            ):
                house = House(line_of(console, r"console: (\S+)"))
                _shift(house, browser, folder)
                _rules(house, browser, folder)


def _rules(house: Any, browser: Any, folder: Path) -> None:
    """A rule is said in other words, rehearsed, saved, and taken back."""
    root = visit(browser, house, account(folder, "root", Role.ADMIN), "/rules")
    root.goto(f"{house.home}rules/collapse")
    root.fill("#f-false_alarms", "often")
    expect(root.locator("[data-fault=false_alarms]")).to_contain_text("is no rate")
    root.fill("#f-false_alarms", "2 per hour")
    expect(root.locator("[data-fault=false_alarms]")).to_be_hidden()
    root.fill("textarea[data-lines=see]", "a person lying on the ground")
    root.click("[data-rehearse]")
    expect(root.locator("[data-found]")).to_contain_text("yard", timeout=120_000)
    root.click("[data-save]")
    expect(root.locator("[data-standing]")).to_contain_text("Changed by root", timeout=30_000)
    expect(root.locator("[data-running]")).to_have_text("The site judges by it.", timeout=60_000)
    root.click("[data-undo]")
    expect(root.locator("[data-standing]")).to_contain_text("As in the site file", timeout=30_000)
    expect(root.locator("[data-running]")).to_have_text("The site judges by it.", timeout=60_000)
    # The schedule has kept the night's rule silent all the time.
    states = "state=waiting&state=acknowledged&state=done"
    root.goto(f"{house.home}queue?rule=fire-at-night&{states}")
    expect(root.locator("[data-nothing]")).to_be_visible()
    root.goto(f"{house.home}queue?rule=fire&{states}")
    expect(newest(root)).to_be_visible()
    assert faults(root) == []


def _shift(house: Any, browser: Any, folder: Path) -> None:
    ann = visit(browser, house, account(folder, "ann", Role.OPERATOR))
    bob = visit(browser, house, account(folder, "bob", Role.OPERATOR))
    vera = visit(
        browser, house, account(folder, "vera", Role.VIEWER, Rights.of(cameras=["other"])), "/"
    )

    # An alert of the running site appears by itself, and its clip plays with sound.
    expect(newest(ann)).to_be_visible(timeout=3 * LOOP_S * 1000)
    incident = newest(ann).get_attribute("data-id")
    assert incident
    ann.goto(f"{house.home}incidents/{incident}")
    video = ann.locator("video[data-clip]")
    expect(video).to_be_visible(timeout=60_000)
    video.evaluate("v => v.play()")
    deadline = time.monotonic() + 20
    while video.evaluate("v => v.currentTime") < 1:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert video.evaluate("v => v.webkitAudioDecodedByteCount") > 0
    assert video.evaluate("v => v.videoWidth") > 160

    # The wall shows what the camera sees now, and that it hears.
    bob.goto(house.home)
    expect(bob.locator("[data-picture]")).to_be_visible()
    expect(bob.locator("[data-state]").first).to_have_text("online")
    expect(bob.locator("[data-words]")).to_contain_text("Nearest rule")

    # A false alarm: the colleague sees it, and the site has learned it.
    ann.keyboard.press("f")
    expect(ann.locator("[data-state-words]")).to_contain_text("false alarm, says ann")
    bob.goto(f"{house.home}queue?state=done")
    expect(bob.locator(f'[data-id="{incident}"]')).to_contain_text("false alarm, says ann")
    deadline = time.monotonic() + 20
    with Ledger(folder / "data" / "learning.sqlite3") as ledger:
        while not (said := ledger.orders_about("verdict", "id", incident)):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert (said[-1].by, said[-1].detail["verdict"]) == ("ann", "false_alarm")

    # Disarmed by hand: a whole loop of the film goes by, and nothing is told.
    bob.goto(f"{house.home}arming")
    bob.select_option("#mode", "disarmed")
    bob.locator("form[data-order='/api/v1/arming'] button").click()
    expect(bob.locator("table").first).to_contain_text("disarmed")
    # What had begun before may still end.
    time.sleep(15)
    ann.goto(f"{house.home}queue?state=waiting&state=acknowledged&state=done&order=time")
    expect(newest(ann)).to_be_visible()
    before = newest(ann).get_attribute("data-id")
    time.sleep(LOOP_S + 5)
    assert newest(ann).get_attribute("data-id") == before
    bob.select_option("#mode", "")
    bob.locator("form[data-order='/api/v1/arming'] button").click()
    expect(bob.locator("table").first).not_to_contain_text("disarmed")
    deadline = time.monotonic() + 2 * LOOP_S
    while newest(ann).get_attribute("data-id") == before:
        assert time.monotonic() < deadline
        time.sleep(1)

    # Who may not see the camera has seen nothing of all this.
    assert "yard" not in vera.content()
    answer = vera.request.get(f"{house.home}incidents/{incident}")
    assert answer.status == 404
    assert faults(ann) + faults(bob) + faults(vera) == []
