"""Trimming: what a reader still needs is never deleted, however long the stream."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sinks.group_reader import ReaderUnavailable
from sinks.redis_streams import RedisStreamsSink
from sinks.redis_trim import expire_all, trim_stream
from tests.sinks.builders import RedisProcess

MakeRedis = Callable[..., RedisProcess]
KEY = "hearsight:alerts"


def add(server: RedisProcess, count: int) -> list[bytes]:
    """Entries of long ago: their ids are times."""
    return [server.do("XADD", KEY, f"{1000 + n}-0", "id", str(n)) for n in range(count)]


def read(server: RedisProcess, group: str, count: int, ack: int) -> None:
    reply = server.do("XREADGROUP", "GROUP", group, "one", "COUNT", count, "STREAMS", KEY, ">")
    for entry_id, _ in reply[0][1][:ack]:
        server.do("XACK", KEY, group, entry_id)


def left(server: RedisProcess) -> list[bytes]:
    return [entry_id for entry_id, _ in server.do("XRANGE", KEY, "-", "+")]


def test_the_slowest_group_holds_what_it_has_not_read(binary: Path, make_redis: MakeRedis) -> None:
    server = make_redis(binary)
    ids = add(server, 10)
    for group in ("console", "slow"):
        server.do("XGROUP", "CREATE", KEY, group, "0")
    read(server, "console", 10, ack=10)
    read(server, "slow", 4, ack=4)
    report = trim_stream(server.client(), KEY, hard_cap=100)
    assert (report.deleted, report.slowest, report.alarm) == (3, "slow", None)
    assert left(server) == ids[3:], "the last one read stays, and all that slow has not seen"


def test_an_entry_read_but_not_acknowledged_stays(binary: Path, make_redis: MakeRedis) -> None:
    server = make_redis(binary)
    ids = add(server, 10)
    server.do("XGROUP", "CREATE", KEY, "console", "0")
    read(server, "console", 10, ack=2)
    assert trim_stream(server.client(), KEY, hard_cap=100).deleted == 2
    assert left(server) == ids[2:]


def test_without_a_reader_nothing_is_deleted_and_the_cap_raises_an_alarm(
    one_binary: Path, make_redis: MakeRedis
) -> None:
    server = make_redis(one_binary)
    add(server, 10)
    report = trim_stream(server.client(), KEY, hard_cap=9)
    assert (report.deleted, report.length) == (0, 10)
    assert report.alarm is not None
    assert "nobody reads" in report.alarm


def test_beyond_the_cap_the_lagging_group_is_named_not_robbed(
    one_binary: Path, make_redis: MakeRedis
) -> None:
    server = make_redis(one_binary)
    ids = add(server, 10)
    server.do("XGROUP", "CREATE", KEY, "old-console", "0")
    sink = RedisStreamsSink(server.url, hard_cap=9)
    sink.open(None)
    alarm = sink.maintain()
    sink.close()
    assert alarm is not None
    assert "old-console" in alarm
    assert "XGROUP DESTROY" in alarm
    assert left(server) == ids


def test_young_entries_stay_though_everybody_has_them(
    one_binary: Path, make_redis: MakeRedis
) -> None:
    server = make_redis(one_binary)
    add(server, 5)
    server.do("XGROUP", "CREATE", KEY, "console", "0")
    young = [server.do("XADD", KEY, "*", "id", "young") for _ in range(3)]
    read(server, "console", 100, ack=100)
    assert trim_stream(server.client(), KEY, hard_cap=100).deleted == 5
    assert left(server) == young


def test_a_group_of_a_killed_terminal_holds_only_for_a_while(
    one_binary: Path, make_redis: MakeRedis
) -> None:
    server = make_redis(one_binary)
    add(server, 5)
    for group in ("console", "tail-gone"):
        server.do("XGROUP", "CREATE", KEY, group, "0")
    read(server, "console", 5, ack=5)
    read(server, "tail-gone", 1, ack=0)
    server.do("XGROUP", "CREATE", KEY, "tail-about-to-read", "1004-0")
    in_time = trim_stream(server.client(), KEY, hard_cap=100)
    assert (in_time.deleted, in_time.slowest) == (0, "tail-gone")
    too_late = trim_stream(server.client(), KEY, hard_cap=100, ephemeral_idle_s=-1)
    assert too_late.deleted == 4
    groups = {group["name"] for group in server.do("XINFO GROUPS", KEY)}
    assert groups == {b"console", b"tail-about-to-read"}


@pytest.mark.promise("security 15")
def test_what_is_too_old_goes_though_a_reader_lags_or_nobody_reads(
    one_binary: Path, make_redis: MakeRedis
) -> None:
    server = make_redis(one_binary)
    add(server, 5)
    server.do("XADD", "hearsight:feedback", "1000-0", "by", "ann")
    young = server.do("XADD", KEY, "*", "id", "young")
    server.do("XGROUP", "CREATE", KEY, "old-console", "0")
    sink = RedisStreamsSink(server.url, keep_s=86_400.0)
    sink.open(None)
    assert sink.maintain() is None
    assert sink.last_trim is not None
    assert sink.last_trim.expired == 5
    sink.close()
    assert left(server) == [young]
    assert server.do("XLEN", "hearsight:feedback") == 0


@pytest.mark.promise("security 15")
def test_a_console_s_user_deletes_what_the_site_s_own_may_not(
    one_binary: Path, make_redis: MakeRedis
) -> None:
    server = make_redis(one_binary)
    add(server, 5)
    server.do("XADD", "hearsight:scores", "1000-0", "scores", "{}")
    assert expire_all(server.url, "hearsight", None, 86_400.0) == 6
    assert left(server) == []
    server.kill()
    with pytest.raises(ReaderUnavailable):
        expire_all(server.url, "hearsight", None, 86_400.0)


def test_an_absent_stream_needs_no_housekeeping(one_binary: Path, make_redis: MakeRedis) -> None:
    sink = RedisStreamsSink(make_redis(one_binary).url)
    sink.open(None)
    assert sink.maintain() is None
    sink.close()
