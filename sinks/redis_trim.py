"""Trimming of a stream that deletes only what every group has read and acknowledged.

XADD's own MAXLEN deletes from under readers that lag; here a lagging reader stops the trimming,
and a stream that grows too long raises an alarm that names the reader.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import redis

_log = logging.getLogger(__name__)

#: Entries younger than this stay in any case, in seconds.
MIN_AGE_S = 600.0
#: Groups whose name begins so belong to readers that come and go, such as a terminal.
EPHEMERAL = "tail-"
#: Such a group is removed once none of its readers has called for this long, in seconds.
EPHEMERAL_IDLE_S = 3600.0


@dataclass(frozen=True, slots=True)
class TrimReport:
    """What one pass over the stream did."""

    deleted: int
    length: int
    #: The group that holds the oldest entry needed, where there is any group.
    slowest: str | None
    #: Set where the stream is longer than its cap.
    alarm: str | None


def trim_stream(
    client: redis.Redis,
    key: str,
    *,
    hard_cap: int,
    min_age_s: float = MIN_AGE_S,
    ephemeral_idle_s: float = EPHEMERAL_IDLE_S,
) -> TrimReport:
    """Delete what no reader needs any more; without a group nothing is ever deleted.

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
    length = int(command("XLEN", key))
    return TrimReport(deleted, length, slowest, _alarm(key, length, hard_cap, slowest))


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
