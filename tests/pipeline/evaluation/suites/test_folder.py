"""A user's own folder: alarms against what is ordinary, or labels told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.evaluation.bench import Request
from pipeline.evaluation.errors import EvaluationError, LayoutError
from pipeline.evaluation.models import TrainedOn
from pipeline.evaluation.suites import SUITES
from tests.pipeline.evaluation.worlds import (
    BLUE,
    HUM,
    RED,
    WHISTLE,
    World,
    bench_of,
    film,
    plain,
    recording,
    still,
)

FOLDER = SUITES["folder"]


def about(word: str, **more: object) -> World:
    return World(lambda text: word in text, **more)  # type: ignore[arg-type]


def test_labels_are_alarms_where_one_of_them_is_ordinary(tmp_path: Path) -> None:
    film(tmp_path / "red_lamp/a.mp4", [RED] * 5)
    recording(tmp_path / "whistle/b.wav", WHISTLE)
    film(tmp_path / "normal/c.mp4", [BLUE] * 5)
    recording(tmp_path / "normal/d.wav", HUM)

    found = FOLDER.run(
        Request(tmp_path, prompts={"whistle": ("a red whistle",)}),
        bench_of(about("red"), tmp_path),
    )

    assert found.counts["positive"] == 2
    assert found.prompts["see"] == ["red lamp", "a red whistle"]
    assert found.metrics["fused"]["auc"] == 1.0
    assert found.per_class["whistle"]["audio_auc"] == 1.0
    assert found.per_class["red_lamp"]["video_auc"] == 1.0


def test_another_label_can_be_named_ordinary(tmp_path: Path) -> None:
    film(tmp_path / "red/a.mp4", [RED] * 5)
    still(tmp_path / "our_yard/b.png", plain(BLUE))

    found = FOLDER.run(Request(tmp_path, normal=("our_yard",)), bench_of(about("red"), tmp_path))

    assert found.metrics == {"video": {"auc": 1.0, "average_precision": 1.0}}


def test_labels_are_told_apart_where_none_is_ordinary(tmp_path: Path) -> None:
    for n in range(2):
        film(tmp_path / f"red/{n}.mp4", [RED] * 5, WHISTLE)
        film(tmp_path / f"blue/{n}.mp4", [BLUE] * 5, HUM)

    found = FOLDER.run(Request(tmp_path), bench_of(about("red"), tmp_path))

    assert {sense: f["accuracy"] for sense, f in found.metrics.items()} == {
        "video": 1.0,
        "audio": 1.0,
        "fused": 1.0,
    }
    assert found.per_class["red"]["video_auc"] == 1.0


def test_a_file_that_the_model_has_seen_is_only_named(tmp_path: Path) -> None:
    known = film(tmp_path / "red/a.mp4", [RED] * 5)
    film(tmp_path / "normal/b.mp4", [BLUE] * 5)
    digest = bench_of(about("red"), tmp_path).store.file_hash(known)
    trained = about("red", seen=TrainedOn(frozenset({"fights"}), frozenset({digest})))

    found = FOLDER.run(Request(tmp_path), bench_of(trained, tmp_path))

    assert any("trained on 1 of these very files" in note for note in found.notes)


@pytest.mark.parametrize(
    ("request_of", "said"),
    [
        (lambda folder: Request(folder, normal=("calm",)), "no label 'calm': it has normal, red"),
        (lambda folder: Request(folder, normal=("red", "normal")), "every label is ordinary"),
    ],
    ids=["a label that is not there", "no alarm left"],
)
def test_options_that_cannot_be_meant(tmp_path: Path, request_of, said: str) -> None:  # type: ignore[no-untyped-def]
    film(tmp_path / "red/a.mp4", [RED] * 5)
    film(tmp_path / "normal/b.mp4", [BLUE] * 5)

    with pytest.raises(EvaluationError, match=said):
        FOLDER.run(request_of(tmp_path), bench_of(about("red"), tmp_path))


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    film(tmp_path / "a.mp4", [RED] * 5)

    with pytest.raises(LayoutError, match=r"two or more folders LABEL/.*it holds a\.mp4"):
        FOLDER.run(Request(tmp_path), bench_of(about("red"), tmp_path))
