"""A whole supervisor is asked by words: its encoder embeds them, its archive is searched."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.records import NS_PER_S, Embedding, Modality
from sinks.console.line_client import LineClient, LineUnavailable, SearchRefused
from tests.pipeline.archive.days import JPEG, NOON, archive
from tests.pipeline.fakes.member import SIGHT
from tests.pipeline.stage import Stage

HOUR = {"since": NOON - 60, "until": NOON + 3600}


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, short_tmp: Path) -> Stage:
    monkeypatch.setenv("HEARSIGHT_STAGE", str(short_tmp))
    return Stage(short_tmp)


def pictures() -> Iterator[Embedding]:
    """Ten minutes: what the played encoder makes of any words is to be seen at 300 s."""
    for at in range(0, 600, 3):
        row = np.array([1.0, 1.0] if at == 300 else [1.0, -0.5 + at / 5000], np.float32)
        yield Embedding(
            "yard",
            "whole",
            Modality.VIDEO,
            SIGHT.model_id,
            at * NS_PER_S,
            0,
            NOON + at,
            row / np.linalg.norm(row),
            thumbnail=JPEG if at % 30 == 0 else b"",
        )


def test_words_find_a_moment_and_its_picture_through_the_socket(stage: Stage) -> None:
    archive(stage.site.state_dir / "archive", pictures())

    async def scenes() -> None:
        async with LineClient(stage.site.state_dir) as line:
            with pytest.raises((LineUnavailable, SearchRefused)):
                await line.search(text="a dog")
            await stage.until_all_work()
            found = await line.search(text="a person with a ladder", **HOUR)
            best = found["moments"][0]
            assert (best["camera"], best["at"], best["sense"]) == ("yard", NOON + 300, "video")
            assert found["searched"] == {"yard": 200}
            assert await line.thumbnail(**best["picture"]) == JPEG
            assert await line.thumbnail("..", "whole", NOON) is None
            with pytest.raises(SearchRefused, match="no camera") as refused:
                await line.search(text="a dog", cameras=["attic"])
            assert refused.value.status == 422

            # While the encoder is replaced nobody waits for it.
            stage.part(encoder="never gets ready")
            os.kill(stage.supervisor.pids()["encoder"], signal.SIGKILL)
            await stage.until(lambda: stage.lines().count("encoder starts") == 2)
            with pytest.raises(SearchRefused, match="still being loaded"):
                await line.search(text="a dog", **HOUR)

    stage.play(scenes)
