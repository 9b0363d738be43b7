"""Backups that are damaged, too new, or made to do harm."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.backup.members import BackupError
from pipeline.backup.restore import open_in, restore

HEAD = {"schema": "hearsight.backup/1", "version": "0.1.0", "site": "home", "at": 0}
SITE = """
data_dir: {folder}/state
cameras: {{yard: {{url: "images:a"}}}}
rules: {{fire: {{see: [flames]}}}}
"""
Member = tuple[tarfile.TarInfo | str, bytes]


def pack(
    folder: Path,
    *more: Member,
    head: dict[str, Any] = HEAD,
    manifest: Callable[[list[dict[str, Any]]], Any] = lambda members: members,
    after: Sequence[Member] = (),
    site: str = SITE,
) -> Path:
    """A backup as somebody else would make one: ``manifest`` may change what it says."""
    file = folder / "b.tar.gz"
    members: list[Member] = [
        ("backup.json", json.dumps(head).encode()),
        ("site.yaml", site.format(folder=folder).encode()),
        *more,
    ]
    told = [
        {"path": _name(one), "size": len(data), "sha256": sha256(data).hexdigest()}
        for one, data in members
    ]
    last = ("manifest.json", json.dumps({"members": manifest(told)}).encode())
    with tarfile.open(file, "w:gz") as tar:
        for one, data in [*members, last, *after]:
            info = tarfile.TarInfo(one) if isinstance(one, str) else one
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file


def _name(one: tarfile.TarInfo | str) -> str:
    return one if isinstance(one, str) else one.name


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info


def put(folder: Path, file: Path, version: str = "0.1.0") -> None:
    restore(file, folder / "site.yaml", version=version, users=lambda _folder: [])


def refused(folder: Path, file: Path, words: str, version: str = "0.1.0") -> None:
    """It is refused, and nothing but the file is there."""
    with pytest.raises(BackupError, match=words):
        put(folder, file, version)
    assert [path.name for path in folder.rglob("*")] == ["b.tar.gz"]


def test_what_is_in_order_is_taken(tmp_path: Path) -> None:
    put(tmp_path, pack(tmp_path, ("state/normal/a.state", b"learned")))
    assert (tmp_path / "state" / "normal" / "a.state").read_bytes() == b"learned"


@pytest.mark.parametrize(
    "name",
    [
        "state/../../evil",
        "state/a/../../../evil",
        "../evil",
        "/etc/evil",
        "state//evil",
        "state/",
        "elsewhere/evil",
        "state/./evil",
    ],
)
def test_a_name_that_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "box"
    folder.mkdir()
    refused(folder, pack(folder, (name, b"evil")), "no member of a backup")
    assert [path.name for path in tmp_path.iterdir()] == ["box"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_a_link_and_a_file_through_it(tmp_path: Path, kind: bytes) -> None:
    folder, target = tmp_path / "box", tmp_path / "target"
    folder.mkdir()
    target.mkdir()
    file = pack(folder, (link("state/a", str(target), kind), b""), ("state/a/evil", b"evil"))
    refused(folder, file, "is no backup, or is damaged")
    assert not list(target.iterdir())


def test_a_name_that_stands_there_twice(tmp_path: Path) -> None:
    refused(tmp_path, pack(tmp_path, ("state/a", b"1"), ("state/a", b"2")), "twice")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            lambda told: [one | {"sha256": "0" * 64} for one in told], "SHA-256", id="other hashes"
        ),
        pytest.param(lambda told: told[:-1], "state/a", id="one more than it says"),
        pytest.param(
            lambda told: [*told, {"path": "state/b", "size": 0, "sha256": ""}],
            "state/b",
            id="one fewer",
        ),
        pytest.param(lambda told: [*told, told[0]], "twice", id="one said twice"),
        pytest.param(lambda told: "none", "no backup that this version can read", id="nonsense"),
    ],
)
def test_a_manifest_that_does_not_fit(
    tmp_path: Path, change: Callable[[list[dict[str, Any]]], Any], words: str
) -> None:
    refused(tmp_path, pack(tmp_path, ("state/a", b"1"), manifest=change), words)


def test_what_follows_the_manifest(tmp_path: Path) -> None:
    refused(tmp_path, pack(tmp_path, after=[("state/a", b"1")]), "follows its manifest")


@pytest.mark.parametrize(
    ("head", "words"),
    [
        pytest.param(HEAD | {"schema": "hearsight.backup/2"}, "a newer one", id="newer schema"),
        pytest.param(HEAD | {"version": "0.2.0"}, "a newer one", id="newer program"),
        pytest.param(HEAD | {"schema": "other/1"}, "no backup of hearsight", id="something else"),
        pytest.param({"schema": 1}, "cannot|can read", id="nonsense"),
    ],
)
def test_what_a_newer_program_made(tmp_path: Path, head: dict[str, Any], words: str) -> None:
    refused(tmp_path, pack(tmp_path, head=head), words)


def test_what_says_of_itself_nests_without_end(tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    with tarfile.open(file, "w:gz") as tar:
        info, data = tarfile.TarInfo("backup.json"), b'{"x":' + b"[" * 100_000
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    refused(tmp_path, file, "no backup that this version can read")


def test_what_an_older_program_made(tmp_path: Path) -> None:
    put(tmp_path, pack(tmp_path), version="0.10.0")


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
def test_a_file_that_was_not_copied_whole(tmp_path: Path, share: float) -> None:
    file = pack(tmp_path, ("state/a", bytes(range(256)) * 400))
    data = file.read_bytes()
    file.write_bytes(data[: int(share * len(data))])
    refused(tmp_path, file, "b.tar.gz")


def test_a_file_that_is_something_else(tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    file.write_bytes(b"PK\x03\x04" + bytes(2000))
    refused(tmp_path, file, "is no backup, or is damaged")


def test_a_description_that_would_fill_the_memory(tmp_path: Path) -> None:
    huge = tarfile.TarInfo("state/a")
    huge.type = tarfile.XHDTYPE
    refused(tmp_path, pack(tmp_path, (huge, bytes(1 << 20))), "is no backup, or is damaged")


def test_a_file_with_holes(tmp_path: Path) -> None:
    holes = tarfile.TarInfo("state/a")
    holes.type = tarfile.GNUTYPE_SPARSE
    refused(tmp_path, pack(tmp_path, (holes, b"")), "is no backup, or is damaged")


@pytest.mark.parametrize(
    "described",
    [
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"},
        {"GNU.sparse.map": "0,1"},
        {"GNU.sparse.size": "1"},
    ],
)
def test_a_file_with_holes_in_newer_forms(tmp_path: Path, described: dict[str, str]) -> None:
    mapped = tarfile.TarInfo("state/a")
    mapped.pax_headers = described
    refused(tmp_path, pack(tmp_path, (mapped, b"1")), "with holes")


def test_a_time_that_is_none(tmp_path: Path) -> None:
    timeless = tarfile.TarInfo("state/a")
    timeless.pax_headers = {"mtime": "nan"}
    put(tmp_path, pack(tmp_path, (timeless, b"1")))
    assert (tmp_path / "state" / "a").stat().st_mtime == 0


@settings(max_examples=100)
@given(
    at=st.lists(st.tuples(st.integers(0, 12_000), st.integers(0, 255)), min_size=1, max_size=8),
    end=st.integers(1, 12_000),
)
def test_whatever_is_changed_is_refused_by_name_or_changes_nothing(
    at: list[tuple[int, int]], end: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "box"
        folder.mkdir()
        file = pack(folder, ("state/normal/a.state", bytes(range(256)) * 8), ("state/b", b"b"))
        data = bytearray(gzip.decompress(file.read_bytes()))
        for place, byte in at:
            data[place % len(data)] = byte
        file.write_bytes(gzip.compress(data[: max(end, 512)], 1))
        done = True
        try:
            restore(file, folder / "state", version="0.1.0", users=lambda _folder: [])
        except BackupError:
            done = False
        if done:
            assert (folder / "state" / "b").read_bytes() == b"b"
        else:
            assert [path.name for path in folder.iterdir()] == ["b.tar.gz"]
        assert [path.name for path in Path(name).iterdir()] == ["box"]


def test_a_site_file_that_needs_what_is_not_set(tmp_path: Path) -> None:
    site = SITE.replace("images:a", "rtsp://u:${{NOT_SET_HERE}}@192.0.2.1/a")
    refused(tmp_path, pack(tmp_path, site=site), "NOT_SET_HERE is not set.*--to DIR")


def test_a_console_that_has_its_files_open(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"console \(process 7\).*stop the site and its console"):
        restore(
            pack(tmp_path),
            tmp_path / "site.yaml",
            version="0.1.0",
            users=lambda _folder: ["console (process 7)"],
        )
    # This very process does not count.
    with (tmp_path / "b.tar.gz").open():
        assert open_in(tmp_path) == []
