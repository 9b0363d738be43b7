"""UCF-Crime and XD-Violence: long films in which something happens for a while."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.evaluation.bench import Request
from pipeline.evaluation.errors import EvaluationError, LayoutError
from pipeline.evaluation.suites import SUITES, ucf_crime, xd_violence
from pipeline.evaluation.timeline import frames_by_window
from tests.pipeline.evaluation.worlds import BLUE, HUM, RED, WHISTLE, World, bench_of, film

ALARMING = {*ucf_crime.SEE, *ucf_crime.HEAR, *xd_violence.SEE, *xd_violence.HEAR}
#: Sixteen calm seconds at ten frames a second, eight that are not.
COLOURS = [BLUE] * 160 + [RED] * 80


def guard() -> World:
    return World(lambda text: text in ALARMING)


def ucf(folder: Path) -> None:
    film(folder / "Fighting/Fighting003_x264.mp4", COLOURS)
    film(folder / "Testing_Normal_Videos_Anomaly/Normal_Videos_003_x264.mp4", [BLUE] * 60)
    (folder / "Temporal_Anomaly_Annotation_for_Testing_Videos.txt").write_text(
        "Fighting003_x264.mp4  Fighting  160  239  -1  -1  \n"
        "Normal_Videos_003_x264.mp4  Normal  -1  -1  -1  -1  \n"
        "Arson009_x264.mp4  Arson  10  20  -1  -1  \n"
    )


def xd(folder: Path) -> None:
    film(folder / "videos/v=1__#1_label_B2-0-0.mp4", COLOURS, WHISTLE)
    film(folder / "videos/v=2__#1_label_A.mp4", [BLUE] * 60, HUM)
    film(folder / "train/v=3__#1_label_A.mp4", [BLUE] * 20, HUM)
    (folder / "annotations.txt").write_text("v=1__#1_label_B2-0-0 160 239\n")


def test_frames_of_a_crime_are_told_from_the_others(tmp_path: Path) -> None:
    ucf(tmp_path)

    found = SUITES["ucf-crime"].run(Request(tmp_path), bench_of(guard(), tmp_path / "kept"))

    assert found.counts == {
        "films": 2,
        "alarming_films": 1,
        "frames": 300,
        "missing": 1,
        "unreadable": 0,
    }
    assert found.chance["video"]["average_precision"] == pytest.approx(80 / 300)
    assert found.metrics["video"]["auc"] > 0.95
    assert "audio" not in found.metrics
    assert found.per_class["Fighting"]["auc"] > 0.95
    assert any("that are not there: 1" in n for n in found.notes)


def test_what_is_heard_counts_too(tmp_path: Path) -> None:
    xd(tmp_path)

    found = SUITES["xd-violence"].run(Request(tmp_path), bench_of(guard(), tmp_path / "kept"))

    assert found.counts["films"] == 2  # the normal film of the train folder is not scored
    assert found.metrics["video"]["average_precision"] > 0.9
    # It whistles through the calm seconds as well: these 80 frames are no better than those 160.
    assert found.metrics["audio"]["auc"] == pytest.approx((60 + 160 / 2) / 220, abs=0.02)
    assert found.metrics["fused"]["auc"] > 0.95
    assert set(found.per_class) == {"shooting"}
    assert {r["method"] for r in found.ablations} >= {"fisher", "sum_z", "rule_line"}


def test_a_frame_belongs_to_the_window_whose_middle_is_nearest() -> None:
    ends = np.array([3.0, 3.5, 4.0])  # middles at 1.5, 2.0 and 2.5 s

    alarming, other = frames_by_window(ends, count=40, rate=10.0, spans=[(18, 22)])

    # Borders at 1.75 s and 2.25 s: frames 0-17, 18-22, 23-39.
    assert alarming.tolist() == [0, 5, 0]
    assert other.tolist() == [18, 0, 17]


@pytest.mark.parametrize(
    ("suite", "file", "make", "line"),
    [
        ("ucf-crime", "Temporal_Anomaly_Annotation.txt", ucf, "a.mp4 Arson 10"),
        ("xd-violence", "annotations.txt", xd, "v=1__#1_label_B2-0-0 160"),
    ],
)
def test_annotations_of_another_format_are_refused(
    tmp_path: Path, suite: str, file: str, make: Callable[[Path], None], line: str
) -> None:
    make(tmp_path)
    (tmp_path / file).write_text(line)

    with pytest.raises(EvaluationError, match="must be NAME"):
        SUITES[suite].run(Request(tmp_path), bench_of(guard(), tmp_path / "kept"))


@pytest.mark.parametrize("suite", ["ucf-crime", "xd-violence"])
def test_another_folder_is_refused(tmp_path: Path, suite: str) -> None:
    film(tmp_path / "a.mp4", [BLUE] * 3)

    with pytest.raises(LayoutError, match=r"looked for .*nnotation"):
        SUITES[suite].run(Request(tmp_path), bench_of(guard(), tmp_path / "kept"))
