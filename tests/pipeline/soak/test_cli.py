"""``hearsight soak``: what it refuses, how it judges a file, and a short soak of a real site."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.soak.samples import Ended, Process, Writer, read
from tests.pipeline.simulate.clips import make_clip
from tests.pipeline.soak.soaks import arrived, begun, owed, process, sample


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def soak(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["soak", *map(str, words)])


def written(path: Path, look: Callable[[float], Process]) -> Path:
    with Writer(path) as writer:
        writer.write(begun(3600.0))
        for number in range(360):
            at = 10.0 * number
            name = f"a{number}"
            writer.write(
                sample(at, look(at), owed=[owed(name, at - 1)], arrived=[arrived(name, at)])
            )
        writer.write(Ended(3600.0, "over"))
    return path


def test_a_site_that_holds_out_is_told_to(tmp_path: Path) -> None:
    path = written(tmp_path / "samples.jsonl", lambda _at: process())

    result = soak("--from", path, "--report", tmp_path / "r.json", "--plot", tmp_path / "r.png")

    assert result.exit_code == 0, result.output
    assert "360 of 360 in Redis" in result.output
    assert "resident memory" in result.output
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")
    told = json.loads((tmp_path / "r.json").read_text())
    assert told["broken"] is False
    assert told["alerts"] == {
        "accepted": 360,
        "arrived": 360,
        "lost": [],
        "pending": 0,
        "repeated": 0,
        "damaged": 0,
        "outcome": "holds",
    }
    outcomes = {one["quantity"]: one["outcome"] for one in told["verdicts"]}
    assert outcomes["resident memory of its own"] == outcomes["alert latency"] == "holds"
    assert outcomes["canary latency"] == "not shown"
    (judge,) = told["processes"]
    assert judge["watched"] == {
        "judged_s": 2990.0,
        "judged": [[600.0, 3590.0]],
        "lives": 1,
        "oldest_s": 3590.0,
    }
    assert "50 min, 1 of 1 lives" in result.output


def test_a_leak_ends_with_status_1(tmp_path: Path) -> None:
    path = written(tmp_path / "samples.jsonl", lambda at: process(mb=80 + at / 100))

    result = soak("--from", path)

    assert result.exit_code == 1
    assert "broken" in result.output


def test_of_one_that_runs_the_outcome_so_far_is_told(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    with Writer(path) as writer:
        writer.write(begun())
        writer.write(sample(10.0))
        result = soak("--from", path)

    assert result.exit_code == 0, result.output
    assert "has not ended" in result.output
    assert "not shown" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--hours", "0"), "--hours"),
        (("--hours", "1", "--warm-up", "60"), "nothing is left to be judged"),
        (("--from", "nowhere.jsonl"), "cannot be read"),
        (("--film", "nowhere.mp4"), "nowhere.mp4"),
    ],
)
def test_what_makes_no_soak_is_refused(words: tuple[str, ...], said: str) -> None:
    result = soak(*words)

    assert result.exit_code != 0
    assert said in result.output


def test_a_folder_with_an_earlier_soak_is_refused(tmp_path: Path) -> None:
    written(tmp_path / "samples.jsonl", lambda _at: process())

    result = soak("--folder", tmp_path, "--hours", "0.01")

    assert result.exit_code == 1
    assert "a folder of its own" in result.output


@pytest.mark.long
def test_a_site_soaks_for_a_minute(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=8.0)
    words = ("--hours", "0.02", "--cameras", "2", "--every", "2", "--disturb", "6", "--film", clip)

    result = soak(*words, "--folder", tmp_path / "soak", "--report", tmp_path / "report.json")

    # So short a run shows little, but what it shows is true.
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["alerts"]["accepted"] >= 2, "canaries at least"
    assert told["alerts"]["lost"] == []
    assert told["ended"] == "over"
    assert sum(told["disturbances"].values()) >= 3
    names = {one.name for one in read(tmp_path / "soak" / "samples.jsonl").samples[0].processes}
    assert names >= {"supervisor", "encoder", "judge", "publisher", "worker-0", "redis"}
    assert "resident memory" in result.output
    assert not [p for p in psutil.Process(os.getpid()).children(recursive=True) if p.is_running()]
