"""The two users of the example: one adds alerts, the other reads them and gives verdicts."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.exceptions import AuthenticationError, NoPermissionError
from redis.retry import Retry

from sinks.feedback import SCHEMA, FeedbackReader, Verdict
from sinks.redis_binary import find_redis_server

Connect = Callable[[str | None], Any]
STREAM = {"schema": "hearsight.alert/1", "id": "a"}


@pytest.fixture(scope="module")
def connect(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connect]:
    """A server with the example's users, whose passwords are their names; logs users in."""
    server = find_redis_server()
    if server.version < (7, 0):
        pytest.skip("redis-server 7 is needed for these users: apt install redis-server")
    folder = tmp_path_factory.mktemp("redis")
    users = (project / "deploy/redis-users.acl").read_text()
    for name in ("hearsight", "console"):
        digest = hashlib.sha256(name.encode()).hexdigest()
        assert users.count(f"#SHA256-OF-THE-PASSWORD-OF-{name}") == 1
        users = users.replace(f"SHA256-OF-THE-PASSWORD-OF-{name}", digest)
    (folder / "users.acl").write_text(users)
    socket = folder / "s"
    process = subprocess.Popen(
        [
            *(str(server.path), "--port", "0", "--unixsocket", str(socket), "--save", ""),
            *("--dir", str(folder), "--aclfile", str(folder / "users.acl")),
        ],
        stdout=subprocess.DEVNULL,
    )

    def log_in(user: str | None, tries: int = 0) -> Any:
        return redis.Redis(
            unix_socket_path=str(socket),
            username=user,
            password=user,
            decode_responses=True,
            retry=Retry(ConstantBackoff(0.05), tries),
        )

    try:
        log_in("hearsight", tries=200).ping()  # until it listens
        yield log_in
    finally:
        process.terminate()
        process.wait(timeout=10)


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


def test_nobody_comes_in_without_a_password(connect: Connect) -> None:
    with pytest.raises(AuthenticationError):
        connect(None).ping()
