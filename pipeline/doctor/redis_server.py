"""The site's Redis: whether it answers, what its users may, and whether it keeps what it took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import redis
from redis.exceptions import NoPermissionError, ResponseError

from pipeline.config import Site
from pipeline.doctor.findings import Area, Finding
from pipeline.doctor.redis_rights import Right, console_rights, excess_rights, needed_rights
from sinks.embedded_redis import attach
from sinks.redis_binary import OLDEST, EmbeddedRedisError, NoRedisServer, find_redis_server
from sinks.redis_client import GONE, explain, open_client, safe_address

_AREA = Area("redis")

_ACL = "deploy/redis-users.acl shows the two users; ACL SETUSER grants or takes rights"
_WAITING = "see to it; nothing is lost meanwhile: alerts wait in the outbox"


def look_at_redis(site: Site, *, running: bool) -> list[Finding]:
    """The server that the alerts go to, with both of the site's users.

    Args:
        site: its settings.
        running: the site runs, and with it a Redis of its own.
    """
    if not any(sink.type == "redis" for sink in site.sinks):
        return [_AREA.skipped("server", "no sink of the site needs it")]
    prefix, ca_file = site.redis.stream_prefix, site.redis.ca_file
    if site.redis.url is None:
        return _own_server(site.state_dir / "redis", prefix, running=running)
    url = site.redis.url.get_secret_value()
    own = site.console.redis_url
    found = list(look_at_server(url, prefix, ca_file))
    if own is not None:
        found += look_at_console_user(own.get_secret_value(), prefix, ca_file)
    asked = [one for one in (url, None if own is None else own.get_secret_value()) if one]
    found += look_at_keeping([(one, ca_file) for one in asked])
    return found


def _own_server(folder: Path, prefix: str, *, running: bool) -> list[Finding]:
    try:
        binary = find_redis_server()
    except NoRedisServer as error:
        return [
            _AREA.failure(
                "server", str(error), "install a redis-server (Debian: apt install redis-server)"
            )
        ]
    version = ".".join(map(str, binary.version))
    found = [_AREA.ok("program", f"{binary.path}, version {version}, started by the site itself")]
    if not running:
        return found
    try:
        url = attach(folder)
    except EmbeddedRedisError as error:
        return [
            *found,
            _AREA.failure(
                "server", str(error), f"{folder / 'redis.log'} says why; the site starts it again"
            ),
        ]
    # On a socket that this user alone may open, rights of its own would protect nothing.
    return [
        *found,
        *look_at_server(url, prefix, None, private=True),
        *look_at_keeping([(url, None)]),
    ]


def look_at_server(
    url: str, prefix: str, ca_file: Path | None, *, private: bool = False
) -> Iterator[Finding]:
    """Whether the site's user gets in, may do what the site does, and no more.

    Args:
        url: with user and password.
        prefix: of the streams.
        ca_file: certificates to trust.
        private: on a socket of our own: everything is allowed there.
    """
    client = open_client(url, ca_file=ca_file, timeout_s=3.0)
    key = f"{prefix}:*"
    try:
        yield from _answers(client, safe_address(url))
        lacking = _lacking(needed_rights(client.execute_command, prefix))
        if lacking:
            yield _AREA.failure("rights", f"the site's user may not {lacking}", _ACL)
        else:
            yield _AREA.ok("rights", f"the site's user may do what it must at {prefix}:*")
        if not private:
            yield _too_much(_granted(excess_rights(client.execute_command)))
    except ResponseError as error:
        yield _AREA.failure("writes", explain(error, url, key), _WAITING)
    except (*GONE, redis.RedisError) as error:
        yield _AREA.failure("server", explain(error, url, key), _WAITING)
    finally:
        client.close()
        client.connection_pool.disconnect()


def _answers(client: Any, where: str) -> Iterator[Finding]:
    try:
        client.execute_command("PING")
    except NoPermissionError:
        return  # a refusal is a sign of life as well
    yield _version(client, where)


def _version(client: Any, where: str) -> Finding:
    try:
        told = client.execute_command("INFO", "server")
    except (NoPermissionError, ResponseError):
        return _AREA.ok("server", f"{where} answers")
    text = str(told.get("redis_version", "0"))
    version = tuple(int(part) for part in text.split(".")[:2] if part.isdigit())
    if version < OLDEST:
        return _AREA.failure(
            "server", f"{where} is version {text}", f"install {OLDEST[0]}.{OLDEST[1]} or newer"
        )
    return _AREA.ok("server", f"{where} answers, version {text}")


def _too_much(more: str) -> Finding:
    if more:
        return _AREA.warning(
            "more rights than needed",
            f"the site's user may also {more}: its password erases alerts",
            f"give the site a user of its own that only adds: {_ACL}",
        )
    return _AREA.ok("more rights than needed", "none: the site's user only adds to its streams")


def look_at_console_user(url: str, prefix: str, ca_file: Path | None) -> Iterator[Finding]:
    """Whether the console's user gets in, reads alerts and gives verdicts."""
    client = open_client(url, ca_file=ca_file, timeout_s=3.0)
    key = f"{prefix}:*"
    try:
        lacking = _lacking(console_rights(client.execute_command, prefix))
    except (*GONE, redis.RedisError) as error:
        yield _AREA.failure(
            "console's user", explain(error, url, key), "correct console.redis_url in the site file"
        )
        return
    finally:
        client.close()
        client.connection_pool.disconnect()
    if lacking:
        yield _AREA.failure("console's user", f"it may not {lacking}", _ACL)
    else:
        yield _AREA.ok("console's user", "it reads and trims alerts, and gives verdicts")


def look_at_keeping(urls: Sequence[tuple[str, Path | None]]) -> Iterator[Finding]:
    """Whether the server keeps what it acknowledged, as far as one of the users may ask.

    Args:
        urls: of the users, with the certificates to trust.
    """
    for url, ca_file in urls:
        client = open_client(url, ca_file=ca_file, timeout_s=3.0)
        try:
            told = client.execute_command("INFO", "persistence")  # type: ignore[no-untyped-call]
            told = {**told, **client.execute_command("INFO", "memory")}  # type: ignore[no-untyped-call]
        except (*GONE, redis.RedisError):
            continue
        finally:
            client.close()
            client.connection_pool.disconnect()
        yield from judge_keeping(told)
        return
    yield _AREA.skipped(
        "keeping",
        "none of the site's users may ask",
        "as administrator: CONFIG GET appendonly has to say yes, maxmemory-policy noeviction",
    )


def judge_keeping(told: dict[str, Any]) -> Iterator[Finding]:
    """What the server's INFO (persistence and memory) means for alerts."""
    if not int(told.get("aof_enabled", 0)):
        yield _AREA.warning(
            "append-only file",
            "off: what the server acknowledged is gone when it is killed",
            "CONFIG SET appendonly yes, and CONFIG REWRITE",
        )
    elif told.get("aof_last_write_status", "ok") != "ok":
        yield _AREA.failure(
            "append-only file", "the last write failed", "free the server's disk; its log says more"
        )
    else:
        yield _AREA.ok("append-only file", "on")
    policy, limit = str(told.get("maxmemory_policy", "")), int(told.get("maxmemory", 0))
    if policy.startswith("allkeys"):
        yield _AREA.failure(
            "maxmemory-policy",
            f"{policy}: a full server throws alerts away",
            "CONFIG SET maxmemory-policy noeviction, and CONFIG REWRITE",
        )
        return
    used = int(told.get("used_memory", 0))
    if limit and used > 0.8 * limit:
        yield _AREA.warning(
            "memory",
            f"{used >> 20} MB of its {limit >> 20} MB are used: a full server takes no alerts",
            "raise maxmemory, or let the readers catch up so that streams can be trimmed",
        )
        return
    room = f"{used >> 20} MB of {limit >> 20} MB used" if limit else "no limit of memory"
    yield _AREA.ok("maxmemory-policy", f"{policy}, {room}")


def _lacking(rights: Iterable[Right]) -> str:
    return ", ".join(what for what, may in rights if not may)


def _granted(rights: Iterable[Right]) -> str:
    return ", ".join(what for what, may in rights if may)
