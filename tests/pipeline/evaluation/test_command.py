"""``hearsight evaluate``: what a user sees, and what stands in the report."""

from __future__ import annotations

import importlib.util
import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.evaluation.bench import Request
from pipeline.evaluation.command import Output, evaluate, request_of
from pipeline.evaluation.errors import EvaluationError, PlotsUnavailable
from pipeline.evaluation.suites import SUITES
from pipeline.evaluation.suites.fights import HEAR, SEE
from tests.pipeline.evaluation.worlds import BLUE, HUM, RED, WHISTLE, World, film


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    for n in (11, 12):
        film(folder / f"fight/fi0{n}.mp4", [RED] * 5, WHISTLE)
        film(folder / f"noFight/nofi0{n}.mp4", [BLUE] * 5, HUM)
    return folder


def screen() -> Console:
    return Console(file=io.StringIO(), width=120)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_run_shows_writes_and_draws(clips: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="curves need the train extra")
    console = screen()

    evaluate(
        "fights",
        Request(clips),
        Output(tmp_path / "out/report.json", tmp_path / "curves", tmp_path / "cache"),
        command=["hearsight", "evaluate", "fights"],
        console=console,
        models=World(lambda text: text in SEE + HEAR),
        resamples=20,
    )

    report = json.loads((tmp_path / "out/report.json").read_text())
    assert report["schema"] == "hearsight.evaluation/1"
    assert report["command"] == ["hearsight", "evaluate", "fights"]
    assert report["models"] == {"video": "colours@000000000000", "audio": "tones@000000000000"}
    for part in ("metrics", "baseline", "chance", "intervals"):
        assert set(report[part]) == {"video", "audio", "fused"}, part
        assert set(report[part]["fused"]) == {"auc", "average_precision"}
    assert report["settings"]["embedded_anew"] == 4  # both of a kind are one film
    assert {row["method"] for row in report["ablations"]} >= {"video", "audio", "fisher"}
    assert report["prompts"]["see"] == list(SEE)
    for name in ("fights-roc.png", "fights-pr.png"):
        assert (tmp_path / "curves" / name).read_bytes().startswith(b"\x89PNG")
    said = shown(console)
    assert "fights, test part: 4 clips, 2 positive, 2 ordinary" in said
    assert "plain zero-shot" in said
    assert "1.000 … 1.000" in said


def test_the_second_run_reads_what_the_first_embedded(clips: Path, tmp_path: Path) -> None:
    def once() -> dict:  # type: ignore[type-arg]
        return evaluate(
            "fights",
            Request(clips),
            Output(cache=tmp_path / "cache"),
            command=[],
            console=screen(),
            models=World(lambda text: text in SEE + HEAR),
            resamples=20,
        )

    first, second = once(), once()

    assert second["settings"]["embedded_anew"] == 0
    assert second["metrics"] == first["metrics"]
    assert second["intervals"] == first["intervals"]


def test_curves_without_the_library_are_refused_before_the_work(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "matplotlib" else found(name)
    )
    world = World(lambda text: text in SEE + HEAR)

    with pytest.raises(PlotsUnavailable, match=r"pip install 'hearsight\[train\]'"):
        evaluate(
            "fights",
            Request(clips),
            Output(plots=tmp_path / "curves", cache=tmp_path / "cache"),
            command=[],
            console=screen(),
            models=world,
        )
    assert world.sight.seen == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fihgts", "--data", "."], "there is no suite fihgts: choose one of fights, falls"),
        (["fights"], "--data FOLDER"),
        (["fights", "--data", ".", "--split", "dev"], "write test, train or all"),
        (["fights", "--data", ".", "--models", "clip"], "write 'embedded', or the path of a site"),
        (["folder", "--data", ".", "--prompt", "red"], "write LABEL=TEXT"),
        (["fights", "--data", "/nowhere"], "there is no such folder"),
    ],
)
def test_what_cannot_be_meant_is_said_plainly(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["evaluate", *arguments])

    assert result.exit_code == 1
    assert said in " ".join(result.stderr.split())


def test_the_suites_are_listed() -> None:
    result = CliRunner().invoke(app, ["evaluate", "list"])

    assert result.exit_code == 0
    assert all(name in result.stdout for name in SUITES)


def test_a_label_may_have_several_prompts(tmp_path: Path) -> None:
    asked = request_of(tmp_path, "test", ["calm"], ["a=one", "a=two = 2"])

    assert asked == Request(tmp_path, "test", ("calm",), {"a": ("one", "two = 2")})
    with pytest.raises(EvaluationError, match="LABEL=TEXT"):
        request_of(tmp_path, "test", [], ["a="])
