"""Labelled examples and remembered incidents of a site: one SQLite file, bounded.

Of every incident the embeddings of its peak are remembered, so that a verdict that comes days later
still has something to say it of. A verdict turns them into examples; so do the clips of
``hearsight teach``. A thin sample of ordinary embeddings lies beside them: what a lesson must leave
alone at this site.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.records import Modality
from pipeline.sqlite_file import SqliteFile
from pipeline.teaching.labelled import INCIDENT, Labelled

#: Incidents remembered, examples kept of a rule and sense, ordinary rows of a camera and sense:
#: 64 rows of 512 numbers are 64 kB, so an incident is at most 128 kB and these 250 MB in all.
_INCIDENTS, _EXAMPLES, _ORDINARY = 1_000, 1_000, 512
_TABLES = (
    "CREATE TABLE IF NOT EXISTS incidents (id TEXT PRIMARY KEY, camera TEXT NOT NULL,"
    " rule TEXT NOT NULL, started_at REAL NOT NULL, ended_at REAL NOT NULL)",
    "CREATE TABLE IF NOT EXISTS peaks (id TEXT NOT NULL, modality TEXT NOT NULL,"
    " model TEXT NOT NULL, dim INTEGER NOT NULL, rows BLOB NOT NULL, PRIMARY KEY (id, modality))",
    "CREATE TABLE IF NOT EXISTS examples (number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " rule TEXT NOT NULL, modality TEXT NOT NULL, model TEXT NOT NULL, source TEXT NOT NULL,"
    " label INTEGER NOT NULL, at REAL NOT NULL, by TEXT NOT NULL, dim INTEGER NOT NULL,"
    " rows BLOB NOT NULL, windows BLOB NOT NULL, occasion TEXT NOT NULL, lesson INTEGER,"
    " UNIQUE (rule, modality, source))",
    "CREATE TABLE IF NOT EXISTS ordinary (number INTEGER PRIMARY KEY AUTOINCREMENT,"
    " camera TEXT NOT NULL, view TEXT NOT NULL, modality TEXT NOT NULL, model TEXT NOT NULL,"
    " at REAL NOT NULL, row BLOB NOT NULL)",
)


class ExamplesError(OSError):
    """The file of examples cannot be used; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Incident:
    """What is remembered of an incident."""

    id: str
    camera: str
    rule: str
    #: Wall clock, seconds since the epoch.
    started_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class Peak:
    """The embeddings of an incident's rarest window in one sense."""

    model: str
    #: float32 (n, d), unit rows.
    rows: NDArray[np.float32]


class ExampleStore(SqliteFile):
    """The file ``examples.sqlite3`` of a site's data folder."""

    tables = _TABLES
    error = ExamplesError
    lost = "examples are lost, lessons learned from them are not"

    # --- incidents ----------------------------------------------------------------------------

    def remember(self, incident: Incident, peaks: Mapping[Modality, Peak]) -> None:
        """Keep an incident, with its newest peak. Raises ExamplesError."""
        with self._changing() as db:
            db.execute(
                "INSERT OR REPLACE INTO incidents VALUES (?,?,?,?,?)",
                (
                    incident.id,
                    incident.camera,
                    incident.rule,
                    incident.started_at,
                    incident.ended_at,
                ),
            )
            for modality, peak in peaks.items():
                db.execute(
                    "INSERT OR REPLACE INTO peaks VALUES (?,?,?,?,?)",
                    (
                        incident.id,
                        str(modality),
                        peak.model,
                        peak.rows.shape[1],
                        _packed(peak.rows),
                    ),
                )
            old = "SELECT id FROM incidents ORDER BY started_at DESC LIMIT -1 OFFSET ?"
            db.execute(f"DELETE FROM peaks WHERE id IN ({old})", (_INCIDENTS,))  # noqa: S608
            db.execute(f"DELETE FROM incidents WHERE id IN ({old})", (_INCIDENTS,))  # noqa: S608

    def incident(self, incident_id: str) -> tuple[Incident, dict[Modality, Peak]] | None:
        """An incident with its peaks; None where it is not remembered. Raises ExamplesError."""
        with self._using() as db:
            found = db.execute("SELECT * FROM incidents WHERE id = ?", (incident_id,)).fetchone()
            if found is None:
                return None
            peaks = db.execute(
                "SELECT modality, model, dim, rows FROM peaks WHERE id = ?", (incident_id,)
            )
            return Incident(*found), {
                Modality(modality): Peak(model, _unpacked(rows, dim))
                for modality, model, dim, rows in peaks
            }

    # --- examples -----------------------------------------------------------------------------

    def add(self, rule: str, modality: Modality, model: str, example: Labelled, by: str) -> bool:
        """Keep an example in place of what its source said before.

        Returns:
            False where the very same is there: nothing is changed.

        Raises:
            ExamplesError: it is not kept.
        """
        if not len(example):
            return False
        with self._changing() as db:
            known = db.execute(
                "SELECT label, model FROM examples WHERE rule = ? AND modality = ? AND source = ?",
                (rule, str(modality), example.source),
            ).fetchone()
            if known == (int(example.label), model):
                return False
            db.execute(
                "INSERT OR REPLACE INTO examples (rule, modality, model, source, label, at, by,"
                " dim, rows, windows, occasion) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                (
                    rule,
                    str(modality),
                    model,
                    example.source,
                    int(example.label),
                    time.time(),
                    by,
                    example.rows.shape[1],
                    _packed(example.rows),
                    example.windows.astype(np.int32).tobytes(),
                    example.group,
                ),
            )
            db.execute(
                "DELETE FROM examples WHERE number IN (SELECT number FROM examples WHERE rule = ?"
                " AND modality = ? ORDER BY number DESC LIMIT -1 OFFSET ?)",
                (rule, str(modality), _EXAMPLES),
            )
        return True

    def examples(self, rule: str, modality: Modality, model: str) -> list[Labelled]:
        """The examples of a rule's sense, by one model, the oldest first. Raises ExamplesError."""
        with self._using() as db:
            found = db.execute(
                "SELECT source, label, dim, rows, windows, occasion FROM examples"
                " WHERE rule = ? AND modality = ? AND model = ? ORDER BY number",
                (rule, str(modality), model),
            )
            return [
                Labelled(
                    source,
                    bool(label),
                    _unpacked(rows, dim),
                    np.frombuffer(windows, np.int32).reshape(-1, 2).astype(np.int64),
                    occasion,
                )
                for source, label, dim, rows, windows, occasion in found
            ]

    def learned(self, rule: str, lesson: int) -> None:
        """Say that the examples that no lesson has used yet went into this one first."""
        with self._changing() as db:
            db.execute(
                "UPDATE examples SET lesson = ? WHERE rule = ? AND lesson IS NULL", (lesson, rule)
            )

    def unlearn(self, rule: str, lesson: int) -> list[str]:
        """Drop the examples that a lesson was the first to use; return their sources.

        Else the next verdict would bring back what was undone.
        """
        with self._changing() as db:
            found = db.execute(
                "SELECT DISTINCT source FROM examples WHERE rule = ? AND lesson = ?", (rule, lesson)
            ).fetchall()
            db.execute("DELETE FROM examples WHERE rule = ? AND lesson = ?", (rule, lesson))
        return [source for (source,) in found]

    # --- what is ordinary ---------------------------------------------------------------------

    def add_ordinary(
        self, camera: str, view: str, modality: Modality, model: str, row: NDArray[np.float32]
    ) -> None:
        """Keep an ordinary embedding (d,); the oldest of the camera goes. Raises ExamplesError."""
        key = (camera, view, str(modality))
        with self._changing() as db:
            db.execute(
                "INSERT INTO ordinary (camera, view, modality, model, at, row)"
                " VALUES (?,?,?,?,?,?)",
                (*key, model, time.time(), _packed(row)),
            )
            db.execute(
                "DELETE FROM ordinary WHERE number IN (SELECT number FROM ordinary WHERE"
                " camera = ? AND view = ? AND modality = ? ORDER BY number DESC LIMIT -1 OFFSET ?)",
                (*key, _ORDINARY),
            )

    def ordinary(
        self, cameras: set[str], view: str, modality: Modality, model: str
    ) -> NDArray[np.float32]:
        """Ordinary embeddings (m, d) of some cameras; (0, 0) where there are none yet."""
        with self._using() as db:
            found = db.execute(
                "SELECT camera, row FROM ordinary WHERE view = ? AND modality = ? AND model = ?",
                (view, str(modality), model),
            )
            rows = [_unpacked(row, -1)[0] for camera, row in found if camera in cameras]
        return np.stack(rows) if rows else np.zeros((0, 0), np.float32)

    # --- forgetting ---------------------------------------------------------------------------

    def forget_before(self, before: float, taught_before: float) -> int:
        """Delete what is older than two times of the wall clock; how many rows.

        Args:
            before: of remembered incidents, and of ordinary embeddings.
            taught_before: of labelled examples; a lesson that was learned from them stays.

        Raises:
            ExamplesError: nothing is deleted.
        """
        with self._changing() as db:
            old = "SELECT id FROM incidents WHERE ended_at < ?"
            db.execute(f"DELETE FROM peaks WHERE id IN ({old})", (before,))  # noqa: S608
            gone = [
                db.execute("DELETE FROM incidents WHERE ended_at < ?", (before,)),
                db.execute("DELETE FROM ordinary WHERE at < ?", (before,)),
                db.execute("DELETE FROM examples WHERE at < ?", (taught_before,)),
            ]
            return sum(cursor.rowcount for cursor in gone)

    def forget_between(self, camera: str, since: float, until: float) -> int:
        """Delete what is of one camera and a stretch of the wall clock; how many rows.

        Examples that a verdict made of an incident go with it.

        Raises:
            ExamplesError: nothing is deleted.
        """
        of = (camera, until, since)
        within = "camera = ? AND started_at <= ? AND ended_at >= ?"
        with self._changing() as db:
            found = db.execute(f"SELECT id FROM incidents WHERE {within}", of).fetchall()  # noqa: S608
            gone = 0
            for (incident,) in found:
                db.execute("DELETE FROM peaks WHERE id = ?", (incident,))
                source = f"{INCIDENT}{incident}"
                gone += db.execute("DELETE FROM examples WHERE source = ?", (source,)).rowcount
            gone += db.execute(f"DELETE FROM incidents WHERE {within}", of).rowcount  # noqa: S608
            gone += db.execute(
                "DELETE FROM ordinary WHERE camera = ? AND at <= ? AND at >= ?", of
            ).rowcount
        return gone


def _packed(rows: NDArray[np.float32]) -> bytes:
    return rows.astype(np.float16).tobytes()


def _unpacked(blob: bytes, dim: int) -> NDArray[np.float32]:
    rows = np.frombuffer(blob, np.float16).astype(np.float32)
    rows = rows.reshape(1, -1) if dim < 0 else rows.reshape(-1, dim)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    out: NDArray[np.float32] = rows / np.where(length > 0, length, 1.0)
    return out
