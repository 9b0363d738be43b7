"""What people have ordered about arming, on disk: it outlives the judge."""

from __future__ import annotations

from dataclasses import astuple

from pipeline.arming_orders import ByHand, Orders, Silence
from pipeline.sqlite_file import SqliteFile


class ArmingError(OSError):
    """The file of orders cannot be used; the text says what to do."""


class ArmingStore(SqliteFile):
    """The file ``arming.sqlite3`` of a site's data folder. The judge alone has it open."""

    tables = (
        "CREATE TABLE IF NOT EXISTS by_hand (number INTEGER PRIMARY KEY, mode TEXT NOT NULL,"
        " camera TEXT NOT NULL, grp TEXT NOT NULL, until REAL, by TEXT NOT NULL, at REAL NOT NULL)",
        "CREATE TABLE IF NOT EXISTS silences (number INTEGER PRIMARY KEY, rule TEXT NOT NULL,"
        " camera TEXT NOT NULL, until REAL NOT NULL, reason TEXT NOT NULL, by TEXT NOT NULL,"
        " at REAL NOT NULL)",
    )
    error = ArmingError
    lost = "modes set by hand and silences are lost, schedules are not"

    def read(self) -> Orders:
        """The orders as they were last written. Raises ArmingError."""
        with self._using() as db:
            by_hand = db.execute(
                "SELECT mode, camera, grp, until, by, at FROM by_hand ORDER BY number"
            ).fetchall()
            silences = db.execute(
                "SELECT rule, camera, until, reason, by, at FROM silences ORDER BY number"
            ).fetchall()
        return Orders(
            tuple(ByHand(*row) for row in by_hand), tuple(Silence(*row) for row in silences)
        )

    def write(self, orders: Orders) -> None:
        """Keep ``orders`` in place of what was there. Raises ArmingError: nothing was changed."""
        with self._changing() as db:
            db.execute("DELETE FROM by_hand")
            db.execute("DELETE FROM silences")
            db.executemany(
                "INSERT INTO by_hand (mode, camera, grp, until, by, at) VALUES (?,?,?,?,?,?)",
                [astuple(order) for order in orders.by_hand],
            )
            db.executemany(
                "INSERT INTO silences (rule, camera, until, reason, by, at) VALUES (?,?,?,?,?,?)",
                [astuple(silence) for silence in orders.silences],
            )
