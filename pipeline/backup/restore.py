"""Putting a backup in place: beside what runs never, over what is there only when told to."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline.backup.members import BackupError, Head, Manifest
from pipeline.backup.unpack import peek, unpack
from pipeline.config import SiteFileError, parse_site
from pipeline.data_dir import hold

#: What a folder may hold and still count as empty.
_NOTHING = frozenset({"lock"})


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put where."""

    head: Head
    manifest: Manifest
    state: Path
    site_file: Path
    #: What was there before, and where it lies now.
    kept: tuple[Path, ...]


def restore(
    file: Path,
    to: Path,
    *,
    version: str,
    force: bool = False,
    stamp: str | None = None,
    users: Callable[[Path], list[str]] | None = None,
) -> Restored:
    """Put a backup in place.

    Args:
        file: the backup.
        to: a site file (``.yaml``, ``.yml``), whose ``data_dir`` the state goes to; or a data
            folder, in which the site file then lies too.
        version: of this program.
        force: keep what is there beside, under a name with ``stamp``, and take its place.
        stamp: default: the time now.
        users: programs that have files of a folder open; default `open_in`.

    Raises:
        BackupError: it cannot be used, or something stands in its place.
        SiteInUse: the site runs.
        DataDirUnusable: the folder cannot be made or written.
    """
    stamp = stamp or time.strftime("%Y%m%dT%H%M%S")
    _head, text = peek(file, version)
    if to.suffix in (".yaml", ".yml"):
        site_file = to.absolute()
        state = _state_of(text, file)
    else:
        # A link to the folder stays, and what it leads to is replaced.
        state = to.resolve()
        site_file = state / "site.yaml"
    try:
        _may_go(state, site_file, text, force=force)
        state.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        owner = _owner_of(state)
        # Held all the while: nobody starts the site on what is half there.
        with (
            _held(state),
            tempfile.TemporaryDirectory(dir=state.parent, prefix=f".{state.name}-") as name,
        ):
            _nobody_in(state, (users or open_in)(state))
            staged = Path(name) / "state"
            head, manifest, text = unpack(file, staged, version)
            if site_file.parent == state:
                _write(staged / site_file.name, text)
            _give(staged, owner)
            # Where the site file may not be written nothing is replaced.
            with _staged(site_file, text, within=state) as fresh:
                kept = _swap(Path(name), state, stamp)
                if fresh is not None:
                    kept += _put(fresh, site_file, stamp)
    except OSError as error:
        raise BackupError(
            f"{error.filename or state}: {error.strerror or error}: see who may write there; a "
            "mounted folder cannot be replaced: restore to a folder in it, and set data_dir"
        ) from error
    return Restored(head, manifest, state, site_file, kept)


@contextmanager
def _held(state: Path) -> Iterator[None]:
    """Hold the folder; where it was not there and nothing comes into it, it is not there again."""
    there = state.exists()
    with hold(state):
        try:
            yield
        except BaseException:
            if not there:
                with suppress(OSError):
                    (state / "lock").unlink()
                    state.rmdir()
            raise


def _state_of(text: bytes, file: Path) -> Path:
    try:
        return parse_site(text.decode(), name=f"site.yaml in {file}").state_dir.resolve()
    except UnicodeDecodeError:
        raise BackupError(f"the site file in {file} is no text: it was changed") from None
    except SiteFileError as error:
        raise BackupError(
            f"{error}: set what it needs in the environment, or name a data folder: --to DIR"
        ) from None


def _may_go(state: Path, site_file: Path, text: bytes, *, force: bool) -> None:
    """Refuse to take the place of anything, unless told to."""
    if force and (not state.exists() or _is_ours(state)):
        return
    if force:
        raise BackupError(
            f"{state} is no data folder of a site, and is not replaced: move it away, or correct "
            "data_dir"
        )
    if state.exists() and (not state.is_dir() or {e.name for e in state.iterdir()} - _NOTHING):
        raise BackupError(
            f"{state} holds the state of a site: --force takes its place, and keeps it beside"
        )
    if site_file.exists() and site_file.read_bytes() != text:
        raise BackupError(
            f"{site_file} is there and says something else: --force takes its place, and keeps it "
            "beside; --to DIR restores the state alone"
        )


def _is_ours(state: Path) -> bool:
    return state.is_dir() and any((state / name).exists() for name in ("lock", "outbox.sqlite3"))


def _nobody_in(state: Path, users: list[str]) -> None:
    if users:
        raise BackupError(
            f"{', '.join(users)} has files of {state} open: stop the site and its console first"
        )


def open_in(folder: Path) -> list[str]:
    """Programs of this user that have files of a folder open; those of others it may not know."""
    found = []
    for process in psutil.process_iter():
        try:
            paths = [Path(file.path) for file in process.open_files()]
            if process.pid != os.getpid() and any(path.is_relative_to(folder) for path in paths):
                found.append(f"{process.name()} (process {process.pid})")
        except (psutil.Error, OSError):
            continue
    return found


def _owner_of(path: Path) -> tuple[int, int] | None:
    """User and group of what is there; None where nothing is, or this user may not give away."""
    if os.geteuid() != 0 or not path.exists():
        return None
    told = path.stat()
    return told.st_uid, told.st_gid


def _give(folder: Path, owner: tuple[int, int] | None) -> None:
    """Give all of a folder to the user who had it before: root restores, and the site runs."""
    if owner is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, *owner, follow_symlinks=False)


def _swap(staging: Path, state: Path, stamp: str) -> tuple[Path, ...]:
    """Put the new state in the old one's place; return where the old one lies, if there was any."""
    old = state.with_name(f"{state.name}.before-restore-{stamp}")
    if old.exists():
        raise BackupError(f"{old} is there already: move it away")
    something = bool({entry.name for entry in state.iterdir()} - _NOTHING)
    # Without anything in it the old folder goes where the staging folder goes: away.
    aside = old if something else staging / "old"
    state.rename(aside)
    try:
        (staging / "state").rename(state)
    except OSError:
        aside.rename(state)
        raise
    return (old,) if something else ()


@contextmanager
def _staged(site_file: Path, text: bytes, *, within: Path) -> Iterator[Path | None]:
    """The new site file, beside where it goes; None where it comes with the state, or is there."""
    if site_file.parent == within or (site_file.exists() and site_file.read_bytes() == text):
        yield None
        return
    fresh = site_file.with_name(f".{site_file.name}.partial")
    try:
        site_file.parent.mkdir(parents=True, exist_ok=True)
        _write(fresh, text)
    except OSError as error:
        raise BackupError(
            f"{site_file} cannot be written ({error.strerror}), and nothing was restored: --to DIR "
            "restores the state alone"
        ) from error
    try:
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)


def _put(fresh: Path, site_file: Path, stamp: str) -> tuple[Path, ...]:
    """Put the new site file in place; return where the old one lies, if there was one."""
    if not site_file.exists():
        fresh.replace(site_file)
        return ()
    owner, mode = _owner_of(site_file), site_file.stat().st_mode & 0o777
    old = site_file.with_name(f"{site_file.name}.before-restore-{stamp}")
    site_file.rename(old)
    fresh.replace(site_file)
    # Who may read it was decided for the one that was here: a service's own user often does.
    site_file.chmod(mode)
    if owner is not None:
        os.chown(site_file, *owner)
    return (old,)


def _write(path: Path, text: bytes) -> None:
    """Write a file that its owner alone may read."""
    handle = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, 0o600)
        file.write(text)
        file.flush()
        os.fsync(handle)
