"""``hearsight reload``: what it says of what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline import reload_cli
from pipeline.cli import app
from sinks.console.line_client import OrderRefused

SITE = """
data_dir: DATA
cameras: {yard: {url: "rtsp://camera/yard"}}
rules: {fire: {see: [a fire]}}
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLUMNS", "200")
    path = tmp_path / "site.yaml"
    path.write_text(SITE.replace("DATA", str(tmp_path / "data")))
    return path


def reload(path: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["reload", str(path)])
    return result.exit_code, result.output


def answering(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any] | Exception) -> None:
    async def told(_state_dir: Path) -> dict[str, Any]:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(reload_cli, "_reload", told)


NOTHING: dict[str, Any] = {
    "added": [],
    "removed": [],
    "changed": [],
    "judged": False,
    "left_out": [],
}


def test_what_was_taken_over_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = NOTHING | {"added": ["hall", "gate"], "judged": True, "left_out": ["rule theft: gone"]}
    answering(monkeypatch, told)

    status, said = reload(path)

    assert status == 0
    assert "added hall, gate; rules, arming and groups as in the file" in said
    assert "look at: rule theft: gone" in said


def test_nothing_new_is_told_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, NOTHING)

    assert reload(path) == (0, "taken over: nothing had changed\n")


def test_a_refusal_ends_with_status_1_and_says_why(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, OrderRefused("models: that takes a restart"))

    status, said = reload(path)

    assert status == 1
    assert "models: that takes a restart" in said


@pytest.mark.promise("bad input 22")
def test_a_file_that_cannot_be_used_is_not_even_brought(path: Path) -> None:
    path.write_text(path.read_text().replace("yard:", "../yard:"))

    status, said = reload(path)

    assert status == 2
    assert "site.yaml:3: cameras" in said


def test_where_no_site_runs_that_is_said(path: Path) -> None:
    status, said = reload(path)

    assert status == 1
    assert "hearsight run" in said
