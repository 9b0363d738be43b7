"""``hearsight bench``: what it refuses, and a whole run of its smallest part."""

from __future__ import annotations

import contextlib
import json
import math
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli import app
from tests.pipeline.simulate.clips import make_clip


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def bench(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["bench", *map(str, words)])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("line", "--scenario", "party"), "choose among mostly-still"),
        (("line", "--cameras", "0"), "--cameras"),
        (("line", "--models", "nowhere.yaml", "--no-baseline"), "write embedded, or the path"),
        (("scale", "--count", "10"), "two numbers of cameras"),
        (("scale", "--scenario", "busy"), "choose among mostly-still, idle, silent"),
        (("decode", "--film", "nowhere.mp4"), "nowhere.mp4"),
        (("page", "nowhere.json"), "nowhere.json"),
    ],
)
def test_what_cannot_be_measured_is_refused(words: tuple[str, ...], said: str) -> None:
    result = bench(*words)

    assert result.exit_code != 0
    assert said in result.output


def test_a_clip_of_ones_own_is_decoded_in_every_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.bench import benches, decode

    clip = make_clip(tmp_path / "clip.mp4", seconds=2.0)
    # In this process, for a moment: what is timed is not what is tested.
    monkeypatch.setattr(decode, "measure", lambda path, way: decode._measure(path, way, 0.01))
    monkeypatch.setattr(decode, "demux_rtsp", lambda path, count, seconds: 0.001)
    assert benches.decoding is decode

    result = bench("decode", "--film", clip, "--report", tmp_path / "report.json")

    assert result.exit_code == 0, result.output
    told = json.loads((tmp_path / "report.json").read_text())
    assert told["percentiles"]["all_own"]["count"] % 50 == 0
    assert told["percentiles"]["keyframes_own"]["count"] % 2 == 0
    ratios = told["ratios"]
    assert set(ratios) == {f"streams_per_core_{way}_own" for way in (*decode.ways(), "demux_rtsp")}
    assert all(math.isfinite(ratio) and ratio > 0 for ratio in ratios.values())
    assert ratios["streams_per_core_demux_rtsp_own"] == 1000
    assert "report.json" in result.output


def test_each_way_reads_what_it_says(tmp_path: Path) -> None:
    from pipeline.bench import decode

    clip = make_clip(tmp_path / "clip.mp4", seconds=2.0)

    read = {way: sum(1 for _ in each(clip)) for way, each in decode.ways().items()}

    assert read["keyframes"] == 2
    assert read["all"] == read["all_scaled"] == read["each_second"] == 50
    assert read["demux"] >= read["all"] + read["sound"] > read["all"]


def test_a_benchmark_that_is_told_to_end_leaves_no_line_behind(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=2.0)
    words = ["bench", "line", "--scenario", "keyframes", "--cameras", "1", "--no-baseline"]
    program = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", *words, "--film", str(clip)],
        stdout=subprocess.DEVNULL,
    )
    try:
        line = _line_of(psutil.Process(program.pid))
    finally:
        program.terminate()
        status = program.wait(30)

    assert status == 128 + signal.SIGTERM
    assert not line.is_running()


def _line_of(program: psutil.Process) -> psutil.Process:
    """The site that a benchmark runs, once it is there."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for child in program.children():
            with contextlib.suppress(psutil.Error):
                if "run" in child.cmdline():
                    return child
        time.sleep(0.05)
    raise AssertionError("no line came up")
