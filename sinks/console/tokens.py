"""Tokens with which machines use the API: shown once, kept as a hash, limited like an account."""

from __future__ import annotations

import re
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.sqlite_file import SqliteFile
from sinks.console.accounts import AccountRefused, Rights, Role
from sinks.console.sessions import digest

#: By this a token is told from other texts, when it turns up where it should not be.
PREFIX = "hearsight_"
LONGEST_DAYS = 366 * 5
_NAME = re.compile(r"[\w][\w .@-]{0,62}")
_TOUCH_S = 60.0
_MOST = 1_000
_COLUMNS = "id, name, role, rights, made_by, made_at, expires_at, revoked_at, used_at"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token, without its secret. Times in seconds since the epoch."""

    id: int
    name: str
    role: Role
    rights: Rights
    made_by: str
    made_at: float
    expires_at: float
    revoked_at: float | None
    used_at: float | None

    def state(self, now: float) -> str:
        """``valid``, ``expired`` or ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        return "valid" if now < self.expires_at else "expired"


class TokensError(Exception):
    """The tokens cannot be read or written; the text says what to do."""


class NoSuchToken(AccountRefused):
    """There is no token of this number."""


class Tokens(SqliteFile):
    """The tokens, beside the accounts.

    Args:
        path: of the file.
        now: the time in seconds since the epoch.
    """

    tables = (
        "CREATE TABLE IF NOT EXISTS tokens (id INTEGER PRIMARY KEY AUTOINCREMENT,"
        " key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL, rights TEXT NOT NULL,"
        " made_by TEXT NOT NULL, made_at REAL NOT NULL, expires_at REAL NOT NULL,"
        " revoked_at REAL, used_at REAL)",
    )
    error = TokensError
    lost = "machines need new tokens"

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        super().__init__(path)
        self._now = now

    def make(
        self, name: str, role: Role, rights: Rights, *, days: float, by: str
    ) -> tuple[ApiToken, str]:
        """Make a token; return it and its secret, which is shown once.

        Raises:
            AccountRefused: the name or the days will not do, or there are too many tokens.
            TokensError: the file cannot be used.
        """
        name = name.strip()
        if not _NAME.fullmatch(name):
            raise AccountRefused("a token's name says what it is for, in at most 63 characters")
        if not 0 < days <= LONGEST_DAYS:
            raise AccountRefused(f"a token is valid for 1 to {LONGEST_DAYS} days")
        secret, now = PREFIX + secrets.token_urlsafe(32), self._now()
        with self._changing() as db:
            (count,) = db.execute("SELECT COUNT(*) FROM tokens").fetchone()
            if count >= _MOST:
                db.execute(
                    "DELETE FROM tokens WHERE id = (SELECT MIN(id) FROM tokens WHERE"
                    " revoked_at IS NOT NULL OR expires_at <= ?)",
                    (now,),
                )
                (count,) = db.execute("SELECT COUNT(*) FROM tokens").fetchone()
                if count >= _MOST:
                    raise AccountRefused(f"there are {_MOST} tokens: revoke some first")
            number = db.execute(
                "INSERT INTO tokens (key, name, role, rights, made_by, made_at, expires_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (digest(secret), name, role.value, rights.kept(), by, now, now + days * 86400),
            ).lastrowid
            row = db.execute(f"SELECT {_COLUMNS} FROM tokens WHERE id = ?", (number,)).fetchone()  # noqa: S608
        return _token(row), secret

    def find(self, secret: str) -> ApiToken | None:
        """The token behind a secret, if it is valid; its use is noted. Raises TokensError."""
        if not secret.startswith(PREFIX):
            return None
        now = self._now()
        with self._using() as db:
            row = db.execute(
                f"SELECT {_COLUMNS} FROM tokens WHERE key = ?",  # noqa: S608
                (digest(secret),),
            ).fetchone()
            if row is None:
                return None
            token = _token(row)
            if token.state(now) != "valid":
                return None
            if token.used_at is None or now - token.used_at >= _TOUCH_S:
                db.execute("UPDATE tokens SET used_at = ? WHERE id = ?", (now, token.id))
        return token

    def all(self) -> list[ApiToken]:
        """Every token, the newest first. Raises TokensError."""
        with self._using() as db:
            rows: list[sqlite3.Row] = db.execute(
                f"SELECT {_COLUMNS} FROM tokens ORDER BY id DESC"  # noqa: S608
            ).fetchall()
        return [_token(row) for row in rows]

    def revoke(self, number: int) -> ApiToken:
        """Make a token invalid from now on.

        Raises:
            NoSuchToken: there is none of the number.
            TokensError: the file cannot be used.
        """
        with self._changing() as db:
            db.execute(
                "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                (self._now(), number),
            )
            row = db.execute(f"SELECT {_COLUMNS} FROM tokens WHERE id = ?", (number,)).fetchone()  # noqa: S608
            if row is None:
                raise NoSuchToken(f"there is no token {number}")
        return _token(row)


def _token(row: sqlite3.Row) -> ApiToken:
    number, name, role, rights, made_by, made_at, expires_at, revoked_at, used_at = row
    return ApiToken(
        number,
        name,
        Role(role),
        Rights.read(rights),
        made_by,
        made_at,
        expires_at,
        revoked_at,
        used_at,
    )
