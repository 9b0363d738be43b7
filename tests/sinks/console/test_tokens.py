"""Tokens for machines: shown once, valid for a while, revocable."""

from __future__ import annotations

from pathlib import Path

import pytest

from sinks.console.accounts import EVERYTHING, AccountRefused, Rights, Role
from sinks.console.tokens import PREFIX, NoSuchToken, Tokens
from tests.sinks.console.reception import Clock

DAY_S = 86400.0


def test_the_secret_is_given_once_and_kept_nowhere(tmp_path: Path) -> None:
    clock = Clock()
    with Tokens(tmp_path / "t.sqlite3", now=clock) as tokens:
        rights = Rights.of(cameras=["gate"], groups=["outside"])
        token, secret = tokens.make("door system", Role.OPERATOR, rights, days=30, by="boss")
        assert secret.startswith(PREFIX)
        assert tokens.find(secret) is not None
        found = tokens.find(secret)
        assert found is not None
        assert (found.name, found.role, found.rights) == ("door system", Role.OPERATOR, rights)
        assert token.used_at is None
        assert tokens.all()[0].used_at == clock.now
        files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert b"door system" in files
        assert secret.encode() not in files
        assert secret.removeprefix(PREFIX).encode() not in files


def test_it_ends_on_its_day_or_when_it_is_revoked(tmp_path: Path) -> None:
    clock = Clock()
    with Tokens(tmp_path / "t.sqlite3", now=clock) as tokens:
        _, short = tokens.make("short", Role.VIEWER, EVERYTHING, days=1, by="boss")
        long, secret = tokens.make("long", Role.VIEWER, EVERYTHING, days=90, by="boss")
        clock.passes(DAY_S - 1)
        assert tokens.find(short) is not None
        clock.passes(1)
        assert tokens.find(short) is None
        assert tokens.find(secret) is not None
        tokens.revoke(long.id)
        assert tokens.find(secret) is None
        assert [t.state(clock.now) for t in tokens.all()] == ["revoked", "expired"]
        with pytest.raises(NoSuchToken):
            tokens.revoke(99)


@pytest.mark.parametrize("secret", ["", PREFIX, PREFIX + "x" * 43, "Bearer x", "\udc80"])
def test_what_is_no_token_finds_none(tmp_path: Path, secret: str) -> None:
    with Tokens(tmp_path / "t.sqlite3", now=Clock()) as tokens:
        tokens.make("one", Role.ADMIN, EVERYTHING, days=1, by="boss")
        assert tokens.find(secret) is None


@pytest.mark.parametrize(("name", "days"), [("", 1), ("a\nb", 1), ("ok", 0), ("ok", 9999)])
def test_a_token_without_a_name_or_an_end_is_not_made(
    tmp_path: Path, name: str, days: float
) -> None:
    with Tokens(tmp_path / "t.sqlite3", now=Clock()) as tokens:
        with pytest.raises(AccountRefused):
            tokens.make(name, Role.VIEWER, EVERYTHING, days=days, by="boss")
        assert tokens.all() == []
