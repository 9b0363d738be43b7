"""One way to connect to Redis, and one way to say what it refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.retry import Retry

#: What a lost or silent server raises, besides its own refusals.
GONE = (redis.ConnectionError, redis.TimeoutError, OSError)

#: First word of a server's error reply -> what it means and what to do.
_REFUSALS = {
    "MISCONF": "cannot write to its own disk and therefore takes no writes: free its disk, then "
    "look into its log",
    "WRONGTYPE": "holds something else than a stream under {key}: choose another stream_prefix, or "
    "delete that key",
    "NOREPLICAS": "has too few replicas in step to take writes (min-replicas-to-write): restore "
    "them",
    "MASTERDOWN": "is a replica that lost its primary: name the primary in the url",
    "MOVED": "is a cluster node that does not hold {key}: name the node that does, or a proxy",
    "CLUSTERDOWN": "is part of a cluster that is down",
}


def open_client(
    url: str,
    *,
    ca_file: Path | None = None,
    timeout_s: float = 5.0,
    on_connect: Callable[[Any], None] | None = None,
) -> redis.Redis:
    """A client that never retries by itself. Nothing is sent before its first command.

    Args:
        url: ``redis://``, ``rediss://`` (TLS, the server's name is checked) or ``unix://``, with
            user and password in it.
        ca_file: certificates to trust instead of the system's, for ``rediss://``.
        timeout_s: for connecting and for each reply.
        on_connect: called with each connection instead of its own ``on_connect``.
    """
    options: dict[str, Any] = {
        "socket_timeout": timeout_s,
        "retry": Retry(NoBackoff(), 0),
        "redis_connect_func": on_connect,
        "protocol": 2,
    }
    scheme = urlsplit(url).scheme
    if scheme != "unix":
        options["socket_connect_timeout"] = timeout_s
    if scheme == "rediss" and ca_file is not None:
        options["ssl_ca_certs"] = str(ca_file)
    return redis.Redis.from_url(url, **options)


def safe_address(url: str) -> str:
    """``url`` without user and password, for logs."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}"
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}"


def explain(error: RedisError | OSError, url: str, key: str) -> str:
    """What ``error`` means to whoever runs the site, without any secret of ``url``."""
    who = f"Redis at {safe_address(url)}"
    text = str(error)
    if isinstance(error, AuthenticationError):
        return f"{who} refuses the user or password: check those in the url"
    if isinstance(error, NoPermissionError):
        return (
            f"{who} lets this user not do what is needed on {key} ({text}): an administrator "
            f"grants it, at least +xadd on ~{key}, with ACL SETUSER"
        )
    if isinstance(error, OutOfMemoryError):
        return (
            f"{who} is out of memory and takes no writes: raise its maxmemory, or let its readers "
            "catch up so that the stream can be trimmed"
        )
    if isinstance(error, ReadOnlyError):
        return f"{who} is a read-only replica: name the primary in the url"
    if isinstance(error, BusyLoadingError):
        return f"{who} is still loading its data"
    if isinstance(error, ResponseError):
        meaning = _REFUSALS.get(text.split(" ", 1)[0])
        return f"{who} {meaning.format(key=key)}" if meaning else f"{who} refuses: {text}"
    reason = text.rstrip(".") or type(error).__name__
    return f"{who} cannot be reached ({reason}): see that it runs and that redis.url names it"
