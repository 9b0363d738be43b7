"""The operators' common desk: incidents as they came, and what people did about them.

One SQLite file for all consoles of a site. Each change has a number that only grows: a browser that
lost its line says which one it saw last, and gets what it missed, once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipeline.records import Alert, Severity
from pipeline.sqlite_file import SqliteFile
from sinks.alert_json import inert
from sinks.console import situations
from sinks.console.incident import (
    COLUMNS,
    STATE,
    Change,
    Filter,
    Incident,
    Note,
    incident_of,
    values_of,
    where,
)
from sinks.feedback import VERDICTS

#: Changes that can be caught up on; who is further behind loads the page anew.
_LOG = 50_000
#: A note is this long at most, in characters.
NOTE_LENGTH = 4_000


class DeskError(Exception):
    """The desk's file cannot be read or written; the text says what to do."""


class NoSuchIncident(LookupError):
    """No incident has this id."""


class TakenAlready(Exception):
    """Somebody else was faster; the text says who."""


class Desk(SqliteFile):
    """The file ``desk.sqlite3`` of a console.

    Args:
        path: see `SqliteFile`.
        beside: tells a camera's neighbours in its space, as they are now; what happens there may be
            the same happening. Default: none has any.
        now: the wall clock.
    """

    tables = (
        "CREATE TABLE IF NOT EXISTS incidents (id TEXT PRIMARY KEY, situation TEXT NOT NULL,"
        " camera TEXT NOT NULL,"
        " rule TEXT NOT NULL, severity TEXT NOT NULL, rank INTEGER NOT NULL, type TEXT NOT NULL,"
        " revision INTEGER NOT NULL, start_time REAL NOT NULL, end_time REAL,"
        " captured_at REAL NOT NULL, received_at REAL NOT NULL, canary INTEGER NOT NULL,"
        " score REAL, why TEXT NOT NULL, senses TEXT NOT NULL, missing TEXT NOT NULL,"
        " thumb INTEGER NOT NULL, clip INTEGER NOT NULL, document TEXT NOT NULL,"
        " acknowledged_by TEXT, acknowledged_at REAL, assigned_to TEXT, verdict TEXT,"
        " verdict_by TEXT, verdict_at REAL, escalated_at REAL, notes INTEGER NOT NULL DEFAULT 0)",
        "CREATE INDEX IF NOT EXISTS incidents_by_time ON incidents (start_time DESC)",
        "CREATE INDEX IF NOT EXISTS incidents_waiting ON incidents (rank DESC, start_time DESC)"
        " WHERE verdict IS NULL",
        "CREATE INDEX IF NOT EXISTS incidents_by_camera ON incidents (camera, start_time DESC)",
        "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " incident TEXT NOT NULL, at REAL NOT NULL, by TEXT NOT NULL, text TEXT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS notes_of ON notes (incident, id)",
        "CREATE TABLE IF NOT EXISTS changes (seq INTEGER PRIMARY KEY AUTOINCREMENT,"
        " incident TEXT NOT NULL)",
        # Verdicts that are still to be written to the stream.
        "CREATE TABLE IF NOT EXISTS owed (incident TEXT PRIMARY KEY, verdict TEXT NOT NULL,"
        " by TEXT NOT NULL, at REAL NOT NULL)",
        *situations.TABLES,
    )
    # People wait for lists that read much of it.
    cache_kib = 2000
    error = DeskError
    lost = "acknowledgements and notes are lost, alerts come again from the stream"

    def __init__(
        self,
        path: Path,
        *,
        beside: Callable[[str], Sequence[str]] = lambda _camera: (),
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(path)
        self._beside = beside
        self._now = now

    # --- what comes ---------------------------------------------------------------------------

    def take(self, alert: Alert) -> Change | None:
        """Keep a revision; None where it, or a later one, is here already. Raises DeskError."""
        values = values_of(alert, self._now())
        names = ", ".join(values)
        kept = ("id", "received_at", "situation")
        newer = ", ".join(f"{name} = excluded.{name}" for name in values if name not in kept)
        with self._changing() as db:
            near = self._beside(alert.camera)
            values["situation"] = situations.join(db, alert, near)
            cursor = db.execute(
                f"INSERT INTO incidents ({names}) VALUES ({', '.join('?' * len(values))})"  # noqa: S608
                f" ON CONFLICT (id) DO UPDATE SET {newer}"
                " WHERE excluded.revision > incidents.revision",
                tuple(values.values()),
            )
            if cursor.rowcount == 0:
                return None
            return self._changed(db, alert.id)

    # --- what people do -----------------------------------------------------------------------

    def acknowledge(self, incident: str, by: str) -> Change:
        """Say that somebody looks after it.

        Raises:
            NoSuchIncident, DeskError: nothing was changed.
            TakenAlready: somebody else does.
        """
        return self._set(
            incident,
            "acknowledged_by = ?, acknowledged_at = ?",
            (by, self._now()),
            unless=f"acknowledged by {{acknowledged_by}}, not by {inert(by, 60)}",
            only="acknowledged_by IS NULL OR acknowledged_by = ?",
            values=(by,),
        )

    def assign(self, incident: str, to: str | None) -> Change:
        """Hand it to somebody, or to nobody. Raises NoSuchIncident, DeskError."""
        return self._set(incident, "assigned_to = ?", (to,))

    def judge(self, incident: str, verdict: str, by: str) -> Change:
        """Give a verdict, which also acknowledges; it is owed to the stream until `delivered`.

        Raises:
            NoSuchIncident, DeskError: nothing was changed.
            ValueError: there is no such verdict.
        """
        if verdict not in VERDICTS:
            raise ValueError(f"a verdict is one of {', '.join(VERDICTS)}, not {verdict!r}")
        at = self._now()
        with self._changing() as db:
            cursor = db.execute(
                "UPDATE incidents SET verdict = ?, verdict_by = ?, verdict_at = ?,"
                " acknowledged_by = COALESCE(acknowledged_by, ?),"
                " acknowledged_at = COALESCE(acknowledged_at, ?) WHERE id = ?",
                (verdict, by, at, by, at, incident),
            )
            if cursor.rowcount == 0:
                raise NoSuchIncident(incident)
            db.execute("INSERT OR REPLACE INTO owed VALUES (?,?,?,?)", (incident, verdict, by, at))
            return self._changed(db, incident)

    def note(self, incident: str, by: str, text: str) -> Change:
        """Write a note to it.

        Raises:
            NoSuchIncident, DeskError: nothing was changed.
            ValueError: the note is empty or too long.
        """
        text = text.strip()
        if not 0 < len(text) <= NOTE_LENGTH:
            raise ValueError(f"a note has 1 to {NOTE_LENGTH} characters, not {len(text)}")
        with self._changing() as db:
            cursor = db.execute("UPDATE incidents SET notes = notes + 1 WHERE id = ?", (incident,))
            if cursor.rowcount == 0:
                raise NoSuchIncident(incident)
            db.execute(
                "INSERT INTO notes (incident, at, by, text) VALUES (?,?,?,?)",
                (incident, self._now(), by, text),
            )
            return self._changed(db, incident)

    def escalate(self, waited_s: dict[Severity, float]) -> list[Change]:
        """Mark those that nobody acknowledged for longer than their severity allows.

        Args:
            waited_s: seconds by severity; a severity that is not named never escalates.
        """
        now = self._now()
        changes = []
        with self._changing() as db:
            for severity, limit in waited_s.items():
                found = db.execute(
                    "SELECT id FROM incidents WHERE acknowledged_by IS NULL AND verdict IS NULL"
                    " AND escalated_at IS NULL AND canary = 0 AND severity = ?"
                    " AND received_at < ? LIMIT 100",
                    (str(severity), now - limit),
                ).fetchall()
                for (incident,) in found:
                    db.execute(
                        "UPDATE incidents SET escalated_at = ? WHERE id = ?", (now, incident)
                    )
                    changes.append(self._changed(db, incident))
        return changes

    def owed(self) -> list[tuple[str, str, str, float]]:
        """Verdicts that are not in the stream yet: incident, verdict, by, at. Raises DeskError."""
        with self._using() as db:
            return db.execute("SELECT * FROM owed ORDER BY at LIMIT 100").fetchall()

    def delivered(self, incident: str, at: float) -> None:
        """The verdict that was given at ``at`` is in the stream. Raises DeskError."""
        with self._using() as db:
            db.execute("DELETE FROM owed WHERE incident = ? AND at = ?", (incident, at))

    # --- what is asked ------------------------------------------------------------------------

    def incident(self, incident: str) -> Incident:
        """One incident. Raises NoSuchIncident, DeskError."""
        with self._using() as db:
            return self._row(db, incident)

    def document(self, incident: str) -> dict[str, Any]:
        """Its alert's newest revision, see `sinks.alert_json`. Raises NoSuchIncident, DeskError."""
        with self._using() as db:
            row = db.execute("SELECT document FROM incidents WHERE id = ?", (incident,)).fetchone()
        if row is None:
            raise NoSuchIncident(incident)
        document: dict[str, Any] = json.loads(row[0])
        return document

    def notes(self, incident: str) -> list[Note]:
        """Its notes, the oldest first. Raises DeskError."""
        with self._using() as db:
            rows = db.execute(
                "SELECT at, by, text FROM notes WHERE incident = ? ORDER BY id", (incident,)
            ).fetchall()
        return [Note(*row) for row in rows]

    def queue(
        self, wanted: Filter, *, by_time: bool = False, limit: int = 100, offset: int = 0
    ) -> list[Incident]:
        """Incidents: what waits before what is looked after, severe before mild, new before old.

        Args:
            wanted: which.
            by_time: by time alone, the newest first.
            limit: at most so many.
            offset: after so many.

        Raises:
            DeskError: the file cannot be read.
        """
        condition, values = where(wanted)
        order = (
            "start_time DESC"
            if by_time
            else "verdict IS NOT NULL, acknowledged_by IS NOT NULL, escalated_at IS NULL,"
            " rank DESC, start_time DESC"
        )
        with self._using() as db:
            rows = db.execute(
                f"SELECT {COLUMNS} FROM incidents WHERE {condition} ORDER BY {order}, id DESC"  # noqa: S608
                " LIMIT ? OFFSET ?",
                (*values, limit, offset),
            ).fetchall()
        return [incident_of(row) for row in rows]

    def counts(self, wanted: Filter) -> dict[str, int]:
        """How many wait, are acknowledged, are done. Raises DeskError."""
        condition, values = where(wanted)
        with self._using() as db:
            rows = db.execute(
                f"SELECT {STATE} AS state, COUNT(*) FROM incidents"  # noqa: S608
                f" WHERE {condition} GROUP BY state",
                values,
            ).fetchall()
        return {"waiting": 0, "acknowledged": 0, "done": 0} | dict(rows)

    def newest_canary(self) -> Incident | None:
        """The newest test of the way; None where none has come. Raises DeskError."""
        with self._using() as db:
            row = db.execute(
                f"SELECT {COLUMNS} FROM incidents WHERE canary = 1"  # noqa: S608
                " ORDER BY received_at DESC LIMIT 1"
            ).fetchone()
        return incident_of(row) if row else None

    def seq(self) -> int:
        """The number of the newest change; 0 before the first. Raises DeskError."""
        with self._using() as db:
            return int(db.execute("SELECT COALESCE(MAX(seq), 0) FROM changes").fetchone()[0])

    def since(self, seq: int, limit: int = 1000) -> list[Change] | None:
        """What has changed after ``seq``, each incident once and as it is now, in order.

        Returns:
            None where the log does not reach back so far, or ``seq`` is not of this log.

        Raises:
            DeskError: the file cannot be read.
        """
        with self._using() as db:
            oldest, newest = db.execute(
                "SELECT COALESCE(MIN(seq), 1), COALESCE(MAX(seq), 0) FROM changes"
            ).fetchone()
            if seq > newest or seq < oldest - 1:
                return None
            rows = db.execute(
                "SELECT MAX(seq) AS last, incident FROM changes WHERE seq > ?"
                " GROUP BY incident ORDER BY last LIMIT ?",
                (seq, limit + 1),
            ).fetchall()
            if len(rows) > limit:
                return None
            return [Change(last, self._row(db, incident)) for last, incident in rows]

    def prune(self, keep_s: float) -> int:
        """Forget what began longer ago than ``keep_s``; how many. Raises DeskError."""
        before = self._now() - keep_s
        with self._changing() as db:
            old = "SELECT id FROM incidents WHERE start_time < ?"
            for table in ("notes", "changes", "owed"):
                db.execute(f"DELETE FROM {table} WHERE incident IN ({old})", (before,))  # noqa: S608
            gone = db.execute("DELETE FROM incidents WHERE start_time < ?", (before,)).rowcount
            db.execute(
                "DELETE FROM changes WHERE seq <= (SELECT MAX(seq) FROM changes) - ?", (_LOG,)
            )
            situations.prune(db, before)
        return gone

    def forget(self, camera: str, since: float, until: float) -> int:
        """Delete the incidents of a camera that lay in a stretch of time; how many.

        Args:
            camera: whose.
            since: begin, seconds since the epoch.
            until: end.

        Raises:
            DeskError: nothing was deleted.
        """
        of = (camera, until, since)
        found = (
            "SELECT id FROM incidents WHERE camera = ? AND start_time <= ?"
            " AND COALESCE(end_time, captured_at) >= ?"
        )
        with self._changing() as db:
            for table in ("notes", "changes", "owed"):
                db.execute(f"DELETE FROM {table} WHERE incident IN ({found})", of)  # noqa: S608
            db.execute(f"DELETE FROM situations WHERE situation IN ({found})", of)  # noqa: S608
            return int(db.execute(f"DELETE FROM incidents WHERE id IN ({found})", of).rowcount)  # noqa: S608

    # --- inside -------------------------------------------------------------------------------

    def _set(
        self,
        incident: str,
        change: str,
        to: Sequence[Any],
        *,
        only: str = "1",
        values: Sequence[Any] = (),
        unless: str = "",
    ) -> Change:
        with self._changing() as db:
            cursor = db.execute(
                f"UPDATE incidents SET {change} WHERE id = ? AND ({only})",  # noqa: S608
                (*to, incident, *values),
            )
            if cursor.rowcount == 0:
                row = self._row(db, incident)
                raise TakenAlready(unless.format(acknowledged_by=row.acknowledged_by))
            return self._changed(db, incident)

    def _changed(self, db: Any, incident: str) -> Change:
        seq = db.execute("INSERT INTO changes (incident) VALUES (?)", (incident,)).lastrowid
        return Change(int(seq), self._row(db, incident))

    def _row(self, db: Any, incident: str) -> Incident:
        row = db.execute(
            f"SELECT {COLUMNS} FROM incidents WHERE id = ?",  # noqa: S608
            (incident,),
        ).fetchone()
        if row is None:
            raise NoSuchIncident(incident)
        return incident_of(row)
