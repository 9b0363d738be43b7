"""Slows down guessing of passwords, per account and per address, without locking owners out.

Each failed try counts in a bucket; beyond a few free ones, each doubles the wait before the next.
Which bucket says whom a guesser can hinder:

- A browser in which the account signed in before carries a device cookie: its tries count in a
  bucket of its own. Whoever hammers at a name from elsewhere cannot keep its owner out (the device
  cookies of OWASP's "Slow Down Online Guessing Attacks").
- An address from which the account signed in within a month has a bucket per account as well.
- All else shares the account's bucket, with a wait of five minutes at most; and each address has
  one for all accounts, so that one guesser cannot try a password at every name.

A try that is refused because of the wait counts nowhere, so hammering does not prolong it.
"""

from __future__ import annotations

import ipaddress
import math
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.sqlite_file import SqliteFile
from sinks.console.sessions import digest

DEVICE_COOKIE = "__Host-hearsight-device"
DEVICE_S = 90 * 86400.0
_ADDRESS_KNOWN_S = 30 * 86400.0
#: A bucket is empty again after a day without a failure.
_FORGOTTEN_S = 86400.0
#: Buckets, devices and addresses that are kept; the least recent give way.
_MOST_BUCKETS, _MOST_KNOWN = 10_000, 10_000
_KNOWN_OF_ONE = 20


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind of bucket fills: tries that cost nothing, then 1 s, 2 s, 4 s up to the longest."""

    free: int
    longest_s: float

    def wait_s(self, failures: int) -> float:
        over = failures - self.free
        if over < 0:
            return 0.0
        return min(self.longest_s, float(2 ** min(over, 30)))


_KINDS = {
    "device": _Kind(free=5, longest_s=900.0),
    "place": _Kind(free=5, longest_s=900.0),
    "account": _Kind(free=5, longest_s=300.0),
    "address": _Kind(free=20, longest_s=900.0),
}


class ThrottleError(Exception):
    """The file of failed tries cannot be used; the text says what to do."""


class SlowDown(Exception):
    """Too many wrong passwords; try again later.

    Args:
        retry_after_s: whole seconds to wait.
    """

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many wrong passwords: try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Try:
    """One try that was let through; it counts as failed until `succeeded` says otherwise."""

    name: str
    address: str
    buckets: tuple[tuple[str, str], ...]


class Throttle(SqliteFile):
    """The failed tries, beside the accounts, so that a restart does not forget them.

    Args:
        path: of the file.
        now: the time in seconds since the epoch.
    """

    tables = (
        "CREATE TABLE IF NOT EXISTS tries (kind TEXT NOT NULL, key TEXT NOT NULL,"
        " failures INTEGER NOT NULL, last_at REAL NOT NULL, PRIMARY KEY (kind, key))",
        "CREATE TABLE IF NOT EXISTS known (name TEXT NOT NULL, kind TEXT NOT NULL,"
        " key TEXT NOT NULL, seen_at REAL NOT NULL, PRIMARY KEY (name, kind, key))",
    )
    error = ThrottleError
    lost = "failed sign-ins are forgotten"

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        super().__init__(path)
        self._now = now

    def admit(self, name: str, address: str, device: str | None) -> Try:
        """Let a try through and count it, before the password is looked at.

        So many at the same time get no more tries than one after the other.

        Args:
            name: of the account, whether there is one or not.
            address: of the client.
            device: the device cookie, if there is one.

        Raises:
            SlowDown: it comes too early.
            ThrottleError: the file cannot be used.
        """
        now, place = self._now(), network(address)
        with self._changing() as db:
            buckets = self._buckets(db, name, place, device)
            wait = max(self._left_s(db, kind, key) for kind, key in buckets)
            if wait > 0:
                raise SlowDown(math.ceil(wait))
            for kind, key in buckets:
                db.execute(
                    "INSERT INTO tries (kind, key, failures, last_at) VALUES (?, ?, 1, ?)"
                    " ON CONFLICT (kind, key) DO UPDATE SET last_at = excluded.last_at, failures ="
                    " CASE WHEN last_at < ? THEN 1 ELSE failures + 1 END",
                    (kind, key, now, now - _FORGOTTEN_S),
                )
            db.execute("DELETE FROM tries WHERE last_at < ?", (now - _FORGOTTEN_S,))
            # Whoever fills the table with made-up names or addresses pushes out such rows first.
            db.execute(
                "DELETE FROM tries WHERE rowid IN (SELECT rowid FROM tries"
                " ORDER BY failures > 1 DESC, last_at DESC LIMIT -1 OFFSET ?)",
                (_MOST_BUCKETS,),
            )
        return Try(name, place, tuple(buckets))

    def succeeded(self, attempt: Try) -> str:
        """The password was right; return a device cookie for this browser.

        The account's own bucket is emptied, the address's gets only this try back: an account of
        one's own is no key to guessing at others.

        Raises:
            ThrottleError: the file cannot be used.
        """
        device, now = secrets.token_urlsafe(32), self._now()
        with self._changing() as db:
            for kind, key in attempt.buckets:
                if kind == "address":
                    db.execute(
                        "UPDATE tries SET failures = failures - 1 WHERE kind = ? AND key = ?",
                        (kind, key),
                    )
                else:
                    db.execute("DELETE FROM tries WHERE kind = ? AND key = ?", (kind, key))
            for kind, key in (("device", digest(device)), ("place", attempt.address)):
                db.execute(
                    "INSERT INTO known (name, kind, key, seen_at) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at",
                    (attempt.name, kind, key, now),
                )
            db.execute(
                "DELETE FROM known WHERE name = ? AND rowid NOT IN (SELECT rowid FROM known"
                " WHERE name = ? ORDER BY seen_at DESC, rowid DESC LIMIT ?)",
                (attempt.name, attempt.name, 2 * _KNOWN_OF_ONE),
            )
            db.execute(
                "DELETE FROM known WHERE rowid IN (SELECT rowid FROM known"
                " ORDER BY seen_at DESC LIMIT -1 OFFSET ?)",
                (_MOST_KNOWN,),
            )
        return device

    def taken_back(self, attempt: Try) -> None:
        """The password was not looked at: the try does not count. Raises ThrottleError."""
        with self._changing() as db:
            for kind, key in attempt.buckets:
                db.execute(
                    "UPDATE tries SET failures = MAX(0, failures - 1) WHERE kind = ? AND key = ?",
                    (kind, key),
                )

    def forget(self, name: str) -> None:
        """Forget an account's failures, devices and addresses: its password was reset.

        Raises:
            ThrottleError: the file cannot be used.
        """
        with self._changing() as db:
            db.execute("DELETE FROM known WHERE name = ?", (name,))
            db.execute("DELETE FROM tries WHERE kind = 'account' AND key = ?", (digest(name),))

    def rows(self) -> int:
        """Rows that are kept, for tests and the health page. Raises ThrottleError."""
        with self._using() as db:
            (tries,) = db.execute("SELECT COUNT(*) FROM tries").fetchone()
            (known,) = db.execute("SELECT COUNT(*) FROM known").fetchone()
        return int(tries) + int(known)

    def _buckets(
        self, db: sqlite3.Connection, name: str, place: str, device: str | None
    ) -> list[tuple[str, str]]:
        now = self._now()
        if device and self._known(db, name, "device", digest(device), now - DEVICE_S):
            return [("device", digest(f"{name} {device}"))]
        if self._known(db, name, "place", place, now - _ADDRESS_KNOWN_S):
            return [("place", digest(f"{name} {place}")), ("address", place)]
        # A hash: what people type for a name is at times their password.
        return [("account", digest(name)), ("address", place)]

    def _known(self, db: sqlite3.Connection, name: str, kind: str, key: str, since: float) -> bool:
        return (
            db.execute(
                "SELECT 1 FROM known WHERE name = ? AND kind = ? AND key = ? AND seen_at >= ?",
                (name, kind, key, since),
            ).fetchone()
            is not None
        )

    def _left_s(self, db: sqlite3.Connection, kind: str, key: str) -> float:
        row = db.execute(
            "SELECT failures, last_at FROM tries WHERE kind = ? AND key = ?", (kind, key)
        ).fetchone()
        now = self._now()
        if row is None or row[1] < now - _FORGOTTEN_S:
            return 0.0
        failures, last_at = int(row[0]), float(row[1])
        # A clock that was set back must not make a wait longer than it was meant to be.
        return max(0.0, min(last_at, now) + _KINDS[kind].wait_s(failures) - now)


def network(address: str) -> str:
    """What counts as one address: an IPv6 client has a whole /64 to choose from."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((int(ip), 64), strict=False))
    return str(ip)
