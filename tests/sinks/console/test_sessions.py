"""Sessions: random, kept as a hash, and ended in time."""

from __future__ import annotations

from pathlib import Path

from sinks.console.sessions import ABSOLUTE_S, IDLE_S, Sessions, csrf_of
from tests.sinks.console.reception import Clock


def test_a_token_is_found_and_the_file_does_not_hold_it(tmp_path: Path) -> None:
    clock = Clock()
    with Sessions(tmp_path / "s.sqlite3", now=clock) as sessions:
        token = sessions.begin("anna", 3)
        session = sessions.find(token, touch=True)
        assert session is not None
        assert (session.name, session.generation) == ("anna", 3)
        assert session.csrf == csrf_of(token) != token
        assert sessions.find(token[:-1], touch=True) is None
        assert sessions.find("", touch=True) is None
        assert sessions.find("\udcff\x00'--", touch=True) is None
        files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert session.key.encode() in files
        assert token.encode() not in files
        assert session.csrf.encode() not in files


def test_tokens_have_256_bits_and_no_two_are_alike(tmp_path: Path) -> None:
    with Sessions(tmp_path / "s.sqlite3", now=Clock()) as sessions:
        tokens = {sessions.begin("anna", 1) for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(token) == 43 for token in tokens)


def test_after_a_shift_without_a_touch_it_has_ended(tmp_path: Path) -> None:
    clock = Clock()
    with Sessions(tmp_path / "s.sqlite3", now=clock) as sessions:
        token = sessions.begin("anna", 1)
        clock.passes(IDLE_S - 1)
        # What the page fetches by itself does not keep it alive.
        assert sessions.find(token, touch=False) is not None
        clock.passes(2)
        assert sessions.find(token, touch=True) is None
        # Nor does it come back to life when the clock is set back.
        clock.passes(-3600)
        assert sessions.find(token, touch=True) is None


def test_in_use_it_lasts_a_week_and_no_longer(tmp_path: Path) -> None:
    clock = Clock()
    with Sessions(tmp_path / "s.sqlite3", now=clock) as sessions:
        token, begun = sessions.begin("anna", 1), clock.now
        while clock.now - begun < ABSOLUTE_S - 3600:
            clock.passes(3600)
            assert sessions.find(token, touch=True) is not None, clock.now - begun
        clock.passes(3600)
        assert sessions.find(token, touch=True) is None


def test_sessions_outlive_a_restart_and_end_one_by_one_or_all(tmp_path: Path) -> None:
    clock = Clock()
    with Sessions(tmp_path / "s.sqlite3", now=clock) as sessions:
        one, two = sessions.begin("anna", 1), sessions.begin("anna", 1)
        other = sessions.begin("bert", 1)
    with Sessions(tmp_path / "s.sqlite3", now=clock) as sessions:
        assert sessions.find(one, touch=True) is not None
        sessions.end(one)
        assert sessions.find(one, touch=True) is None
        assert sessions.find(two, touch=True) is not None
        assert sessions.end_all("anna") == 1
        assert sessions.find(two, touch=True) is None
        assert sessions.find(other, touch=True) is not None


def test_an_account_has_twenty_sessions_at_most_and_old_rows_go(tmp_path: Path) -> None:
    clock = Clock()
    with Sessions(tmp_path / "s.sqlite3", now=clock) as sessions:
        tokens = []
        for _ in range(25):
            tokens.append(sessions.begin("anna", 1))
            clock.passes(1)
        alive = [sessions.find(token, touch=False) is not None for token in tokens]
        assert alive == [False] * 5 + [True] * 20
        clock.passes(IDLE_S + 1)
        sessions.begin("bert", 1)
        with sessions._using() as db:
            assert db.execute("SELECT COUNT(*) FROM sessions").fetchone() == (1,)
