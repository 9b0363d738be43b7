"""What the users of a Redis may and may not, found out by trying.

A user who may only add cannot ask for its rights. So commands are sent that the server refuses for
their arguments, which it does only after it has looked at the rights: none of them changes
anything.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from redis.exceptions import (
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)

#: Sends one command.
Ask = Callable[..., Any]
#: What may be done, in words, and whether it may.
Right = tuple[str, bool]
#: First words of refusals that say nothing of the command.
_UNFIT = ("MISCONF", "WRONGTYPE", "NOREPLICAS", "MASTERDOWN", "CLUSTERDOWN", "MOVED")


def needed_rights(ask: Ask, prefix: str) -> Iterator[Right]:
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
    yield from _group_rights(ask, f"{prefix}:feedback")


def _group_rights(ask: Ask, key: str) -> Iterator[Right]:
    """Reading in a group: tried with a group that nobody has."""
    group = f"doctor-{secrets.token_hex(8)}"
    tries: list[Sequence[str]] = [
        ("XREADGROUP", "GROUP", group, "doctor", "COUNT", "1", "STREAMS", key, ">"),
        ("XACK", key, group, "0-1"),
        ("XPENDING", key, group),
        # An id that is none is refused, so that no group is made.
        ("XGROUP", "CREATE", key, group, "none"),
        ("XCLAIM", key, group, "doctor", "1", "0-1"),
    ]
    yield f"read {key} in a group", all(allowed(ask, *command) for command in tries)


def console_rights(ask: Ask, prefix: str) -> Iterator[Right]:
    """As `needed_rights`, of what the console's user has to do."""
    alerts, feedback = f"{prefix}:alerts", f"{prefix}:feedback"
    yield from _group_rights(ask, alerts)
    yield f"trim {alerts}", allowed(ask, "XTRIM", alerts, "MINID", "none")
    yield f"see {alerts}", allowed(ask, "XINFO", "GROUPS", alerts)
    yield f"add to {feedback}", allowed(ask, "XADD", feedback, "0-0", "a", "b")


def excess_rights(ask: Ask) -> Iterator[Right]:
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
        redis.RedisError: the server is away, or takes nothing of the kind (MISCONF, WRONGTYPE).
    """
    try:
        ask(*command)
    except NoPermissionError:
        return False
    except (OutOfMemoryError, ReadOnlyError):
        raise
    except ResponseError as error:
        # Its arguments were looked at, which comes after the rights.
        if str(error).startswith(_UNFIT):
            raise
    return True
