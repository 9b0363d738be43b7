"""`hearsight users`: accounts of the console, made on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app

SITE = """
data_dir: {folder}/state
cameras: {{yard: {{url: "images:yard", groups: [outside]}}}}
rules: {{fire: {{see: [flames]}}}}
"""

run = CliRunner()


@pytest.fixture
def site(tmp_path: Path) -> str:
    path = tmp_path / "site.yaml"
    path.write_text(SITE.format(folder=tmp_path))
    return str(path)


def test_an_account_of_what_is_there_is_made_and_listed(site: str) -> None:
    made = run.invoke(app, ["users", "add", site, "ann", "--camera", "yard", "--group", "outside"])
    assert made.exit_code == 0
    assert made.output.startswith("password of ann: ")
    assert made.stderr == ""
    assert "outside" in run.invoke(app, ["users", "list", site]).output


def test_an_account_of_what_is_not_there_yet_is_made_and_said_to_see_nothing(site: str) -> None:
    made = run.invoke(app, ["users", "add", site, "bob", "--camera", "yrad", "--group", "inside"])
    assert made.exit_code == 0
    assert "password of bob: " in made.stdout
    assert made.stderr.splitlines() == [
        "look at: the site has no camera yrad yet",
        "look at: no camera of the site is in a group inside yet",
    ]


def test_a_role_that_there_is_none_of_makes_no_account(site: str) -> None:
    refused = run.invoke(app, ["users", "add", site, "bob", "--role", "king"])
    assert refused.exit_code == 1
    assert "no role: viewer, operator or admin" in refused.stderr
    assert "bob" not in run.invoke(app, ["users", "list", site]).output
