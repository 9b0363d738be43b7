"""What the scores of each camera were, minute by minute: the line under a camera's timeline."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.sqlite_file import SqliteFile

MINUTE_S = 60
#: The rarest of so many points at most is told of a longer stretch.
_POINTS = 720


class HistoryError(Exception):
    """The history cannot be read or written; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Point:
    """The nearest that a camera came to an alert in a stretch of time.

    Each number is how far a score lay above where its rule alerts, in decades of p-value (below
    0: so far below); of the fused score, of sight and of sound. None where nothing was scored.
    """

    #: Seconds since the epoch, of the stretch's beginning.
    at: float
    over: float
    rule: str
    video: float | None
    audio: float | None


class History(SqliteFile):
    """The file ``history.sqlite3`` of a console.

    Args:
        path: see `SqliteFile`.
        keep_s: how long minutes are kept.
        now: the wall clock.
    """

    tables = (
        "CREATE TABLE IF NOT EXISTS minutes (camera TEXT NOT NULL, minute INTEGER NOT NULL,"
        " over REAL NOT NULL, rule TEXT NOT NULL, video REAL, audio REAL,"
        " PRIMARY KEY (camera, minute)) WITHOUT ROWID",
    )
    error = HistoryError
    lost = "the lines under the timelines are lost, alerts are not"

    def __init__(self, path: Path, keep_s: float, *, now: Callable[[], float] = time.time) -> None:
        super().__init__(path)
        self._keep_s = keep_s
        self._now = now
        #: By camera, the minute under way.
        self._open: dict[str, Point] = {}

    def take(self, camera: str, rule: str, told: Mapping[str, Any]) -> None:
        """A window was scored (see `sinks.console.intake.line_of`). Nothing is written yet."""
        score, threshold, at = told.get("score"), told.get("threshold"), told.get("at")
        if score is None or threshold is None or at is None:
            return
        over, senses = score - threshold, told.get("senses") or {}
        minute = at // MINUTE_S * MINUTE_S
        before = self._open.get(camera)
        if before is not None and before.at == minute and before.over >= over:
            return
        if before is not None and before.at != minute:
            self._write({camera: before})

        def above(sense: str) -> float | None:
            value = senses.get(sense)
            return None if value is None else value - threshold

        self._open[camera] = Point(minute, over, rule, above("video"), above("audio"))

    def flush(self) -> None:
        """Write the minutes under way too, and forget what is too old. Raises HistoryError."""
        self._write(self._open)
        # A minute that goes on grows by what comes: what is forgotten meanwhile stays forgotten.
        self._open.clear()
        with self._using() as db:
            db.execute("DELETE FROM minutes WHERE minute < ?", (self._now() - self._keep_s,))

    def forget(self, camera: str, since: float, until: float) -> int:
        """Delete a camera's minutes within a stretch of time; how many. Raises HistoryError."""
        with self._changing() as db:
            gone = db.execute(
                "DELETE FROM minutes WHERE camera = ? AND minute + ? >= ? AND minute <= ?",
                (camera, MINUTE_S, since, until),
            )
            return int(gone.rowcount)

    def of(self, camera: str, since: float, until: float) -> list[Point]:
        """The camera's points in [since, until), oldest first; of a long time the rarest of each.

        Raises:
            HistoryError: the file cannot be read.
        """
        step = max(1, round((until - since) / MINUTE_S / _POINTS)) * MINUTE_S
        with self._using() as db:
            # SQLite takes the other columns from the row with the maximum.
            rows = db.execute(
                "SELECT minute / ? * ? AS stretch, MAX(over), rule, video, audio FROM minutes"
                " WHERE camera = ? AND minute >= ? AND minute < ? GROUP BY stretch"
                " ORDER BY stretch",
                (step, step, camera, int(since), int(until)),
            ).fetchall()
        return [Point(*row) for row in rows]

    def _write(self, points: Mapping[str, Point]) -> None:
        rows = [(c, int(p.at), p.over, p.rule, p.video, p.audio) for c, p in points.items()]
        with self._changing() as db:
            db.executemany(
                "INSERT INTO minutes VALUES (?,?,?,?,?,?) ON CONFLICT (camera, minute) DO UPDATE"
                " SET over = excluded.over, rule = excluded.rule, video = excluded.video,"
                " audio = excluded.audio WHERE excluded.over > minutes.over",
                rows,
            )
