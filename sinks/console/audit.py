"""The audit log: who changed what, when and from where. Lines are added, never changed."""

from __future__ import annotations

import contextvars
import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from pipeline.sqlite_file import SqliteFile
from sinks.console.accounts import Principal

log = structlog.get_logger()

KEEP_S = 365 * 86400.0
#: Older lines are looked for no more often than this.
_TRIM_EVERY_S = 86400.0
_LONGEST = 4_000
_TRIMMED = "audit log trimmed"
_COLUMNS = "id, at, who, what, camera, detail, address"
#: Where the request comes from that is being answered; set by the guard.
address: contextvars.ContextVar[str] = contextvars.ContextVar("address", default="")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. ``at`` in seconds since the epoch."""

    id: int
    at: float
    who: str
    what: str
    camera: str
    detail: dict[str, Any]
    address: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines are asked for; what is empty or None does not matter."""

    who: str = ""
    #: Begins with this.
    what: str = ""
    camera: str = ""
    since: float | None = None
    until: float | None = None


class AuditError(Exception):
    """The audit log cannot be read or written; the text says what to do."""


class AuditLog(SqliteFile):
    """The audit log, beside the accounts.

    Lines older than a year go, and a line says how many went: the file refuses, by triggers, that a
    line is changed, or removed before such a line stands.

    Args:
        path: of the file.
        now: the time in seconds since the epoch.
    """

    tables = (
        "CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL,"
        " who TEXT NOT NULL, what TEXT NOT NULL, camera TEXT NOT NULL, detail TEXT NOT NULL,"
        " address TEXT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS audit_at ON audit (at)",
        "CREATE TRIGGER IF NOT EXISTS audit_stays BEFORE UPDATE ON audit"
        " BEGIN SELECT RAISE(ABORT, 'the audit log is not changed'); END",
        "CREATE TRIGGER IF NOT EXISTS audit_is_kept BEFORE DELETE ON audit WHEN NOT EXISTS"
        " (SELECT 1 FROM audit WHERE what = 'audit log trimmed'"
        " AND json_extract(detail, '$.before') > OLD.at AND at >= OLD.at + 31536000)"
        " BEGIN SELECT RAISE(ABORT, 'the audit log keeps a line for a year'); END",
    )
    error = AuditError
    lost = "the record of who changed what is lost"

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        super().__init__(path)
        self._now = now
        self._trim_at = 0.0

    def write(self, who: Principal | str, what: str, camera: str = "", **detail: Any) -> None:
        """Add a line.

        Args:
            who: whose doing it was.
            what: in a few words, such as ``account added``; the same words for the same thing.
            camera: which it was about.
            detail: what else belongs to it, as JSON; never a secret.

        Raises:
            AuditError: the file cannot be used; then what is to be recorded should not be done.
        """
        name = who if isinstance(who, str) else who.name
        text = json.dumps(detail, ensure_ascii=False, default=str)
        if len(text) > _LONGEST:
            text = json.dumps({"cut": text[:_LONGEST]}, ensure_ascii=False)
        now = self._now()
        with self._using() as db:
            db.execute(
                "INSERT INTO audit (at, who, what, camera, detail, address)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    now,
                    *(_writable(cell) for cell in (name[:200], what[:200], camera[:200], text)),
                    address.get(),
                ),
            )
        if now >= self._trim_at:
            self._trim_at = now + _TRIM_EVERY_S
            self.trim()

    def trim(self) -> int:
        """Remove lines older than a year, and say so in a line; return how many.

        Raises:
            AuditError: the file cannot be used.
        """
        now = self._now()
        before = now - KEEP_S
        with self._changing() as db:
            count, first = db.execute(
                "SELECT COUNT(*), MIN(at) FROM audit WHERE at < ?", (before,)
            ).fetchone()
            if not count:
                return 0
            db.execute(
                "INSERT INTO audit (at, who, what, camera, detail, address)"
                " VALUES (?, 'hearsight', ?, '', ?, '')",
                (now, _TRIMMED, json.dumps({"lines": count, "from": first, "before": before})),
            )
            db.execute("DELETE FROM audit WHERE at < ?", (before,))
        log.info("audit log trimmed", lines=count, before=before)
        return int(count)

    def entries(self, which: Filter, *, before: int | None = None, limit: int = 100) -> list[Entry]:
        """Lines, the newest first.

        Args:
            which: of them.
            before: only older ones than this number: the next page.
            limit: at most so many.

        Raises:
            AuditError: the file cannot be used.
        """
        conditions: list[tuple[str, Any]] = [
            ("who = ?", which.who or None),
            # Not LIKE: a percent sign in the text would be a pattern.
            ("substr(what, 1, length(?)) = ?", which.what or None),
            ("camera = ?", which.camera or None),
            ("at >= ?", which.since),
            ("at < ?", which.until),
            ("id < ?", before),
        ]
        asked = [(text, value) for text, value in conditions if value is not None]
        where = " AND ".join(text for text, _ in asked) or "1"
        values = [value for text, value in asked for _ in range(text.count("?"))]
        with self._using() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM audit WHERE {where} ORDER BY id DESC LIMIT ?",  # noqa: S608
                (*values, limit),
            ).fetchall()
        return [
            Entry(number, at, who, what, camera, json.loads(detail), where_from)
            for number, at, who, what, camera, detail, where_from in rows
        ]

    def kinds(self) -> list[str]:
        """What stands in ``what``, for the filter. Raises AuditError."""
        with self._using() as db:
            rows = db.execute("SELECT DISTINCT what FROM audit ORDER BY what LIMIT 200").fetchall()
        return [row[0] for row in rows]

    def csv(self, which: Filter) -> Iterator[str]:
        """The lines as CSV (RFC 4180), the newest first, a page at a time. Raises AuditError."""
        yield _row(["id", "time", "seconds", "who", "what", "camera", "detail", "address"])
        before: int | None = None
        while page := self.entries(which, before=before, limit=500):
            before = page[-1].id
            yield "".join(
                _row(
                    [
                        str(e.id),
                        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(e.at)),
                        f"{e.at:.3f}",
                        e.who,
                        e.what,
                        e.camera,
                        json.dumps(e.detail, ensure_ascii=False),
                        e.address,
                    ]
                )
                for e in page
            )


def _row(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_plain(cell) for cell in cells])
    return out.getvalue()


def _plain(cell: str) -> str:
    """A spreadsheet takes a cell that begins like this for a formula and carries it out."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _writable(text: str) -> str:
    """Without halves of surrogate pairs, which no database takes."""
    return text.encode("utf-8", "replace").decode()
