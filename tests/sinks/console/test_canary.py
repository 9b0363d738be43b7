"""Where canaries stay away while the line runs, the console raises an alarm."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sinks.console.accounts import Role
from sinks.console.canary import CanaryMissing, CanaryWatch
from sinks.console.desk import Desk
from sinks.console.incident import Filter
from tests.sinks.builders import make_alert
from tests.sinks.console.desktop import Desktop
from tests.sinks.console.test_intake import story_of, until

HOUR = 3600.0
#: The console is opened, long after.
NOW = 1_800_000_000.0
RUNS = {"started_at": NOW, "models": {"ready": True}}


class Shift:
    """A console's watch through hours that the test lets pass."""

    def __init__(self, folder: Path, every_s: float = HOUR, **state: Any) -> None:
        self.now = NOW
        self.newest: dict[str, Any] = RUNS | state
        self.desk = Desk(folder / "desk.sqlite3", now=lambda: self.now).open()
        self.watch = CanaryWatch(self.desk, self, every_s, now=lambda: self.now)  # type: ignore[arg-type]

    def comes(self, incident: str = "c", **data: Any) -> None:
        self.desk.take(make_alert(incident, data=data or {"canary": True}))

    def alarm(self) -> str:
        try:
            self.watch.look()
        except CanaryMissing as missing:
            return str(missing)
        return ""


def test_two_hours_without_one_are_an_alarm_and_the_next_one_ends_it(tmp_path: Path) -> None:
    shift = Shift(tmp_path)
    shift.now += 10
    shift.comes("first")
    shift.now += 2 * HOUR
    assert shift.alarm() == "", "the second may still be on its way"
    shift.now += 120
    shift.comes("alert", fusion={})
    assert shift.alarm().startswith("the last one came 2 h 02 min ago")
    shift.comes("second")
    assert shift.alarm() == ""
    shift.desk.close()


def test_none_at_all_is_one_too(tmp_path: Path) -> None:
    shift = Shift(tmp_path)
    shift.now += 3 * HOUR
    assert shift.alarm().startswith("none has come since the line started 3 h 00 min ago")
    shift.desk.close()


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"every_s": 0.0}, id="none is sent"),
        pytest.param({"started_at": None}, id="the line is down"),
        pytest.param({"models": {"ready": False}}, id="the models are loaded"),
        pytest.param({"started_at": NOW + 3 * HOUR - 60}, id="the line has just started"),
    ],
)
def test_there_is_no_alarm_where_none_can_have_come(tmp_path: Path, changed: Any) -> None:
    shift = Shift(tmp_path, **changed)
    shift.now += 3 * HOUR
    assert shift.alarm() == ""
    shift.desk.close()


def test_who_opens_the_console_is_not_alarmed_before_it_has_read_the_stream(
    tmp_path: Path,
) -> None:
    shift = Shift(tmp_path, started_at=NOW - 24 * HOUR)
    shift.now += 30
    assert shift.alarm() == ""
    shift.now += 60
    assert shift.alarm()
    shift.desk.close()


def test_the_health_page_shows_the_last_one_and_the_alarm_and_the_queue_neither(
    short_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.console.intake._LOOK_S", 0.01)
    desk = Desktop(short_tmp)
    intake = desk.parts.intake

    async def story() -> None:
        ann = await desk.person("ann", Role.VIEWER)
        intake._canary._opened_at -= 1000
        desk.parts.states.newest = {
            "at": 1e9, "started_at": 1e9, "models": {"ready": True, "sight": "s", "sound": None,
            "device": "cpu"}, "checks": {}, "troubles": {}, "lag_s": {}, "inference_s": {},
            "load": {"cpu": 0.0, "memory": 0.0}, "outbox": {}, "processes": {}, "dropped": [],
            "errors": [],
        }  # fmt: skip
        await until(lambda: "canary" in intake.troubles)
        page = (await ann.get("/health")).text
        assert "none has come yet" in page
        assert 'role="alert">No canary came: none has come since the line started' in page
        desk.alerts.coming.append(make_alert("c", kind="end", data={"canary": True}))
        await until(lambda: "canary" not in intake.troubles)
        page = (await ann.get("/health")).text
        assert "No canary" not in page
        assert "from the front of the line to here; one is sent every 1 h 00 min" in page
        assert desk.parts.desk.queue(Filter()) == []
        waiting = await ann.get("/api/v1/incidents")
        assert waiting.json()["incidents"] == []

    story_of(desk, story)


def test_while_redis_is_away_that_is_the_trouble(short_tmp: Path) -> None:
    desk = Desktop(short_tmp)
    desk.parts.intake.troubles["alerts"] = "Redis is away"

    class Never:
        def look(self) -> None:
            raise AssertionError

    desk.parts.intake._canary = Never()  # type: ignore[assignment]
    asyncio.run(desk.parts.intake._look_for_canary())
