"""The command line: what it says, where, and with which exit status."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.encoders.store import record

SITE = """
site: home
data_dir: {folder}/state
cameras:
  yard: {{url: "rtsp://viewer:hush@192.0.2.10/stream1"}}
rules:
  fire: {{see: [a fire with flames and smoke]}}
"""
HUB = "ViT-B-32/laion2b_s34b_b79k"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Holds a site file, and a models folder that is still empty."""
    (tmp_path / "site.yaml").write_text(SITE.format(folder=tmp_path))
    monkeypatch.setenv("HEARSIGHT_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def hearsight(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def pulled(folder: Path) -> None:
    weights = folder / "models" / "w.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"w" * 100)
    record(weights.parent, HUB, "sight", "file:x.pt", "0" * 64, [weights])


def test_check_explains_a_site_and_shows_no_password(folder: Path) -> None:
    done = hearsight("check", folder / "site.yaml")
    assert done.exit_code == 0
    assert "rtsp://***@192.0.2.10/stream1" in done.output
    assert "hush" not in done.output


@pytest.mark.parametrize("command", ["check", "run", "tail", "test-alert"])
def test_a_bad_site_file_ends_every_command_with_its_line(folder: Path, command: str) -> None:
    path = folder / "site.yaml"
    path.write_text(path.read_text() + "colour: red\n")
    done = hearsight(command, path)
    assert done.exit_code == 2
    assert f"{path}:8: colour: unknown key" in done.stderr
    assert done.stdout == ""


def test_check_says_which_model_is_to_be_pulled_first(folder: Path) -> None:
    path = folder / "site.yaml"
    path.write_text(path.read_text() + f"models: {{sight: {HUB}}}\n")
    done = hearsight("check", path)
    assert done.exit_code == 0
    assert f"models.sight is {HUB}, which is not here yet: run `hearsight models pull {HUB}`." in (
        done.output
    )

    pulled(folder)
    assert "not here yet" not in hearsight("check", path).output


def test_a_model_is_listed_verified_found_damaged_and_removed(folder: Path) -> None:
    assert "no stored models" in hearsight("models", "verify").output
    pulled(folder)
    assert f"ok {HUB}" in hearsight("models", "verify", HUB).output

    (folder / "models" / "w.safetensors").write_bytes(b"x" * 100)
    damaged = hearsight("models", "verify")
    assert damaged.exit_code == 1
    assert "DAMAGED" in damaged.output
    assert f"hearsight models pull {HUB}" in damaged.output

    assert f"removed: {HUB}" in hearsight("models", "remove", HUB).output
    assert "not pulled" in hearsight("models", "list").output
    again = hearsight("models", "remove", HUB)
    assert again.exit_code == 1
    assert "run `hearsight models pull" in again.stderr


def test_without_a_site_that_runs_the_terminal_says_how_to_start_one(folder: Path) -> None:
    for command in ("tail", "test-alert"):
        done = hearsight(command, folder / "site.yaml")
        assert done.exit_code == 1
        assert "start the site with `hearsight run`" in done.stderr


@pytest.mark.parametrize(
    ("file", "said"),
    [("none.safetensors", "does not exist: give the"), ("a" * 300, "File name too long")],
)
def test_weights_that_cannot_be_read_are_named(folder: Path, file: str, said: str) -> None:
    done = hearsight("models", "pull", HUB, "--file", folder / file)
    assert done.exit_code == 1
    assert done.stderr.startswith("error: ")
    assert said in done.stderr


def test_a_film_that_is_not_there_is_no_camera(folder: Path) -> None:
    done = hearsight("simulate-camera", folder / "none.mp4")
    assert done.exit_code == 1
    assert "none.mp4: no such file; write 'scene' to generate one" in done.stderr


def test_a_camera_that_asks_for_a_user_asks_for_a_password_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEARSIGHT_CAMERA_PASSWORD", raising=False)
    done = hearsight("simulate-camera", folder / "none.mp4", "--user", "viewer")
    assert done.exit_code == 1
    assert "--user viewer needs a password: export HEARSIGHT_CAMERA_PASSWORD" in done.stderr


def test_it_says_which_version_it_is() -> None:
    said = hearsight("--version")
    assert said.exit_code == 0
    assert said.stdout == f"hearsight {version('hearsight')}\n"
    assert hearsight().exit_code == 2  # and without a command, what there is
