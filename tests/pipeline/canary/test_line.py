"""A whole supervisor sends canaries through its processes and watches them come out."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import processes
from pipeline.canary import sender
from pipeline.messages import ModelsReady
from pipeline.switchboard import Switchboard
from sinks.console.line_client import LineClient, LineUnavailable
from tests.pipeline.stage import SITE, Stage, folder

__all__ = ["folder"]


@pytest.fixture
def stage(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(sender, "FIRST_S", 0.2)
    return Stage(folder, SITE.replace("canary: 0", "canary: 1 h"))


def newest(stage: Stage) -> float:
    ((_, at),) = stage.supervisor._exporter.values("hearsight_canary_timestamp_seconds")
    return at


def test_one_goes_through_by_itself_and_one_whenever_somebody_asks(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever asks is heard while the models are still being loaded: until we say they are.
    monkeypatch.setattr(processes, "_HEAD_START_S", 0.0)
    held: list[tuple[Switchboard, ModelsReady]] = []
    models_ready = Switchboard.models_ready
    monkeypatch.setattr(Switchboard, "models_ready", lambda *told: held.append(told))

    async def scenes() -> None:
        async with LineClient(stage.site.state_dir) as line:
            await stage.until((stage.site.state_dir / "control.sock").exists)
            with pytest.raises(LineUnavailable, match="models are being loaded"):
                await line.canary()
            await stage.until(lambda: bool(held))
            models_ready(*held[0])
            await stage.until_all_work()
            await stage.until(lambda: newest(stage) > 0)
            first = newest(stage)
            assert (await line.canary()).startswith("canary-")
            await stage.until(lambda: newest(stage) > first)
        assert stage.supervisor.readiness()[1]["troubles"] == {}
        # The cameras' own pictures are two; nobody is asked for a clip of a canary.
        assert stage.lines().count("encoder got FrameReady") == 4
        assert set(stage.supervisor.readiness()[1]["cameras"]) == {"yard", "gate"}

    stage.play(scenes)


def test_one_that_comes_out_wrong_is_a_trouble_of_a_site_that_works(stage: Stage) -> None:
    stage.part(judge="sees the canary wrongly")

    async def scenes() -> None:
        await stage.until_all_work()
        await stage.until(lambda: stage.supervisor.readiness()[1]["troubles"])
        ready, body = stage.supervisor.readiness()
        assert body["troubles"] == {"canary": "it looks wrong"}
        assert ready
        # Two cameras went online, and the canary: people who watch the health stream are told.
        await stage.until(lambda: stage.lines().count("publisher got HealthEvent") == 3)

    stage.play(scenes)
    assert newest(stage) == 0
