"""Who may use the console: accounts with their passwords, in one SQLite file."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.sqlite_file import SqliteFile
from sinks.console import passwords
from sinks.console.passwords import Hashes, PasswordRefused
from sinks.console.rights import EVERYTHING, AccountRefused, Principal, Rights, Role

__all__ = [
    "EVERYTHING",
    "FILE",
    "Account",
    "AccountRefused",
    "Accounts",
    "AccountsError",
    "Made",
    "NoSuchAccount",
    "Principal",
    "Rights",
    "Role",
    "normal_name",
]

FILE = "accounts.sqlite3"
FIRST_ADMIN = "admin"
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,62}")
#: The staff of a large site fits; a script that runs wild does not.
_MOST = 1_000
_COLUMNS = "name, role, rights, disabled, must_change, generation, created_at, created_by, last_at"


@dataclass(frozen=True, slots=True)
class Account:
    """One account, without its password. Times in seconds since the epoch."""

    name: str
    role: Role
    rights: Rights
    disabled: bool
    must_change: bool
    #: Counts up with each password and each disabling: a session of an older one has ended.
    generation: int
    created_at: float
    created_by: str
    #: Of the last sign-in.
    last_at: float | None


class AccountsError(Exception):
    """The file of accounts cannot be read or written; the text says what to do."""


class NoSuchAccount(AccountRefused):
    """There is no account of this name."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new random password, and the text of it that is kept."""

    password: str
    kept: str


class Accounts(SqliteFile):
    """The accounts in ``console/accounts.sqlite3`` of a site's data folder.

    A change takes effect with the next request, whichever process makes it.

    Args:
        path: of the file.
        cameras_of: the cameras of a group; an empty set for one that does not exist.
        hashes: how passwords are kept.
        now: the time in seconds since the epoch.
    """

    tables = (
        "CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, role TEXT NOT NULL,"
        " rights TEXT NOT NULL, password TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0,"
        " must_change INTEGER NOT NULL DEFAULT 1, generation INTEGER NOT NULL DEFAULT 1,"
        " created_at REAL NOT NULL, created_by TEXT NOT NULL, last_at REAL)",
    )
    error = AccountsError
    lost = "accounts, tokens and the audit log are lost; the next start makes a first admin"

    def __init__(
        self,
        path: Path,
        cameras_of: Callable[[str], frozenset[str]],
        *,
        hashes: Hashes | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(path)
        self._cameras_of = cameras_of
        self._hashes = hashes or Hashes()
        self._now = now

    # --- reading ------------------------------------------------------------------------------

    def all(self) -> list[Account]:
        """Every account, by name. Raises AccountsError."""
        with self._using() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM accounts ORDER BY name").fetchall()  # noqa: S608
        return [_account(row) for row in rows]

    def find(self, name: str) -> Account | None:
        """One account, or None. Raises AccountsError."""
        if not _NAME.fullmatch(name):
            return None
        with self._using() as db:
            row = db.execute(
                f"SELECT {_COLUMNS} FROM accounts WHERE name = ?",  # noqa: S608
                (name,),
            ).fetchone()
        return _account(row) if row else None

    def names(self, camera: str) -> frozenset[str]:
        """The accounts to which an alert of this camera may be given: operators who see it.

        Raises:
            AccountsError: the file cannot be used.
        """
        return frozenset(
            account.name
            for account in self.all()
            if not account.disabled
            and account.role.may(Role.OPERATOR)
            and self.principal(account.name, account.role, account.rights).sees(camera)
        )

    def principal(self, name: str, role: Role, rights: Rights, csrf: str = "") -> Principal:
        """Somebody with these rights, groups resolved as the site stands now."""
        return Principal(name, role, rights.resolved(self._cameras_of), csrf)

    # --- signing in ---------------------------------------------------------------------------

    async def sign_in(self, name: str, password: str) -> Account | None:
        """The account, if the password is its own and it is not disabled.

        It takes the same time whether there is such an account or not.

        Raises:
            AccountsError: the file cannot be used.
            TooBusy: too many wait to be checked.
        """
        account = self.find(normal_name(name))
        kept = None if account is None else self._password(account.name)
        right = await self._hashes.matches_aside(kept, password)
        if account is None or kept is None or not right:
            return None
        fresh = None
        if self._hashes.outdated(kept):
            fresh = await self._hashes.make_aside(password)
        with self._using() as db:
            # Only if nothing changed while the password was being checked.
            cursor = db.execute(
                "UPDATE accounts SET last_at = ?, password = ? WHERE name = ? AND password = ?"
                " AND disabled = 0",
                (self._now(), fresh or kept, account.name, kept),
            )
        return self.find(account.name) if cursor.rowcount else None

    async def change_password(self, name: str, old: str, new: str) -> Account:
        """Give an account the password that its owner chose; its sessions end.

        Raises:
            AccountRefused: the old one is wrong.
            PasswordRefused: the new one will not do.
            AccountsError: the file cannot be used.
            TooBusy: too many wait to be checked.
        """
        kept = self._password(name)
        if not await self._hashes.matches_aside(kept, old):
            raise AccountRefused("the present password is not right")
        passwords.check(new, name)
        if passwords.normal(new) == passwords.normal(old):
            raise PasswordRefused("the new password is the old one")
        fresh = await self._hashes.make_aside(new)
        with self._using() as db:
            cursor = db.execute(
                "UPDATE accounts SET password = ?, must_change = 0, generation = generation + 1"
                " WHERE name = ? AND password = ? AND disabled = 0",
                (fresh, name, kept),
            )
        account = self.find(name)
        if not cursor.rowcount or account is None:
            raise AccountRefused("the account was changed meanwhile: sign in again")
        return account

    # --- what an admin does -------------------------------------------------------------------

    def first_admin(self) -> tuple[str, str] | None:
        """Make an admin, where there is none: name and password, to be shown once.

        Raises:
            AccountsError: the file cannot be used.
        """
        with self._using() as db:
            if _managed(db):
                return None
        taken = {account.name for account in self.all()}
        names = (FIRST_ADMIN, *(f"{FIRST_ADMIN}{number}" for number in range(2, _MOST + 2)))
        name = next(name for name in names if name not in taken)
        try:
            return name, self.add(name, Role.ADMIN, EVERYTHING, by="hearsight")
        except AccountRefused:
            # Another console of the site was faster.
            return None

    async def made(self) -> Made:
        """A password for `add` or `reset_password`, made beside the event loop. Raises TooBusy."""
        password = passwords.fresh()
        return Made(password, await self._hashes.make_aside(password))

    def _made(self) -> Made:
        password = passwords.fresh()
        return Made(password, self._hashes.make(password))

    def add(
        self, name: str, role: Role, rights: Rights, *, by: str, made: Made | None = None
    ) -> str:
        """Make an account; return its random password, which must be changed at first sign-in.

        Args:
            name: letters and figures, in lower case.
            role: what it may do.
            rights: the cameras it may see.
            by: who makes it.
            made: its password; None: one is made here, which takes some 50 ms.

        Raises:
            AccountRefused: the name is taken or no name, or there are too many accounts.
            AccountsError: the file cannot be used.
        """
        name = normal_name(name)
        if not _NAME.fullmatch(name):
            raise AccountRefused(
                "a name begins with a letter or figure and has at most 63 letters, figures, "
                "'.', '_', '@' and '-'"
            )
        made = made or self._made()
        with self._changing() as db:
            (count,) = db.execute("SELECT COUNT(*) FROM accounts").fetchone()
            if count >= _MOST:
                raise AccountRefused(f"there are {_MOST} accounts already, and not more fit")
            if db.execute("SELECT 1 FROM accounts WHERE name = ?", (name,)).fetchone():
                raise AccountRefused(f"there is an account {name} already")
            db.execute(
                "INSERT INTO accounts (name, role, rights, password, created_at, created_by)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (name, role.value, rights.kept(), made.kept, self._now(), by),
            )
        return made.password

    def reset_password(self, name: str, *, made: Made | None = None) -> str:
        """Give an account a new random password, to be shown once; its sessions end.

        Raises:
            NoSuchAccount: there is no such account.
            AccountsError: the file cannot be used.
        """
        name = normal_name(name)
        made = made or self._made()
        with self._changing() as db:
            _existing(db, name)
            db.execute(
                "UPDATE accounts SET password = ?, must_change = 1, generation = generation + 1"
                " WHERE name = ?",
                (made.kept, name),
            )
        return made.password

    def change(
        self,
        name: str,
        *,
        role: Role | None = None,
        rights: Rights | None = None,
        disabled: bool | None = None,
    ) -> Account:
        """Change what is given of an account; disabling it ends its sessions.

        Raises:
            AccountRefused: there is none of the name, or nobody would be left to manage accounts.
            AccountsError: the file cannot be used.
        """
        name = normal_name(name)
        with self._changing() as db:
            was = _existing(db, name)
            managed = _managed(db)
            off = was.disabled if disabled is None else disabled
            db.execute(
                "UPDATE accounts SET role = ?, rights = ?, disabled = ?, generation = generation"
                " + ? WHERE name = ?",
                (
                    (role or was.role).value,
                    (rights or was.rights).kept(),
                    int(off),
                    int(off and not was.disabled),
                    name,
                ),
            )
            if managed and not _managed(db):
                raise AccountRefused(
                    f"{name} is the last admin of all cameras: make another one first"
                )
            return _existing(db, name)

    def _password(self, name: str) -> str | None:
        with self._using() as db:
            row = db.execute(
                "SELECT password FROM accounts WHERE name = ? AND disabled = 0", (name,)
            ).fetchone()
        return None if row is None else str(row[0])


def normal_name(name: str) -> str:
    """An account's name as it is kept: however it was typed."""
    return name.strip().lower()


def _managed(db: sqlite3.Connection) -> bool:
    """Whether somebody is left who manages the accounts."""
    return (
        db.execute(
            "SELECT 1 FROM accounts WHERE role = ? AND rights = 'all' AND disabled = 0",
            (Role.ADMIN.value,),
        ).fetchone()
        is not None
    )


def _existing(db: sqlite3.Connection, name: str) -> Account:
    row = db.execute(f"SELECT {_COLUMNS} FROM accounts WHERE name = ?", (name,)).fetchone()  # noqa: S608
    if row is None:
        raise NoSuchAccount(f"there is no account {name[:80]}")
    return _account(row)


def _account(row: tuple[str, str, str, int, int, int, float, str, float | None]) -> Account:
    name, role, rights, disabled, must_change, generation, created_at, created_by, last_at = row
    return Account(
        name,
        Role(role),
        Rights.read(rights),
        bool(disabled),
        bool(must_change),
        generation,
        created_at,
        created_by,
        last_at,
    )
