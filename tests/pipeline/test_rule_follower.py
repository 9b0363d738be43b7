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
from tests.pipeline.test_supervisor import Stage, folder  # noqa: F401


@pytest.fixture
def stage(folder: Path) -> Stage:  # noqa: F811
    return Stage(folder)


def starts(stage: Stage) -> dict[str, int]:
    names = ("encoder", "publisher", "judge", "worker-0", "worker-1")
    return {name: stage.lines().count(f"{name} starts") for name in names}


def test_a_changed_rule_brings_a_new_judge_that_misses_nothing(stage: Stage) -> None:
    async def scenes() -> None:
        await stage.until_all_work()
        await stage.until(lambda: stage.lines().count("judge got MediaReady") == 2)
        async with LineClient(stage.site.state_dir) as line:
            change = {"by": "ann", "changes": {"see": ["a big fire"]}, "after": 0}
            status, made = await line.exchange("POST", "/v1/rules/fire", change)
            assert (status, made["says"]) == (200, "What is seen: a big fire")
            assert made["before"] == {"see": ["a fire"]}
            assert "hard of hearing" in made["notes"][0]
            await stage.until(lambda: "judge rules changed" in stage.lines())
            # While nobody judges: it waits for the new one.
            stage.supervisor._judge.send(MediaReady("late", "yard", None, None))
            await stage.until(lambda: stage.supervisor._rules.revision_in_force == 1)
            assert (await line.site())["rules"]["fire"]["see"] == ["a big fire"]
            await stage.until(lambda: stage.lines().count("judge got MediaReady") == 3)
            undo = {"by": "bob", "after": made["number"]}
            status, undone = await line.exchange("POST", "/v1/rules/fire/undo", undo)
            assert (status, undone["says"]) == (200, "as the site file has it")
            await stage.until(lambda: stage.lines().count("judge asks for fire: a fire") == 2)

    stage.play(scenes)
    asked = [line for line in stage.lines() if "asks for" in line]
    assert asked == [
        "judge asks for fire: a fire",
        "judge asks for fire: a big fire",
        "judge asks for fire: a fire",
    ]
    assert starts(stage) == {"encoder": 1, "publisher": 1, "judge": 3, "worker-0": 1, "worker-1": 1}
    assert stage.restarts("judge") is None, "it was wanted: no fault is counted"
    assert stage.states("yard") == [("online", "")]


def test_what_another_process_changed_is_followed_even_if_the_encoder_dies_of_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_follower, "_AGAIN_S", 0.2)
    desk = RuleDesk(stage.site)
    desk.save("fire", {"see": ["flames"]}, by="ann", after=None)

    async def scenes() -> None:
        await stage.until(lambda: "judge asks for fire: flames" in stage.lines())
        os.kill(stage.supervisor.pids()["encoder"], signal.SIGKILL)
        desk.save("dog", {"see": ["a dog"]}, by="ann", after=None)
        await stage.until(lambda: "judge asks for dog: a dog" in stage.lines())
        await stage.until(lambda: stage.supervisor._rules.revision_in_force == 2)
        async with LineClient(stage.site.state_dir) as line:
            number = await line.order("silence", by="ann", rule="dog", until=2e9)
            assert number == 1, "people may speak of the new rule"

    stage.play(scenes)
    desk.close()
    assert (starts(stage)["judge"], starts(stage)["encoder"]) == (2, 2)
    # No judge was started without the texts of its rules, and none with the file's words.
    assert not [line for line in stage.lines() if "unknown" in line or "a fire" in line]
