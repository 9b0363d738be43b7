"""Where evidence lies on disk, how long, and how much room it leaves to the alerts."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

log = structlog.get_logger()

_SAFE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")
_MB = 1 << 20
#: Incidents forgotten in one pass at most, so that nobody waits for long.
_PRUNED_AT_ONCE = 500

MAKE_ROOM = "make room on the disk, or shorten media.retention"


class MediaError(Exception):
    """Evidence cannot be made; the text says why."""


class DiskFull(MediaError):
    """The disk has no room, or writing would touch what is reserved to alerts."""


class UnsafeName(MediaError):
    """A name would lead out of the media folder."""


@dataclass(frozen=True, slots=True)
class MediaFolder:
    """Evidence goes to ``<root>/<camera>/<alert>/``.

    ``reserve_mb`` of the disk are never touched: they belong to the alerts themselves.
    """

    root: Path
    reserve_mb: int

    def place(self, camera: str, alert_id: str, name: str) -> Path:
        """Return the path for a file, its folder made.

        Raises:
            UnsafeName: camera or alert is no plain name.
            DiskFull: less than the reserve is free, or not even a folder can be made.
        """
        for part in (camera, alert_id):
            if not _SAFE_NAME.match(part) or ".." in part:
                raise UnsafeName(f"{part!r} cannot be the name of a folder for evidence")
        folder = self.root / camera / alert_id
        try:
            folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(folder).free
        except OSError as error:
            raise DiskFull(f"{folder}: {error.strerror}: {MAKE_ROOM}") from error
        if free < self.reserve_mb * _MB:
            raise DiskFull(
                f"{free // _MB} MB are free at {self.root} and {self.reserve_mb} MB are reserved "
                f"for alerts: {MAKE_ROOM}"
            )
        return folder / name

    def has_room(self) -> bool:
        """Whether the disk has more room than what is reserved for alerts."""
        try:
            return shutil.disk_usage(self.root).free >= self.reserve_mb * _MB
        except FileNotFoundError:
            return True  # nothing was ever kept
        except OSError:
            return False

    def keep(self, camera: str, alert_id: str, name: str, data: bytes) -> str:
        """Write a small file of an incident; return its path as alerts carry it.

        Raises:
            UnsafeName, DiskFull: as `place`; nothing is left behind.
        """
        path = self.place(camera, alert_id, name)
        with atomic(path) as partial:
            partial.write_bytes(data)
        return self.relative(path)

    def relative(self, path: Path) -> str:
        """The path as alerts carry it."""
        return path.relative_to(self.root).as_posix()

    def prune(self, now: float, keep_s: float) -> int:
        """Delete what was last written more than ``keep_s`` before ``now`` (wall clock, seconds).

        Returns:
            Of how many incidents. One that cannot be deleted is logged and left.
        """
        gone = 0
        for folder in self._incidents():
            if gone >= _PRUNED_AT_ONCE:
                break
            try:
                if now - _written_at(folder) > keep_s:
                    shutil.rmtree(folder)
                    gone += 1
            except OSError as error:
                log.warning("evidence not deleted", folder=str(folder), error=error.strerror)
        return gone

    def _incidents(self) -> Iterator[Path]:
        for camera in self.root.iterdir() if self.root.is_dir() else ():
            if camera.is_dir() and not camera.is_symlink():
                yield from (f for f in camera.iterdir() if f.is_dir() and not f.is_symlink())


def partial_of(path: Path) -> Path:
    """Where `atomic` writes a file before it is whole."""
    return path.with_name(f".{path.name}.partial")


@contextlib.contextmanager
def same_age(folder: Path) -> Iterator[None]:
    """Give a folder its time back at the end: what is added to it lives no longer than the rest.

    Retention goes by these times (see `MediaFolder.prune`).
    """
    changed_at = folder.stat().st_mtime
    try:
        yield
    finally:
        # Its retention may have ended meanwhile.
        with contextlib.suppress(FileNotFoundError):
            os.utime(folder, (changed_at, changed_at))


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a path to write to; it becomes ``path`` when the block ends well, else it is gone."""
    partial = partial_of(path)
    try:
        yield partial
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise DiskFull(f"{path.name} cannot be written: {reason}: {MAKE_ROOM}") from error
    finally:
        partial.unlink(missing_ok=True)


def _written_at(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
