"""The folder that cannot be written, and the disk that will be full."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.doctor.findings import Level
from pipeline.doctor.storage import (
    Disk,
    disk_of,
    look_at_folder,
    look_at_owners,
    look_at_path,
    look_at_room,
    look_at_storage,
    needed_bytes,
)
from tests.pipeline.doctor.boxes import found, level, site_of

MB = 1 << 20


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "state"
    one = look_at_folder(folder)
    assert one.level is Level.OK
    assert "not there yet" in one.told
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    one = look_at_folder(tmp_path / "file" / "state")
    assert one.level is Level.FAILURE
    assert "another data_dir" in one.advice


def test_a_folder_that_others_may_look_into(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert look_at_folder(tmp_path).level is Level.WARNING
    tmp_path.chmod(0o700)
    assert look_at_folder(tmp_path).level is Level.OK
    assert list(tmp_path.iterdir()) == []


def test_what_a_run_as_root_left(tmp_path: Path) -> None:
    (tmp_path / "outbox.sqlite3").write_text("")
    assert look_at_owners(tmp_path, os.geteuid()).level is Level.OK
    strange = look_at_owners(tmp_path, os.geteuid() + 1)
    assert strange.level is Level.FAILURE
    assert "outbox.sqlite3" in strange.told


def test_a_path_too_long_for_a_socket(tmp_path: Path) -> None:
    assert look_at_path(Path("/var/lib/hearsight/home")).level is Level.OK
    assert look_at_path(Path("/var/lib") / ("x" * 100)).level is Level.FAILURE


@pytest.mark.parametrize(
    ("disk", "expected"),
    [
        pytest.param(Disk(50_000 * MB, 10**6, False), Level.OK, id="room"),
        pytest.param(Disk(50_000 * MB, None, False), Level.OK, id="a disk that counts no files"),
        pytest.param(Disk(900 * MB, 10**6, False), Level.WARNING, id="full before two weeks"),
        pytest.param(Disk(150 * MB, 10**6, False), Level.FAILURE, id="the reserve alone"),
        pytest.param(Disk(50_000 * MB, 50, False), Level.WARNING, id="no more files"),
        pytest.param(Disk(50_000 * MB, 10**6, True), Level.FAILURE, id="read-only"),
    ],
)
def test_room(tmp_path: Path, disk: Disk, expected: Level) -> None:
    assert look_at_room(disk, site_of(tmp_path), 0).level is expected


def test_what_the_archive_holds_already_is_not_needed_again(tmp_path: Path) -> None:
    site = site_of(tmp_path)
    all_of_it, words = needed_bytes(site, 0)
    assert "1260 MB embeddings of 14 days" in words
    assert all_of_it - needed_bytes(site, 1000 * MB)[0] == 1000 * MB
    none, _ = needed_bytes(site_of(tmp_path, "archive: {enabled: false}\n"), 0)
    assert none == 700 * MB


def test_the_storage_of_a_site(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "archive" / "yard").mkdir(parents=True)
    (tmp_path / "archive" / "yard" / "a.seg").write_bytes(bytes(5 * MB))
    site = site_of(tmp_path, f"sinks: [{{type: jsonl, path: {tmp_path / 'alerts.jsonl'}}}]\n")
    looked = look_at_storage(site)
    assert "1255 MB embeddings" in found(looked, "room").told or disk_of(tmp_path).free < MB * 1960
    assert level(looked, "jsonl sink") is Level.OK
    assert level(looked, "owners") is Level.OK
