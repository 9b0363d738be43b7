"""`hearsight normal`: people look at what was learned, and give orders to it."""

from __future__ import annotations

import base64
import threading
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline import normal_cli
from pipeline.cli import app
from pipeline.learning.versions import Versions
from pipeline.ledger import Ledger
from tests.pipeline.learning.test_learner import LORRY, ORDINARY, Camera

run = CliRunner()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(normal_cli, "PATIENCE_S", 0.5)
    monkeypatch.setenv("COLUMNS", "160")
    path = tmp_path / "site.yaml"
    path.write_text(
        f"data_dir: {tmp_path / 'data'}\n"
        "cameras: {yard: {url: 'file:yard.mp4'}}\n"
        "rules: {unusual: {learn: {from: [video]}}}\n"
    )
    return path


def ledger(site: Path) -> Ledger:
    return Ledger(site.parent / "data" / "learning.sqlite3")


def test_before_the_first_run_it_says_what_to_do(site: Path) -> None:
    result = run.invoke(app, ["normal", "show", str(site)])
    assert result.exit_code == 1
    assert "has `hearsight run` worked on this site?" in result.stderr


def test_show_tells_how_far_each_camera_is_and_what_waits_in_doubt(site: Path) -> None:
    with ledger(site) as book:
        book.stand(
            "normal/yard/unusual/video",
            {
                "phase": "watching",
                "gathered": 1.0,
                "watched_s": 90_000,
                "frozen": True,
                "learned_since": 640,
                "moved": 0.21,
                "silent": ["texture"],
                "doubtful": [
                    {
                        "number": 3,
                        "refused": False,
                        "occasions": 2,
                        "stayed_s": 75,
                        "first_at": 1_760_000_000.0,
                        "last_at": 1_760_003_600.0,
                    }
                ],
                "versions": [[1, "learned", 1_760_000_000.0]],
            },
        )
    result = run.invoke(app, ["normal", "show", str(site)])
    assert result.exit_code == 0, result.output
    for told in (
        "unusual",
        "video",
        "25.0 h watched",
        "FROZEN",
        "learned anew: texture",
        "3: 2 times, 75 s",
        "1: learned",
    ):
        assert told in result.output


def test_an_order_waits_for_a_site_that_does_not_run(site: Path) -> None:
    result = run.invoke(app, ["normal", "freeze", str(site), "--camera", "yard"])
    assert result.exit_code == 0
    assert "takes it at its next start" in result.output
    with ledger(site) as book:
        (order,) = book.due()
        assert (order.kind, order.camera) == ("freeze", "yard")


def test_an_order_tells_what_the_running_site_made_of_it(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(normal_cli, "PATIENCE_S", 20.0)

    def judge() -> None:
        with ledger(site) as book:
            for outcome in ("back at version 1", "refused: there is no version 9"):
                while not (due := book.due()):
                    time.sleep(0.02)
                book.done(due[0], outcome)

    thread = threading.Thread(target=judge)
    thread.start()
    good = run.invoke(app, ["normal", "rollback", str(site), "--to", "1"])
    bad = run.invoke(app, ["normal", "rollback", str(site), "--to", "9"])
    thread.join()
    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert "back at version 1" in good.output
    assert "there is no version 9" in bad.output


def test_the_journal_is_read_newest_first(site: Path) -> None:
    with ledger(site) as book:
        book.note("learned", camera="yard", rule="unusual", version=1)
        book.note("rollback", by="ana", camera="yard", rule="unusual", version=1)
        book.note("silence", by="ana", rule="unusual", until=1_760_000_000.0, reason="")
    result = run.invoke(app, ["normal", "journal", str(site)])
    assert result.exit_code == 0
    assert result.output.index("rollback") < result.output.index("learned")
    assert "until 2025-10-09 08:53:20" in result.output
    assert "ana" in result.output


def test_the_pictures_of_what_is_normal_and_of_what_waits_in_doubt(site: Path) -> None:
    camera = Camera(after_s=60)
    camera.see(ORDINARY, 90, thumbnail=b"\xff\xd8 ordinary")
    camera.see(LORRY, 20, thumbnail=b"\xff\xd8 lorry")
    camera.see(ORDINARY, 20)
    folder = site.parent / "data" / "normal" / "yard" / "unusual" / "video"
    Versions(folder).save_current(camera.learner.to_state())
    page = site.parent / "normal.html"
    result = run.invoke(app, ["normal", "pictures", str(site), "--page", str(page)])
    assert result.exit_code == 0, result.output
    text = page.read_text()
    for picture in (b"\xff\xd8 ordinary", b"\xff\xd8 lorry"):
        assert base64.b64encode(picture).decode() in text
    assert "<h2>yard, unusual, video</h2>" in text
    assert "in doubt" in text
    assert "<script" not in text
