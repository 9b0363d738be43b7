"""Sessions of signed-in browsers: a random token each, of which only a hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.sqlite_file import SqliteFile

#: ``__Host-``: a browser takes it only with Secure and Path=/, and from no other host. Chromium
#: counts http://127.0.0.1 and http://localhost as secure.
COOKIE = "__Host-hearsight"
#: A shift without a page opened or a button pressed; and a week in all.
IDLE_S, ABSOLUTE_S = 12 * 3600.0, 7 * 86400.0
#: The last use is written down no more often than this.
_TOUCH_S = 60.0
#: Sessions of one account; the oldest gives way.
_MOST = 20


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which somebody is signed in."""

    name: str
    #: Of the account, at sign-in: another one means that this session has ended.
    generation: int
    begun_at: float
    #: Hash of the session's token, in hexadecimal: names it without giving it away.
    key: str
    csrf: str


class SessionsError(Exception):
    """The sessions cannot be read or written; the text says what to do."""


class Sessions(SqliteFile):
    """The sessions, beside the accounts.

    Args:
        path: of the file.
        now: the time in seconds since the epoch.
    """

    tables = (
        "CREATE TABLE IF NOT EXISTS sessions (key TEXT PRIMARY KEY, name TEXT NOT NULL,"
        " generation INTEGER NOT NULL, begun_at REAL NOT NULL, used_at REAL NOT NULL)",
        "CREATE INDEX IF NOT EXISTS sessions_of ON sessions (name)",
    )
    error = SessionsError
    lost = "everybody signs in again"

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        super().__init__(path)
        self._now = now

    def begin(self, name: str, generation: int) -> str:
        """Begin a session; return the token for the cookie. Raises SessionsError."""
        token, now = secrets.token_urlsafe(32), self._now()
        with self._changing() as db:
            db.execute(
                "DELETE FROM sessions WHERE used_at < ? OR begun_at < ?",
                (now - IDLE_S, now - ABSOLUTE_S),
            )
            db.execute(
                "INSERT INTO sessions (key, name, generation, begun_at, used_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (digest(token), name, generation, now, now),
            )
            db.execute(
                "DELETE FROM sessions WHERE name = ? AND key NOT IN (SELECT key FROM sessions"
                " WHERE name = ? ORDER BY used_at DESC, rowid DESC LIMIT ?)",
                (name, name, _MOST),
            )
        return token

    def find(self, token: str, *, touch: bool) -> Session | None:
        """The session behind a token, if it has not ended.

        Args:
            token: from the cookie.
            touch: whether this is a person's doing, which puts off the idle end; what a page
                fetches by itself is not.

        Raises:
            SessionsError: the file cannot be used.
        """
        key, now = digest(token), self._now()
        with self._using() as db:
            row = db.execute(
                "SELECT name, generation, begun_at, used_at FROM sessions WHERE key = ?", (key,)
            ).fetchone()
            if row is None:
                return None
            name, generation, begun_at, used_at = row
            if now - used_at >= IDLE_S or now - begun_at >= ABSOLUTE_S:
                db.execute("DELETE FROM sessions WHERE key = ?", (key,))
                return None
            if touch and now - used_at >= _TOUCH_S:
                db.execute("UPDATE sessions SET used_at = ? WHERE key = ?", (now, key))
        return Session(name, generation, begun_at, key, csrf_of(token))

    def end(self, token: str) -> None:
        """End one session. Raises SessionsError."""
        with self._using() as db:
            db.execute("DELETE FROM sessions WHERE key = ?", (digest(token),))

    def end_all(self, name: str) -> int:
        """End every session of an account; return how many. Raises SessionsError."""
        with self._using() as db:
            return db.execute("DELETE FROM sessions WHERE name = ?", (name,)).rowcount


def digest(token: str) -> str:
    """SHA-256 of a random token, in hexadecimal. It needs no salt: it has 256 bits itself."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def csrf_of(token: str) -> str:
    """The session's token against forged requests: made of its own, so that no file holds it."""
    return hmac.new(token.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).hexdigest()
