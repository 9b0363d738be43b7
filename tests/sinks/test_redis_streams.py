"""Alerts into real Redis servers that crash, fill up, refuse, and lose what they acknowledged."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sinks.base import EntryRejected, OutboxEntry, SinkUnavailable
from sinks.deliver import Deliverer
from sinks.outbox import Outbox
from sinks.reader import parse_entry
from sinks.redis_client import explain, safe_address
from sinks.redis_streams import RedisStreamsSink
from sinks.tail import LatestView
from tests.certificates import certificate
from tests.sinks.builders import NOW, RedisProcess, make_alert

MakeRedis = Callable[..., RedisProcess]
KEY = "hearsight:alerts"
AOF = ("--appendonly", "yes", "--appendfsync", "always")


def append(outbox: Outbox, *names: str) -> None:
    for name in names:
        assert outbox.append(make_alert(name), NOW)


def make_deliverer(outbox: Outbox, url: str) -> Deliverer:
    return Deliverer(outbox, RedisStreamsSink(url, timeout_s=10), rng=random.Random(1))


@pytest.fixture
def closing() -> Iterator[list[Deliverer]]:
    opened: list[Deliverer] = []
    yield opened
    for item in opened:
        item.close()


@pytest.fixture
def deliver_to(outbox: Outbox, closing: list[Deliverer]) -> Callable[[str], Deliverer]:
    def make(url: str) -> Deliverer:
        closing.append(make_deliverer(outbox, url))
        return closing[-1]

    return make


def stream_ids(server: RedisProcess) -> list[str]:
    return [fields[b"id"].decode() for _, fields in server.do("XRANGE", KEY, "-", "+")]


def test_an_alert_arrives_with_the_fields_of_the_design(
    binary: Path, make_redis: MakeRedis, outbox: Outbox, deliver_to: Callable[[str], Deliverer]
) -> None:
    server = make_redis(binary)
    append(outbox, "a", "b")
    assert deliver_to(server.url).step(NOW).delivered == 2
    first, second = server.do("XRANGE", KEY, "-", "+")
    assert [key.decode() for key in first[1]] == [
        "schema", "id", "revision", "type", "camera", "rule", "severity", "at", "alert",
    ]  # fmt: skip
    assert first[1][b"schema"] == b"hearsight.alert/1"
    assert parse_entry(first[1]) == make_alert("a")
    assert parse_entry(second[1]) == make_alert("b")


def test_a_server_away_at_start_gets_all_when_it_comes(
    binary: Path, make_redis: MakeRedis, outbox: Outbox, deliver_to: Callable[[str], Deliverer]
) -> None:
    server = make_redis(binary)
    server.kill()
    append(outbox, "a", "b")
    deliver = deliver_to(server.url)
    trouble = deliver.step(NOW).trouble
    assert trouble is not None
    assert "cannot be reached" in trouble
    server.start()
    assert deliver.step(NOW + 1).delivered == 2
    assert stream_ids(server) == ["a", "b"]


def test_a_server_killed_under_aof_comes_back_with_all_and_nothing_goes_twice(
    binary: Path, make_redis: MakeRedis, outbox: Outbox, deliver_to: Callable[[str], Deliverer]
) -> None:
    server = make_redis(binary, *AOF)
    deliver = deliver_to(server.url)
    append(outbox, "a")
    deliver.step(NOW)
    server.kill()
    append(outbox, "b")
    assert deliver.step(NOW + 1).trouble is not None
    server.start()
    assert deliver.step(NOW + 2).replayed == 0
    assert stream_ids(server) == ["a", "b"]


@pytest.mark.promise("fault 23")
def test_what_a_server_acknowledged_and_lost_goes_again(
    binary: Path, make_redis: MakeRedis, outbox: Outbox, deliver_to: Callable[[str], Deliverer]
) -> None:
    server = make_redis(binary)  # nothing on disk: a kill loses everything
    deliver = deliver_to(server.url)
    append(outbox, "a", "b")
    deliver.step(NOW)
    server.kill()
    server.start()
    # Another writer has moved the stream beyond what we remember before we are back.
    server.do("XADD", KEY, "*", "id", "somebody else's")
    append(outbox, "c")
    results = [deliver.step(NOW + n) for n in (1, 2)]
    assert [result.replayed for result in results] == [0, 2]
    assert stream_ids(server)[1:] == ["a", "b", "c"]


def test_a_publisher_restarted_meanwhile_sees_the_loss_as_well(
    one_binary: Path, make_redis: MakeRedis, outbox: Outbox, deliver_to: Callable[[str], Deliverer]
) -> None:
    server = make_redis(one_binary)
    append(outbox, "a", "b")
    deliver_to(server.url).step(NOW)
    server.kill()
    server.start()
    assert deliver_to(server.url).step(NOW + 1).replayed == 2
    assert stream_ids(server) == ["a", "b"]


def test_a_flushed_server_is_noticed_without_a_new_alert(
    one_binary: Path, make_redis: MakeRedis, outbox: Outbox, deliver_to: Callable[[str], Deliverer]
) -> None:
    server = make_redis(one_binary)
    deliver = deliver_to(server.url)
    append(outbox, "a")
    deliver.step(NOW)
    server.kill()
    server.start()
    assert deliver.step(NOW + 6).trouble is not None, "the idle connection is found dead"
    assert deliver.step(NOW + 7).replayed == 1
    assert stream_ids(server) == ["a"]


def test_entries_trimmed_by_their_readers_are_not_taken_for_lost(
    one_binary: Path, make_redis: MakeRedis, outbox: Outbox, deliver_to: Callable[[str], Deliverer]
) -> None:
    server = make_redis(one_binary)
    append(outbox, "a")
    deliver_to(server.url).step(NOW)
    server.do("XTRIM", KEY, "MAXLEN", "0")
    assert deliver_to(server.url).step(NOW + 1).replayed == 0


class CuttingProxy:
    """Passes bytes to a server, and cuts the line instead of passing on a reply to XADD."""

    def __init__(self, path: Path, target: Path) -> None:
        self.cuts_left = 1
        self._target = str(target)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        # Unlike close(), shutdown() wakes a thread that waits in accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, socket.socket(socket.AF_UNIX) as server:
                server.connect(self._target)
                self._pass_on(client, server)

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        while request := client.recv(1 << 20):
            server.sendall(request)
            reply = server.recv(1 << 20)
            if b"XADD" in request and self.cuts_left:
                self.cuts_left -= 1
                return
            client.sendall(reply)


@pytest.mark.promise("fault 21")
def test_a_lost_reply_makes_one_visible_row(
    binary: Path,
    make_redis: MakeRedis,
    outbox: Outbox,
    deliver_to: Callable[[str], Deliverer],
    short_tmp: Path,
) -> None:
    server = make_redis(binary)
    proxy = CuttingProxy(short_tmp / "p.sock", server.socket)
    deliver = deliver_to(f"unix://{short_tmp / 'p.sock'}")
    append(outbox, "a")
    assert deliver.step(NOW).trouble is not None
    assert deliver.step(NOW + 1).delivered == 1
    deliver.close()
    proxy.close()
    entries = server.do("XRANGE", KEY, "-", "+")
    assert len(entries) == 2, "the entry itself did arrive the first time"
    view = LatestView()
    assert [view.apply(parse_entry(fields)) for _, fields in entries] == [True, False]
    assert len(view.rows()) == 1


@pytest.mark.promise("fault 23")
def test_a_server_out_of_memory_refuses_and_later_takes_the_rest_in_order(
    binary: Path, make_redis: MakeRedis, outbox: Outbox, deliver_to: Callable[[str], Deliverer]
) -> None:
    server = make_redis(binary, "--maxmemory-policy", "noeviction")
    deliver = deliver_to(server.url)
    append(outbox, "a")
    deliver.step(NOW)
    server.do("CONFIG", "SET", "maxmemory", "1")
    append(outbox, "b", "c")
    trouble = deliver.step(NOW).trouble
    assert trouble is not None
    assert "out of memory" in trouble
    assert "maxmemory" in trouble
    assert len(outbox.pending("redis")) == 2
    server.do("CONFIG", "SET", "maxmemory", "0")
    assert deliver.step(NOW + 1).delivered == 2
    assert stream_ids(server) == ["a", "b", "c"]


@pytest.mark.promise("security 13")
def test_a_user_who_may_only_add_is_enough(
    binary: Path, make_redis: MakeRedis, outbox: Outbox, deliver_to: Callable[[str], Deliverer]
) -> None:
    server = make_redis(binary)
    server.do("ACL", "SETUSER", "adder", "on", ">s3cret", f"~{KEY}", "+xadd")
    url = f"unix://adder:s3cret@{server.socket}"
    deliver = deliver_to(url)
    append(outbox, "a")
    result = deliver.step(NOW)
    assert (result.delivered, result.trouble) == (1, None)
    assert deliver.step(NOW + 100).trouble is None, "it may neither ping nor trim, and need not"
    # Unable to look, it must take a reconnection for a loss.
    assert deliver_to(url).step(NOW + 101).replayed == 1


def test_a_user_who_may_not_add_is_told_what_to_grant_without_the_password(
    binary: Path, make_redis: MakeRedis, outbox: Outbox, deliver_to: Callable[[str], Deliverer]
) -> None:
    server = make_redis(binary)
    server.do("ACL", "SETUSER", "reader", "on", ">s3cret", "~*", "+@read", "+info", "+ping")
    append(outbox, "a")
    trouble = deliver_to(f"unix://reader:s3cret@{server.socket}").step(NOW).trouble
    assert trouble is not None
    assert "+xadd" in trouble
    assert "s3cret" not in trouble
    assert outbox.pending("redis")


def test_a_wrong_password_is_named_without_being_told(
    one_binary: Path, make_redis: MakeRedis, outbox: Outbox, deliver_to: Callable[[str], Deliverer]
) -> None:
    server = make_redis(one_binary)
    server.do("ACL", "SETUSER", "adder", "on", ">right", "~*", "+@all")
    trouble = deliver_to(f"unix://adder:wr0ng@{server.socket}").step(NOW).trouble
    assert trouble is not None
    assert "refuses the user or password" in trouble
    assert "wr0ng" not in trouble


def test_a_replica_says_to_name_the_primary(
    one_binary: Path, make_redis: MakeRedis, outbox: Outbox, deliver_to: Callable[[str], Deliverer]
) -> None:
    server = make_redis(one_binary, "--replicaof", "127.0.0.1", "1")
    append(outbox, "a")
    trouble = deliver_to(server.url).step(NOW).trouble
    assert trouble is not None
    assert "read-only replica" in trouble


@pytest.mark.promise("fault 23")
def test_a_server_that_cannot_write_its_disk_says_so(
    one_binary: Path, make_redis: MakeRedis, outbox: Outbox, deliver_to: Callable[[str], Deliverer]
) -> None:
    server = make_redis(one_binary)
    # A snapshot that fails puts the server into the state that MISCONF tells of.
    server.do("CONFIG", "SET", "save", "3600 1")
    (server.folder / "dump.rdb").mkdir()
    server.do("BGSAVE")
    while server.do("INFO", "persistence")["rdb_last_bgsave_status"] == "ok":
        pass
    append(outbox, "a")
    trouble = deliver_to(server.url).step(NOW).trouble
    assert trouble is not None
    assert "its own disk" in trouble
    assert outbox.pending("redis")


def test_a_key_of_another_type_says_what_to_do(
    one_binary: Path, make_redis: MakeRedis, outbox: Outbox, deliver_to: Callable[[str], Deliverer]
) -> None:
    server = make_redis(one_binary)
    server.do("SET", KEY, "a string")
    append(outbox, "a")
    trouble = deliver_to(server.url).step(NOW).trouble
    assert trouble is not None
    assert "stream_prefix" in trouble


def test_a_row_that_is_no_alert_is_rejected_after_those_before_it(
    one_binary: Path, make_redis: MakeRedis, outbox: Outbox
) -> None:
    server = make_redis(one_binary)
    sink = RedisStreamsSink(server.url)
    sink.open(None)
    append(outbox, "a")
    good = outbox.pending("redis")[0]
    with pytest.raises(EntryRejected) as refusal:
        sink.deliver([good, OutboxEntry(2, "x", 0, "{}", NOW)])
    sink.close()
    assert refusal.value.delivered == 1
    assert refusal.value.position is not None
    assert stream_ids(server) == ["a"]


def test_addresses_are_shown_without_secrets() -> None:
    url = "rediss://user:p%40ss@redis.example:6380/0"
    assert safe_address(url) == "rediss://redis.example:6380"
    assert safe_address("unix://u:pw@/run/r.sock?db=1") == "unix:///run/r.sock"
    assert "p%40ss" not in explain(OSError("refused"), url, KEY)


@pytest.mark.promise("security 13")
def test_tls_trusts_the_named_authority_and_no_other(
    one_binary: Path, make_redis: MakeRedis, short_tmp: Path
) -> None:
    key, cert = certificate(short_tmp, "server")
    _, foreign = certificate(short_tmp, "foreign")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = make_redis(one_binary)
    server.kill()
    try:
        server.start(
            "--tls-port", str(port), "--bind", "127.0.0.1", "--tls-key-file", str(key),
            "--tls-cert-file", str(cert), "--tls-auth-clients", "no",
        )  # fmt: skip
    except AssertionError as error:
        pytest.skip(f"this redis-server was built without TLS: {error}")
    url = f"rediss://127.0.0.1:{port}"
    sink = RedisStreamsSink(url, ca_file=cert)
    assert sink.open(None) is False
    sink.close()
    for untrusted in (foreign, None):
        sink = RedisStreamsSink(url, ca_file=untrusted)
        with pytest.raises(SinkUnavailable, match="certificate"):
            sink.open(None)
        sink.close()
