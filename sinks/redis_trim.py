"""Trimming of a stream that deletes only what every group has read and acknowledged.

XADD's own MAXLEN deletes from under readers that lag; here a lagging reader stops the trimming,
and a stream that grows too long raises an alarm that names the reader.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from sinks.group_reader import ReaderUnavailable
from sinks.redis_client import GONE, explain, open_client

_log = logging.getLogger(__name__)

#: Entries younger than this stay in any case, in seconds.
MIN_AGE_S = 600.0
#: Groups whose name begins so belong to readers that come and go, such as a terminal.
EPHEMERAL = "tail-"
#: Such a group is removed once none of its readers has called for this long, in seconds.
EPHEMERAL_IDLE_S = 3600.0
#: The streams of a site besides its alerts, after the prefix.
OTHER_STREAMS = ("health", "scores", "feedback", "alerts:dead", "feedback:dead")


@dataclass(frozen=True, slots=True)
class TrimReport:
    """What one pass over the stream did."""

    deleted: int
    length: int
    #: The group that holds the oldest entry needed, where there is any group.
    slowest: str | None
    #: Set where the stream is longer than its cap.
    alarm: str | None
    #: How many of the deleted were too old to be kept for anybody: a reader may have missed them.
    expired: int = 0


def trim_stream(
    client: redis.Redis,
    key: str,
    *,
    hard_cap: int,
    min_age_s: float = MIN_AGE_S,
    ephemeral_idle_s: float = EPHEMERAL_IDLE_S,
    keep_s: float = math.inf,
) -> TrimReport:
    """Delete what no reader needs any more; without a group nothing is deleted for that.

    Args:
        client: of a user who may look and trim.
        key: the stream.
        hard_cap: entries beyond which an alarm is due.
        min_age_s: younger entries stay.
        ephemeral_idle_s: when a terminal's group counts as abandoned.
        keep_s: older entries go whoever lacks them: they tell of persons.

    Raises:
        redis.RedisError: the server is away or does not permit it.
    """
    command: Any = client.execute_command
    groups = []
    for group in command("XINFO GROUPS", key):
        if _abandoned(client, key, group, ephemeral_idle_s):
            command("XGROUP DESTROY", key, group["name"])
            _log.warning("removed the abandoned reader group %s of %s", _text(group["name"]), key)
        else:
            groups.append(group)
    needed = {_text(group["name"]): _oldest_needed(client, key, group) for group in groups}
    slowest = min(needed, key=needed.__getitem__) if needed else None
    deleted = 0
    if slowest is not None:
        seconds, _ = command("TIME")
        young = (int((int(seconds) - min_age_s) * 1000), 0)
        milliseconds, count = max((0, 0), min(needed[slowest], young))
        deleted = int(command("XTRIM", key, "MINID", f"{milliseconds}-{count}"))
    expired = expire(client, key, keep_s)
    if expired:
        _log.warning("deleted %d entries of %s: their retention is over", expired, key)
    length = int(command("XLEN", key))
    alarm = _alarm(key, length, hard_cap, slowest)
    return TrimReport(deleted + expired, length, slowest, alarm, expired)


def expire(client: redis.Redis, key: str, keep_s: float) -> int:
    """Delete the entries of a stream that were added longer than ``keep_s`` ago; how many.

    Raises:
        redis.RedisError: the server is away or does not permit it.
    """
    if not math.isfinite(keep_s):
        return 0
    command: Any = client.execute_command
    seconds, _ = command("TIME")
    oldest = max(0, int((int(seconds) - keep_s) * 1000))
    return int(command("XTRIM", key, "MINID", f"{oldest}-0"))


def expire_all(url: str, prefix: str, ca_file: Path | None, keep_s: float) -> int:
    """Delete what is older than ``keep_s`` from every stream of a site; how many entries.

    For a user who may trim where the site's own may only add.

    Raises:
        ReaderUnavailable: Redis is away or refuses.
    """
    client = open_client(url, ca_file=ca_file)
    key = ""
    try:
        gone = 0
        for name in ("alerts", *OTHER_STREAMS):
            key = f"{prefix}:{name}"
            gone += expire(client, key, keep_s)
        return gone
    except (*GONE, redis.RedisError) as error:
        raise ReaderUnavailable(explain(error, url, key)) from error
    finally:
        client.close()
        client.connection_pool.disconnect()


def _oldest_needed(client: redis.Redis, key: str, group: dict[str, Any]) -> tuple[int, int]:
    """The oldest entry that ``group`` has not acknowledged, or else the last one it was given."""
    given = _parse_id(group["last-delivered-id"])
    if int(group["pending"]) == 0:
        return given
    command: Any = client.execute_command
    oldest = command("XPENDING", key, group["name"])["min"]
    return min(given, _parse_id(oldest)) if oldest is not None else given


def _abandoned(client: redis.Redis, key: str, group: dict[str, Any], idle_s: float) -> bool:
    if not _text(group["name"]).startswith(EPHEMERAL):
        return False
    command: Any = client.execute_command
    consumers = command("XINFO CONSUMERS", key, group["name"])
    # A group without consumers may be about to read for the first time.
    return bool(consumers) and all(int(consumer["idle"]) > idle_s * 1000 for consumer in consumers)


def _alarm(key: str, length: int, hard_cap: int, slowest: str | None) -> str | None:
    if length <= hard_cap:
        return None
    if slowest is None:
        return (
            f"stream {key} holds {length} entries, more than {hard_cap}, and nobody reads it: "
            "attach a reader, or trim it by hand with XTRIM"
        )
    return (
        f"stream {key} holds {length} entries, more than {hard_cap}, because group {slowest} lags: "
        "restart its reader, or remove the group with XGROUP DESTROY if it is gone for good"
    )


def _parse_id(value: bytes | str) -> tuple[int, int]:
    milliseconds, _, count = _text(value).partition("-")
    return int(milliseconds), int(count or 0)


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
