"""What a backup holds: its members' names, what is left out, and what stands in its first and last.

Everything of the data folder is kept but what is made anew (caches), what belongs to processes that
run (locks, sockets, the site's own Redis, which the outbox fills anew), and what is large: evidence
and embeddings come along only when asked for.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import msgspec

SCHEMA = "hearsight.backup/"
#: Additions keep the number; a backup with a higher one is refused.
NUMBER = 1
HEAD, MANIFEST, SITE_FILE, STATE = "backup.json", "manifest.json", "site.yaml", "state"

#: Folders of the data folder that are made anew, or belong to a server of its own.
_MADE_ANEW = frozenset({"cache", "rehearsals", "redis"})
#: Folders that are large.
MEDIA, ARCHIVE = "media", "archive"
_RUNNING = frozenset({"lock", "control.sock", "control.token"})
#: SQLite's own files beside a database, an outbox's reserve, and what is half written.
_BESIDE = re.compile(r"(-wal|-shm|-journal|\.reserve|\.tmp|\.part|\.partial)$")


class BackupError(Exception):
    """A backup cannot be made or used; the text says why, and what to do."""


class Head(msgspec.Struct, frozen=True):
    """The first member."""

    schema: str
    #: Of the program that made it.
    version: str
    site: str
    #: Wall clock, seconds since the epoch.
    at: float
    #: SHA-256 of each model's weights that the site uses, by its name; none of the embedded pair.
    models: dict[str, str] = {}


class Member(msgspec.Struct, frozen=True):
    """One file of the backup."""

    path: str
    size: int
    sha256: str


class LeftOut(msgspec.Struct, frozen=True):
    """A folder that did not come along."""

    folder: str
    files: int
    size: int
    #: Newest and oldest change, seconds since the epoch; 0 where the folder is empty.
    oldest: float
    newest: float


class Manifest(msgspec.Struct, frozen=True):
    """The last member."""

    members: tuple[Member, ...]
    left_out: tuple[LeftOut, ...] = ()


def files_of(folder: Path, *, media: bool) -> Iterator[Path]:
    """The regular files of a data folder that are backed up, in a stable order.

    Args:
        folder: the data folder.
        media: evidence and embeddings too.
    """
    skipped = _MADE_ANEW if media else _MADE_ANEW | {MEDIA, ARCHIVE}
    for entry in sorted(folder.iterdir()):
        if entry.name in skipped or entry.name in _RUNNING:
            continue
        # A folder may be a link to a larger disk; below it a link is no file of ours.
        for path in sorted(entry.rglob("*")) if entry.is_dir() else [entry]:
            if _is_file(path) and not _BESIDE.search(path.name):
                yield path


def left_out(folder: Path, name: str) -> LeftOut:
    """What a folder holds that does not come along."""
    told = [path.stat() for path in (folder / name).rglob("*") if _is_file(path)]
    times = [one.st_mtime for one in told]
    size = sum(one.st_size for one in told)
    return LeftOut(name, len(told), size, min(times, default=0.0), max(times, default=0.0))


def _is_file(path: Path) -> bool:
    """Whether it is a plain file; a link is none, wherever it leads."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:  # pruned meanwhile
        return False


def place_of(name: str) -> PurePosixPath | None:
    """Where a member goes within the data folder; None for the members beside it.

    Raises:
        BackupError: the name leads out of the folder, or is none of a backup.
    """
    if name in (HEAD, MANIFEST, SITE_FILE):
        return None
    first, _, rest = name.partition("/")
    parts = rest.split("/")
    if first != STATE or not name.isprintable() or _leads_out(parts):
        raise BackupError(f"{name!r} is no member of a backup: somebody made or changed this file")
    return PurePosixPath(*parts)


def _leads_out(parts: Sequence[str]) -> bool:
    return any(part in ("", ".", "..") for part in parts)


def check_head(head: Head, version: str) -> None:
    """Refuse what a newer program made.

    Args:
        head: of the backup.
        version: of this program.

    Raises:
        BackupError: it is newer, or no backup at all.
    """
    number = head.schema.removeprefix(SCHEMA)
    if not head.schema.startswith(SCHEMA) or not number.isdigit():
        raise BackupError(f"its schema is {head.schema!r}: it is no backup of hearsight")
    if int(number) > NUMBER or _release(head.version) > _release(version):
        raise BackupError(
            f"it was made by hearsight {head.version} ({head.schema}), and this is {version}: "
            "install that version or a newer one first"
        )


def _release(version: str) -> tuple[int, ...]:
    """The numbers of a version, without what makes it a preview."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
