"""A child is started, fed, watched and replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable

import pytest

from pipeline import children
from pipeline.children import Child, ChildSpec
from pipeline.messages import AnyMessage, FrameReady, Heartbeat, Outboxed, StartEncoder


class Story:
    """A child under watch, and all that was heard of it."""

    def __init__(self, behaviour: str, **spec: float) -> None:
        #: Whether what the process is told first is known.
        self.known = True
        self.messages: list[AnyMessage] = []
        self.progress: list[int] = []
        self.exits: list[str] = []
        self.drops: list[str] = []
        start = StartEncoder(
            models=behaviour.encode(),
            cache_dir="",
            see=[],
            hear=[],
            sight=False,
            sound=False,
            frames={},
            sounds={},
            log_level="error",
        )
        self.child = Child(
            ChildSpec(
                "fake",
                "tests.pipeline.fakes.child",
                lambda: start if self.known else None,
                **spec,  # type: ignore[arg-type]
            ),
            on_message=lambda _, message: self.messages.append(message),
            on_heartbeat=self._beat,
            on_drop=lambda _, reason: self.drops.append(reason),
            on_exit=lambda _, reason: self.exits.append(reason),
        )

    def _beat(self, _child: Child, message: Heartbeat) -> None:
        self.progress.append(message.progress)

    async def until(self, condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true in time"
            await asyncio.sleep(0.01)


def tell(behaviour: str, scenes: Callable[[Story], object], **spec: float) -> Story:
    """Run ``scenes`` while the child is kept running, then stop it."""
    story = Story(behaviour, **spec)

    async def play() -> None:
        keeper = asyncio.create_task(story.child.keep_running())
        try:
            await scenes(story)  # type: ignore[misc]
        finally:
            await story.child.stop(timeout_s=1.0)
            await asyncio.wait_for(keeper, 60.0)

    asyncio.run(play())
    return story


def test_messages_go_there_and_back() -> None:
    async def scenes(story: Story) -> None:
        await story.until(lambda: story.child.alive)
        story.child.send(Outboxed())
        await story.until(lambda: bool(story.messages))

    story = tell("echoes", scenes)
    assert story.messages == [Outboxed()]
    assert story.exits == []
    assert not story.child.running


def test_one_whose_first_message_is_not_known_yet_waits_for_it() -> None:
    async def scenes(story: Story) -> None:
        story.known = False
        await story.until(lambda: story.child.running)
        story.child.send(Outboxed())
        assert story.drops == ["no_process"], "what comes before it means nothing to the process"
        # Longer than it may take to start: it is not silent, nothing was asked of it.
        await asyncio.sleep(3.0)
        assert story.exits == []
        story.known = True
        story.child.tell()
        story.child.tell()
        await story.until(lambda: story.child.alive)
        story.child.send(Outboxed())
        await story.until(lambda: bool(story.messages))

    story = tell("echoes", scenes, start_timeout_s=2.0)
    assert story.messages == [Outboxed()]


def test_one_that_was_never_told_anything_stops_quietly(capfd: pytest.CaptureFixture[str]) -> None:
    async def scenes(story: Story) -> None:
        story.known = False
        await story.until(lambda: story.child.running)

    story = tell("echoes", scenes)
    assert not story.child.running
    assert capfd.readouterr().err == ""


def test_a_retired_one_is_not_started_again() -> None:
    async def scenes(story: Story) -> None:
        await story.until(lambda: story.child.alive)
        story.child.retire()
        story.child.send(Outboxed())
        await story.until(lambda: not story.child.running)
        await asyncio.sleep(0.5)
        assert not story.child.running

    story = tell("crashes", scenes)
    assert story.child.restarts == 0


def test_a_crash_is_answered_with_a_new_process() -> None:
    async def scenes(story: Story) -> None:
        await story.until(lambda: story.child.alive)
        first = story.child.pid
        story.child.send(Outboxed())
        await story.until(lambda: bool(story.exits))
        await story.until(lambda: story.child.alive and story.child.pid != first)

    story = tell("crashes", scenes)
    assert story.exits == [f"killed by signal {signal.SIGABRT:d}"]


@pytest.mark.promise("fault 15")
def test_a_stopped_process_is_found_out_by_its_silence() -> None:
    async def scenes(story: Story) -> None:
        await story.until(lambda: story.child.alive)
        assert story.child.pid is not None
        os.kill(story.child.pid, signal.SIGSTOP)
        await story.until(lambda: bool(story.exits))

    story = tell("echoes", scenes, heartbeat_timeout_s=1.5)
    assert "no sign of life" in story.exits[0]


def test_one_that_never_gets_ready_is_replaced() -> None:
    async def scenes(story: Story) -> None:
        await story.until(lambda: bool(story.exits))

    story = tell("never_ready", scenes, start_timeout_s=1.5)
    assert "no sign of life" in story.exits[0]


def test_the_reason_a_process_gives_is_passed_on() -> None:
    async def scenes(story: Story) -> None:
        await story.until(lambda: bool(story.exits))

    story = tell("refuses", scenes)
    assert story.exits[0] == "no model here: run `hearsight models pull`"


def test_a_child_that_is_behind_costs_its_oldest_data_and_nothing_else() -> None:
    frame = FrameReady("yard", "whole", 0, 2, 1, 1, 0, 0.0)

    async def scenes(story: Story) -> None:
        await story.until(lambda: story.child.alive)
        for _ in range(40_000):
            story.child.send(frame)
            if len(story.drops) >= 5:
                break
        assert story.child.alive

    story = tell("deaf", scenes, queue_bound=8)
    assert set(story.drops) == {"queue_full"}


def test_one_that_does_not_want_to_stop_is_ended() -> None:
    async def scenes(story: Story) -> None:
        await story.until(lambda: story.child.alive)

    began = time.monotonic()
    story = tell("stubborn", scenes)
    assert time.monotonic() - began < 40, "it would have slept for a minute"
    assert not story.child.running


def test_without_a_process_what_is_sent_is_counted_as_dropped() -> None:
    story = Story("echoes")
    story.child.send(Outboxed())
    assert story.drops == ["no_process"]


@pytest.mark.promise("fault 14")
def test_killed_again_and_again_it_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_BACKOFF_FIRST_S", 0.01)
    kills = 5

    async def scenes(story: Story) -> None:
        for count in range(kills):
            await story.until(lambda: story.child.alive)
            assert story.child.pid is not None
            os.kill(story.child.pid, signal.SIGKILL)
            await story.until(lambda count=count: len(story.exits) == count + 1)

    story = tell("echoes", scenes)
    assert story.exits == ["killed by signal 9"] * kills


@pytest.mark.promise("fault 14")
def test_one_that_was_well_is_back_as_soon_after_every_death(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(children, "_BACKOFF_FIRST_S", 0.01)
    monkeypatch.setattr(children, "_HEALTHY_S", 0.0)
    failures: list[int] = []

    async def scenes(story: Story) -> None:
        for count in range(5):
            await story.until(lambda: story.child.alive)
            assert story.child.pid is not None
            os.kill(story.child.pid, signal.SIGKILL)
            await story.until(lambda count=count: len(story.exits) == count + 1)
            failures.append(story.child._failures)

    tell("echoes", scenes)
    assert failures == [0] * 5, "only failures in a row make the next start wait longer"


@pytest.mark.promise("security 12")
def test_a_child_finds_no_password_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YARD_PASSWORD", "hush-hush")
    monkeypatch.setenv("YARD_URL", "rtsp://viewer:hush-hush@192.0.2.10/stream1")
    monkeypatch.setenv("GATE_PASSWORD", "sh")
    monkeypatch.setenv("SHELL", "/bin/sh")
    told = children.environment(["hush-hush", "sh"])
    assert {"YARD_PASSWORD", "YARD_URL", "GATE_PASSWORD"} & set(told) == set()
    # What a short one stands in by chance stays.
    assert told["SHELL"] == "/bin/sh"
    assert told["PATH"] == os.environ["PATH"]
