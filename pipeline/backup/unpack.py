"""Reading a backup that may be damaged, or made by somebody who means harm.

Nothing is written but plain files below one new folder; nothing of it counts before every hash was
held against the manifest.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tarfile import AREGTYPE, GNUTYPE_LONGNAME, REGTYPE, XHDTYPE, ReadError
from typing import IO, TypeVar

import msgspec

from pipeline.backup.members import (
    HEAD,
    MANIFEST,
    SITE_FILE,
    BackupError,
    Head,
    Manifest,
    Member,
    check_head,
    place_of,
)

_PIECE = 1 << 20
#: No first or last member is as large, in bytes; no site file either.
_LARGEST = {HEAD: 1 << 20, SITE_FILE: 1 << 20, MANIFEST: 256 << 20}
#: No file is of the year 2242 or later.
_LATEST = 1 << 33
#: Room that is left on the disk, in bytes.
_ROOM = 64 << 20
#: Largest header that describes the next member, such as a long name.
_DESCRIPTION = 1 << 16
T = TypeVar("T")


def peek(file: Path, version: str) -> tuple[Head, bytes]:
    """What a backup says of itself, and its site file, without reading the rest.

    Args:
        file: the backup.
        version: of this program.

    Raises:
        BackupError: it is none, is damaged, or was made by a newer program.
    """
    with _opened(file) as tar:
        head = _head(tar, file, version)
        info = tar.next()
        if info is None or info.name != SITE_FILE or not info.isreg():
            raise BackupError(f"{file} holds no site file where it has to: it was changed")
        return head, _small(tar, info, {})


def unpack(file: Path, folder: Path, version: str) -> tuple[Head, Manifest, bytes]:
    """Write what is in a backup into a new folder.

    Args:
        file: the backup.
        folder: is made; becomes what the data folder was.
        version: of this program.

    Returns:
        The first and the last member, and the site file.

    Raises:
        BackupError: it is damaged, incomplete, leads out of the folder, or does not fit the disk;
            what was written by then is to be thrown away.
    """
    found: dict[str, Member] = {}
    site_file = manifest = None
    folder.mkdir(mode=0o700)
    with _opened(file) as tar:
        head = _head(tar, file, version, found)
        while (info := tar.next()) is not None:
            if manifest is not None:
                raise BackupError(f"{file}: something follows its manifest: it was changed")
            place = place_of(info.name)
            if not info.isreg() or info.name in found:
                raise BackupError(f"{file}: {info.name!r} is no plain file, or stands there twice")
            if place is None:
                data = _small(tar, info, found)
                if info.name == MANIFEST:
                    manifest = _decode(data, Manifest, file)
                else:
                    site_file = data
            else:
                _write(tar, info, folder / place, found)
    if manifest is None or site_file is None:
        raise BackupError(f"{file} ends before its end: it was not written or copied whole")
    _compare(file, found, manifest)
    return head, manifest, site_file


def _head(
    tar: tarfile.TarFile, file: Path, version: str, found: dict[str, Member] | None = None
) -> Head:
    info = tar.next()
    if info is None or info.name != HEAD or not info.isreg():
        raise BackupError(f"{file} is no backup of hearsight")
    head = _decode(_small(tar, info, {} if found is None else found), Head, file)
    try:
        check_head(head, version)
    except BackupError as error:
        raise BackupError(f"{file}: {error}") from None
    return head


def _small(tar: tarfile.TarFile, info: tarfile.TarInfo, found: dict[str, Member]) -> bytes:
    if info.size > _LARGEST[info.name]:
        raise BackupError(f"its {info.name} has {info.size} bytes: somebody made or changed it")
    reading = tar.extractfile(info)
    assert reading is not None
    data = reading.read()
    found[info.name] = Member(info.name, len(data), hashlib.sha256(data).hexdigest())
    return data


def _write(
    tar: tarfile.TarFile, info: tarfile.TarInfo, path: Path, found: dict[str, Member]
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if info.size > shutil.disk_usage(path.parent).free - _ROOM:
        raise BackupError(f"{path} takes {info.size} bytes: make room on its disk")
    reading = tar.extractfile(info)
    assert reading is not None
    # Never through something that lies there: the folder was empty, and no name comes twice.
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        digest, size = _copy(reading, file)
        file.flush()
        os.fsync(file.fileno())
    at = info.mtime if 0 <= info.mtime < _LATEST else 0  # no number at all comes to 0 too
    os.utime(path, (at, at))
    found[info.name] = Member(info.name, size, digest)


def _copy(source: IO[bytes], target: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while data := source.read(_PIECE):
        digest.update(data)
        size += len(data)
        target.write(data)
    return digest.hexdigest(), size


def _compare(file: Path, found: dict[str, Member], manifest: Manifest) -> None:
    told = {member.path: member for member in manifest.members}
    found = {name: member for name, member in found.items() if name != MANIFEST}
    missing, strange = sorted(told.keys() - found.keys()), sorted(found.keys() - told.keys())
    if missing or strange or len(told) != len(manifest.members):
        what = (missing or strange or ["a name that stands there twice"])[0]
        raise BackupError(f"{file} does not hold what its manifest says: {what}")
    changed = sorted(name for name, member in found.items() if member != told[name])
    if changed:
        raise BackupError(
            f"{file}: {changed[0]} is not what was backed up (its SHA-256 is another): the file "
            "is damaged or was changed; take another copy"
        )


def _decode(data: bytes, kind: type[T], file: Path) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BackupError(f"{file} is no backup that this version can read ({error})") from error


class _Plain(tarfile.TarInfo):
    """Members that are files, with names of any length, and nothing else."""

    def _proc_member(self, tarfile: tarfile.TarFile) -> tarfile.TarInfo:
        # What describes a member is read into memory before anybody can look at it.
        most = {REGTYPE: self.size, AREGTYPE: self.size, XHDTYPE: _DESCRIPTION}
        most[GNUTYPE_LONGNAME] = _DESCRIPTION
        if not 0 <= self.size <= most.get(self.type, -1):
            raise ReadError(f"a member of type {self.type!r} with {self.size} bytes")
        return super()._proc_member(tarfile)  # type: ignore[misc,no-any-return]

    def _no_holes(self, *_: object) -> None:
        raise ReadError("a file with holes, which no backup holds")

    # Maps of holes are parsed by loops that end where their maker wants.
    _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = _no_holes


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r|gz", tarinfo=_Plain) as tar:
            yield tar
    except (tarfile.TarError, EOFError, zlib.error, ValueError, OverflowError) as error:
        raise BackupError(f"{file} is no backup, or is damaged ({error})") from error
    except OSError as error:
        if error.filename is None and error.errno is None:  # gzip's own
            raise BackupError(f"{file} is no backup, or is damaged ({error})") from error
        raise BackupError(f"{error.filename or file}: {error.strerror}") from error
