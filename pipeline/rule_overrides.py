"""What people changed of a site's rules, on disk: every version, who made it, and who took it back.

The site file is never rewritten. What is kept is laid over it (`pipeline.rule_changes`), so that a
change of the file still counts where nobody said otherwise.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline.config import Site
from pipeline.rule_changes import Effective, Kind, Version, effective
from pipeline.sqlite_file import SqliteFile

FILE = "rules.sqlite3"
_COLUMNS = "number, rule, kind, changes, by, at, undone_by, undone_at"


class OverridesError(OSError):
    """The file of overrides cannot be used; the text says what to do."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the rule; the text says who."""


class NothingToUndo(Exception):
    """The rule is as the site file has it."""


#: Stands for a name that is not kept any longer.
SOMEBODY = "somebody"


class RuleOverrides(SqliteFile):
    """The file ``rules.sqlite3`` of a site's data folder.

    Args:
        path: of the file.
        now: the time in seconds since the epoch.
    """

    tables = (
        "CREATE TABLE IF NOT EXISTS versions (number INTEGER PRIMARY KEY AUTOINCREMENT,"
        " rule TEXT NOT NULL, kind TEXT NOT NULL, changes TEXT NOT NULL, by TEXT NOT NULL,"
        " at REAL NOT NULL, undone_by TEXT NOT NULL DEFAULT '', undone_at REAL)",
        "CREATE INDEX IF NOT EXISTS versions_rule ON versions (rule, number)",
    )
    error = OverridesError
    lost = "what people changed of the rules is lost: they are as the site file has them"

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        super().__init__(path)
        self._now = now

    def revision(self) -> int:
        """A number that grows with every change. Raises OverridesError."""
        with self._using() as db:
            (number,) = db.execute("SELECT COUNT(*) + COUNT(undone_at) FROM versions").fetchone()
        return int(number)

    def current(self) -> list[Version]:
        """The newest version of each rule that was not taken back, in the order of their making.

        Raises:
            OverridesError: the file cannot be read.
        """
        newest = (
            "WHERE number IN (SELECT MAX(number) FROM versions WHERE undone_at IS NULL"
            " GROUP BY rule) ORDER BY number"
        )
        with self._using() as db:
            return _versions(db, newest)

    def history(self, rule: str) -> list[Version]:
        """Every version of a rule, the newest first. Raises OverridesError."""
        with self._using() as db:
            return _versions(db, "WHERE rule = ? ORDER BY number DESC", rule)

    def rules(self) -> list[str]:
        """The rules that were ever changed. Raises OverridesError."""
        with self._using() as db:
            rows = db.execute("SELECT DISTINCT rule FROM versions ORDER BY rule").fetchall()
        return [rule for (rule,) in rows]

    def save(
        self, rule: str, kind: Kind, changes: Mapping[str, Any], *, by: str, after: int | None
    ) -> Version:
        """Add a version, which holds from now on.

        Args:
            rule: which one.
            kind: what is made of it.
            changes: all that it says other than the site file.
            by: who.
            after: number of the version that they had before them, 0 for none; None: any.

        Raises:
            ChangedMeanwhile: another one holds by now.
            OverridesError: the file cannot be written.
        """
        at = self._now()
        with self._changing() as db:
            _as_known(db, rule, after)
            cursor = db.execute(
                "INSERT INTO versions (rule, kind, changes, by, at) VALUES (?, ?, ?, ?, ?)",
                (rule, kind.value, json.dumps(dict(changes), ensure_ascii=False), by, at),
            )
        assert cursor.lastrowid is not None
        return Version(cursor.lastrowid, rule, kind, dict(changes), by, at)

    def undo(
        self, rule: str, *, by: str, after: int | None = None
    ) -> tuple[Version, Version | None]:
        """Take the newest version back; again, and the one before it goes too.

        Returns:
            What was taken back, and what holds now; None: what the site file says.

        Raises:
            NothingToUndo: nothing overrides the rule.
            ChangedMeanwhile: another version than ``after`` holds by now.
            OverridesError: the file cannot be written.
        """
        with self._changing() as db:
            standing = _as_known(db, rule, after)
            if not standing:
                raise NothingToUndo(f"nothing was changed of the rule {rule!r}")
            db.execute(
                "UPDATE versions SET undone_by = ?, undone_at = ? WHERE number = ?",
                (by, self._now(), standing[0].number),
            )
        return standing[0], standing[1] if len(standing) > 1 else None

    def forget_names(self, before: float) -> int:
        """Keep what was changed before a time, and no longer by whom; of how many versions.

        Raises:
            OverridesError: the file cannot be written.
        """
        with self._changing() as db:
            changed = db.execute(
                "UPDATE versions SET by = ?1 WHERE at < ?2 AND by != ?1", (SOMEBODY, before)
            ).rowcount
            undone = db.execute(
                "UPDATE versions SET undone_by = ?1 WHERE undone_at < ?2 AND undone_by != ?1",
                (SOMEBODY, before),
            ).rowcount
        return changed + undone


def _versions(db: sqlite3.Connection, where: str, *values: str) -> list[Version]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM versions {where}", values).fetchall()  # noqa: S608
    return [
        Version(number, rule, Kind(kind), json.loads(changes), by, at, undone_by, undone_at)
        for number, rule, kind, changes, by, at, undone_by, undone_at in rows
    ]


def _as_known(db: sqlite3.Connection, rule: str, after: int | None) -> list[Version]:
    """The versions that were not taken back, the newest first, if ``after`` is the newest."""
    where = "WHERE rule = ? AND undone_at IS NULL ORDER BY number DESC LIMIT 2"
    standing = _versions(db, where, rule)
    newest = standing[0] if standing else None
    if after is not None and after != (newest.number if newest else 0):
        whose = f"{newest.by} has changed it" if newest else "what was changed was taken back"
        raise ChangedMeanwhile(f"{whose} meanwhile: look at the rule again")
    return standing


def effective_site(site: Site) -> Effective:
    """The site with its overrides, for commands beside it; nothing is made where nothing is kept.

    Raises:
        OverridesError: the file is there and cannot be read.
    """
    path = site.state_dir / FILE
    if not path.exists():
        return Effective(site, {})
    with RuleOverrides(path) as overrides:
        return effective(site, overrides.current())
