"""Making a backup, also of a site that runs.

SQLite files are copied by SQLite (its backup API), each as it is at one moment; learned state is
always replaced whole, so that what is read is one state or the next.
"""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

import msgspec

from pipeline.backup.members import (
    ARCHIVE,
    HEAD,
    MANIFEST,
    MEDIA,
    NUMBER,
    SCHEMA,
    SITE_FILE,
    STATE,
    BackupError,
    Head,
    LeftOut,
    Manifest,
    Member,
    files_of,
    left_out,
)

_SQLITE = b"SQLite format 3\0"
_BUSY_S = 10.0
#: Embeddings and pictures hardly shrink: more effort would only take longer.
_EFFORT = 3
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup came to."""

    members: int
    #: Bytes of the members, and of the file.
    size: int
    packed: int
    left_out: tuple[LeftOut, ...]


def make_backup(
    site_file: Path,
    state: Path,
    target: Path,
    *,
    site: str,
    version: str,
    at: float,
    models: dict[str, str] | None = None,
    media: bool = False,
    say: Callable[[str], None] = lambda _text: None,
) -> Made:
    """Write a backup of a site; an earlier file of that name is replaced when all is in.

    Args:
        site_file: as it lies on disk, variables and all.
        state: the data folder.
        target: the file to write; only its owner may read it.
        site: the site's name.
        version: of this program.
        at: wall clock, seconds since the epoch.
        models: SHA-256 of the weights that the site uses, by their names.
        media: evidence and embeddings too.
        say: told of each member.

    Raises:
        BackupError: something cannot be read, or the file cannot be written.
    """
    if not state.is_dir():
        raise BackupError(f"{state} is no folder: the site has never run, there is nothing to keep")
    if target.resolve().is_relative_to(state.resolve()):
        raise BackupError(f"{target} lies in {state} itself: name a file on another disk")
    try:
        if not target.absolute().parent.is_dir():
            raise BackupError(f"{target.parent} is no folder: make it, or name a file elsewhere")
        with tempfile.TemporaryDirectory(
            dir=target.absolute().parent, prefix=".hearsight-"
        ) as name:
            packing = Path(name) / "packing"
            head = Head(f"{SCHEMA}{NUMBER}", version, site, at, models or {})
            with _Packer(packing, Path(name), at, say) as packer:
                packer.add_bytes(HEAD, msgspec.json.encode(head))
                packer.add_bytes(SITE_FILE, site_file.read_bytes())
                for path in files_of(state, media=media):
                    packer.add(f"{STATE}/{path.relative_to(state).as_posix()}", path)
                large = () if media else (MEDIA, ARCHIVE)
                omitted = tuple(left_out(state, folder) for folder in large)
                packer.finish(omitted)
            packing.replace(target)
            _sync(target.absolute().parent)
    except OSError as error:
        where = error.filename or target
        raise BackupError(
            f"{where}: {error.strerror or error}: make room, or see who may read and write there"
        ) from error
    return Made(len(packer.members), packer.size, target.stat().st_size, omitted)


class _Packer:
    """Writes members one after the other, and their hashes at the end."""

    def __init__(self, packing: Path, folder: Path, at: float, say: Callable[[str], None]) -> None:
        self._packing = packing
        self._folder = folder
        self._at = at
        self._say = say
        self.members: list[Member] = []
        self.size = 0

    def __enter__(self) -> Self:
        handle = os.open(self._packing, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(handle, "wb")
        self._tar = tarfile.open(fileobj=self._file, mode="w:gz", compresslevel=_EFFORT)
        return self

    def __exit__(self, *_: object) -> None:
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def add_bytes(self, name: str, data: bytes) -> None:
        """Add a member from memory."""
        self._add(name, io.BytesIO(data), len(data), self._at)

    def add(self, name: str, path: Path) -> None:
        """Add a file; one that vanished meanwhile was deleted by the site, and is left out."""
        if not name.isprintable():
            raise BackupError(f"{name!r} is no name that a site gives: remove that file")
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return
        with file:
            if file.read(len(_SQLITE)) != _SQLITE:
                file.seek(0)
                told = os.fstat(file.fileno())
                self._add(name, file, told.st_size, told.st_mtime)
                return
        copy = self._folder / "copy.sqlite3"
        copy_database(path, copy)
        with copy.open("rb") as file:
            self._add(name, file, copy.stat().st_size, path.stat().st_mtime)
        copy.unlink()

    def finish(self, omitted: tuple[LeftOut, ...]) -> None:
        """Add the manifest, which ends the backup."""
        manifest = Manifest(tuple(self.members), omitted)
        data = msgspec.json.encode(manifest)
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode, info.mtime = len(data), 0o600, int(self._at)
        self._tar.addfile(info, io.BytesIO(data))

    def _add(self, name: str, file: BinaryIO, size: int, at: float) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, int(at)
        reading = _Hashing(file)
        # What is appended meanwhile comes with the next backup: the size is that of the beginning.
        self._tar.addfile(info, reading)  # type: ignore[arg-type]
        self.members.append(Member(name, size, reading.digest.hexdigest()))
        self.size += size
        self._say(name)


class _Hashing:
    """A file whose bytes are counted in as they are read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """The next bytes."""
        data = self._file.read(size)
        self.digest.update(data)
        return data


def copy_database(source: Path, target: Path) -> None:
    """Copy an SQLite file that others may be writing, as one file without a log beside it.

    Raises:
        BackupError: it is damaged, or stays locked.
    """
    try:
        with (
            closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True, timeout=_BUSY_S)) as of,
            closing(sqlite3.connect(target)) as to,
        ):
            of.backup(to)
            to.execute("PRAGMA journal_mode = DELETE")
            (sound,) = to.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise BackupError(
            f"{source} cannot be copied ({error}): it is damaged or locked; "
            "stop the site, and see what its log says of the file"
        ) from error
    if sound != "ok":
        raise BackupError(f"{source} is damaged ({sound}): the last backup has a sound one")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
