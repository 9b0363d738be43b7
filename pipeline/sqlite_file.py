"""A small SQLite file of a site's data folder, with errors that say what to do."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Self

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

_BUSY_S = 5.0


class SqliteFile:
    """Several processes may have it open; it is opened at the latest when it is first used.

    Kinds of it say which tables there are, which error is raised, and what a damaged file costs.

    Args:
        path: made when missing, readable by its owner alone.
    """

    tables: ClassVar[Sequence[str]]
    error: ClassVar[type[Exception]]
    #: What is lost with the file, and what is not.
    lost: ClassVar[str]
    #: Of the file, what stays in memory, KiB. SQLite's own 2,000 take a small site hours to fill,
    #: which looks like a leak; what is read here now and then comes from the kernel's pages.
    cache_kib: ClassVar[int] = 256

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> Self:
        """Open or make the file. Raises the kind's error."""
        with self._named_errors():
            self._opened()
        return self

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _opened(self) -> sqlite3.Connection:
        """The connection, made now if there is none. Inside `_named_errors`."""
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Only where it is new: closing a descriptor of a file drops every lock that the process
            # has on it (POSIX), SQLite's too, and with them the file's wholeness.
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            db = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
            try:
                # Of two that open a new file at once SQLite turns one away without waiting.
                for attempt in Retrying(
                    retry=retry_if_exception(_is_locked),
                    wait=wait_fixed(0.02),
                    stop=stop_after_delay(_BUSY_S),
                    reraise=True,
                ):
                    with attempt:
                        db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = NORMAL")
                # What is deleted is overwritten, not left in pages that are free.
                db.execute("PRAGMA secure_delete = ON")
                db.execute(f"PRAGMA cache_size = -{self.cache_kib}")
                for table in self.tables:
                    db.execute(table)
            except BaseException:
                db.close()
                raise
            self._db = db
        return self._db

    @contextlib.contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        """The connection, for single statements. Raises the kind's error."""
        with self._named_errors():
            yield self._opened()

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, undone where anything raises. Raises the kind's error."""
        with self._named_errors():
            db = self._opened()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextlib.contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:
            raise self.error(
                f"{self._path} cannot be used ({error}): make room on the disk, or remove the file "
                f"if it is damaged ({self.lost})"
            ) from error


def _is_locked(error: BaseException) -> bool:
    # The lowest byte of an extended code is the plain one.
    return (
        isinstance(error, sqlite3.OperationalError)
        and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    )
