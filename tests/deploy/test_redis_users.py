"""The two users of the example: one adds alerts, the other reads them and gives verdicts."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError
from redis.retry import Retry

from sinks.alert_json import encode_alert
from sinks.base import OutboxEntry, SinkUnavailable
from sinks.feedback import SCHEMA, FeedbackReader, Verdict
from sinks.reader import AlertReader
from sinks.redis_binary import find_redis_server
from sinks.redis_streams import RedisStreamsSink
from tests.certificates import certificate
from tests.sinks.builders import make_alert

Connect = Callable[[str | None], Any]
STREAM = {"schema": "hearsight.alert/1", "id": "a"}


#: Beside the example's users, whom only the tests know: one who asks what they may, and one who may
#: nothing, which every server lets say hello.
WITNESSES = "user witness on nopass ~* &* +@all\nuser nobody on nopass -@all\n"


@dataclass
class House:
    """A server with the example's users, whose passwords are their names.

    Args:
        folder: of its files.
        port: at which it speaks TLS; None: it was built without.
    """

    folder: Path
    port: int | None = None

    def log_in(self, user: str | None, tries: int = 0) -> Any:
        """A user's client, over the socket."""
        return redis.Redis(
            unix_socket_path=str(self.folder / "s"),
            username=user,
            password=user,
            decode_responses=True,
            retry=Retry(ConstantBackoff(0.05), tries),
        )

    def url(self, user: str) -> str:
        """A user's address over TLS."""
        return f"rediss://{user}:{user}@127.0.0.1:{self.port}"

    @property
    def authority(self) -> Path:
        """Who vouches for the server."""
        return self.folder / "server.crt"


@pytest.fixture(scope="module")
def house(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    server = find_redis_server()
    if server.version < (7, 0):
        pytest.skip("redis-server 7 is needed for these users: apt install redis-server")
    house = House(tmp_path_factory.mktemp("redis"))
    users = (project / "deploy/redis-users.acl").read_text()
    for name in ("hearsight", "console"):
        digest = hashlib.sha256(name.encode()).hexdigest()
        assert users.count(f"#SHA256-OF-THE-PASSWORD-OF-{name}") == 1
        users = users.replace(f"SHA256-OF-THE-PASSWORD-OF-{name}", digest)
    (house.folder / "users.acl").write_text(users + WITNESSES)
    process = _start(server.path, house, tls=True) or _start(server.path, house, tls=False)
    assert process is not None
    try:
        yield house
    finally:
        process.terminate()
        process.wait(timeout=10)


def _start(server: Path, house: House, *, tls: bool) -> subprocess.Popen[bytes] | None:
    """Start it; None where it ends at once, as one without TLS does that is asked for it."""
    options = ["--port", "0", "--unixsocket", str(house.folder / "s"), "--save", ""]
    options += ["--dir", str(house.folder), "--aclfile", str(house.folder / "users.acl")]
    house.port = None
    if tls:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            house.port = probe.getsockname()[1]
        key, cert = certificate(house.folder, "server")
        options += ["--tls-port", str(house.port), "--tls-cert-file", str(cert), "--tls-key-file"]
        options += [str(key), "--tls-auth-clients", "no", "--bind", "127.0.0.1"]
    process = subprocess.Popen([str(server), *options], stdout=subprocess.DEVNULL)
    for _ in range(400):
        if process.poll() is not None:
            return None
        with contextlib.suppress(redis.ConnectionError):
            house.log_in("witness").ping()
            return process
        time.sleep(0.05)
    process.kill()
    raise AssertionError("the server does not answer")


@pytest.fixture
def connect(house: House) -> Connect:
    """Logs a user in."""
    return house.log_in


# --- what each may, by every command that the server knows -----------------------------------

#: Where a command names its keys behind a word.
ARGUMENTS = {
    "xread": ["STREAMS", "{key}", "0"],
    "xreadgroup": ["GROUP", "g", "c", "STREAMS", "{key}", ">"],
}
ADD = {"xadd"}
READ = {
    "xread", "xreadgroup", "xack", "xclaim", "xautoclaim", "xpending", "xrange", "xrevrange",
    "xlen", "xinfo consumers", "xinfo groups", "xinfo stream", "xgroup create",
    "xgroup createconsumer", "xgroup delconsumer", "xgroup destroy",
    "xgroup setid", "xtrim",
}  # fmt: skip
TAKE = {
    "xreadgroup", "xack", "xclaim", "xpending", "xrange", "xgroup create", "xinfo stream",
}  # fmt: skip
#: Whatever the key: they touch none.
ANYWHERE = {"hearsight": {"ping"}, "console": {"ping", "info", "time"}}
OWN = ("hearsight:alerts", "hearsight:health", "hearsight:scores")
MAY = {
    "hearsight": {
        **dict.fromkeys(OWN, ADD),
        "hearsight:feedback": TAKE,
        "hearsight:feedback:dead": ADD,
        "hearsight:alerts:dead": set(),
        "other": set(),
        "hearsight:other": set(),
    },
    "console": {
        **dict.fromkeys(OWN, READ),
        "hearsight:feedback": READ | ADD,
        "hearsight:feedback:dead": READ,
        "hearsight:alerts:dead": READ | ADD,
        "other": set(),
        "hearsight:other": set(),
    },
}


def commands(client: Any) -> list[tuple[str, int]]:
    """Every command of a server and how many words it takes, subcommands in two words."""
    # As the server says it: the client would sum it up.
    connection = client.connection_pool.get_connection()
    connection.send_command("COMMAND")
    found = []
    for told in connection.read_response():
        inner = told[9] if len(told) > 9 else []
        found += [(one[0].lower().replace("|", " "), one[1]) for one in inner or [told]]
    client.connection_pool.release(connection)
    # What helps tells the words of a command, and needs no key.
    return sorted(one for one in found if not one[0].endswith(" help"))


def permitted(client: Any, user: str, key: str, known: list[tuple[str, int]]) -> set[str]:
    """The commands that the server would let a user run on a key."""
    may = set()
    for name, words in known:
        command = name.split()
        given = ARGUMENTS.get(name) or ["{key}"] * max(1, abs(words) - len(command))
        if words > 0:
            given = given[: words - len(command)]
        filled = [word.format(key=key) for word in given]
        # What is refused for its words could not be run either.
        with contextlib.suppress(ResponseError):
            if client.execute_command("ACL", "DRYRUN", user, *command, *filled) in ("OK", True):
                may.add(name)
    return may


@pytest.mark.promise("security 13")
@pytest.mark.parametrize("user", list(MAY))
def test_of_all_commands_each_may_run_those_that_its_work_needs(
    house: House, user: str, record_property: Callable[[str, object], None]
) -> None:
    client = house.log_in("witness")
    known = commands(client)
    assert len(known) > 300
    for key, wanted in MAY[user].items():
        always = permitted(client, "nobody", key, known)
        assert always <= {"auth", "hello", "quit", "reset"}
        assert permitted(client, user, key, known) - always == wanted | ANYWHERE[user], key
    record_property("measured", f"{user}: {len(known)} commands on {len(MAY[user])} keys tried")


@pytest.mark.promise("security 13")
def test_an_alert_is_added_over_tls_by_one_and_read_over_tls_by_the_other(house: House) -> None:
    if house.port is None:
        pytest.skip("this redis-server was built without TLS")
    alert = make_alert("over-tls")
    entry = OutboxEntry(1, alert.id, alert.revision, encode_alert(alert), alert.captured_at)
    with closing(RedisStreamsSink(house.url("hearsight"), ca_file=house.authority)) as sink:
        sink.open(None)
        sink.deliver([entry])
    reader = AlertReader(
        house.url("console"), group="tls", consumer="one", start="0", ca_file=house.authority
    )
    with closing(reader):
        reader.open()
        received = reader.read(1.0)
        assert "over-tls" in [item.alert.id for item in received]
        reader.ack(received)


@pytest.mark.promise("security 13")
@pytest.mark.parametrize("trusted", ["a stranger", "those of this machine"])
def test_whoever_cannot_prove_to_be_the_server_is_told_no_password(
    house: House, trusted: str, tmp_path: Path
) -> None:
    if house.port is None:
        pytest.skip("this redis-server was built without TLS")
    ca_file = certificate(tmp_path, "stranger")[1] if trusted == "a stranger" else None
    with (
        closing(RedisStreamsSink(house.url("hearsight"), ca_file=ca_file)) as sink,
        pytest.raises(SinkUnavailable, match="certificate"),
    ):
        sink.open(None)


# --- what they do -----------------------------------------------------------------------------


@pytest.mark.promise("security 13")
def test_hearsight_adds_alerts_reads_verdicts_and_can_do_nothing_else(connect: Connect) -> None:
    hearsight = connect("hearsight")

    for stream in ("alerts", "health", "scores"):
        hearsight.xadd(f"hearsight:{stream}", STREAM)
    for forbidden in (
        lambda: hearsight.xadd("hearsight:feedback", STREAM),
        lambda: hearsight.xadd("other", STREAM),
        lambda: hearsight.xrange("hearsight:alerts"),
        lambda: hearsight.xtrim("hearsight:alerts", maxlen=0),
        lambda: hearsight.delete("hearsight:alerts"),
        hearsight.flushall,
        lambda: hearsight.config_get("*"),
        hearsight.acl_list,
    ):
        with pytest.raises(NoPermissionError):
            forbidden()


def test_the_console_reads_acknowledges_trims_and_gives_verdicts(connect: Connect) -> None:
    connect("hearsight").xadd("hearsight:alerts", STREAM)
    console = connect("console")

    console.xgroup_create("hearsight:alerts", "desk", id="0")
    ((_, entries),) = console.xreadgroup("desk", "one", {"hearsight:alerts": ">"})
    assert entries[-1][1] == STREAM
    assert console.xack("hearsight:alerts", "desk", *(key for key, _ in entries)) == len(entries)
    assert console.xinfo_groups("hearsight:alerts")[0]["pending"] == 0
    console.xtrim("hearsight:alerts", maxlen=1)
    console.xadd("hearsight:feedback", {"id": "a", "verdict": "false_alarm"})
    assert console.xrange("hearsight:feedback")[0][1]["verdict"] == "false_alarm"


@pytest.mark.promise("security 13")
def test_hearsight_takes_a_verdict_and_sets_aside_what_is_none(
    connect: Connect,
) -> None:
    for fields in (
        {"schema": SCHEMA, "id": "a", "verdict": "confirmed", "by": "ana", "at": "1.5"},
        {"schema": SCHEMA, "id": "b", "verdict": "perhaps", "by": "ana", "at": "1.5"},
    ):
        connect("console").xadd("hearsight:feedback", fields)
    socket = connect(None).connection_pool.connection_kwargs["path"]
    reader = FeedbackReader(f"unix://hearsight:hearsight@{socket}")
    with closing(reader):
        reader.open()
        items = reader.items(0.01)
        assert Verdict("a", "confirmed", "ana", 1.5) in [verdict for _, verdict in items]
        reader.settle([entry for entry, _ in items])
    dead = connect("console").xrange("hearsight:feedback:dead")
    assert [fields["verdict"] for _, fields in dead][-1] == "perhaps"


@pytest.mark.promise("security 13")
def test_the_console_cannot_forge_an_alert(connect: Connect) -> None:
    console = connect("console")

    for forbidden in (
        lambda: console.xadd("hearsight:alerts", STREAM),
        lambda: console.delete("hearsight:alerts"),
        lambda: console.xadd("other", STREAM),
        lambda: console.config_set("maxmemory", "1"),
    ):
        with pytest.raises(NoPermissionError):
            forbidden()


@pytest.mark.promise("security 13")
def test_nobody_comes_in_without_a_password(connect: Connect) -> None:
    with pytest.raises(AuthenticationError):
        connect(None).ping()
