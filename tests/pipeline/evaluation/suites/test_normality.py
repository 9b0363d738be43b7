"""Ped2, Avenue and ShanghaiTech in their layouts: a blue place, in which red is not normal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from pipeline.evaluation.bench import Request
from pipeline.evaluation.errors import EvaluationError, LayoutError, TrainedOnError
from pipeline.evaluation.models import TrainedOn
from pipeline.evaluation.suites import SUITES
from tests.pipeline.evaluation.worlds import BLUE, RED, World, bench_of, film, plain, still

#: A test clip: sixty calm frames, then twenty that are not.
CALM, WRONG = 60, 20
COLOURS = [BLUE] * CALM + [RED] * WRONG
MARKS = [0] * CALM + [1] * WRONG


def ped2_films(folder: Path) -> None:
    film(folder / "training/01.mp4", [BLUE] * 120)
    film(folder / "testing/01.mp4", COLOURS)
    film(folder / "testing/02.mp4", [BLUE] * 20)
    (folder / "labels.json").write_text(
        json.dumps({"testing/01.mp4": MARKS, "testing/02.mp4": [0] * 20})
    )


def ped2_stills(folder: Path) -> None:
    for n in range(160):
        still(folder / f"UCSDped2/Train/Train001/{n:03}.tif", plain(BLUE))
    for n, colour in enumerate(COLOURS):
        still(folder / f"UCSDped2/Test/Test001/{n:03}.tif", plain(colour))
        mask = np.zeros((32, 32), np.uint8)
        mask[4:9, 4:9] = 255 * MARKS[n]
        still(folder / f"UCSDped2/Test/Test001_gt/{n:03}.bmp", mask)


def avenue(folder: Path) -> None:
    film(folder / "Avenue Dataset/training_videos/01.avi", [BLUE] * 120)
    film(folder / "Avenue Dataset/testing_videos/01.avi", COLOURS)
    masks = np.empty((1, len(MARKS)), object)
    for n, mark in enumerate(MARKS):
        masks[0, n] = np.full((4, 4), mark, np.uint8)
    (folder / "ground_truth_demo/testing_label_mask").mkdir(parents=True)
    savemat(folder / "ground_truth_demo/testing_label_mask/1_label.mat", {"volLabel": masks})


def shanghaitech(folder: Path) -> None:
    film(folder / "training/videos/01_001.avi", [BLUE] * 120)
    for n, colour in enumerate(COLOURS):
        still(folder / f"testing/frames/01_0014/{n:03}.jpg", plain(colour))
    (folder / "testing/test_frame_mask").mkdir()
    np.save(folder / "testing/test_frame_mask/01_0014.npy", np.array(MARKS))


@pytest.mark.parametrize(
    ("suite", "make", "frames"),
    [
        ("ped2", ped2_films, 100),
        ("ped2", ped2_stills, 80),
        ("avenue", avenue, 80),
        ("shanghaitech", shanghaitech, 80),
    ],
    ids=["ped2 as films", "ped2 as stills", "avenue", "shanghaitech"],
)
def test_what_was_never_there_stands_out(
    tmp_path: Path, suite: str, make: Callable[[Path], None], frames: int
) -> None:
    make(tmp_path)
    blind_to_words = World(lambda text: False)

    found = SUITES[suite].run(Request(tmp_path), bench_of(blind_to_words, tmp_path / "kept"))

    assert found.counts["frames"] == frames
    assert found.metrics["video"]["auc"] > 0.99
    assert found.chance["video"]["average_precision"] == pytest.approx(WRONG / frames)
    methods = {row["method"] for row in found.ablations}
    assert "learned normal, each clip scaled to [0, 1]" in methods
    # Words that fit blue fit worse where it is red.
    assert found.baseline["video"]["auc"] < 0.1


def test_a_place_where_nothing_changes_is_at_chance(tmp_path: Path) -> None:
    ped2_films(tmp_path)
    film(tmp_path / "testing/01.mp4", [BLUE] * len(MARKS))
    sees_nothing = World(lambda text: False)
    sees_nothing.sight.encode_images = lambda pixels: np.tile(  # type: ignore[method-assign]
        np.float32([0.5, 0.5, 0.5, 0.5]), (len(pixels), 1)
    )

    found = SUITES["ped2"].run(Request(tmp_path), bench_of(sees_nothing, tmp_path / "kept"))

    assert found.metrics["video"]["auc"] == pytest.approx(0.5)


def test_labels_of_another_film_are_refused(tmp_path: Path) -> None:
    ped2_films(tmp_path)
    film(tmp_path / "testing/02.mp4", [BLUE] * 30)

    with pytest.raises(EvaluationError, match="30 frames and 20 labels"):
        SUITES["ped2"].run(Request(tmp_path), bench_of(World(lambda text: False), tmp_path))


def test_weights_that_have_seen_the_place_are_refused(tmp_path: Path) -> None:
    ped2_films(tmp_path)
    trained = World(lambda text: False, seen=TrainedOn(sets=frozenset({"ped2"})))

    with pytest.raises(TrainedOnError, match="all of which is test"):
        SUITES["ped2"].run(Request(tmp_path), bench_of(trained, tmp_path))


@pytest.mark.parametrize("suite", ["ped2", "avenue", "shanghaitech"])
def test_another_folder_is_refused(tmp_path: Path, suite: str) -> None:
    film(tmp_path / "training/clip.mov", [BLUE] * 3)

    with pytest.raises(LayoutError, match=f"no data for the suite {suite}: looked for .*raining"):
        SUITES[suite].run(Request(tmp_path), bench_of(World(lambda text: False), tmp_path))
