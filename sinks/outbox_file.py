"""The outbox's file: an SQLite database with full sync, named errors and guarded disk space."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

_BUSY_S = 10.0
#: Of the file, what stays in memory: see `pipeline.sqlite_file.SqliteFile.cache_kib`.
_CACHE_KIB = 256
#: A disk with less room cannot take SQLite's index of its log, and tells of it as an I/O error.
_FULL_BYTES = 64 << 10


class OutboxError(Exception):
    """The outbox could not be read or written; nothing was accepted."""


class OutboxFull(OutboxError):
    """There is no room for the alert on the disk."""


class OutboxFile:
    """A connection to the file, and the space reserved beside it.

    Args:
        path: the SQLite file; its folder is made when missing.
        reserve_bytes: disk space set aside in a second file, 0 for none.
        max_bytes: refuse to grow beyond this, as if the disk ended there.
    """

    def __init__(self, path: Path, *, reserve_bytes: int, max_bytes: int | None) -> None:
        self._path = path
        self._reserve = path.with_name(path.name + ".reserve")
        self._reserve_bytes = reserve_bytes
        self._max_bytes = max_bytes
        self._connection: sqlite3.Connection | None = None

    @property
    def is_open(self) -> bool:
        """Whether ``open`` has succeeded."""
        return self._connection is not None

    def open(self, tables: Sequence[str]) -> None:
        """Open or create the file, readable by its owner alone, and make missing ``tables``.

        On a full disk the reserve is given up for it.

        Raises:
            OutboxFull: no room for it.
            OutboxError: it cannot be opened, or is no database.
        """
        try:
            self._open(tables)
        except OutboxFull:
            if not self.spend_reserve():
                raise
            self._open(tables)
        self.keep_reserve()

    def _open(self, tables: Sequence[str]) -> None:
        self.close()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Only where it is new: closing a descriptor of a file drops every lock that the process
            # has on it (POSIX), SQLite's too, and with them the file's wholeness.
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise OutboxError(f"outbox {self._path} cannot be opened: {error.strerror}") from error
        try:
            with self._named_errors():
                db = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
                self._connection = db
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = FULL")
                # What is deleted is overwritten, not left in pages that are free.
                db.execute("PRAGMA secure_delete = ON")
                db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
                # A long log would eat the reserve: each alert costs it some eight pages.
                db.execute("PRAGMA wal_autocheckpoint = 64")
                if self._max_bytes is not None:
                    (page,) = db.execute("PRAGMA page_size").fetchone()
                    db.execute(f"PRAGMA max_page_count = {max(1, self._max_bytes // page)}")
                with self.write() as transaction:
                    for table in tables:
                        transaction.execute(table)
        except OutboxError:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def read(self, query: str, *values: str | float) -> list[tuple[Any, ...]]:
        """All rows of one query.

        Raises:
            OutboxError: the file cannot be read.
        """
        with self._named_errors():
            return self._db().execute(query, values).fetchall()

    @contextlib.contextmanager
    def write(self) -> Generator[sqlite3.Connection]:
        """One transaction, durable when left; undone where anything raises.

        The lock is taken at once, so that two writers only ever queue up.

        Raises:
            OutboxFull: the disk is full.
            OutboxError: the file cannot be written.
        """
        db = self._db()
        with self._named_errors():
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                # A full disk may have rolled back already.
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def keep_reserve(self) -> bool:
        """Set the reserve aside (again). False where the disk has no room for it."""
        if self._reserve_bytes == 0:
            return True
        try:
            handle = os.open(self._reserve, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            os.posix_fallocate(handle, 0, self._reserve_bytes)
        except OSError:
            # A part would only take the last free blocks from others and help nobody.
            self._reserve.unlink(missing_ok=True)
            return False
        finally:
            os.close(handle)
        return True

    @property
    def reserve_kept(self) -> bool:
        """False once the reserve was given up, or had no room from the start."""
        return self._reserve_bytes == 0 or self._reserve.exists()

    def spend_reserve(self) -> bool:
        """Give the reserve back to the disk. False where there is none to give."""
        try:
            self._reserve.unlink()
        except OSError:
            return False
        return True

    def _db(self) -> sqlite3.Connection:
        if self._connection is None:
            raise OutboxError(f"outbox {self._path} is not open: call open() first")
        return self._connection

    def _disk_full(self) -> bool:
        try:
            return shutil.disk_usage(self._path.parent).free < _FULL_BYTES
        except OSError:
            return False

    @contextlib.contextmanager
    def _named_errors(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            # Extended codes keep the primary one in their low byte.
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and self._disk_full()):
                raise OutboxFull(
                    f"outbox {self._path}: no room for another alert. Free disk space, or "
                    "shorten media.retention"
                ) from error
            raise OutboxError(
                f"outbox {self._path}: {error}. Check the disk and who may write to the file"
            ) from error
