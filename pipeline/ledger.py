"""Orders to a site's learning, what was done, and how it stands: one SQLite file.

People and other processes place orders (freeze, roll back, a verdict); the judge alone carries them
out. So an order given while the site does not run is carried out at its next start, and every
change has a line in the journal that says who asked for it.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from pipeline.sqlite_file import SqliteFile

#: Every kind of order; whoever takes orders from outside takes no other.
ORDER_KINDS = frozenset(
    {
        # of what is learned (`pipeline.learning_desk`)
        "freeze",
        "thaw",
        "rollback",
        "forget",
        "settle",
        "forget_pictures",
        # of what is taught (`pipeline.verdicts`)
        "verdict",
        "adopt_lesson",
        "undo_lesson",
        # of what is armed (`pipeline.arming_desk`)
        "arm",
        "silence",
        "unsilence",
    }
)
#: How the outcome of an order begins that could not be carried out; the reason follows.
REFUSED = "refused: "
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
    #: One of `ORDER_KINDS`.
    kind: str
    #: Empty: all of them.
    camera: str
    rule: str
    detail: dict[str, Any]
    #: None while it waits.
    outcome: str | None = None

    @property
    def refused(self) -> bool:
        """Whether it was looked at, and not carried out."""
        return self.outcome is not None and self.outcome.startswith(REFUSED)


@dataclass(frozen=True, slots=True)
class Line:
    """One change, in the journal."""

    at: float
    by: str
    what: str
    camera: str
    rule: str
    detail: dict[str, Any]


class Ledger(SqliteFile):
    """The file ``learning.sqlite3`` of a site's data folder."""

    tables = _TABLES
    error = LedgerError
    lost = "orders and journal are lost, what was learned is not"

    # --- orders -------------------------------------------------------------------------------

    def place(
        self, kind: str, /, *, by: str, camera: str = "", rule: str = "", **detail: Any
    ) -> int:
        """Ask for something; return the order's number. Raises LedgerError."""
        with self._using() as db:
            cursor = db.execute(
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
        with self._using() as db:
            db.execute(
                "UPDATE orders SET done_at = ?, outcome = ? WHERE id = ?",
                (time.time(), outcome, order.id),
            )

    def _orders(self, where: str, *values: int | str) -> list[Order]:
        with self._using() as db:
            rows = db.execute(
                f"SELECT id, at, by, kind, camera, rule, detail, outcome FROM orders {where}",  # noqa: S608
                values,
            )
            return [
                Order(number, at, by, kind, camera, rule, json.loads(detail), outcome)
                for number, at, by, kind, camera, rule, detail, outcome in rows
            ]

    # --- journal ------------------------------------------------------------------------------

    def note(
        self,
        what: str,
        /,
        *,
        by: str = "hearsight",
        camera: str = "",
        rule: str = "",
        **detail: Any,
    ) -> None:
        """Add a line to the journal. Raises LedgerError."""
        with self._changing() as db:
            db.execute(
                "INSERT INTO journal (at, by, what, camera, rule, detail) VALUES (?,?,?,?,?,?)",
                (time.time(), by, what, camera, rule, json.dumps(detail)),
            )
            db.execute(
                "DELETE FROM journal WHERE id <= (SELECT MAX(id) FROM journal) - ?", (_JOURNAL,)
            )

    def journal(self, limit: int = 100) -> list[Line]:
        """The newest lines, the newest first. Raises LedgerError."""
        with self._using() as db:
            rows = db.execute(
                "SELECT at, by, what, camera, rule, detail FROM journal ORDER BY id DESC LIMIT ?",
                (limit,),
            )
            return [
                Line(at, by, what, camera, rule, json.loads(detail))
                for at, by, what, camera, rule, detail in rows
            ]

    def forget_before(self, before: float) -> int:
        """Delete lines of the journal and orders that were carried out, older than a time.

        Returns:
            How many.

        Raises:
            LedgerError: nothing is deleted.
        """
        with self._changing() as db:
            gone = [
                db.execute("DELETE FROM journal WHERE at < ?", (before,)),
                db.execute("DELETE FROM orders WHERE done_at < ?", (before,)),
            ]
            return sum(cursor.rowcount for cursor in gone)

    # --- how it stands ------------------------------------------------------------------------

    def stand(self, subject: str, detail: dict[str, Any]) -> None:
        """Keep the newest word on a subject, for whoever asks. Raises LedgerError."""
        with self._using() as db:
            db.execute(
                "INSERT OR REPLACE INTO standing (subject, at, detail) VALUES (?,?,?)",
                (subject, time.time(), json.dumps(detail)),
            )

    def standing(self, prefix: str) -> dict[str, dict[str, Any]]:
        """By subject, what is known of those that begin with ``prefix``. Raises LedgerError."""
        with self._using() as db:
            rows = db.execute("SELECT subject, detail FROM standing ORDER BY subject")
            return {s: json.loads(detail) for s, detail in rows if s.startswith(prefix)}
