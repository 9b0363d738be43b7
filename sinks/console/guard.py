"""Stands before every page of the console: who is it, may they, and is it their own doing.

Deny by default, twice over: the guard lets nobody past the short public list who is not known, and
`Guard.check` refuses to start with a route that does not say which role it needs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import structlog
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.requests import HTTPConnection
from starlette.responses import Response

from sinks.console.accounts import FILE, Accounts, Principal, Role
from sinks.console.audit import AuditError, AuditLog
from sinks.console.middleware import PUBLIC, STATIC, UNUSABLE, WHO, Middleware, is_api, unusable
from sinks.console.origins import Hosts
from sinks.console.passwords import Hashes
from sinks.console.sessions import COOKIE, Sessions
from sinks.console.throttle import Throttle, ThrottleError
from sinks.console.tokens import Tokens

__all__ = ["Guard", "Known", "RouteUnguarded", "is_api", "manages", "needs"]

log = structlog.get_logger()

_UNUSABLE_ANYWHERE = (*UNUSABLE, AuditError, ThrottleError)


class RouteUnguarded(Exception):
    """A route does not say who may use it; the text names it."""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who was recognised."""

    principal: Principal
    must_change: bool


class Guard:
    """The console's accounts, and the ASGI middleware that asks them.

    Args:
        accounts: with sessions, tokens, throttle and audit log: opened by the first use.
        sessions: of signed-in browsers.
        tokens: of machines.
        throttle: of sign-ins.
        audit: what was changed.
        hosts: names under which browsers reach the console, without ports.
        https: whether they reach it by TLS though this process does not see it (a proxy does).
        now: the time in seconds since the epoch.
    """

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        tokens: Tokens,
        throttle: Throttle,
        audit: AuditLog,
        *,
        hosts: Iterable[str],
        https: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.accounts = accounts
        self.sessions = sessions
        self.tokens = tokens
        self.throttle = throttle
        self.audit = audit
        self.hosts = Hosts(hosts)
        self.https = https
        self.now = now

    @classmethod
    def of(
        cls,
        folder: Path,
        cameras_of: Callable[[str], frozenset[str]],
        *,
        hosts: Iterable[str],
        https: bool = False,
        hashes: Hashes | None = None,
        now: Callable[[], float] = time.time,
    ) -> Self:
        """A guard over the accounts in ``folder``, the console's own. Nothing is opened yet."""
        path = folder / FILE
        return cls(
            Accounts(path, cameras_of, hashes=hashes, now=now),
            Sessions(path, now=now),
            Tokens(path, now=now),
            Throttle(path, now=now),
            AuditLog(path, now=now),
            hosts=hosts,
            https=https,
            now=now,
        )

    def close(self) -> None:
        """Close the files; safe to call twice."""
        for file in (self.accounts, self.sessions, self.tokens, self.throttle, self.audit):
            file.close()

    def protect(self, app: FastAPI) -> None:
        """Stand before ``app``; its routes must pass `check` once they are all there."""
        app.state.guard = self
        app.add_middleware(Middleware, guard=self)
        for error in _UNUSABLE_ANYWHERE:
            app.add_exception_handler(error, _unusable)

    def check(self, app: FastAPI) -> None:
        """Hold every route of ``app`` to the rule that it says which role it needs.

        Raises:
            RouteUnguarded: one does not, and is not on the public list.
        """
        for route in iter_route_contexts(app.routes):
            path, methods = route.path or "", frozenset(route.methods or ())
            if f"{path}/".startswith(STATIC) or (path in PUBLIC and methods <= PUBLIC[path]):
                continue
            dependant = getattr(route, "dependant", None)
            if not isinstance(dependant, Dependant) or not _asks(dependant):
                raise RouteUnguarded(
                    f"{path or route.original_route!r} does not say who may use it: give it "
                    "who: Annotated[Principal, needs(Role.…)]"
                )

    def recognise(self, connection: HTTPConnection, *, touch: bool) -> Known | None:
        """Who makes a request, by token or session, as the accounts stand at this moment.

        Args:
            connection: the request.
            touch: whether it is a person's doing; see `Sessions.find`.

        Raises:
            AccountsError, SessionsError, TokensError: the file cannot be used.
        """
        kind, _, secret = connection.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self._machine(secret.strip()) if is_api(connection.scope["path"]) else None
        cookie = connection.cookies.get(COOKIE)
        session = self.sessions.find(cookie, touch=touch) if cookie else None
        if session is None:
            return None
        account = self.accounts.find(session.name)
        if account is None or account.disabled or account.generation != session.generation:
            return None
        return Known(
            self.accounts.principal(account.name, account.role, account.rights, session.csrf),
            account.must_change,
        )

    def still(self, connection: HTTPConnection) -> Callable[[], bool]:
        """Whether who made this request still has the same rights: to be asked again and again.

        The parts of a long answer are held back by the guard itself as soon as that ends.
        """
        known = self.recognise(connection, touch=False)
        return lambda: known is not None and self.recognise(connection, touch=False) == known

    def _machine(self, secret: str) -> Known | None:
        token = self.tokens.find(secret)
        if token is None:
            return None
        # A token is its maker's doing: it falls with what made it possible.
        maker = self.accounts.find(token.made_by)
        if maker is None or maker.disabled or not manages(maker.role, maker.rights.everything):
            return None
        name = f"token {token.name}"
        return Known(self.accounts.principal(name, token.role, token.rights), False)


def manages(role: Role, everything: bool) -> bool:
    """Whether this is an admin of the whole site, who alone deals with accounts and tokens."""
    return role is Role.ADMIN and everything


class _Needs:
    def __init__(self, role: Role, *, everything: bool) -> None:
        self._role = role
        self._everything = everything

    async def __call__(self, connection: HTTPConnection) -> Principal:
        who = connection.scope.get(WHO)
        if not isinstance(who, Principal):
            # Only without the guard before it.
            raise HTTPException(401, "sign in first")
        if not who.role.may(self._role):
            raise HTTPException(403, f"this needs the role {self._role.value}")
        if self._everything and who.cameras is not None:
            raise HTTPException(403, "this needs an admin who may see all cameras")
        return who


def needs(role: Role, *, everything: bool = False) -> Any:
    """A route's dependency that gives the `Principal`, if the role suffices (else: 403).

    Use it as ``who: Annotated[Principal, needs(Role.OPERATOR)]``, or among ``dependencies``.

    Args:
        role: at least this one.
        everything: only for those who may see all cameras: accounts, tokens and the audit log.
    """
    return Depends(_Needs(role, everything=everything))


async def _unusable(request: Request, error: Exception) -> Response:
    log.error("accounts unusable", reason=str(error))
    return unusable(is_api(request.url.path))


def _asks(dependant: Dependant) -> bool:
    return isinstance(dependant.call, _Needs) or any(_asks(d) for d in dependant.dependencies)
