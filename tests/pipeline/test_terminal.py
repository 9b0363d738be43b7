"""How a command ends with an error: its words come out as they are."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from pipeline.terminal import fail, named_errors, read_site


class Unusable(RuntimeError):
    """An error that says what to do."""


def test_what_somebody_wrote_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        fail("there is no camera [red]yard[/] nor [/door]", status=2)
    assert ended.value.exit_code == 2
    assert capsys.readouterr().err == "error: there is no camera [red]yard[/] nor [/door]\n"


def test_an_error_that_says_what_to_do_ends_the_program_with_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit), named_errors(Unusable):
        raise Unusable("clip [0] is damaged: fetch it again")
    assert capsys.readouterr().err == "error: clip [0] is damaged: fetch it again\n"


def test_others_are_defects_and_shown_as_such() -> None:
    with pytest.raises(ZeroDivisionError), named_errors(Unusable):
        raise ZeroDivisionError


SITE = """
data_dir: {folder}
sinks: []
cameras: {{yard: {{url: "images:yard"}}}}
rules: {{fire: {{see: [flames]}}}}
"""


def without_root(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """What `hearsight` says to a user for whom rights of files hold, as they do not for root."""
    rights = "-dac_override,-dac_read_search"
    drop = ["setpriv", "--bounding-set", rights, "--inh-caps", rights] if os.geteuid() == 0 else []
    return subprocess.run(
        [*drop, sys.executable, "-m", "pipeline.cli", *map(str, words)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"COLUMNS": "300"},
    )


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv (util-linux) is not here")
def test_a_command_of_another_user_says_whose_the_site_is(tmp_path: Path) -> None:
    state, path = tmp_path / "state", tmp_path / "site.yaml"
    path.write_text(SITE.format(folder=state))
    state.mkdir(mode=0)
    whose = f"run this as its owner, {pwd.getpwuid(os.geteuid()).pw_name}"
    for command in (
        ["run", path],
        ["arm", path],
        ["verdict", path, "a", "confirmed"],
        ["normal", "show", path],
        ["rules", path],
        ["users", "list", path],
    ):
        done = without_root(*command)
        assert done.returncode == 1, done.stderr
        assert done.stderr.startswith(f"error: this user may not look into the data folder {state}")
        assert whose in done.stderr
    checked = without_root("check", path)
    assert checked.returncode == 0, checked.stderr
    assert f"{whose}, to see what was changed of rules." in checked.stdout


def test_a_site_that_has_never_run_has_no_folder_to_look_into(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(SITE.format(folder=tmp_path / "none" / "state"))
    assert read_site(path).state_dir == tmp_path / "none" / "state"
