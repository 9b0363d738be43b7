"""Verdicts of people on incidents: the stream ``<prefix>:feedback``, written and read.

An entry has the fields ``schema``, ``id`` (of the incident), ``verdict`` (``confirmed`` or
``false_alarm``), ``by`` (who says so) and ``at`` (seconds since the epoch).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import redis

from sinks.alert_json import inert
from sinks.group_reader import GroupReader, ReaderUnavailable
from sinks.redis_client import GONE, explain, open_client

SCHEMA = "hearsight.feedback/1"
#: The group of the site itself.
GROUP = "site"
VERDICTS = ("confirmed", "false_alarm")
#: Longest field that is no attack, in bytes.
_LONGEST = 256
#: Verdicts that wait in the stream at most, about.
_STREAM_LENGTH = 10_000


class MalformedVerdict(ValueError):
    """An entry that is no verdict, or one of a newer version; the text says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody says of an incident."""

    id: str
    #: ``confirmed`` or ``false_alarm``.
    verdict: str
    by: str
    #: Wall clock, seconds since the epoch.
    at: float


def feedback_key(prefix: str) -> str:
    """The stream of verdicts."""
    return f"{prefix}:feedback"


def parse_verdict(fields: dict[bytes, bytes]) -> Verdict:
    """The verdict in the fields of an entry.

    Raises:
        MalformedVerdict: a field is missing, too long, no UTF-8 or no such value.
    """
    schema = _text(fields, "schema")
    if schema != SCHEMA:
        raise MalformedVerdict(
            f"the schema is {inert(schema, 60)!r}, this version reads {SCHEMA!r}"
        )
    verdict = _text(fields, "verdict")
    if verdict not in VERDICTS:
        raise MalformedVerdict(f"a verdict is one of {', '.join(VERDICTS)}, not {verdict!r}")
    told = _text(fields, "at")
    try:
        at = float(told)
    except ValueError:
        at = math.nan
    if not math.isfinite(at):
        raise MalformedVerdict(f"the field 'at' holds no time in seconds: {inert(told, 60)!r}")
    return Verdict(_text(fields, "id"), verdict, _text(fields, "by"), at)


def _text(fields: dict[bytes, bytes], name: str) -> str:
    value = fields.get(name.encode())
    if value is None:
        raise MalformedVerdict(f"the entry has no field {name!r}")
    if not 0 < len(value) <= _LONGEST:
        raise MalformedVerdict(f"the field {name!r} holds {len(value)} bytes, not 1 to {_LONGEST}")
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise MalformedVerdict(f"the field {name!r} is no UTF-8") from error
    if not text.isprintable():
        raise MalformedVerdict(f"the field {name!r} holds what cannot be shown")
    return text


class FeedbackReader(GroupReader[Verdict]):
    """The site's own consumer of verdicts; dead entries go to ``<prefix>:feedback:dead``."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "hearsight",
        ca_file: Path | None = None,
        consumer: str = "publisher",
        timeout_s: float = 2.0,
    ) -> None:
        # From the first entry on: a verdict given before the site's first start is one too.
        super().__init__(
            url,
            feedback_key(prefix),
            parse_verdict,
            MalformedVerdict,
            group=GROUP,
            consumer=consumer,
            start="0",
            ca_file=ca_file,
            timeout_s=timeout_s,
        )


def send_verdict(
    url: str, verdict: Verdict, *, prefix: str = "hearsight", ca_file: Path | None = None
) -> str:
    """Add a verdict to the stream; return the id of its entry.

    Raises:
        MalformedVerdict: no reader would take it.
        ReaderUnavailable: Redis is away or refuses.
    """
    fields = {
        "schema": SCHEMA,
        "id": verdict.id,
        "verdict": verdict.verdict,
        "by": verdict.by,
        "at": repr(verdict.at),
    }
    parse_verdict({key.encode(): value.encode() for key, value in fields.items()})
    key = feedback_key(prefix)
    client = open_client(url, ca_file=ca_file)
    try:
        added = client.xadd(key, fields, maxlen=_STREAM_LENGTH, approximate=True)  # type: ignore[arg-type]
    except (*GONE, redis.RedisError) as error:
        raise ReaderUnavailable(explain(error, url, key)) from error
    finally:
        client.close()
        client.connection_pool.disconnect()
    return added.decode() if isinstance(added, bytes) else str(added)
