"""A site is backed up while it works, and comes back as it was."""

from __future__ import annotations

import json
import os
import sqlite3
import tarfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.data_dir import hold, prepare
from pipeline.rule_overrides import RuleOverrides
from pipeline.statefile import load_state, save_state
from sinks.console.accounts import Accounts
from sinks.console.rights import Rights, Role
from sinks.outbox import Outbox
from tests.sinks.builders import NOW, make_alert

SITE = """
site: home
data_dir: {state}
health: {{port: 0}}
console: {{port: 0}}
cameras: {{yard: {{url: "rtsp://viewer:${{CODE}}@192.0.2.10/stream1"}}}}
rules: {{fire: {{see: [flames]}}}}
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site with some life behind it."""
    monkeypatch.setenv("CODE", "sesame")
    monkeypatch.setenv("HEARSIGHT_MODELS", str(tmp_path / "models"))
    state = tmp_path / "state"
    path = tmp_path / "site.yaml"
    path.write_text(SITE.format(state=state))
    hold(state).close()
    prepare(state)
    with Outbox(state / "outbox.sqlite3") as outbox:
        outbox.append(make_alert(), NOW)
    with accounts(state) as people:
        people.add("ann", Role.OPERATOR, Rights(cameras=frozenset({"yard"})), by="test")
    with RuleOverrides(state / "rules.sqlite3") as rules:
        rules.revision()
    learned = state / "normal" / "yard" / "whole" / "unusual"
    learned.mkdir(parents=True)
    save_state(learned / "current.state", {"bank": np.arange(12.0).reshape(3, 4)})
    (state / "media" / "yard" / "a1").mkdir(parents=True)
    (state / "media" / "yard" / "a1" / "clip.mp4").write_bytes(b"film")
    (state / "archive" / "yard").mkdir(parents=True)
    (state / "archive" / "yard" / "20260101T000000-00000000-000000.seg").write_bytes(b"numbers")
    (state / "cache" / "vectors.npz").write_bytes(b"made anew")
    (state / "control.token").write_text("of this run")
    return path


def accounts(state: Path) -> Accounts:
    return Accounts(state / "console" / "accounts.sqlite3", lambda _group: frozenset())


def hearsight(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)], catch_exceptions=False)


def members(file: Path) -> list[str]:
    with tarfile.open(file) as tar:
        return tar.getnames()


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm", ".reserve"))
    }


def test_what_is_backed_up_and_what_is_not(site: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    done = hearsight("backup", site, file)
    assert done.exit_code == 0
    assert members(file) == [
        "backup.json",
        "site.yaml",
        "state/console/accounts.sqlite3",
        "state/normal/yard/whole/unusual/current.state",
        "state/outbox.sqlite3",
        "state/rules.sqlite3",
        "manifest.json",
    ]
    assert file.stat().st_mode & 0o777 == 0o600
    assert "left out: media, 1 files" in done.output
    with tarfile.open(file) as tar:
        read = tar.extractfile("site.yaml")
        assert read is not None
        assert read.read() == site.read_bytes()  # its variables are not filled in
        told = tar.extractfile("manifest.json")
        assert told is not None
        omitted = {one["folder"]: one for one in json.load(told)["left_out"]}
    assert omitted["archive"]["files"] == 1
    assert omitted["archive"]["newest"] > 0

    assert hearsight("backup", site, file, "--media").exit_code == 0
    assert "state/media/yard/a1/clip.mp4" in members(file)
    assert not [name for name in members(file) if "cache" in name or "token" in name]
    # Nothing else was left beside it.
    assert {p.name for p in tmp_path.iterdir()} == {"b.tar.gz", "site.yaml", "state"}


def test_another_box_goes_on_where_the_first_one_ended(site: Path, tmp_path: Path) -> None:
    file, state = tmp_path / "b.tar.gz", tmp_path / "state"
    # The site runs, and is in the middle of a transaction.
    with hold(state), Outbox(state / "outbox.sqlite3") as outbox:
        outbox.append(make_alert("second"), NOW + 1)
        half = sqlite3.connect(state / "outbox.sqlite3", isolation_level=None)
        half.execute("BEGIN IMMEDIATE")
        half.execute("DELETE FROM alerts")
        assert hearsight("backup", site, file, "--media").exit_code == 0
        half.execute("ROLLBACK")
        half.close()
    before = tree(state)
    state.rename(tmp_path / "first box")
    site.unlink()

    done = hearsight("restore", file, "--to", site)
    assert (done.exit_code, done.stderr) == (0, "")
    assert site.stat().st_mode & 0o777 == 0o600
    assert state.stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o777 for p in state.rglob("*") if p.is_file()} == {0o600}
    after = tree(state)
    same = [name for name in after if not name.endswith(".sqlite3")]
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert set(before) - set(after) == {"lock", "control.token", "cache/vectors.npz"}
    with Outbox(state / "outbox.sqlite3") as outbox:
        ids = [entry.id for entry in outbox.pending("redis", 10)]
    assert ids == ["yard-fire-1", "second"]
    learned = load_state(state / "normal" / "yard" / "whole" / "unusual" / "current.state")
    assert learned["bank"].tolist() == np.arange(12.0).reshape(3, 4).tolist()
    with accounts(state) as people:
        assert [one.name for one in people.all()] == ["ann"]
    assert hearsight("doctor", site, "--no-cameras").exit_code == 0
    hold(state).close()  # and the site can run


def test_a_data_folder_gets_the_state_and_the_site_file(site: Path, tmp_path: Path) -> None:
    file, folder = tmp_path / "b.tar.gz", tmp_path / "deep" / "elsewhere"
    hearsight("backup", site, file)
    done = hearsight("restore", file, "--to", folder)
    assert done.exit_code == 0
    # Its file names the folder that it came from: run as it is, it would leave this one alone.
    assert f"write into its file: data_dir: {folder}" in done.output.replace("\n", "")
    assert {p.name for p in folder.iterdir()} == {
        "site.yaml",
        "outbox.sqlite3",
        "rules.sqlite3",
        "normal",
        "console",
    }
    assert (folder / "site.yaml").read_bytes() == site.read_bytes()


def test_what_is_there_is_replaced_only_when_told_and_then_kept(site: Path, tmp_path: Path) -> None:
    file, state = tmp_path / "b.tar.gz", tmp_path / "state"
    hearsight("backup", site, file)
    with Outbox(state / "outbox.sqlite3") as outbox:
        outbox.append(make_alert("later"), NOW)
    refused = hearsight("restore", file, "--to", site)
    assert refused.exit_code == 1
    assert "--force takes its place" in refused.stderr

    site.write_text(site.read_text() + "timezone: Europe/Lisbon\n")
    done = hearsight("restore", file, "--to", site, "--force")
    assert done.exit_code == 0
    (old_state,) = tmp_path.glob("state.before-restore-*")
    (old_site,) = tmp_path.glob("site.yaml.before-restore-*")
    assert f"kept: {old_state}" in done.output
    assert "Lisbon" in old_site.read_text()
    assert "Lisbon" not in site.read_text()
    with Outbox(old_state / "outbox.sqlite3") as outbox:
        assert len(outbox.pending("redis", 10)) == 2
    with Outbox(state / "outbox.sqlite3") as outbox:
        assert len(outbox.pending("redis", 10)) == 1


def test_where_the_site_file_cannot_be_written_nothing_is_replaced(
    site: Path, tmp_path: Path
) -> None:
    file, state = tmp_path / "b.tar.gz", tmp_path / "state"
    hearsight("backup", site, file)
    with Outbox(state / "outbox.sqlite3") as outbox:
        outbox.append(make_alert("later"), NOW)
    (tmp_path / "etc").write_text("no folder")
    refused = hearsight("restore", file, "--to", tmp_path / "etc" / "site.yaml", "--force")
    assert refused.exit_code == 1
    assert "nothing was restored: --to DIR restores the state alone" in refused.stderr
    assert list(tmp_path.glob("*.before-restore-*")) == []
    with Outbox(state / "outbox.sqlite3") as outbox:
        assert len(outbox.pending("redis", 10)) == 2


def test_a_folder_that_cannot_be_looked_at_says_so(site: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    hearsight("backup", site, file)
    refused = hearsight("restore", file, "--to", tmp_path / ("a" * 300))
    assert refused.exit_code == 1
    assert "File name too long: see who may write there" in refused.stderr


def test_what_root_restores_belongs_to_whom_it_belonged(site: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    file, state = tmp_path / "b.tar.gz", tmp_path / "state"
    hearsight("backup", site, file)
    site.write_text(site.read_text() + "timezone: Europe/Lisbon\n")
    site.chmod(0o640)
    for path in (site, state):
        os.chown(path, 12345, 12346)
    assert hearsight("restore", file, "--to", site, "--force").exit_code == 0
    owners = {(p.stat().st_uid, p.stat().st_gid) for p in (site, state, *state.rglob("*"))}
    assert owners == {(12345, 12346)}
    assert site.stat().st_mode & 0o777 == 0o640


def test_a_folder_that_is_no_site_s_is_never_replaced(site: Path, tmp_path: Path) -> None:
    file, folder = tmp_path / "b.tar.gz", tmp_path / "letters"
    hearsight("backup", site, file)
    folder.mkdir()
    (folder / "to ann").write_text("dear ann")
    refused = hearsight("restore", file, "--to", folder, "--force")
    assert refused.exit_code == 1
    assert "is no data folder" in refused.stderr
    assert [p.name for p in folder.iterdir()] == ["to ann"]


def test_a_site_that_runs_is_left_alone(site: Path, tmp_path: Path) -> None:
    file, state = tmp_path / "b.tar.gz", tmp_path / "state"
    hearsight("backup", site, file)
    before = tree(state)
    with hold(state):
        refused = hearsight("restore", file, "--to", site, "--force")
    assert refused.exit_code == 1
    assert "already runs this site" in refused.stderr
    assert tree(state) == before
    assert {p.name for p in tmp_path.iterdir()} == {"b.tar.gz", "site.yaml", "state"}


def test_a_site_that_never_ran_has_nothing_to_keep(site: Path, tmp_path: Path) -> None:
    site.write_text(SITE.format(state=tmp_path / "none"))
    done = hearsight("backup", site, tmp_path / "b.tar.gz")
    assert done.exit_code == 1
    assert "has never run" in done.stderr
    assert not (tmp_path / "b.tar.gz").exists()


def test_a_backup_does_not_lie_in_what_it_keeps(site: Path, tmp_path: Path) -> None:
    done = hearsight("backup", site, tmp_path / "state" / "b.tar.gz")
    assert done.exit_code == 1
    assert "on another disk" in done.stderr
    assert "b.tar.gz" not in tree(tmp_path / "state")


def test_a_backup_needs_a_folder_to_lie_in(site: Path, tmp_path: Path) -> None:
    refused = hearsight("backup", site, tmp_path / "no disk" / "b.tar.gz")
    assert refused.exit_code == 1
    assert f"{tmp_path / 'no disk'} is no folder: make it" in refused.stderr


def test_evidence_on_a_larger_disk_comes_along(site: Path, tmp_path: Path) -> None:
    media, large = tmp_path / "state" / "media", tmp_path / "large"
    media.rename(large)
    media.symlink_to(large)
    (large / "yard" / "link").symlink_to("/etc/hostname")
    hearsight("backup", site, tmp_path / "b.tar.gz", "--media")
    kept = [name for name in members(tmp_path / "b.tar.gz") if "media" in name]
    assert kept == ["state/media/yard/a1/clip.mp4"]


def test_a_damaged_database_is_no_backup(site: Path, tmp_path: Path) -> None:
    file, path = tmp_path / "b.tar.gz", tmp_path / "state" / "rules.sqlite3"
    hearsight("backup", site, file)
    good = file.read_bytes()
    data = bytearray(path.read_bytes())
    data[4096:8192] = os.urandom(4096)
    path.write_bytes(data)
    done = hearsight("backup", site, file)
    assert done.exit_code == 1
    assert "rules.sqlite3" in done.stderr
    assert file.read_bytes() == good
