"""The embedded pair on real data: the suites run end to end, and their figures are figures."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.evaluation.bench import Request
from pipeline.evaluation.command import Output, evaluate
from pipeline.evaluation.errors import TrainedOnError

DATA = Path(os.environ.get("HEARSIGHT_DATA", Path(__file__).parents[4] / "shared" / "data"))
FOLDERS = {
    "falls": DATA / "video" / "falls",
    "esc": DATA / "audio" / "esc10",
    "fights": DATA / "video" / "surveillance-fight",
}
pytestmark = pytest.mark.data


def folder_of(suite: str) -> Path:
    if not FOLDERS[suite].is_dir():
        pytest.skip(f"no {FOLDERS[suite]}: set HEARSIGHT_DATA")
    return FOLDERS[suite]


@pytest.mark.parametrize(
    ("suite", "senses"),
    [
        pytest.param("falls", {"video", "audio", "fused"}, marks=pytest.mark.long),
        ("esc", {"audio"}),
    ],
)
def test_a_suite_runs_on_the_embedded_pair(suite: str, senses: set[str], tmp_path: Path) -> None:
    report = evaluate(
        suite,
        Request(folder_of(suite)),
        Output(cache=tmp_path),
        command=[],
        console=Console(file=io.StringIO()),
        resamples=20,
    )

    assert set(report["metrics"]) == senses
    for figures in report["metrics"].values():
        assert all(0 <= value <= 1 for value in figures.values())
    assert report["counts"]["unreadable"] == 0


def test_the_embedded_pair_is_not_scored_on_what_it_was_trained_on(tmp_path: Path) -> None:
    with pytest.raises(TrainedOnError, match="use --split test"):
        evaluate(
            "fights",
            Request(folder_of("fights"), split="train"),
            Output(cache=tmp_path),
            command=[],
            console=Console(file=io.StringIO()),
        )
