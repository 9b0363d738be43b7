"""Which incidents are one happening: those near by that are no further apart than some seconds.

A flood puts thousands of incidents into ten minutes, and each asks whether something is going on
already. So what is asked for are happenings, of which a camera has but a few in that time, and of
each whether one incident of it goes on: an index tells without reading the others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from pipeline.records import Alert

#: Incidents belong together that are no further apart than this, seconds, while their happening
#: began no longer ago.
_APART_S, _LONGEST_S = 20.0, 600.0

#: A happening is named as its first incident. Each camera at which it has incidents has a row.
TABLES = (
    "CREATE TABLE IF NOT EXISTS situations (camera TEXT NOT NULL, began REAL NOT NULL,"
    " situation TEXT NOT NULL, PRIMARY KEY (camera, began, situation)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS situations_by_name ON situations (situation)",
    "CREATE INDEX IF NOT EXISTS incidents_going_on ON incidents"
    " (situation, camera, COALESCE(end_time, captured_at)) WHERE verdict IS NULL AND canary = 0",
    # Of a desk that was kept before there was this table.
    "INSERT INTO situations SELECT DISTINCT i.camera, first.start_time, i.situation"
    " FROM incidents i JOIN incidents first ON first.id = i.situation"
    " WHERE i.canary = 0 AND NOT EXISTS (SELECT 1 FROM situations)",
)


def join(db: sqlite3.Connection, alert: Alert, beside: Sequence[str]) -> str:
    """Name the happening that an incident belongs to: one that goes on near by, or its own.

    Args:
        db: inside a transaction.
        alert: a revision of it; the first one decides.
        beside: the cameras of the same space.
    """
    known = db.execute("SELECT situation FROM incidents WHERE id = ?", (alert.id,)).fetchone()
    if known is not None:
        return str(known[0])
    if alert.data.get("canary") is True:
        return alert.id
    began, name = _going_on(db, alert, beside) or (alert.start_time, alert.id)
    db.execute("INSERT OR IGNORE INTO situations VALUES (?,?,?)", (alert.camera, began, name))
    return name


def _going_on(
    db: sqlite3.Connection, alert: Alert, beside: Sequence[str]
) -> tuple[float, str] | None:
    """The happening that began first among those that go on; when, and its name."""
    at = alert.start_time
    near = [alert.camera, *beside]
    found: tuple[float, str] | None = db.execute(
        "SELECT began, situation FROM situations s"  # noqa: S608
        f" WHERE camera IN ({', '.join('?' * len(near))}) AND began BETWEEN ? AND ?"
        # An incident may come after one that began a little later than it.
        " AND EXISTS (SELECT 1 FROM incidents i"
        " WHERE i.situation = s.situation AND i.camera = s.camera AND i.verdict IS NULL"
        " AND i.canary = 0 AND COALESCE(i.end_time, i.captured_at) >= ? AND i.start_time <= ?)"
        " ORDER BY began, situation LIMIT 1",
        (*near, at - _LONGEST_S, at + 2 * _APART_S, at - _APART_S, at + _APART_S),
    ).fetchone()
    return found


def prune(db: sqlite3.Connection, before: float) -> None:
    """Forget those that began before a time, seconds since the epoch."""
    db.execute("DELETE FROM situations WHERE began < ?", (before,))
