"""A running line follows its rules: new texts, a new judge, and nobody else notices."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from pipeline import rule_follower
from pipeline.messages import MediaReady
from pipeline.rule_desk import RuleDesk
from sinks.console.line_client import LineClient
from tests.pipeline.stage import SITE, Stage, folder  # noqa: F401


@pytest.fixture
def stage(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:  # noqa: F811
    monkeypatch.setattr(rule_follower, "_AGAIN_S", 0.2)
    return Stage(folder)


def test_a_line_follows_its_rules_through_changes_and_deaths(stage: Stage) -> None:
    beside = RuleDesk(stage.site)
    beside.save("fire", {"see": ["flames"]}, by="ann", after=None)

    async def changed_through_the_socket(line: LineClient) -> None:
        await stage.until(lambda: stage.lines().count("judge got MediaReady") == 2)
        change = {"by": "bob", "changes": {"see": ["a big fire"]}, "after": 1}
        status, made = await line.exchange("POST", "/v1/rules/fire", change)
        assert (status, made["says"]) == (200, "What is seen: a big fire")
        assert made["before"] == {"see": ["flames"]}
        assert "hard of hearing" in made["notes"][0]
        await stage.until(lambda: "judge rules changed" in stage.lines())
        # While nobody judges: it waits for the new one.
        stage.supervisor._processes.judge.send(MediaReady("late", "yard", None, None))
        await stage.until(lambda: stage.supervisor._rules.revision_in_force == 2)
        assert (await line.site())["rules"]["fire"]["see"] == ["a big fire"]
        await stage.until(lambda: stage.lines().count("judge got MediaReady") == 3)
        assert stage.restarts("judge") is None, "it was wanted: no fault is counted"

    async def changed_by_another_process_while_the_encoder_dies(line: LineClient) -> None:
        os.kill(stage.supervisor.pids()["encoder"], signal.SIGKILL)
        beside.save("dog", {"see": ["a dog"]}, by="ann", after=None)
        beside.store.undo("fire", by="ann")
        await stage.until(lambda: "judge asks for dog: a dog" in stage.lines())
        await stage.until(lambda: stage.supervisor._rules.revision_in_force == 4)
        number = await line.order("silence", by="ann", rule="dog", until=2e9)
        assert number == 1, "people may speak of the new rule"

    async def scenes() -> None:
        await stage.until_all_work()
        async with LineClient(stage.site.state_dir) as line:
            await changed_through_the_socket(line)
            await changed_by_another_process_while_the_encoder_dies(line)

    stage.play(scenes)
    beside.close()
    lines = stage.lines()
    assert [line for line in lines if "asks for fire" in line] == [
        "judge asks for fire: flames",
        "judge asks for fire: a big fire",
        "judge asks for fire: flames",
    ]
    assert not [line for line in lines if "unknown" in line], "no judge lacked a text"
    started = {name: lines.count(f"{name} starts") for name in ("judge", "publisher", "worker-0")}
    assert started == {"judge": 3, "publisher": 1, "worker-0": 1}
    assert stage.states("yard") == [("online", "")]


def test_a_camera_that_nobody_listened_to_is_connected_anew_once_a_rule_does(
    folder: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rule_follower, "_AGAIN_S", 0.2)
    stage = Stage(folder, SITE.replace(", hear: [an alarm]", ""))
    beside = RuleDesk(stage.site)

    async def scenes() -> None:
        await stage.until_all_work()
        beside.save("fire", {"see": ["flames"]}, by="ann", after=None)
        await stage.until(lambda: stage.supervisor._rules.revision_in_force == 1)
        assert "worker-1 a rule listens" not in stage.lines(), "it still only looks"
        beside.save("fire", {"hear": ["an alarm"]}, by="ann", after=1)
        await stage.until(lambda: stage.lines().count("worker-1 ready") == 2)

    stage.play(scenes)
    beside.close()
    lines = stage.lines()
    assert "worker-1 a rule listens" in lines
    assert lines.count("worker-0 ready") == 1, "it has no ear"
    assert stage.restarts("worker-1") is None, "it was wanted: no fault is counted"
