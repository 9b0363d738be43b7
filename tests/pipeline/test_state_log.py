"""The log follows cameras' states, and is not filled by one that changes all the time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.messages import CameraState
from pipeline.state_log import StateLog


class Site:
    """Cameras whose states change, and the lines that are written of them."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.log, self.now, self._capsys = StateLog(), 1000.0, capsys

    def says(self, camera: str, state: str, detail: str = "") -> None:
        self.log.changed(CameraState(camera, state, detail, False, False, 1e9), self.now)

    def passes(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1.0
            self.log.look(self.now)

    def lines(self) -> list[str]:
        return self._capsys.readouterr().out.splitlines()


@pytest.fixture
def site(capsys: pytest.CaptureFixture[str]) -> Site:
    return Site(capsys)


def test_what_changes_seldom_is_said_at_once(site: Site) -> None:
    site.says("yard", "connecting")
    site.passes(2)
    site.says("yard", "online")
    site.says("gate", "offline", "nothing listens at that port")
    connecting, yard, gate = site.lines()
    assert "connecting" in connecting
    assert "online" in yard
    assert "nothing listens" in gate
    site.passes(600)
    assert site.lines() == [], "and said once"


def test_what_changed_meanwhile_is_said_once_its_time_is_over(site: Site) -> None:
    site.says("yard", "online")
    for state in ("stalled", "offline", "online", "offline"):
        site.passes(5)
        site.says("yard", state)
    assert len(site.lines()) == 1
    site.passes(100)
    (line,) = site.lines()
    assert "offline" in line
    assert "changes_between=3" in line
    site.passes(600)
    assert site.lines() == []


def test_a_camera_that_was_away_for_a_moment_is_not_said_to_be_back_without_having_gone(
    site: Site,
) -> None:
    site.says("yard", "online")
    site.passes(5)
    site.says("yard", "stalled")
    site.says("yard", "online")
    site.passes(120)
    (first, later) = site.lines()
    assert "changes_between=1" in later
    assert "online" in first


@pytest.mark.promise("fault 5")
def test_a_camera_that_crashes_for_hours_is_told_once_in_two_minutes_at_most(
    site: Site, record_property: Callable[[str, object], None]
) -> None:
    site.says("gate", "online")
    hours = 3
    for _ in range(hours * 3600 // 12):
        for state in ("online", "stalled", "offline"):
            site.says("yard", state, "the connection broke" if state == "offline" else "")
            site.passes(4)
    lines = site.lines()
    yard = [line for line in lines if "yard" in line]
    assert 30 * hours - 3 <= len(yard) <= 30 * hours + 1
    assert len(lines) - len(yard) == 1
    record_property("measured", f"{len(yard)} log lines of the site in {60 * hours} minutes")
