"""What real servers of every kind are found to be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.doctor.findings import Finding, Level
from pipeline.doctor.redis_server import judge_keeping, look_at_redis
from sinks.embedded_redis import EmbeddedRedis
from sinks.redis_binary import find_redis_server
from tests.pipeline.doctor.boxes import found, level, site_of
from tests.sinks.builders import RedisProcess
from tests.sinks.conftest import make_redis, one_binary

__all__ = ["make_redis", "one_binary"]

MakeRedis = Callable[..., RedisProcess]


@pytest.fixture
def with_users(project: Path, short_tmp: Path, make_redis: MakeRedis) -> RedisProcess:
    """A server with the users of the example, whose passwords are their names."""
    server = find_redis_server()
    if server.version < (7, 0):
        pytest.skip("redis-server 7 is needed for these users: apt install redis-server")
    users = (project / "deploy/redis-users.acl").read_text()
    for name in ("hearsight", "console"):
        digest = hashlib.sha256(name.encode()).hexdigest()
        users = users.replace(f"SHA256-OF-THE-PASSWORD-OF-{name}", digest)
    (short_tmp / "users.acl").write_text(users)
    return make_redis(server.path, "--aclfile", str(short_tmp / "users.acl"), "--appendonly", "yes")


def look(folder: Path, server: RedisProcess, user: str = "", console: str = "") -> list[Finding]:
    def url(name: str) -> str:
        who = f"{name}:{name}@" if name else ""
        return f"unix://{who}{server.socket}"

    more = f"redis: {{url: '{url(user)}'}}\n"
    if console:
        more += f"console: {{redis_url: '{url(console)}'}}\n"
    return look_at_redis(site_of(folder, more), running=False)


def test_the_two_users_of_the_example_may_do_what_they_must(
    tmp_path: Path, with_users: RedisProcess
) -> None:
    looked = look(tmp_path, with_users, "hearsight", "console")
    assert {f.check: f.level for f in looked} == {
        "server": Level.OK,
        "rights": Level.OK,
        "more rights than needed": Level.OK,
        "console's user": Level.OK,
        "append-only file": Level.OK,
        "maxmemory-policy": Level.OK,
    }


def test_the_look_leaves_nothing_behind(
    tmp_path: Path, one_binary: Path, make_redis: MakeRedis
) -> None:
    server = make_redis(one_binary)
    server.do("XADD", "hearsight:feedback", "*", "a", "b")
    before = server.do("XINFO", "STREAM", "hearsight:feedback")
    look(tmp_path, server, "", "default")
    look(tmp_path, server)
    assert server.do("KEYS", "*") == [b"hearsight:feedback"]
    assert server.do("XINFO", "STREAM", "hearsight:feedback") == before


def test_users_put_the_wrong_way_round(tmp_path: Path, with_users: RedisProcess) -> None:
    looked = look(tmp_path, with_users, "console", "hearsight")
    rights = found(looked, "rights")
    assert rights.level is Level.FAILURE
    assert "add to hearsight:alerts" in rights.told
    assert level(looked, "console's user") is Level.FAILURE


def test_who_only_adds_may_not_ask_how_the_server_keeps(
    tmp_path: Path, with_users: RedisProcess
) -> None:
    keeping = found(look(tmp_path, with_users, "hearsight"), "keeping")
    assert keeping.level is Level.SKIPPED
    assert "CONFIG GET appendonly" in keeping.advice


@pytest.mark.promise("security 13")
def test_a_user_who_may_do_everything(
    tmp_path: Path, one_binary: Path, make_redis: MakeRedis
) -> None:
    looked = look(tmp_path, make_redis(one_binary))
    assert level(looked, "rights") is Level.OK
    more = found(looked, "more rights than needed")
    assert more.level is Level.WARNING
    assert "delete keys" in more.told
    assert level(looked, "append-only file") is Level.WARNING


def test_a_wrong_password_is_not_repeated(tmp_path: Path, with_users: RedisProcess) -> None:
    looked = look(tmp_path, with_users, "stranger")
    server = found(looked, "server")
    assert server.level is Level.FAILURE
    assert "refuses the user or password" in server.told
    assert not any("stranger" in f.told + f.advice for f in looked)


def test_a_server_that_is_away(tmp_path: Path, one_binary: Path, make_redis: MakeRedis) -> None:
    server = make_redis(one_binary)
    server.kill()
    looked = look(tmp_path, server)
    assert "cannot be reached" in found(looked, "server").told
    assert level(looked, "server") is Level.FAILURE


def test_a_full_server_that_takes_no_writes(
    tmp_path: Path, one_binary: Path, make_redis: MakeRedis
) -> None:
    server = make_redis(one_binary, "--maxmemory", "1", "--maxmemory-policy", "noeviction")
    looked = look(tmp_path, server)
    assert "out of memory" in found(looked, "writes").told
    assert level(looked, "memory") is Level.WARNING


def test_a_key_that_is_no_stream(tmp_path: Path, one_binary: Path, make_redis: MakeRedis) -> None:
    server = make_redis(one_binary)
    server.do("SET", "hearsight:feedback", "a word")
    wrong = found(look(tmp_path, server), "writes")
    assert wrong.level is Level.FAILURE
    assert "something else than a stream" in wrong.told


def test_a_server_that_throws_alerts_away(
    tmp_path: Path, one_binary: Path, make_redis: MakeRedis
) -> None:
    server = make_redis(one_binary, "--maxmemory-policy", "allkeys-lru", "--appendonly", "yes")
    assert level(look(tmp_path, server), "maxmemory-policy") is Level.FAILURE


def test_a_disk_that_failed_the_server() -> None:
    told = {"aof_enabled": 1, "aof_last_write_status": "err", "maxmemory_policy": "noeviction"}
    assert level(judge_keeping(told), "append-only file") is Level.FAILURE


def test_the_site_s_own_server(short_tmp: Path) -> None:
    site = site_of(short_tmp)
    assert [f.level for f in look_at_redis(site, running=False)] == [Level.OK]
    assert level(look_at_redis(site, running=True), "server") is Level.FAILURE
    with EmbeddedRedis(short_tmp / "redis"):
        looked = look_at_redis(site, running=True)
    assert {f.level for f in looked} == {Level.OK}
    assert "append-only file" in {f.check for f in looked}


def test_a_site_that_needs_none(tmp_path: Path) -> None:
    (one,) = look_at_redis(site_of(tmp_path, "sinks: []\n"), running=False)
    assert one.level is Level.SKIPPED
