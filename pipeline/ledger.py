"""Orders to a site's learning, what was done, and how it stands: one SQLite file.

People and other processes place orders (freeze, roll back, a verdict); the judge alone carries them
out. So an order given while the site does not run is carried out at its next start, and every
change has a line in the journal that says who asked for it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_BUSY_S = 5.0
#: Lines of the journal that are kept.
_JOURNAL = 10_000
_TABLES = (
    "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL,"
    " by TEXT NOT NULL, kind TEXT NOT NULL, camera TEXT NOT NULL, rule TEXT NOT NULL,"
    " detail TEXT NOT NULL, done_at REAL, outcome TEXT)",
    "CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL,"
    " by TEXT NOT NULL, what TEXT NOT NULL, camera TEXT NOT NULL, rule TEXT NOT NULL,"
    " detail TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS standing (subject TEXT PRIMARY KEY, at REAL NOT NULL,"
    " detail TEXT NOT NULL)",
)


class LedgerError(Exception):
    """The ledger cannot be read or written; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Order:
    """Something that was asked for."""

    id: int
    at: float
    by: str
    #: Such as ``freeze``, ``rollback``, ``verdict``.
    kind: str
    #: Empty: all of them.
    camera: str
    rule: str
    detail: dict[str, Any]
    #: None while it waits.
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One change, in the journal."""

    at: float
    by: str
    what: str
    camera: str
    rule: str
    detail: dict[str, Any]


class Ledger:
    """The file ``learning.sqlite3`` of a site's data folder; several processes may have it open.

    It is opened at the latest when it is first used, and again after it could not be.

    Args:
        path: made when missing, readable by its owner alone.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> Self:
        """Open or make the file. Raises LedgerError."""
        with self._named_errors():
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
            db = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
            try:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = NORMAL")
                for table in _TABLES:
                    db.execute(table)
            except BaseException:
                db.close()
                raise
            self._db = db
        return self

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._db is not None:
            self._db.close()
            self._db = None

    # --- orders -------------------------------------------------------------------------------

    def place(self, kind: str, *, by: str, camera: str = "", rule: str = "", **detail: Any) -> int:
        """Ask for something; return the order's number. Raises LedgerError."""
        with self._named_errors():
            cursor = self._open().execute(
                "INSERT INTO orders (at, by, kind, camera, rule, detail) VALUES (?,?,?,?,?,?)",
                (time.time(), by, kind, camera, rule, json.dumps(detail)),
            )
        number = cursor.lastrowid
        assert number is not None
        return number

    def due(self) -> list[Order]:
        """Orders that wait, the oldest first. Raises LedgerError."""
        return self._orders("WHERE done_at IS NULL ORDER BY id LIMIT 100")

    def order(self, number: int) -> Order | None:
        """One order, with its outcome once it has one. Raises LedgerError."""
        found = self._orders("WHERE id = ?", number)
        return found[0] if found else None

    def orders_about(self, kind: str, key: str, value: str) -> list[Order]:
        """Orders of a kind whose detail ``key`` is ``value``, the oldest first.

        Raises:
            LedgerError: the file cannot be read.
        """
        where = "WHERE kind = ? AND json_extract(detail, '$.' || ?) = ? ORDER BY id"
        return self._orders(where, kind, key, value)

    def done(self, order: Order, outcome: str) -> None:
        """Say what became of an order. Raises LedgerError."""
        with self._named_errors():
            self._open().execute(
                "UPDATE orders SET done_at = ?, outcome = ? WHERE id = ?",
                (time.time(), outcome, order.id),
            )

    def _orders(self, where: str, *values: int | str) -> list[Order]:
        with self._named_errors():
            rows = self._open().execute(
                f"SELECT id, at, by, kind, camera, rule, detail, outcome FROM orders {where}",  # noqa: S608
                values,
            )
            return [
                Order(number, at, by, kind, camera, rule, json.loads(detail), outcome)
                for number, at, by, kind, camera, rule, detail, outcome in rows
            ]

    # --- journal ------------------------------------------------------------------------------

    def note(
        self, what: str, *, by: str = "hearsight", camera: str = "", rule: str = "", **detail: Any
    ) -> None:
        """Add a line to the journal. Raises LedgerError."""
        with self._named_errors():
            db = self._open()
            db.execute(
                "INSERT INTO journal (at, by, what, camera, rule, detail) VALUES (?,?,?,?,?,?)",
                (time.time(), by, what, camera, rule, json.dumps(detail)),
            )
            db.execute(
                "DELETE FROM journal WHERE id <= (SELECT MAX(id) FROM journal) - ?", (_JOURNAL,)
            )

    def journal(self, limit: int = 100) -> list[Line]:
        """The newest lines, the newest first. Raises LedgerError."""
        with self._named_errors():
            rows = self._open().execute(
                "SELECT at, by, what, camera, rule, detail FROM journal ORDER BY id DESC LIMIT ?",
                (limit,),
            )
            return [
                Line(at, by, what, camera, rule, json.loads(detail))
                for at, by, what, camera, rule, detail in rows
            ]

    # --- how it stands ------------------------------------------------------------------------

    def stand(self, subject: str, detail: dict[str, Any]) -> None:
        """Keep the newest word on a subject, for whoever asks. Raises LedgerError."""
        with self._named_errors():
            self._open().execute(
                "INSERT OR REPLACE INTO standing (subject, at, detail) VALUES (?,?,?)",
                (subject, time.time(), json.dumps(detail)),
            )

    def standing(self, prefix: str) -> dict[str, dict[str, Any]]:
        """By subject, what is known of those that begin with ``prefix``. Raises LedgerError."""
        with self._named_errors():
            rows = self._open().execute("SELECT subject, detail FROM standing ORDER BY subject")
            return {s: json.loads(detail) for s, detail in rows if s.startswith(prefix)}

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self.open()
        assert self._db is not None
        return self._db

    @contextlib.contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:
            raise LedgerError(
                f"{self._path} cannot be used ({error}): make room on the disk, or remove the "
                "file if it is damaged (orders and journal are lost, what was learned is not)"
            ) from error
