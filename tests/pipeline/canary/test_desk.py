"""The judge makes an alert of a right canary and tells of a wrong one; cameras do not notice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.canary.card import CAMERA, RULE, canary_id
from pipeline.messages import CanaryCame, CutMedia, Embedded, Heartbeat, ScoreLine
from pipeline.records import AlertType, Embedding, Modality, Severity
from tests.pipeline.test_judge import EAST, NORTH, Scene

SENT = 1_000_000.0


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.outbox.close()


def canary(
    scene: Scene,
    sent_at: float,
    *,
    shown: np.ndarray = EAST,
    heard: np.ndarray | None = EAST,
    model: str = "clip@1",
) -> None:
    for modality, name, vector in (
        (Modality.VIDEO, model, shown),
        (Modality.AUDIO, "clap@1", heard),
    ):
        if vector is not None:
            made = Embedding(
                CAMERA, "whole", modality, name, round(sent_at * 1e9), 0, sent_at, vector
            )
            scene.judge._handle(Embedded(made))


def wrong(scene: Scene) -> list[str]:
    return [message.error for message in scene.channel.of(CanaryCame)]  # type: ignore[union-attr]


def test_it_comes_out_as_an_alert_that_is_marked(scene: Scene) -> None:
    canary(scene, SENT)
    canary(scene, SENT + 3600)
    first, second = scene.alerts()
    assert [first.id, second.id] == [canary_id(SENT), canary_id(SENT + 3600)]
    assert (first.camera, first.rule, first.severity) == (CAMERA, RULE, Severity.INFO)
    assert first.canary
    assert first.type is AlertType.END, "nothing stays open"
    assert first.captured_at == SENT
    assert second.data["cosines"] == {"video": 1.0, "audio": 1.0}
    assert wrong(scene) == []


@pytest.mark.parametrize(
    ("shown", "heard", "named"),
    [
        pytest.param(NORTH, EAST, "video 0.00", id="another picture"),
        pytest.param(EAST, NORTH, "audio 0.00", id="another sound"),
        pytest.param(np.full(2, np.nan, np.float32), EAST, "video nan", id="no number"),
        pytest.param(np.zeros(2, np.float32), EAST, "video nan", id="nothing"),
        pytest.param(np.ones(3, np.float32), EAST, "video nan", id="another width"),
    ],
)
def test_one_that_looks_or_sounds_like_something_else_is_told_and_is_no_alert(
    scene: Scene, shown: np.ndarray, heard: np.ndarray, named: str
) -> None:
    canary(scene, SENT)
    canary(scene, SENT + 3600, shown=shown, heard=heard)
    assert len(scene.alerts()) == 1
    (told,) = scene.channel.of(CanaryCame)
    assert isinstance(told, CanaryCame)
    assert told.sent_at == SENT + 3600
    assert named in told.error
    assert "Restart the site" in told.error
    canary(scene, SENT + 7200)
    assert len(scene.alerts()) == 2, "and the next right one passes"


def test_what_it_looked_like_at_first_is_known_after_a_restart(
    scene: Scene, tmp_path: Path
) -> None:
    canary(scene, SENT)
    scene.outbox.close()
    again = Scene(tmp_path)
    canary(again, SENT + 60, shown=NORTH)
    assert "video 0.00" in wrong(again)[0]
    # Another model may see it as it will.
    canary(again, SENT + 120, shown=NORTH, model="clip@2")
    assert len(wrong(again)) == 1
    again.outbox.close()


def test_a_damaged_memory_of_it_is_begun_anew(scene: Scene, tmp_path: Path) -> None:
    canary(scene, SENT)
    scene.outbox.close()
    (tmp_path / "canary.state").write_bytes(b"no")
    again = Scene(tmp_path)
    canary(again, SENT + 60, shown=NORTH)
    assert wrong(again) == []
    again.outbox.close()


def test_half_of_one_is_none(scene: Scene) -> None:
    canary(scene, SENT, heard=None)
    assert scene.alerts() == []
    canary(scene, SENT + 3600)
    assert [alert.id for alert in scene.alerts()] == [canary_id(SENT + 3600)]


def test_cameras_are_judged_learned_and_kept_as_if_there_were_none(tmp_path: Path) -> None:
    states, lines, metrics, archives = [], [], [], []
    for name, with_canaries in (("without", False), ("with", True)):
        folder = tmp_path / name
        folder.mkdir()
        scene = Scene(folder)
        for minute in range(4):
            if with_canaries:
                canary(scene, SENT + scene.at_s)
            scene.play(NORTH, 15)
            scene.play(EAST if minute == 2 else NORTH, 4)
        scene.judge.save()
        scene.judge._beat()
        states.append(scene.state_path.read_bytes())
        lines.append(scene.channel.of(ScoreLine))
        archives.append(
            {
                p.parent.relative_to(folder): p.stat().st_size
                for p in (folder / "archive").rglob("*.seg")
            }
        )
        (beat,) = scene.channel.of(Heartbeat)
        assert isinstance(beat, Heartbeat)
        metrics.append([sample for sample in beat.metrics if "camera" in sample.labels])
        assert sum(alert.canary for alert in scene.alerts()) == (4 if with_canaries else 0)
        assert all(cut.camera == "yard" for cut in scene.channel.of(CutMedia))  # type: ignore[union-attr]
        scene.outbox.close()
    assert states[0] == states[1]
    assert lines[0] == lines[1]
    assert lines[0], "there was something to compare"
    assert metrics[0] == metrics[1]
    assert archives[0] == archives[1]
