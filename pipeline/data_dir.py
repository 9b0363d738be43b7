"""A site's data folder: held by one supervisor at a time, and prepared for its processes."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


class SiteInUse(RuntimeError):
    """Another supervisor works on the same data folder."""


class DataDirUnusable(RuntimeError):
    """The data folder cannot be made or written; the text says what to do."""


def hold(folder: Path) -> TextIO:
    """Make the folder and lock it, for as long as the returned file stays open.

    Raises:
        SiteInUse: another process holds it.
        DataDirUnusable: it cannot be made or written.
    """
    with _named_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (folder / "lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise SiteInUse(
            f"{folder}: another `hearsight run` already runs this site: stop it, or give this "
            "site a name or data_dir of its own"
        ) from None
    return file


def is_held(folder: Path) -> bool:
    """Whether a site runs on the folder; nothing of it is changed or made.

    Raises:
        PermissionError: the lock cannot be read.
    """
    try:
        file = (folder / "lock").open("rb")
    except (FileNotFoundError, NotADirectoryError):
        return False
    with file:
        try:
            # Shared, and for a moment: two who look do not take each other for a site.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def closed_to_us(folder: Path) -> str | None:
    """What to do where we may not look into a site's folder; None where we may or none is."""
    if os.access(folder, os.R_OK | os.X_OK, effective_ids=True):
        return None
    try:
        owner = folder.stat().st_uid
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        whose = "the user of the site"
    else:
        try:
            whose = f"its owner, {pwd.getpwuid(owner).pw_name}"
        except KeyError:
            whose = f"its owner, the user {owner}"
    return f"this user may not look into the data folder {folder}: run this as {whose}"


def prepare(folder: Path) -> None:
    """Make what is missing in the folder, and remove what a killed process left half written.

    Raises:
        DataDirUnusable: it cannot be written.
    """
    with _named_errors(folder):
        for name in ("cache", "media"):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in (folder / "media").glob("**/.*.partial"):
            if leftover.is_dir():
                shutil.rmtree(leftover)
            else:
                leftover.unlink(missing_ok=True)


@contextmanager
def _named_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataDirUnusable(
            f"the data folder {folder} cannot be written ({error.strerror}): make room or give "
            "this user the right, or set another data_dir in the site file"
        ) from error
