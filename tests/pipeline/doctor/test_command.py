"""`hearsight doctor`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.data_dir import hold

SITE = """
data_dir: {folder}/state
cameras: {{yard: {{url: "rtsp://viewer:hush@127.0.0.1:1/stream1"}}}}
rules: {{fire: {{see: [flames]}}}}
health: {{port: 0}}
console: {{port: 0}}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(SITE.format(folder=tmp_path))
    file.chmod(0o600)
    return file


def doctor(*words: object) -> Result:
    return CliRunner().invoke(app, ["doctor", *map(str, words)], catch_exceptions=False)


def test_a_box_with_nothing_wrong_is_left_as_it_was(path: Path) -> None:
    done = doctor(path, "--no-cameras", "--json")
    told = json.loads(done.stdout)
    failures = [f for f in told["findings"] if f["level"] == "failure"]
    assert (done.exit_code, failures) == (0, [])
    assert {"site file", "program", "machine", "storage", "models", "redis", "ports"} <= {
        f["area"] for f in told["findings"]
    }
    assert [entry.name for entry in path.parent.iterdir()] == ["site.yaml"]


def test_a_failure_is_told_with_what_to_do_and_ends_with_status_1(path: Path) -> None:
    path.chmod(0o644)
    done = doctor(path, "--no-cameras")
    assert done.exit_code == 1
    assert "FAILURE" in done.output
    assert "chmod 600" in done.output
    assert "hush" not in done.output


def test_a_site_file_that_cannot_be_used_fails_as_well(path: Path) -> None:
    path.write_text(path.read_text() + "colour: red\n")
    done = doctor(path, "--json")
    assert done.exit_code == 1
    assert "colour: unknown key" in json.loads(done.stdout)["findings"][0]["told"]


def test_whether_the_site_runs(path: Path) -> None:
    with hold(path.parent / "state"):
        assert "the site runs" in doctor(path, "--no-cameras").output
    assert "the site does not run" in doctor(path, "--no-cameras").output


def test_a_camera_that_is_not_there_fails(path: Path) -> None:
    told = json.loads(doctor(path, "--json").stdout)
    (camera,) = (f for f in told["findings"] if f["area"] == "cameras")
    assert (camera["check"], camera["level"]) == ("yard", "failure")
    assert "nothing listens at that port" in camera["told"]
    assert "hush" not in json.dumps(told)
