"""What comes to the console, and that it goes on through every trouble."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.records import Alert
from sinks.alert_json import encode_alert
from sinks.base import OutboxEntry
from sinks.console.desk import DeskError
from sinks.console.incident import Filter
from sinks.console.intake import line_of
from sinks.group_reader import MAX_TRIES, ReaderUnavailable
from sinks.reader import AlertReader
from sinks.redis_streams import RedisStreamsSink
from tests.sinks import builders
from tests.sinks.console.desktop import Desktop


def make_alert() -> Alert:
    return builders.make_alert(start_time=time.time())


async def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.01)


def story_of(desktop: Desktop, story: Any) -> None:
    async def all_of_it() -> None:
        async with desktop.open():
            loops = asyncio.create_task(desktop.parts.intake.run())
            try:
                await story()
            finally:
                loops.cancel()
                await asyncio.gather(loops, return_exceptions=True)

    asyncio.run(all_of_it())


def test_an_alert_is_on_the_desk_before_it_is_acknowledged_to_redis(short_tmp: Path) -> None:
    desk = Desktop(short_tmp)
    listener = desk.parts.hub.join(lambda _camera: True)

    async def story() -> None:
        desk.alerts.coming.append(make_alert())
        await until(lambda: desk.alerts.acknowledged == ["yard-fire-1"])
        assert desk.parts.desk.incident("yard-fire-1").camera == "yard"
        assert not listener.queue.empty()

    story_of(desk, story)


def test_while_redis_is_away_the_console_says_so_and_goes_on_after(
    short_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.console.intake._RETRY_S", 0.01)
    desk = Desktop(short_tmp)
    desk.alerts.away = "Redis cannot be reached"

    async def story() -> None:
        intake = desk.parts.intake
        await until(lambda: intake.troubles.get("alerts") == "Redis cannot be reached")
        desk.alerts.coming.append(make_alert())
        desk.alerts.away = ""
        await until(lambda: desk.alerts.acknowledged == ["yard-fire-1"])
        await until(lambda: "alerts" not in intake.troubles)
        # And once more: a reader that was lost is opened anew.
        opened = desk.alerts.opened
        desk.alerts.away = "gone again"
        await until(lambda: "alerts" in intake.troubles)
        desk.alerts.away = ""
        await until(lambda: desk.alerts.opened > opened)

    story_of(desk, story)


def test_alerts_outlast_a_desk_that_cannot_keep_them_for_long(
    short_tmp: Path,
    monkeypatch: pytest.MonkeyPatch,
    make_redis: Callable[..., builders.RedisProcess],
    one_binary: Path,
) -> None:
    """A full disk costs no alert, however often it was tried: Redis sets nothing aside for it."""
    monkeypatch.setattr("sinks.console.intake._RETRY_S", 0.01)
    server = make_redis(one_binary)
    desk = Desktop(short_tmp)
    reader = AlertReader(server.url, group="console-1", consumer="console", start="0")
    desk.parts.intake._alerts = reader
    take, tried = desk.parts.desk.take, []

    def full(alert: Alert) -> Any:
        tried.append(alert.id)
        if len(tried) <= 2 * MAX_TRIES:
            raise DeskError("the disk is full")
        return take(alert)

    desk.parts.desk.take = full  # type: ignore[method-assign]
    sink, alert = RedisStreamsSink(server.url), make_alert()
    sink.open(None)
    sink.deliver([OutboxEntry(1, alert.id, 0, encode_alert(alert), alert.captured_at)])
    sink.close()

    async def story() -> None:
        await until(lambda: desk.parts.intake.troubles.get("alerts") == "the disk is full")
        await until(lambda: len(tried) > 2 * MAX_TRIES)
        await until(lambda: "alerts" not in desk.parts.intake.troubles)
        assert [one.id for one in desk.parts.desk.queue(Filter())] == [alert.id]
        assert reader.dead == 0

    story_of(desk, story)


def test_an_alert_that_breaks_the_desk_keeps_no_other_from_it(short_tmp: Path) -> None:
    desk = Desktop(short_tmp)
    take = desk.parts.desk.take

    def breaks(alert: Alert) -> Any:
        if alert.id == "poison":
            raise OverflowError("too large")
        return take(alert)

    desk.parts.desk.take = breaks  # type: ignore[method-assign]

    async def story() -> None:
        desk.alerts.coming += [builders.make_alert("poison"), make_alert()]
        await until(lambda: desk.alerts.acknowledged == ["yard-fire-1"])
        desk.alerts.coming.append(builders.make_alert("later", start_time=time.time()))
        await until(lambda: desk.alerts.acknowledged == ["yard-fire-1", "later"])
        assert "alerts" not in desk.parts.intake.troubles

    story_of(desk, story)


def test_a_defect_in_one_loop_is_told_and_stops_none(
    short_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.console.intake._RETRY_S", 0.01)
    desk = Desktop(short_tmp)
    read = desk.live.read

    def broken(_block_s: float = 0.0) -> Any:
        raise TypeError("nobody thought of this")

    desk.live.read = broken  # type: ignore[method-assign]

    async def story() -> None:
        troubles = desk.parts.intake.troubles
        await until(lambda: "TypeError" in troubles.get("scores", ""))
        desk.alerts.coming.append(make_alert())
        await until(lambda: desk.alerts.acknowledged == ["yard-fire-1"])
        desk.live.read = read  # type: ignore[method-assign]
        await until(lambda: "scores" not in troubles)

    story_of(desk, story)


def test_a_verdict_goes_at_once_and_waits_while_redis_is_away(
    short_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.console.intake._RETRY_S", 0.01)
    desk = Desktop(short_tmp)

    async def story() -> None:
        desk.came(make_alert())
        desk.away = "Redis is away"
        desk.parts.desk.judge("yard-fire-1", "confirmed", "ann")
        desk.parts.intake.verdict_given()
        await until(lambda: "verdicts" in desk.parts.intake.troubles)
        desk.away = ""
        await until(lambda: [v.verdict for v in desk.sent] == ["confirmed"])
        assert desk.parts.desk.owed() == []

    story_of(desk, story)


def test_scores_reach_the_live_lines_and_the_timeline(short_tmp: Path) -> None:
    desk = Desktop(short_tmp)
    listener = desk.parts.hub.join(lambda _camera: True)
    at = 1_800_000_000.0
    score = {
        "camera": "yard", "rule": "fire", "at": at, "score": 2.0, "per_day": 100.0,
        "promised_per_day": 1.0, "modalities": {"video": 3.5}, "missing": ["audio"],
    }  # fmt: skip

    async def story() -> None:
        desk.live.coming.append(("scores", score))
        desk.live.coming.append(("scores", {"camera": 7}))
        desk.live.coming.append(("health", {"camera": "yard", "kind": "camera_dark"}))
        await until(lambda: listener.queue.qsize() >= 2)
        desk.parts.history.flush()
        (point,) = desk.parts.history.of("yard", at - 600, at + 600)
        # A hundred times what the rule allows: two decades below where it alerts.
        assert (point.over, point.video, point.audio) == (-2.0, -0.5, None)

    story_of(desk, story)


def test_what_nobody_acknowledges_escalates_by_itself(
    short_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.console.intake._LOOK_S", 0.01)
    desk = Desktop(short_tmp)
    intake = desk.parts.intake
    intake._escalate_after = dict.fromkeys(intake._escalate_after, 0.05)

    async def story() -> None:
        desk.came(make_alert())
        await until(lambda: desk.parts.desk.queue(Filter())[0].escalated_at is not None)

    story_of(desk, story)


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"score": math.nan, "per_day": 1.0, "promised_per_day": 1.0},
        {"score": 1.0, "per_day": 0.0, "promised_per_day": 1.0},
        {"score": "high", "modalities": [], "missing": 7, "heard": 3},
        {"score": True, "modalities": {"video": None}},
        {"score": 10**400, "at": 1e30, "per_day": 1.0, "promised_per_day": 1.0},
    ],
    ids=["nothing", "no number", "never", "other types", "truth and nothing", "too much"],
)
def test_entries_of_any_shape_make_a_line_without_what_is_none(item: dict[str, Any]) -> None:
    line = line_of(item)
    assert "threshold" not in line
    assert line["at"] is None
    assert line["missing"] == []
    assert "heard" not in line


@pytest.mark.promise("security 15")
def test_what_is_too_old_is_deleted_from_the_streams_and_a_refusal_is_told(
    short_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.console.intake._AGES_AGAIN_S", 0.01)
    asked: list[str] = []
    shown: list[str | None] = []

    def expire() -> None:
        asked.append("please")
        shown.append(desk.parts.intake.told().get("retention"))
        if len(asked) < 3:
            raise ReaderUnavailable("Redis refuses XTRIM")

    desk = Desktop(short_tmp, expire=expire)

    async def story() -> None:
        await until(lambda: bool(asked))
        await until(lambda: len(asked) == 3)
        await until(lambda: "retention" not in desk.parts.intake.troubles)
        await asyncio.sleep(0.1)
        assert len(asked) == 3, "once it went, an hour passes"
        words = "What is too old is not deleted from Redis: Redis refuses XTRIM"
        assert shown == [None, words, words]

    story_of(desk, story)
