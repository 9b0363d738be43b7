"""Verdicts through Redis: what is one comes out, what is none is set aside and stops nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.feedback import FeedbackDesk
from pipeline.ledger import Ledger, LedgerError
from pipeline.metrics import Recorder
from sinks.feedback import (
    SCHEMA,
    FeedbackReader,
    MalformedVerdict,
    Verdict,
    parse_verdict,
    send_verdict,
)
from sinks.group_reader import MAX_TRIES
from tests.sinks.builders import NOW, RedisProcess

KEY = "hearsight:feedback"
GOOD = {
    b"schema": SCHEMA.encode(),
    b"id": b"yard-fire-1",
    b"verdict": b"false_alarm",
    b"by": b"ana",
    b"at": b"1760000000.0",
}
SAID = Verdict("yard-fire-1", "false_alarm", "ana", NOW)


@pytest.fixture
def server(one_binary: Path, make_redis: Callable[..., RedisProcess]) -> RedisProcess:
    return make_redis(one_binary)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "learning.sqlite3") as opened:
        yield opened


def add_raw(server: RedisProcess, fields: dict[bytes, bytes]) -> None:
    server.do("XADD", KEY, "*", *[part for pair in fields.items() for part in pair])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({b"verdict": None}, "no field 'verdict'"),
        ({b"id": None}, "no field 'id'"),
        ({b"by": b"x" * 10_000_000}, "10000000 bytes"),
        ({b"by": b"\xff\xfe"}, "no UTF-8"),
        ({b"by": b"ana\x1b[2J"}, "cannot be shown"),
        ({b"id": b""}, "0 bytes"),
        ({b"verdict": b"maybe"}, "'maybe'"),
        ({b"at": b"nan"}, "no time"),
        ({b"schema": b"hearsight.feedback/2"}, "this version reads"),
        ({b"schema": None}, "no field 'schema'"),
    ],
)
def test_what_is_no_verdict_says_why(change: dict[bytes, bytes | None], said: str) -> None:
    fields = {k: v for k, v in (GOOD | change).items() if v is not None}
    with pytest.raises(MalformedVerdict, match=said):
        parse_verdict(fields)


def test_poison_is_set_aside_and_the_next_verdict_is_an_order(
    server: RedisProcess, ledger: Ledger
) -> None:
    add_raw(server, {b"id": b"a"})
    add_raw(server, GOOD | {b"by": b"x" * 10_000_000})
    add_raw(server, GOOD | {b"by": b"\xff"})
    add_raw(server, GOOD | {b"schema": b"hearsight.feedback/9"})
    add_raw(server, GOOD)
    recorder = Recorder()
    desk = FeedbackDesk(FeedbackReader(server.url), ledger, recorder)
    with closing(desk):
        desk.look(0.0)
    (order,) = ledger.due()
    assert (order.kind, order.by) == ("verdict", "ana")
    assert order.detail == {"id": "yard-fire-1", "verdict": "false_alarm", "at": NOW}
    assert server.do("XLEN", f"{KEY}:dead") == 4
    assert server.do("XPENDING", KEY, "site")["pending"] == 0
    dead = [s.value for s in recorder.drain() if s.labels.get("reason") == "malformed"]
    assert dead == [4]


def test_a_verdict_counts_once_however_often_it_comes_and_may_be_taken_back(
    server: RedisProcess, ledger: Ledger
) -> None:
    desk = FeedbackDesk(FeedbackReader(server.url), ledger, Recorder())
    with closing(desk):
        send_verdict(server.url, SAID)
        # The console sent it again, since its reply was lost; and ana clicks twice.
        send_verdict(server.url, SAID)
        send_verdict(server.url, Verdict(SAID.id, SAID.verdict, SAID.by, NOW + 1))
        desk.look(0.0)
        assert len(ledger.due()) == 1
        send_verdict(server.url, Verdict(SAID.id, "confirmed", "ana", NOW + 60))
        # An old delivery comes late: it does not undo what ana says now.
        send_verdict(server.url, SAID)
        desk.look(1.0)
    assert [o.detail["verdict"] for o in ledger.due()] == ["false_alarm", "confirmed"]


def test_what_was_refused_may_be_said_again(server: RedisProcess, ledger: Ledger) -> None:
    desk = FeedbackDesk(FeedbackReader(server.url), ledger, Recorder())
    with closing(desk):
        send_verdict(server.url, SAID)
        desk.look(0.0)
        ledger.done(ledger.due()[0], "refused: nothing is remembered of it")
        # The same click again is no second one; a later one asks anew.
        send_verdict(server.url, SAID)
        desk.look(1.0)
        assert ledger.due() == []
        send_verdict(server.url, Verdict(SAID.id, SAID.verdict, SAID.by, NOW + 60))
        desk.look(2.0)
    assert [o.detail["at"] for o in ledger.due()] == [NOW + 60]


def test_what_was_read_and_not_written_is_written_later_however_often_it_was_tried(
    server: RedisProcess, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise LedgerError("the disk is full")

    send_verdict(server.url, SAID)
    reader = FeedbackReader(server.url)
    desk = FeedbackDesk(reader, ledger, Recorder())
    with closing(desk):
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(ledger, "place", full)
            for tries in range(2 * MAX_TRIES):
                desk.look(10.0 * tries)
        assert ledger.due() == []
        desk.look(1000.0)
        assert [o.detail["id"] for o in ledger.due()] == [SAID.id]
        assert reader.dead == 0
        assert server.do("XPENDING", KEY, "site")["pending"] == 0


def test_redis_away_is_waited_for(server: RedisProcess, ledger: Ledger) -> None:
    desk = FeedbackDesk(FeedbackReader(server.url), ledger, Recorder())
    with closing(desk):
        desk.look(0.0)
        server.kill()
        desk.look(1.0)
        server.start()
        send_verdict(server.url, SAID)
        desk.look(2.0)
        assert ledger.due() == [], "it is not tried at once"
        desk.look(10.0)
    assert len(ledger.due()) == 1


def test_nothing_is_sent_that_no_reader_would_take() -> None:
    with pytest.raises(MalformedVerdict, match="one of confirmed"):
        send_verdict("unix:///nowhere", Verdict("a", "perhaps", "ana", NOW))
