"""The outbox: an alert exists once it is on disk here.

One process appends (the judge), one reads and marks (the publisher), both on the same SQLite file
in WAL mode with full sync: a row is durable when ``append`` returns. Rows stay after delivery,
because a server that acknowledged an entry may still lose it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pipeline.records import Alert, AlertType
from sinks.alert_json import decode_alert, encode_alert
from sinks.base import OutboxEntry
from sinks.outbox_file import OutboxError, OutboxFile, OutboxFull

#: How long a row stays after its delivery, in seconds.
KEEP_S = 600.0
#: How long ended incidents and dead letters are remembered, in seconds.
REMEMBER_S = 30 * 86_400.0
#: The newest rows stay whatever their age: the wall clock may have been set in between.
KEEP_NEWEST = 10

#: Deleted in one transaction at most, so that the judge never waits long for the lock.
_PRUNE_ROWS = 1000

_DELIVERED, _DEAD = "delivered", "dead"
_TABLES = (
    """CREATE TABLE IF NOT EXISTS alerts (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, revision INTEGER NOT NULL,
        accepted_at REAL NOT NULL, document TEXT NOT NULL, UNIQUE (id, revision))""",
    """CREATE TABLE IF NOT EXISTS incidents (
        id TEXT PRIMARY KEY, revision INTEGER NOT NULL, open INTEGER NOT NULL,
        changed_at REAL NOT NULL, document TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS deliveries (
        sink TEXT NOT NULL, seq INTEGER NOT NULL, state TEXT NOT NULL, at REAL NOT NULL,
        reason TEXT, PRIMARY KEY (sink, seq)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS sinks (
        name TEXT PRIMARY KEY, position TEXT, contact_at REAL NOT NULL) WITHOUT ROWID""",
)
_PENDING = (
    "FROM alerts WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.sink = ? "
    "AND d.seq = alerts.seq) AND alerts.seq > ?"
)


class RevisionConflict(OutboxError):
    """Another alert was already accepted under the same id and revision."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An alert that a sink can never deliver, and why."""

    sink: str
    entry: OutboxEntry
    at: float
    reason: str


class Outbox:
    """The file of alerts. Open it once per process; one thread uses an instance.

    Args:
        path: the SQLite file; its folder is made when missing.
        reserve_bytes: disk space set aside in a file beside it and given up for alerts when the
            disk is full, so that other files (media) cannot take an alert's place; 0 for none.
        max_bytes: refuse to grow beyond this, as if the disk ended there.
    """

    def __init__(
        self, path: Path, *, reserve_bytes: int = 4 << 20, max_bytes: int | None = None
    ) -> None:
        self._file = OutboxFile(path, reserve_bytes=reserve_bytes, max_bytes=max_bytes)

    def open(self) -> Self:
        """Open or create the file.

        Raises:
            OutboxFull: no room for it.
            OutboxError: it cannot be opened, or is no outbox.
        """
        self._file.open(_TABLES)
        return self

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._file.close()

    def __enter__(self) -> Self:
        return self if self._file.is_open else self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- the judge's side ---------------------------------------------------------------------

    def append(self, alert: Alert, now: float) -> bool:
        """Accept ``alert``: durable when this returns. ``now`` is the wall clock.

        Returns:
            False where this id and revision, or a higher one, had been accepted already.

        Raises:
            UnencodableAlert: it cannot be written as JSON.
            RevisionConflict: a different alert holds this id and revision.
            OutboxFull: the disk is full, and the reserve is spent.
            OutboxError: the disk or the file is at fault.
        """
        document = encode_alert(alert)
        try:
            return self._append(alert, document, now)
        except OutboxFull:
            if not self._file.spend_reserve():
                raise
        return self._append(alert, document, now)

    def _append(self, alert: Alert, document: str, now: float) -> bool:
        with self._file.write() as db:
            last = db.execute("SELECT revision FROM incidents WHERE id = ?", (alert.id,)).fetchone()
            if last is not None and alert.revision <= last[0]:
                self._refuse_other(db, alert, document)
                return False
            is_open = int(alert.type is not AlertType.END)
            db.execute(
                "INSERT INTO alerts (id, revision, accepted_at, document) VALUES (?, ?, ?, ?)",
                (alert.id, alert.revision, now, document),
            )
            db.execute(
                "INSERT INTO incidents VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "revision = excluded.revision, open = excluded.open, "
                "changed_at = excluded.changed_at, document = excluded.document",
                (alert.id, alert.revision, is_open, now, document if is_open else ""),
            )
        return True

    @staticmethod
    def _refuse_other(db: sqlite3.Connection, alert: Alert, document: str) -> None:
        kept = db.execute(
            "SELECT document FROM alerts WHERE id = ? AND revision = ?", (alert.id, alert.revision)
        ).fetchone()
        if kept is not None and kept[0] != document:
            raise RevisionConflict(
                f"incident {alert.id!r} already has another revision {alert.revision}: number "
                "the next one from last_revision()"
            )

    def open_incidents(self) -> list[Alert]:
        """The last revision of every incident that has not ended."""
        rows = self._file.read(
            "SELECT document FROM incidents WHERE open = 1 ORDER BY changed_at, id"
        )
        return [decode_alert(document) for (document,) in rows]

    def last_revision(self, incident: str) -> int | None:
        """The highest revision accepted for ``incident``; None for one never seen."""
        rows = self._file.read("SELECT revision FROM incidents WHERE id = ?", incident)
        return int(rows[0][0]) if rows else None

    # --- the publisher's side -----------------------------------------------------------------

    def pending(self, sink: str, limit: int = 100, *, after: int = 0) -> list[OutboxEntry]:
        """The oldest rows beyond ``after`` that ``sink`` neither delivered nor set aside."""
        rows = self._file.read(
            f"SELECT seq, id, revision, document, accepted_at {_PENDING} ORDER BY seq LIMIT ?",
            sink,
            after,
            limit,
        )
        return [OutboxEntry(*row) for row in rows]

    def pending_count(self, sink: str) -> int:
        """How many rows ``sink`` still owes."""
        ((count,),) = self._file.read(f"SELECT count(*) {_PENDING}", sink, 0)
        return int(count)

    def undelivered_since(self, sink: str, now: float) -> float:
        """Age in seconds of the oldest row that ``sink`` still owes; 0 where it owes none."""
        ((oldest,),) = self._file.read(f"SELECT min(accepted_at) {_PENDING}", sink, 0)
        return max(0.0, now - oldest) if oldest is not None else 0.0

    def mark_delivered(
        self, sink: str, seqs: Sequence[int], now: float, position: str | None = None
    ) -> None:
        """Note that the far side acknowledged ``seqs``, and with them ``position``."""
        with self._file.write() as db:
            db.executemany(
                "INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?, ?, NULL)",
                [(sink, seq, _DELIVERED, now) for seq in seqs],
            )
            self._contact(db, sink, now, position)

    def dead_letter(self, sink: str, seq: int, reason: str, now: float) -> None:
        """Set one row aside for good: ``sink`` can never deliver it."""
        with self._file.write() as db:
            db.execute(
                "INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?, ?, ?)",
                (sink, seq, _DEAD, now, reason),
            )

    def dead_letters(self) -> list[DeadLetter]:
        """What was set aside, newest first."""
        rows = self._file.read(
            "SELECT d.sink, d.at, d.reason, a.seq, a.id, a.revision, a.document, a.accepted_at "
            "FROM deliveries d JOIN alerts a USING (seq) WHERE d.state = ? ORDER BY d.at DESC",
            _DEAD,
        )
        return [DeadLetter(row[0], OutboxEntry(*row[3:]), row[1], row[2]) for row in rows]

    def note_contact(self, sink: str, now: float) -> None:
        """Note that the far side still holds what it acknowledged."""
        with self._file.write() as db:
            self._contact(db, sink, now, None)

    @staticmethod
    def _contact(db: sqlite3.Connection, sink: str, now: float, position: str | None) -> None:
        db.execute(
            "INSERT INTO sinks VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
            "contact_at = excluded.contact_at, "
            "position = coalesce(excluded.position, sinks.position)",
            (sink, position, now),
        )

    def position(self, sink: str) -> str | None:
        """What ``mark_delivered`` last kept for ``sink``."""
        rows = self._file.read("SELECT position FROM sinks WHERE name = ?", sink)
        return rows[0][0] if rows else None

    def replay(self, sink: str, since_s: float = KEEP_S, newest: int = KEEP_NEWEST) -> int:
        """Make rows pending again that were delivered shortly before the last contact.

        The time counts back from the last contact, not from now: a server may lose its tail on
        the first second of a long absence. The ``newest`` go again whatever their time says, for
        clocks that were set in between.

        Returns:
            How many rows will be sent again.
        """
        with self._file.write() as db:
            return db.execute(
                "DELETE FROM deliveries WHERE sink = ?1 AND state = ?2 AND (at >= "
                "(SELECT contact_at FROM sinks WHERE name = ?1) - ?3 OR seq IN (SELECT seq FROM "
                "deliveries WHERE sink = ?1 AND state = ?2 ORDER BY seq DESC LIMIT ?4))",
                (sink, _DELIVERED, since_s, newest),
            ).rowcount

    def prune(
        self,
        sinks: Sequence[str],
        now: float,
        keep_s: float = KEEP_S,
        *,
        remember_s: float = REMEMBER_S,
    ) -> int:
        """Delete rows that every one of ``sinks`` delivered ``keep_s`` before its last contact.

        While a sink is away nothing that it delivered ages. Dead letters and ended incidents stay
        for ``remember_s``; after it the newest rows go, too. What a sink still owes never goes; a
        site without sinks owes nothing, and its rows go by their age alone.

        Returns:
            How many rows were deleted.
        """
        with self._file.write() as db:
            gone = db.execute(
                "SELECT d.seq FROM deliveries d LEFT JOIN sinks s ON s.name = d.sink "
                "WHERE d.sink IN (SELECT value FROM json_each(?)) "
                "AND (d.seq <= (SELECT max(seq) FROM alerts) - ? OR d.at < ?) "
                "AND CASE d.state WHEN ? THEN d.at < min(s.contact_at, ?) - ? ELSE d.at < ? END "
                "GROUP BY d.seq HAVING count(*) = ? ORDER BY d.seq LIMIT ?",
                (
                    json.dumps(list(sinks)),
                    KEEP_NEWEST,
                    now - remember_s,
                    _DELIVERED,
                    now,
                    keep_s,
                    now - remember_s,
                    len(sinks),
                    _PRUNE_ROWS,
                ),
            ).fetchall()
            if not sinks:
                gone = db.execute(
                    "SELECT seq FROM alerts WHERE accepted_at < ? ORDER BY seq LIMIT ?",
                    (now - remember_s, _PRUNE_ROWS),
                ).fetchall()
            db.executemany("DELETE FROM alerts WHERE seq = ?", gone)
            db.executemany("DELETE FROM deliveries WHERE seq = ?", gone)
            db.execute(
                "DELETE FROM incidents WHERE open = 0 AND changed_at < ?", (now - remember_s,)
            )
        return len(gone)

    def forget(self, sinks: Sequence[str], camera: str, since: float, until: float) -> int:
        """Delete a camera's alerts of a stretch of time that every one of ``sinks`` has; how many.

        What is owed to a sink stays, and so does the number of each incident.

        Raises:
            OutboxError: nothing was deleted.
        """
        with self._file.write() as db:
            gone = db.execute(
                "SELECT seq FROM alerts WHERE json_extract(document, '$.camera') = ?"
                " AND json_extract(document, '$.start_time') <= ?"
                " AND coalesce(json_extract(document, '$.end_time'), accepted_at) >= ?"
                " AND (SELECT count(*) FROM deliveries d WHERE d.seq = alerts.seq"
                " AND d.sink IN (SELECT value FROM json_each(?))) = ?",
                (camera, until, since, json.dumps(list(sinks)), len(sinks)),
            ).fetchall()
            db.executemany("DELETE FROM alerts WHERE seq = ?", gone)
            db.executemany("DELETE FROM deliveries WHERE seq = ?", gone)
        return len(gone)

    # --- the disk -----------------------------------------------------------------------------

    def keep_reserve(self) -> bool:
        """Set the reserve aside again after the disk was full. False where it still is."""
        return self._file.keep_reserve()

    @property
    def reserve_kept(self) -> bool:
        """False once alerts had to be written into the space set aside: raise an alarm."""
        return self._file.reserve_kept
