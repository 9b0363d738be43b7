"""What an admin does with accounts and tokens: by its rules, and with a line in the audit log."""

from __future__ import annotations

from typing import Any

from sinks.console.accounts import (
    Account,
    AccountRefused,
    NoSuchAccount,
    Principal,
    Rights,
    Role,
    normal_name,
)
from sinks.console.guard import Guard
from sinks.console.tokens import ApiToken


class Management:
    """The same for the pages and for the API.

    Every method raises AccountRefused where it cannot be done, and the errors of the files.

    Args:
        guard: with the accounts.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._accounts = guard.accounts

    def find(self, name: str) -> Account:
        """The account. Raises NoSuchAccount."""
        account = self._accounts.find(normal_name(name))
        if account is None:
            raise NoSuchAccount(f"there is no account {name[:80]}")
        return account

    async def add(self, who: Principal, name: str, role: Role, rights: Rights) -> tuple[str, str]:
        """Make an account; its name and first password, to be shown once."""
        name = normal_name(name)
        made = await self._accounts.made()
        password = self._accounts.add(name, role, rights, by=who.name, made=made)
        self._write(who, "account added", account=name, role=role.value, cameras=str(rights))
        return name, password

    def change(
        self,
        who: Principal,
        name: str,
        *,
        role: Role | None = None,
        rights: Rights | None = None,
        disabled: bool | None = None,
    ) -> Account:
        """Change what is given; nobody does it to their own account."""
        was = self.find(name)
        _not_own(who, was.name)
        account = self._accounts.change(was.name, role=role, rights=rights, disabled=disabled)
        if (account.role, account.rights) != (was.role, was.rights):
            self._write(
                who,
                "account changed",
                account=account.name,
                role=account.role.value,
                cameras=str(account.rights),
                role_before=was.role.value,
                cameras_before=str(was.rights),
            )
        if account.disabled != was.disabled:
            if account.disabled:
                self._guard.sessions.end_all(account.name)
                self._guard.throttle.forget(account.name)
            what = "account disabled" if account.disabled else "account enabled"
            self._write(who, what, account=account.name)
        return account

    async def reset_password(self, who: Principal, name: str) -> str:
        """Give an account a new random password, to be shown once."""
        account = self.find(name)
        _not_own(who, account.name)
        made = await self._accounts.made()
        password = self._accounts.reset_password(account.name, made=made)
        self._guard.sessions.end_all(account.name)
        self._guard.throttle.forget(account.name)
        self._write(who, "password reset", account=account.name)
        return password

    def make_token(
        self, who: Principal, name: str, role: Role, rights: Rights, days: float
    ) -> tuple[ApiToken, str]:
        """Make a token; it and its secret, to be shown once."""
        if not who.csrf:
            raise AccountRefused("a token is made by a person who is signed in, not by a token")
        token, secret = self._guard.tokens.make(name, role, rights, days=days, by=who.name)
        self._write(
            who,
            "token made",
            token=token.name,
            number=token.id,
            role=role.value,
            cameras=str(rights),
            days=days,
        )
        return token, secret

    def revoke(self, who: Principal, number: int) -> ApiToken:
        """Make a token invalid. Raises NoSuchToken."""
        token = self._guard.tokens.revoke(number)
        self._write(who, "token revoked", token=token.name, number=token.id)
        return token

    def _write(self, who: Principal, what: str, **detail: Any) -> None:
        self._guard.audit.write(who, what, **detail)


def _not_own(who: Principal, name: str) -> None:
    if who.csrf and who.name == name:
        raise AccountRefused(
            "your own account is changed by another admin; your password: /password"
        )
