"""Passwords: what they must be, how they are kept, and how they are made."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import unicodedata
from collections.abc import AsyncIterator

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: Shortest and longest password, in characters (NIST SP 800-63B asks for room up to 64 and more).
SHORTEST, LONGEST = 12, 256
#: Letters and figures that cannot be taken for one another.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_FEWEST_DIFFERENT = 5
#: Hashes that are made at a time, and that may wait for it: each takes memory and a core.
_AT_A_TIME, _WAITING = 2, 16


class PasswordRefused(Exception):
    """The password will not do; the text says why, for the one who chose it."""


class TooBusy(Exception):
    """More passwords wait to be checked than this machine takes on; try again in a moment."""


def check(password: str, name: str) -> None:
    """Hold a new password against the rules. No list of known passwords is asked for.

    Args:
        password: as it was typed.
        name: of the account.

    Raises:
        PasswordRefused: too short, too long, too plain, or the account's own name.
    """
    text = normal(password)
    if len(text) < SHORTEST:
        raise PasswordRefused(f"a password has at least {SHORTEST} characters")
    if len(text) > LONGEST:
        raise PasswordRefused(f"a password has at most {LONGEST} characters")
    if len(set(text)) < _FEWEST_DIFFERENT:
        raise PasswordRefused("a password has more than a few different characters")
    rest = text.casefold().replace(name.casefold(), "")
    if len(rest) < SHORTEST // 2:
        raise PasswordRefused("a password is more than the account's name")


def normal(password: str) -> str:
    """One form of the same characters, however a keyboard composes them (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def fresh() -> str:
    """A random password of 20 characters in four groups: 99 bits."""
    letters = [secrets.choice(_ALPHABET) for _ in range(20)]
    return "-".join("".join(letters[at : at + 5]) for at in range(0, 20, 5))


class Hashes:
    """Argon2id (RFC 9106): made and compared in threads, a few at a time.

    Args:
        memory_kib: memory that one hash takes, in KiB.
        passes: times that this memory is walked over.
    """

    def __init__(self, memory_kib: int = 32 * 1024, passes: int = 3) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._nobody: str | None = None
        self._gate = asyncio.Semaphore(_AT_A_TIME)
        self._here = 0

    def make(self, password: str) -> str:
        """The text that is kept. Takes some 50 ms of a core."""
        return self._hasher.hash(normal(password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one behind ``kept``.

        ``kept`` is None where there is no such account: the same work is done, and the answer is
        no, so that the time tells nothing.
        """
        # Nothing longer was ever taken, and a megabyte is not worth the work.
        text = normal(password[: LONGEST + 1])[: LONGEST + 1]
        try:
            self._hasher.verify(self._for_nobody() if kept is None else kept, text)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether it was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    async def make_aside(self, password: str) -> str:
        """`make` in a thread. Raises TooBusy."""
        async with self._turn():
            return await asyncio.to_thread(self.make, password)

    async def matches_aside(self, kept: str | None, password: str) -> bool:
        """`matches` in a thread. Raises TooBusy."""
        async with self._turn():
            return await asyncio.to_thread(self.matches, kept, password)

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """One of the few places at the hasher."""
        if self._here >= _AT_A_TIME + _WAITING:
            raise TooBusy("too many sign-ins at a time: try again in a few seconds")
        self._here += 1
        try:
            async with self._gate:
                yield
        finally:
            self._here -= 1

    def _for_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = self._hasher.hash(secrets.token_urlsafe(32))
        return self._nobody
