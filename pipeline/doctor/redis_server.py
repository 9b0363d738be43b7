"""The site's Redis: whether it answers, what its user may and may not, and whether it keeps.

Rights are tried, since a user who may only add cannot ask for them: with commands that the server
refuses for their arguments, which it does only after it has looked at the user's rights. None of
them changes anything.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import redis
from redis.exceptions import NoPermissionError, ResponseError

from pipeline.config import Site
from pipeline.doctor.findings import Area, Finding
from sinks.embedded_redis import attach
from sinks.redis_binary import OLDEST, EmbeddedRedisError, NoRedisServer, find_redis_server
from sinks.redis_client import GONE, explain, open_client, safe_address

_AREA = Area("redis")

Ask = Callable[..., Any]
_ACL = "deploy/redis-users.acl shows the two users; ACL SETUSER grants or takes rights"


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
    where = safe_address(url)
    try:
        client.execute_command("PING")  # type: ignore[no-untyped-call]
    except NoPermissionError:
        pass  # a refusal is a sign of life as well
    except (*GONE, redis.RedisError) as error:
        yield _AREA.failure(
            "server",
            explain(error, url, f"{prefix}:alerts"),
            "nothing is lost meanwhile: alerts wait in the outbox",
        )
        return
    else:
        yield _version(client, where)
    try:
        ask: Ask = client.execute_command
        lacking = [key for key, allowed in needed_rights(ask, prefix) if not allowed]
        if lacking:
            yield _AREA.failure("rights", f"the site's user may not {_list(lacking)}", _ACL)
        else:
            yield _AREA.ok("rights", f"the site's user may do what it must at {prefix}:*")
        if not private:
            yield _too_much([what for what, allowed in excess_rights(ask) if allowed])
    except ResponseError as error:
        yield _AREA.failure(
            "writes",
            explain(error, url, f"{prefix}:alerts"),
            "alerts wait in the outbox meanwhile",
        )
    except (*GONE, redis.RedisError) as error:
        yield _AREA.failure("server", explain(error, url, f"{prefix}:alerts"), "try again")
    finally:
        client.close()
        client.connection_pool.disconnect()


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


def needed_rights(ask: Ask, prefix: str) -> Iterator[tuple[str, bool]]:
    """Each thing that the site's user has to do, and whether it may.

    Args:
        ask: sends a command.
        prefix: of the streams.

    Raises:
        redis.RedisError: the server is away, or takes no writes at all.
    """
    for stream in ("alerts", "health", "scores", "feedback:dead"):
        # The id 0-0 is refused by every server, and before a stream is made.
        yield (
            f"add to {prefix}:{stream}",
            allowed(ask, "XADD", f"{prefix}:{stream}", "0-0", "a", "b"),
        )
    yield from _group_rights(ask, f"{prefix}:feedback", claims=True)


def _group_rights(ask: Ask, key: str, *, claims: bool) -> Iterator[tuple[str, bool]]:
    """Reading in a group: tried with a group that nobody has."""
    group = f"doctor-{secrets.token_hex(8)}"
    tries: list[Sequence[str]] = [
        ("XREADGROUP", "GROUP", group, "doctor", "COUNT", "1", "STREAMS", key, ">"),
        ("XACK", key, group, "0-1"),
        ("XPENDING", key, group),
        # An id that is none is refused, so that no group is made.
        ("XGROUP", "CREATE", key, group, "none"),
    ]
    if claims:
        tries.append(("XCLAIM", key, group, "doctor", "1", "0-1"))
    yield f"read {key} in a group", all(allowed(ask, *command) for command in tries)


def excess_rights(ask: Ask) -> Iterator[tuple[str, bool]]:
    """Things that no producer needs, and whether this one may do them: at a key that is not there.

    Raises:
        redis.RedisError: the server is away.
    """
    key = f"doctor-{secrets.token_hex(8)}"
    yield "add to any stream", allowed(ask, "XADD", key, "0-0", "a", "b")
    yield "delete keys", allowed(ask, "DEL", key)
    yield "read any key", allowed(ask, "GET", key)
    yield "see the server's settings", allowed(ask, "CONFIG", "GET", "maxmemory")
    yield "run scripts", allowed(ask, "EVAL", "return 1", "0")


def allowed(ask: Ask, *command: str) -> bool:
    """Whether the user may send a command.

    Raises:
        redis.RedisError: the server is away, or cannot take writes (MISCONF, OOM, READONLY).
    """
    try:
        ask(*command)
    except NoPermissionError:
        return False
    except (redis.exceptions.OutOfMemoryError, redis.exceptions.ReadOnlyError):
        raise
    except ResponseError as error:
        # Its arguments were looked at, which comes after the rights.
        if str(error).startswith(("MISCONF", "NOREPLICAS", "MASTERDOWN", "CLUSTERDOWN", "MOVED")):
            raise
    return True


def _too_much(more: list[str]) -> Finding:
    if more:
        return _AREA.warning(
            "more rights than needed",
            f"the site's user may also {_list(more)}: its password erases alerts",
            f"give the site a user of its own that only adds: {_ACL}",
        )
    return _AREA.ok("more rights than needed", "none: the site's user only adds to its streams")


def look_at_console_user(url: str, prefix: str, ca_file: Path | None) -> Iterator[Finding]:
    """Whether the console's user gets in, reads alerts and gives verdicts."""
    client = open_client(url, ca_file=ca_file, timeout_s=3.0)
    ask: Ask = client.execute_command
    key = f"{prefix}:alerts"
    try:
        rights = [
            *_group_rights(ask, key, claims=True),
            (f"trim {key}", allowed(ask, "XTRIM", key, "MINID", "none")),
            (f"see {key}", allowed(ask, "XINFO", "GROUPS", key)),
            (
                f"add to {prefix}:feedback",
                allowed(ask, "XADD", f"{prefix}:feedback", "0-0", "a", "b"),
            ),
        ]
    except (*GONE, redis.RedisError) as error:
        yield _AREA.failure(
            "console's user", explain(error, url, key), "correct console.redis_url in the site file"
        )
        return
    finally:
        client.close()
        client.connection_pool.disconnect()
    lacking = [what for what, may in rights if not may]
    if lacking:
        yield _AREA.failure("console's user", f"it may not {_list(lacking)}", _ACL)
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


def _list(what: Sequence[str]) -> str:
    return ", ".join(what)
