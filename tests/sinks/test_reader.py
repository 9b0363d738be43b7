"""Reading back: readers die, entries are poison, and later alerts flow all the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sinks.alert_json import encode_alert
from sinks.base import OutboxEntry
from sinks.reader import MAX_TRIES, AlertReader, ReaderUnavailable
from sinks.redis_streams import entry_fields
from sinks.tail import LatestView, follow
from tests.sinks.builders import NOW, RedisProcess, make_alert

MakeRedis = Callable[..., RedisProcess]
KEY = "hearsight:alerts"


def add(server: RedisProcess, name: str, revision: int = 0, kind: str = "new") -> None:
    alert = make_alert(name, revision, kind)
    fields = entry_fields(OutboxEntry(1, alert.id, revision, encode_alert(alert), NOW))
    add_raw(server, {key.encode(): value.encode() for key, value in fields.items()})


def add_raw(server: RedisProcess, fields: dict[bytes, bytes]) -> None:
    server.do("XADD", KEY, "*", *[part for pair in fields.items() for part in pair])


def reader(server: RedisProcess, consumer: str = "one", **options: object) -> AlertReader:
    made = AlertReader(server.url, group="console", consumer=consumer, start="0", **options)  # type: ignore[arg-type]
    made.open()
    return made


def names(received: list[object]) -> list[str]:
    return [item.alert.id for item in received]  # type: ignore[attr-defined]


def test_alerts_are_read_once_acknowledged(binary: Path, make_redis: MakeRedis) -> None:
    server = make_redis(binary)
    add(server, "a")
    add(server, "b")
    with closing(reader(server)) as console:
        received = console.read(block_s=0.01)
        assert [item.alert for item in received] == [make_alert("a"), make_alert("b")]
        console.ack(received)
        assert console.read(block_s=0.01) == []
    assert server.do("XPENDING", KEY, "console")["pending"] == 0


def test_two_consoles_each_see_everything(one_binary: Path, make_redis: MakeRedis) -> None:
    server = make_redis(one_binary)
    add(server, "a")
    for group in ("console-1", "console-2"):
        with closing(AlertReader(server.url, group=group, consumer="one", start="0")) as console:
            console.open()
            assert names([*console.read(block_s=0.01)]) == ["a"]


def test_a_reader_that_starts_now_skips_what_was(one_binary: Path, make_redis: MakeRedis) -> None:
    server = make_redis(one_binary)
    add(server, "old")
    with closing(AlertReader(server.url, group="g", consumer="one")) as console:
        console.open()
        add(server, "new")
        assert names([*console.read(block_s=0.01)]) == ["new"]


def test_a_restarted_reader_finds_what_it_left(binary: Path, make_redis: MakeRedis) -> None:
    server = make_redis(binary)
    for name in ("a", "b", "c"):
        add(server, name)
    with closing(reader(server)) as console:
        console.ack(console.read(block_s=0.01, count=3)[:1])
    with closing(reader(server)) as console:
        assert names([*console.read(block_s=0.01, count=1)]) == ["b"]
        assert names([*console.read(block_s=0.01, count=1)]) == ["c"]
        assert console.read(block_s=0.01) == []


@pytest.mark.promise("fault 24")
def test_a_dead_readers_entries_are_taken_over(binary: Path, make_redis: MakeRedis) -> None:
    server = make_redis(binary)
    add(server, "a")
    with closing(reader(server, "dies")) as dies:
        assert names([*dies.read(block_s=0.01)]) == ["a"]
    with closing(reader(server, "lives", stale_s=60)) as lives:
        assert lives.read(block_s=0.01) == [], "not before it is stale"
    with closing(reader(server, "lives", stale_s=0)) as lives:
        taken = lives.read(block_s=0.01)
        assert names([*taken]) == ["a"]
        lives.ack(taken)
    assert server.do("XPENDING", KEY, "console")["pending"] == 0


@pytest.mark.promise("fault 24")
def test_what_is_never_acknowledged_is_dead_after_five_tries(
    binary: Path, make_redis: MakeRedis
) -> None:
    server = make_redis(binary)
    add(server, "crashes its reader")
    tries = 0
    for life in range(MAX_TRIES + 3):
        with closing(reader(server, f"life-{life}", stale_s=0)) as console:
            tries += len(console.read(block_s=0.01))
    assert tries == MAX_TRIES
    ((_, dead),) = server.do("XRANGE", f"{KEY}:dead", "-", "+")
    assert b"5 tries" in dead[b"dead_reason"]
    assert dead[b"id"] == b"crashes its reader"
    add(server, "later")
    with closing(reader(server)) as console:
        assert names([*console.read(block_s=0.01)]) == ["later"]


def test_a_reader_that_crashes_under_its_own_name_is_freed_as_well(
    one_binary: Path, make_redis: MakeRedis
) -> None:
    server = make_redis(one_binary)
    add(server, "crashes its reader")
    tries = 0
    for _ in range(MAX_TRIES + 3):
        with closing(reader(server)) as console:
            tries += len(console.read(block_s=0.01))
    assert tries == MAX_TRIES
    assert server.do("XLEN", f"{KEY}:dead") == 1


@pytest.mark.promise("bad input 24")
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({b"id": b"a"}, b"schema", id="missing field"),
        pytest.param({b"schema": b"hearsight.alert/1"}, b"'alert'", id="no alert"),
        pytest.param({b"schema": b"hearsight.alert/7"}, b"alert/7", id="newer schema"),
        pytest.param(
            {b"schema": b"hearsight.alert/1", b"alert": b'{"id":"\xff"}'}, b"not an", id="UTF-8"
        ),
        pytest.param(
            {b"schema": b"hearsight.alert/1", b"alert": b"x" * 10_000_000}, b"bytes", id="10 MB"
        ),
        pytest.param(
            {
                b"schema": b"hearsight.alert/1",
                b"id": b"somebody else",
                b"revision": b"0",
                b"alert": encode_alert(make_alert()).encode(),
            },
            b"not those",
            id="fields contradict the alert",
        ),
        pytest.param({b"schema": b"\x1b[2J\xff"}, b"\\x1b[2J", id="escape in the schema"),
    ],
)
def test_a_malformed_entry_is_dead_at_once_and_the_next_one_flows(
    one_binary: Path, make_redis: MakeRedis, fields: dict[bytes, bytes], says: bytes
) -> None:
    server = make_redis(one_binary)
    add_raw(server, fields)
    add(server, "good")
    with closing(reader(server)) as console:
        received = console.read(block_s=0.01)
        assert names([*received]) == ["good"]
        console.ack(received)
        assert console.dead == 1
    ((_, dead),) = server.do("XRANGE", f"{KEY}:dead", "-", "+")
    assert says in dead[b"dead_reason"]
    assert sum(map(len, dead.values())) < 200_000
    assert server.do("XPENDING", KEY, "console")["pending"] == 0


def test_an_entry_deleted_under_its_reader_does_not_hold_the_group(
    binary: Path, make_redis: MakeRedis
) -> None:
    server = make_redis(binary)
    add(server, "a")
    add(server, "b")
    with closing(reader(server, "dies")) as dies:
        gone, kept = dies.read(block_s=0.01)
    server.do("XDEL", KEY, gone.stream_id)
    with closing(reader(server, "lives", stale_s=0)) as lives:
        assert names([*lives.read(block_s=0.01)]) == ["b"]
        pending = server.do("XPENDING", KEY, "console")
        assert (pending["pending"], pending["min"]) == (1, kept.stream_id.encode())


def test_a_server_that_lost_the_group_is_read_on(one_binary: Path, make_redis: MakeRedis) -> None:
    server = make_redis(one_binary)
    add(server, "a")
    with closing(reader(server)) as console:
        console.ack(console.read(block_s=0.01))
        server.do("FLUSHALL")
        add(server, "after the loss")
        received = console.read(block_s=0.01) or console.read(block_s=0.01)
        assert names([*received]) == ["after the loss"]


def test_a_server_away_is_said(one_binary: Path, make_redis: MakeRedis) -> None:
    server = make_redis(one_binary)
    with closing(reader(server)) as console:
        server.kill()
        with pytest.raises(ReaderUnavailable, match="cannot be reached"):
            console.read(block_s=0.01)


def test_following_shows_each_revision_once_across_a_restart_of_redis(
    binary: Path, make_redis: MakeRedis
) -> None:
    server = make_redis(binary, "--appendonly", "yes", "--appendfsync", "always")
    for revision, kind in ((0, "new"), (1, "update"), (1, "update"), (0, "new")):
        add(server, "fire", revision, kind)
    stop, states = threading.Event(), []
    view = LatestView()
    console = AlertReader(server.url, group="tail-me", consumer="one", start="0", ephemeral=True)

    def back_again(trouble: str | None) -> None:
        states.append(trouble)
        if trouble is not None:
            server.start()

    seen = []
    for item in follow(console, stop, view=view, on_state=back_again, block_s=0.05):
        seen.append((item.alert.id, item.alert.revision))
        if seen[-1] == ("fire", 1):
            add(server, "fight")
            server.kill()
        if seen[-1] == ("fight", 0):
            stop.set()
    assert seen == [("fire", 0), ("fire", 1), ("fight", 0)]
    assert [state is None for state in states] == [True, False, True]
    assert [(alert.id, alert.revision) for alert in view.rows()] == [("fire", 1), ("fight", 0)]
    assert server.do("XINFO GROUPS", KEY) == [], "the terminal takes its group with it"
