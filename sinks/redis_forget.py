"""Deletes a camera's entries of a stretch of time from a site's streams, on request."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis

from sinks.group_reader import ReaderUnavailable
from sinks.redis_client import GONE, explain, open_client

#: Entries asked for at a time.
_AT_ONCE = 500
#: An entry is added a little after the moment that it tells of; an alert's later revisions, and
#: what a long absence of the server has delayed, up to a day.
_BEFORE_S, _AFTER_S = 60.0, 86_400.0


def forget_entries(
    url: str, prefix: str, ca_file: Path | None, camera: str, since: float, until: float
) -> int:
    """Delete alerts, scores and health events of a camera; how many entries.

    Args:
        url: of a user who may read the streams and XDEL.
        prefix: of the streams.
        ca_file: who vouches for the server.
        camera: whose.
        since: begin of the stretch, seconds since the epoch.
        until: its end.

    Raises:
        ReaderUnavailable: Redis is away or refuses; what was deleted by then is.
    """
    client: Any = open_client(url, ca_file=ca_file)
    key, gone = "", 0
    try:
        for name in ("alerts", "alerts:dead", "scores", "health"):
            key = f"{prefix}:{name}"
            for entry, fields in _entries(client, key, since, until):
                if _is_of(fields, camera, since, until):
                    gone += int(client.execute_command("XDEL", key, entry))
        return gone
    except (*GONE, redis.RedisError) as error:
        raise ReaderUnavailable(explain(error, url, key)) from error
    finally:
        client.close()
        client.connection_pool.disconnect()


def _entries(
    client: Any, key: str, since: float, until: float
) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
    start = f"{max(0, math.floor((since - _BEFORE_S) * 1000))}-0"
    end = f"{math.ceil((until + _AFTER_S) * 1000)}"
    while True:
        found = client.execute_command("XRANGE", key, start, end, "COUNT", _AT_ONCE)
        for entry, fields in found:
            yield entry, dict(fields)
        if len(found) < _AT_ONCE:
            return
        # Exclusive, which servers before 6.2 do not know: the next number instead.
        milliseconds, _, count = bytes(found[-1][0]).decode().partition("-")
        start = f"{milliseconds}-{int(count) + 1}"


def _is_of(fields: dict[bytes, bytes], camera: str, since: float, until: float) -> bool:
    """Whether an entry tells of the camera and the time; what cannot be read is nobody's."""
    told: dict[str, Any] = {}
    for body in (b"alert", b"scores", b"health"):
        if body in fields:
            try:
                read = json.loads(fields[body])
            except ValueError:
                continue
            told = read if isinstance(read, dict) else {}
    if told.get("camera") != camera:
        return False
    begin = told.get("start_time", told.get("at"))
    end = told.get("end_time") or told.get("at") or begin
    times = [float(t) for t in (begin, end) if isinstance(t, int | float)]
    return not times or (min(times) <= until and max(times) >= since)
