"""From two folders of clips to a lesson that waits for the site, and back by one command."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from pipeline import normal_cli
from pipeline.cli import app
from pipeline.config import Site, parse_site
from pipeline.ledger import Ledger
from pipeline.records import Modality
from pipeline.teaching.command import Folders, TeachingError, teach
from pipeline.teaching.lessons import LessonStore
from tests.pipeline.evaluation.worlds import BLUE, GREY, RED, Colour, ColourSight, film

SITE = """
site: home
data_dir: {folder}/state
sinks: []
cameras: {{yard: {{url: "rtsp://192.0.2.10/x"}}}}
rules:
  fire:
    see: [flames, a sunset]
    normal: {{see: [a yard]}}
"""
YELLOW = (220, 180, 20)
COLOURS: dict[str, Colour] = {"flames": RED, "a sunset": YELLOW, "a yard": BLUE}


class Pair:
    """Stands in for the models of a site."""

    def __init__(self) -> None:
        self.sight = ColourSight(COLOURS.__getitem__)

    def ordinary(self, encoder: ColourSight) -> np.ndarray:
        rng = np.random.default_rng(1)
        shades = np.array(BLUE) + rng.normal(0, 40, (60, 3))
        pixels = np.clip(shades, 0, 255).astype(np.uint8)[:, None, None]
        return encoder.encode_images(np.broadcast_to(pixels, (60, 16, 16, 3)))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    text = SITE.format(folder=tmp_path)
    (tmp_path / "site.yaml").write_text(text)
    return parse_site(text, name="site.yaml", environ={})


def shade(colour: Colour, step: int) -> Colour:
    return (colour[0], colour[1], colour[2] + 4 * step)


def folders(tmp_path: Path, no: Colour = YELLOW) -> Folders:
    for i in range(4):
        film(tmp_path / "yes" / f"{i}.mp4", [shade(RED, i)] * 10)
        film(tmp_path / "no" / f"{i}.mp4", [shade(no, i)] * 10)
    return Folders([tmp_path / "yes"], [tmp_path / "no"])


def told(site: Site, given: Folders, rule: str = "fire") -> tuple[str | None, str]:
    console = Console(file=io.StringIO(), width=200)
    name = teach(site, rule, given, by="ana", console=console, models=Pair())  # type: ignore[arg-type]
    return name, console.file.getvalue()  # type: ignore[attr-defined]


def test_clips_that_the_prompts_confuse_teach_what_to_use(site: Site, tmp_path: Path) -> None:
    name, said = told(site, folders(tmp_path))
    assert name is not None
    assert "4 examples of it, 4 of something else" in said
    assert "held-out AUC" in said
    assert "taught without CoOp" in said
    lessons = LessonStore(site.state_dir / "lessons")
    assert lessons.current("fire") is None, "it holds when the site has taken it"
    lesson = lessons.adopt("fire", name)
    taught = lesson.senses[Modality.VIDEO]
    assert taught.method in ("weights", "probe", "tip")
    assert lesson.why.startswith("8 clips of ")
    assert len(lesson.sources) == 8


def test_clips_that_say_nothing_change_nothing(site: Site, tmp_path: Path) -> None:
    for i in range(4):
        for kind in ("yes", "no"):
            # The same for both kinds, whatever they are called.
            film(tmp_path / kind / f"{i}.mp4", [shade(RED, i)] * 10 + [GREY] * (kind == "no"))
    name, said = told(site, Folders([tmp_path / "yes"], [tmp_path / "no"]))
    assert name is None
    assert "the plain prompts stay" in said


def test_what_cannot_be_taught_says_why(site: Site, tmp_path: Path) -> None:
    given = folders(tmp_path)
    with pytest.raises(TeachingError, match="no rule water: choose one of fire"):
        told(site, given, "water")
    (tmp_path / "none").mkdir()
    with pytest.raises(Exception, match="holds no clip"):
        told(site, Folders([tmp_path / "none"], given.no))
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "x.mp4").write_bytes(b"no film")
    with pytest.raises(TeachingError, match="none of the clips"):
        told(site, Folders([tmp_path / "bad"], [tmp_path / "bad"]))


# --- the command line -------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normal_cli, "PATIENCE_S", 0.0)
    monkeypatch.setenv("COLUMNS", "200")


def hearsight(*words: str | Path) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.output


@pytest.mark.usefixtures("impatient")
def test_lessons_are_listed_and_undoing_one_is_an_order(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    name, _ = told(site, folders(tmp_path))
    lessons = LessonStore(site.state_dir / "lessons")
    assert name is not None
    lessons.adopt("fire", name)
    said = hearsight("teach", path, "--list")
    assert "fire" in said
    assert "holds" in said
    assert "takes it at its next start" in hearsight("teach", path, "--undo", "fire")
    with Ledger(site.state_dir / "learning.sqlite3") as ledger:
        (order,) = ledger.due()
    assert (order.kind, order.rule) == ("undo_lesson", "fire")


@pytest.mark.usefixtures("impatient")
def test_a_verdict_of_a_site_without_redis_is_an_order(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    hearsight("verdict", path, "yard-fire-1", "false_alarm", "--by", "ana")
    assert "confirmed or false_alarm" in hearsight("verdict", path, "yard-fire-1", "perhaps")
    with Ledger(site.state_dir / "learning.sqlite3") as ledger:
        (order,) = ledger.due()
    assert (order.kind, order.by) == ("verdict", "ana")
    assert (order.detail["id"], order.detail["verdict"]) == ("yard-fire-1", "false_alarm")


def test_teach_without_folders_says_what_is_missing(site: Site, tmp_path: Path) -> None:
    assert "--yes FOLDER --no FOLDER" in hearsight("teach", tmp_path / "site.yaml")
