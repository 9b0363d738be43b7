"""Falls: what is seen decides where nothing is heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.evaluation.bench import Request
from pipeline.evaluation.errors import LayoutError, TrainedOnError
from pipeline.evaluation.models import TrainedOn
from pipeline.evaluation.suites import SUITES
from pipeline.evaluation.suites.falls import HEAR, SEE
from tests.pipeline.evaluation.worlds import BLUE, RED, World, bench_of, film

FALLS = SUITES["falls"]


def falling_world(**more: object) -> World:
    return World(lambda text: text in SEE + HEAR, **more)  # type: ignore[arg-type]


def subjects(folder: Path) -> None:
    film(folder / "Subject 1/Fall/01.mp4", [BLUE] * 6 + [RED] * 6)
    film(folder / "Subject 1/ADL/01.mp4", [BLUE] * 12)
    film(folder / "Subject 2/Fall/01.mp4", [BLUE] * 40 + [RED] * 40)
    film(folder / "Subject 2/ADL/01.mp4", [BLUE] * 80)


def test_a_fall_at_the_end_of_a_clip_counts_as_its_highest_window(tmp_path: Path) -> None:
    subjects(tmp_path)

    found = FALLS.run(Request(tmp_path), bench_of(falling_world(), tmp_path))

    assert found.counts["clips"] == 4
    assert found.metrics == {"video": {"auc": 1.0, "average_precision": 1.0}}
    assert found.curves["video"].labels.sum() == 2


def test_a_model_that_says_it_was_trained_on_it_is_refused(tmp_path: Path) -> None:
    subjects(tmp_path)
    trained = falling_world(seen=TrainedOn(sets=frozenset({"falls"})))

    with pytest.raises(TrainedOnError, match="all of which is test"):
        FALLS.run(Request(tmp_path), bench_of(trained, tmp_path))


def test_a_folder_of_one_kind_is_refused(tmp_path: Path) -> None:
    film(tmp_path / "Subject 1/Fall/01.mp4", [RED] * 4)

    with pytest.raises(LayoutError, match=r"looked for Subject \*/Fall"):
        FALLS.run(Request(tmp_path), bench_of(falling_world(), tmp_path))
