"""Redis loses what it acknowledged, refuses, or fails over; a reply is lost: nothing else is."""

from __future__ import annotations

import random
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sinks.alert_json import decode_alert
from sinks.console.desk import Desk
from sinks.deliver import Deliverer
from sinks.outbox import Outbox
from sinks.reader import parse_entry
from sinks.redis_streams import RedisStreamsSink
from tests.chaos.oracle import Account, Oracle
from tests.sinks.builders import NOW, RedisProcess, make_alert
from tests.sinks.test_redis_streams import KEY, CuttingProxy

Record = Callable[[str, object], None]
MakeRedis = Callable[..., RedisProcess]
#: How an alert begins in an append-only file.
_ALERT = rb"\r\nXADD\r\n\$16\r\nhearsight:alerts\r\n"
EVERYSEC = ("--appendonly", "yes", "--appendfsync", "everysec")


class Line:
    """An outbox and its deliverer in this process, with a clock that is told."""

    def __init__(self, folder: Path, url: str) -> None:
        self.oracle = Oracle(folder)
        self.outbox = Outbox(folder / "outbox.sqlite", reserve_bytes=0).open()
        self.deliver = Deliverer(self.outbox, RedisStreamsSink(url), rng=random.Random(1))
        self.url = url
        self.now = NOW
        self.replayed = 0

    def accept(self, *names: str) -> None:
        for name in names:
            alert = make_alert(name)
            assert self.outbox.append(alert, self.now)
            self.oracle.accept(alert)

    def step(self) -> str | None:
        """One step; the trouble, if any."""
        self.now += 1
        result = self.deliver.step(self.now)
        self.replayed += result.replayed
        return result.trouble

    def settle(self) -> None:
        """Step until nothing is owed, as a fresh event shows."""
        self.accept(f"a fresh one at {self.now:.0f}")
        for _ in range(100):
            if self.step() is None and self.outbox.pending_count("redis") == 0:
                return
        raise AssertionError("it does not come to rest")

    def account(self) -> Account:
        return self.oracle.account(self.url)

    def close(self) -> None:
        self.deliver.close()
        self.outbox.close()


@pytest.fixture
def line_to(tmp_path: Path) -> Iterator[Callable[[str], Line]]:
    made: list[Line] = []

    def make(url: str) -> Line:
        made.append(Line(tmp_path, url))
        return made[-1]

    yield make
    for one in made:
        one.close()


def cut_tail(server: RedisProcess, lost: int) -> None:
    """What a power cut leaves of an append-only file: its end, with some alerts, was not synced."""
    files = [*server.folder.glob("appendonlydir/*.incr.aof"), *server.folder.glob("*.aof")]
    (file,) = files
    data = file.read_bytes()
    starts = [found.start() for found in re.finditer(_ALERT, data)]
    if len(starts) >= lost:
        # In the middle of an entry: the rest of it is cut off as well when the server reads it.
        file.write_bytes(data[: starts[-lost] + 20])


@pytest.mark.promise("fault 23")
@pytest.mark.parametrize("rounds", [3, pytest.param(50, marks=pytest.mark.long)])
def test_under_everysec_a_crash_takes_a_tail_and_it_goes_again(
    line_to: Callable[[str], Line],
    one_binary: Path,
    make_redis: MakeRedis,
    rounds: int,
    record_property: Record,
) -> None:
    """A process that is killed loses nothing; a power cut takes what was not synced yet."""
    server = make_redis(one_binary, *EVERYSEC)
    line = line_to(server.url)
    rng = random.Random(5)
    for number in range(rounds):
        line.accept(*(f"i{number}-{n}" for n in range(rng.randint(2, 9))))
        assert line.step() is None
        server.kill()
        cut_tail(server, rng.randint(1, 2))
        line.accept(f"i{number}-meanwhile")
        assert line.step() is not None
        server.start()
        assert line.step() is None
    line.settle()
    account = line.account()
    record_property("measured", f"{rounds} power cuts under AOF everysec: {account}")
    assert line.replayed > 0
    assert not account.lost
    assert not account.damaged
    assert not account.twice
    assert not account.rows


@pytest.mark.promise("fault 23")
def test_a_process_killed_under_everysec_has_lost_nothing(
    line_to: Callable[[str], Line], one_binary: Path, make_redis: MakeRedis, record_property: Record
) -> None:
    server = make_redis(one_binary, *EVERYSEC)
    line = line_to(server.url)
    for number in range(5):
        line.accept(f"i{number}-0", f"i{number}-1")
        assert line.step() is None
        server.kill()
        server.start()
        line.settle()
    account = line.account()
    record_property("measured", f"5 times SIGKILL under AOF everysec: {account}")
    assert account.good, account


@pytest.mark.promise("fault 23")
def test_a_failover_to_a_replica_that_was_behind(
    line_to: Callable[[str], Line], one_binary: Path, make_redis: MakeRedis, record_property: Record
) -> None:
    """Cut off from its primary, the replica is promoted; what the primary still acknowledges it
    never sees. Then clients are led to it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    primary = make_redis(one_binary, "--port", str(port), "--repl-diskless-sync-delay", "0")
    replica = make_redis(one_binary, "--replicaof", "127.0.0.1", str(port))
    # What clients know: one name, behind which the servers change.
    front = primary.folder.parent / "front.sock"
    front.symlink_to(primary.socket)
    line = line_to(f"unix://{front}")
    line.accept("seen-by-both-0", "seen-by-both-1")
    assert line.step() is None
    while replica.do("XLEN", KEY) != 2:
        pass
    replica.do("REPLICAOF", "NO", "ONE")
    line.accept("seen-by-the-primary")
    assert line.step() is None
    assert line.outbox.pending_count("redis") == 0

    primary.kill()
    front.unlink()
    front.symlink_to(replica.socket)
    assert replica.do("XLEN", KEY) == 2
    line.settle()
    account = line.account()
    record_property("measured", f"failover to a replica that was behind: {account}")
    assert line.replayed == 3
    assert account.good, account


@pytest.mark.promise("fault 23")
def test_what_a_server_refuses_goes_out_when_it_is_well_again(
    line_to: Callable[[str], Line], one_binary: Path, make_redis: MakeRedis, record_property: Record
) -> None:
    """First its disk fails (MISCONF), then it is out of memory and may evict nothing."""
    server = make_redis(one_binary, "--maxmemory-policy", "noeviction")
    line = line_to(server.url)
    line.accept("before")
    assert line.step() is None

    server.do("CONFIG", "SET", "save", "3600 1")
    in_the_way = server.folder / "dump.rdb"
    in_the_way.mkdir()
    snapshot(server, "err")
    line.accept("while its disk fails")
    assert "its own disk" in str(line.step())
    shutil.rmtree(in_the_way)
    snapshot(server, "ok")
    line.settle()

    server.do("CONFIG", "SET", "maxmemory", "1")
    line.accept("while it has no memory")
    assert "out of memory" in str(line.step())
    server.do("CONFIG", "SET", "maxmemory", "0")
    line.settle()
    account = line.account()
    record_property("measured", f"MISCONF, then out of memory with noeviction: {account}")
    assert account.good, account
    assert account.again == 0


def snapshot(server: RedisProcess, status: str) -> None:
    server.do("BGSAVE")
    while server.do("INFO", "persistence")["rdb_last_bgsave_status"] != status:
        pass


@pytest.mark.promise("fault 21")
def test_a_reply_that_is_lost_makes_one_row_however_late_the_retry(
    line_to: Callable[[str], Line],
    one_binary: Path,
    make_redis: MakeRedis,
    short_tmp: Path,
    record_property: Record,
) -> None:
    """The console reads it, is restarted, its reader acknowledges, the stream is trimmed; a day
    later the retry comes through."""
    server = make_redis(one_binary)
    proxy = CuttingProxy(short_tmp / "p.sock", server.socket)
    line = line_to(f"unix://{short_tmp / 'p.sock'}")
    line.accept("a")
    assert line.step() is not None, "the reply did not come"
    ((_, fields),) = server.do("XRANGE", KEY, "-", "+")
    with Desk(short_tmp / "desk.sqlite3") as desk:
        assert desk.take(parse_entry(fields)) is not None
    server.do("XTRIM", KEY, "MAXLEN", "0")

    line.now += 86_400
    assert line.step() is None
    line.deliver.close()
    proxy.close()
    ((_, again),) = server.do("XRANGE", KEY, "-", "+")
    assert decode_alert(again[b"alert"]) == decode_alert(fields[b"alert"])
    with Desk(short_tmp / "desk.sqlite3") as desk:
        assert desk.take(parse_entry(again)) is None, "it is shown already"
    record_property("measured", "retried a day later, after a restart of the console: one row")
