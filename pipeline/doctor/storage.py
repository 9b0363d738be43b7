"""The data folder and its disk: rights, room for what is to be kept, and files of others."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import JsonLinesSink, Site
from pipeline.doctor.findings import Area, Finding

_AREA = Area("storage")

_MB = 1 << 20
_DAY_S = 86400.0
#: Embeddings of a camera and day with pictures and without, at most.
_ARCHIVE_MB, _BARE_ARCHIVE_MB = 90, 50
#: Outbox, learned state, logs of the site's own Redis.
_STATE_MB = 500
#: Files that a disk must still take, however much room it has.
_INODES = 10_000
#: Room in sockaddr_un.sun_path, less the closing zero.
_LONGEST_SOCKET_PATH = 107
#: The longest name of a socket in the data folder.
_SOCKET = "control.sock"


def look_at_storage(site: Site) -> list[Finding]:
    """All about the data folder of ``site`` and the files that its sinks write."""
    folder = site.state_dir
    found = [look_at_folder(folder)]
    if folder.is_dir():
        found.append(look_at_owners(folder, os.geteuid()))
    found.append(look_at_path(folder))
    disk = disk_of(folder)
    kept = archived_bytes(folder / "archive")
    found.append(look_at_room(disk, site, kept))
    found += [_look_at_lines(sink.path) for sink in site.sinks if isinstance(sink, JsonLinesSink)]
    return found


def look_at_folder(folder: Path) -> Finding:
    """Whether this user may write the data folder, and others not read it."""
    there = nearest(folder)
    try:
        mode = folder.stat().st_mode & 0o777 if there == folder else None
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"hearsight")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return _AREA.failure(
            "data folder",
            f"{folder} cannot be written ({error.strerror})",
            f"give this user the right to {there}, or set another data_dir in the site file",
        )
    if mode is None:
        return _AREA.ok("data folder", f"{folder} is not there yet, and can be made")
    if mode & 0o077:
        return _AREA.warning(
            "data folder",
            f"{folder} has mode {mode:04o}: others may look into clips and accounts",
            f"chmod 700 {folder}",
        )
    return _AREA.ok("data folder", f"{folder} can be written, and is read by its owner alone")


def nearest(path: Path) -> Path:
    """The path itself, or the nearest folder above it that exists."""
    return next((one for one in (path, *path.parents) if os.path.lexists(one)), Path("/"))


def look_at_owners(folder: Path, user: int) -> Finding:
    """Whether something in the data folder belongs to somebody else, as after a run as root."""
    strange = [entry.name for entry in entries(folder) if entry.stat().st_uid != user]
    if strange:
        return _AREA.failure(
            "owners",
            f"{', '.join(sorted(strange)[:5])} in {folder} belongs to another user than you",
            "run this as the user of the site; files left by a run as root: "
            f"chown -R <that user> {folder}",
        )
    return _AREA.ok("owners", "all of it belongs to this user")


def entries(folder: Path) -> Iterator[Path]:
    """What lies in the folder itself; nothing where it cannot be read."""
    try:
        yield from sorted(folder.iterdir())
    except PermissionError:
        return


def look_at_path(folder: Path) -> Finding:
    """Whether sockets in the data folder can have an address."""
    length = len(os.fsencode(folder.absolute() / _SOCKET))
    if length > _LONGEST_SOCKET_PATH:
        return _AREA.failure(
            "path",
            f"a socket in it would have a path of {length} bytes; {_LONGEST_SOCKET_PATH} go",
            "set a shorter data_dir in the site file",
        )
    return _AREA.ok("path", "short enough for sockets")


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk that a folder lies on, or will."""

    free: int
    #: Files it still takes; None where it does not count them.
    files: int | None
    read_only: bool


def disk_of(folder: Path) -> Disk:
    """The disk of ``folder``, or of the nearest folder above it."""
    there = nearest(folder)
    told = os.statvfs(there)
    files = told.f_favail if told.f_files else None
    return Disk(shutil.disk_usage(there).free, files, bool(told.f_flag & os.ST_RDONLY))


def archived_bytes(folder: Path) -> int:
    """What the archive holds by now."""
    return sum(path.stat().st_size for path in folder.glob("**/*.seg") if path.is_file())


def needed_bytes(site: Site, archived: int) -> tuple[int, str]:
    """What the site will still take, about, and of what that is made, in words.

    Clips are left out: how many there will be nobody knows, and they stop at the reserve.

    Args:
        site: its settings.
        archived: bytes of embeddings that are there already.
    """
    reserve = site.media.reserve_mb * _MB
    parts = [f"{site.media.reserve_mb} MB reserve", f"{_STATE_MB} MB state"]
    archive = 0
    if site.archive.enabled:
        a_day = _ARCHIVE_MB if site.archive.thumbnails else _BARE_ARCHIVE_MB
        days = site.archive.retention / _DAY_S
        whole = round(a_day * days * len(site.cameras) * _MB)
        archive = max(0, whole - archived)
        parts.append(f"{archive // _MB} MB embeddings of {days:g} days")
    return reserve + _STATE_MB * _MB + archive, ", ".join(parts)


def look_at_room(disk: Disk, site: Site, archived: int) -> Finding:
    """Whether the disk has room for what is to be kept."""
    needed, parts = needed_bytes(site, archived)
    told = f"{disk.free // _MB} MB free, about {needed // _MB} MB to come ({parts}), clips besides"
    if disk.read_only:
        return _AREA.failure("room", "the disk is read-only", "mount it writable, or set data_dir")
    if disk.free <= site.media.reserve_mb * _MB:
        return _AREA.failure(
            "room",
            f"{disk.free // _MB} MB free, no more than media.reserve_mb: no clip is kept",
            "make room, or shorten media.retention and archive.retention",
        )
    if disk.files is not None and disk.files < _INODES:
        return _AREA.warning(
            "room", f"the disk takes {disk.files} more files", "delete files, or take another disk"
        )
    if disk.free < needed:
        return _AREA.warning(
            "room", told, "a larger disk, a shorter archive.retention, or archive: {enabled: false}"
        )
    return _AREA.ok("room", told)


def _look_at_lines(path: Path) -> Finding:
    there = nearest(path.expanduser())
    if os.access(there, os.W_OK):
        return _AREA.ok("jsonl sink", f"{path} can be written")
    return _AREA.failure(
        "jsonl sink", f"{path} cannot be written", f"give this user the right to {there}"
    )
