"""A feed keeps one source running, and is the only one that tries again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from pipeline.config import Camera
from pipeline.ingest import feed as module
from pipeline.ingest.feed import Backoff, Feed
from pipeline.ingest.outlet import Meter
from pipeline.sources import (
    CameraRefused,
    CameraUnreachable,
    Decoded,
    Item,
    Opened,
    SourcePlan,
    StreamEnded,
)
from tests.pipeline.fakes.source import Listening, Script

OPENED, PICTURES = Opened(None, None), Decoded(1, 0)
GONE = StreamEnded("yard: the camera hung up")
PLAN = SourcePlan(
    "yard", Camera.model_validate({"url": "rtsp://camera/yard"}), (32, 32), sound=False
)


class NoWait(Backoff):
    """Waits for nothing, and remembers how long it would have waited at most."""

    def __init__(self) -> None:
        super().__init__(pick=self._longest)
        self.limits: list[float] = []

    def _longest(self, _least: float, most: float) -> float:
        self.limits.append(most)
        return 0.0


class Clock:
    """In the place of `time`: it stands until it is put forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def a_while_later(self) -> None:
        self.now += 120.0

    def wait(self, seconds: float) -> None:
        self.now += seconds


class Patient(NoWait):
    """Waits as long as it may, by the clock that is put forward."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def _longest(self, least: float, most: float) -> float:
        self.clock.wait(most)
        return super()._longest(least, most)


class Fed:
    """A feed with its listener, run in this thread."""

    def __init__(self, script: Script, backoff: NoWait | None = None) -> None:
        self.script, self.listening, self.meter = script, Listening(), Meter()
        self.backoff = backoff or NoWait()
        self.feed = Feed(PLAN, script, self.listening, self.meter, backoff=self.backoff)

    def run(self) -> list[str]:
        self.feed.run()
        return self.listening.story

    def counts(self) -> dict[str, float]:
        return {
            f"{sample.name}/{sample.labels.get('reason', '')}": sample.value
            for sample in self.meter.drain()
        }


def test_a_film_is_read_once_and_has_ended() -> None:
    fed = Fed(Script([OPENED, PICTURES, PICTURES]))
    assert fed.run() == ["connecting", "Opened", "Decoded", "Decoded", "ended"]
    assert fed.feed.progress == 3
    assert fed.script.plans == [PLAN]
    assert fed.script.closed == 1
    assert fed.counts() == {}


def test_a_camera_that_hangs_up_is_called_again() -> None:
    fed = Fed(Script([OPENED, PICTURES, GONE], [GONE], [OPENED, PICTURES]))
    assert fed.run() == [
        "connecting", "Opened", "Decoded", "failed: yard: the camera hung up",
        "connecting", "failed: yard: the camera hung up",
        "connecting", "Opened", "Decoded", "ended",
    ]  # fmt: skip
    assert fed.script.closed == 3
    assert fed.counts() == {
        "hearsight_stream_reconnects_total/": 2,
        "hearsight_errors_total/StreamEnded": 2,
    }


@pytest.mark.promise("fault 4")
def test_it_waits_ever_longer_for_a_camera_that_stays_away_and_thirty_seconds_at_most(
    monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    away = Fed(Script(*[[GONE]] * 40, [OPENED]), Patient(clock))
    away.run()
    limits = away.backoff.limits
    # For a minute and a half of absence seldom enough, and often enough to be back within 15 s.
    assert limits[:5] == [0.5, 1, 2, 4, 8]
    short = [limit for n, limit in enumerate(limits) if sum(limits[: n + 1]) <= 90]
    assert max(short) == 8
    assert set(limits[len(short) + 1 :]) == {30.0}
    record_property(
        "measured",
        f"after 600 s away an attempt at least each {max(limits):g} s, after 60 s each 8 s",
    )


def test_a_camera_that_is_lost_again_after_a_long_absence_is_asked_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    settled: Callable[[], object] = lambda: clock.wait(11.0)  # noqa: E731
    script = Script(
        *[[GONE]] * 20, [OPENED, settled, PICTURES, PICTURES, GONE], *[[GONE]] * 6, [OPENED]
    )
    fed = Fed(script, Patient(clock))
    fed.run()
    assert fed.backoff.limits[19] == 30.0
    assert fed.backoff.limits[20:] == [0.5, 1, 2, 4, 8, 8, 8]


@pytest.mark.promise("fault 6")
def test_waiting_times_are_spread_so_that_forty_cameras_do_not_return_at_once() -> None:
    waits = {Backoff().next(0.0) for _ in range(40)}
    assert len(waits) > 30
    assert all(0 <= wait <= 0.5 for wait in waits)


def test_a_short_connection_is_no_recovery_and_a_long_one_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fed = Fed(Script([GONE], [GONE], [OPENED, PICTURES, GONE], [OPENED, PICTURES, GONE], [OPENED]))
    fed.run()
    assert fed.backoff.limits == [0.5, 1, 2, 4]

    monkeypatch.setattr(module, "_SETTLED_S", 0.0)
    fed = Fed(Script([GONE], [GONE], [OPENED, PICTURES, GONE], [OPENED, PICTURES, GONE], [OPENED]))
    fed.run()
    assert fed.backoff.limits == [0.5, 1, 0.5, 0.5]


def test_a_camera_that_refuses_is_not_asked_often() -> None:
    fed = Fed(Script([CameraRefused("yard: wrong password")], [OPENED]))
    fed.feed.start()
    assert fed.script.all_played.wait(0.3) is False, "cameras lock accounts that try"
    fed.feed.stop()
    fed.feed.join(30)
    assert not fed.feed.is_alive(), "the wait ends when the feed is stopped"
    assert len(fed.script.plans) == 1


@pytest.mark.promise("fault 5")
def test_a_camera_that_crashes_for_hours_is_told_once_in_two_minutes_at_most(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    lives: Callable[[], object] = lambda: clock.wait(5.0)  # noqa: E731
    began = clock.now
    fed = Fed(Script(*[[OPENED, PICTURES, lives, GONE]] * 300, [OPENED]), Patient(clock))
    fed.run()
    minutes = (clock.now - began) / 60
    lines = capsys.readouterr().out.count("camera lost")
    assert minutes > 150
    assert lines <= minutes / 2 + 1
    assert max(fed.backoff.limits) == 30.0, "five seconds of life are no recovery"
    record_property("measured", f"{lines} log lines of the worker in {minutes:.0f} minutes")


@pytest.mark.parametrize("when", ["while it reads", "while it waits"])
def test_told_to_stop_it_ends_at_once_and_closes_the_connection(when: str) -> None:
    reading = threading.Event()
    endless: list[Item | BaseException | Callable[[], object]] = [OPENED, reading.set]
    endless += [PICTURES, lambda: time.sleep(0.01)] * 500
    script = Script(endless if when == "while it reads" else [reading.set, GONE], [OPENED])
    listening = Listening()
    feed = Feed(PLAN, script, listening, Meter(), backoff=Backoff(pick=lambda *_: 60.0))
    feed.start()
    assert reading.wait(30)
    feed.stop()
    feed.join(30)
    assert not feed.is_alive()
    assert script.closed == 1
    assert "ended" not in listening.story, "it was ended, the camera was not"
    assert feed.fault is None


def test_an_error_that_is_none_of_the_source_s_ends_the_feed_and_is_kept() -> None:
    fed = Fed(Script([OPENED, ZeroDivisionError("a bug")], [OPENED]))
    with pytest.raises(ZeroDivisionError):
        fed.run()
    assert isinstance(fed.feed.fault, ZeroDivisionError)
    assert len(fed.script.plans) == 1, "nobody tries again: the worker is replaced"
    assert fed.script.closed == 1


def test_a_listener_that_breaks_closes_the_connection_too() -> None:
    class Broken(Listening):
        def take(self, item: Item) -> None:
            raise RuntimeError("no room")

    script = Script([OPENED, PICTURES])
    feed = Feed(PLAN, script, Broken(), Meter())
    with pytest.raises(RuntimeError, match="no room"):
        feed.run()
    assert script.closed == 1


def test_a_camera_that_is_away_all_night_does_not_fill_the_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    away = CameraUnreachable("yard: nobody answers")
    Fed(Script(*[[away]] * 50, [OPENED])).run()
    assert capsys.readouterr().out.count("camera lost") == 1

    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    Fed(Script(*[[away]] * 5, [clock.a_while_later, away], [OPENED])).run()
    lines = [line for line in capsys.readouterr().out.splitlines() if "camera lost" in line]
    assert len(lines) == 2
    assert "repeated=4" in lines[1]
    assert "nobody answers" in lines[1]
