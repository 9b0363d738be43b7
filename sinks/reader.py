"""Reading alerts back from Redis, each at least once (see `sinks.group_reader`)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.records import Alert
from sinks.alert_json import (
    SCHEMA,
    MalformedAlert,
    UnknownSchema,
    decode_alert,
    inert,
)
from sinks.group_reader import MAX_TRIES, STALE_S, GroupReader, ReaderUnavailable
from sinks.redis_streams import alerts_key

__all__ = [
    "MAX_TRIES",
    "STALE_S",
    "AlertReader",
    "ReaderUnavailable",
    "Received",
    "parse_entry",
]


@dataclass(frozen=True, slots=True)
class Received:
    """An alert that came out of the stream."""

    stream_id: str
    #: Wall clock, seconds since the epoch.
    received_at: float
    alert: Alert


def parse_entry(fields: dict[bytes, bytes]) -> Alert:
    """The alert in the fields of a stream entry.

    Raises:
        UnknownSchema: it was written by a newer version.
        MalformedAlert: a field is missing, too long, no UTF-8, or contradicts the document.
    """
    schema = fields.get(b"schema")
    if schema is None:
        raise MalformedAlert("the entry has no field 'schema'")
    if schema != SCHEMA.encode():
        raise UnknownSchema(
            f"the entry's schema is {inert(schema.decode('utf-8', 'replace'), 60)!r}, this version "
            f"reads {SCHEMA!r}"
        )
    document = fields.get(b"alert")
    if document is None:
        raise MalformedAlert("the entry has no field 'alert'")
    alert = decode_alert(document)
    named = (fields.get(b"id"), fields.get(b"revision"))
    if named != (alert.id.encode(), str(alert.revision).encode()):
        raise MalformedAlert("the entry's id and revision are not those of its alert")
    return alert


class AlertReader(GroupReader[Alert]):
    """One consumer of the stream of alerts, ``<prefix>:alerts``; one thread uses it.

    Args as for `GroupReader`.
    """

    def __init__(
        self,
        url: str,
        *,
        group: str,
        consumer: str,
        prefix: str = "hearsight",
        start: str = "$",
        stale_s: float = STALE_S,
        ephemeral: bool = False,
        ca_file: Path | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        super().__init__(
            url,
            alerts_key(prefix),
            parse_entry,
            MalformedAlert,
            group=group,
            consumer=consumer,
            start=start,
            stale_s=stale_s,
            ephemeral=ephemeral,
            ca_file=ca_file,
            timeout_s=timeout_s,
        )

    def read(self, block_s: float = 5.0, count: int = 100) -> list[Received]:
        """The next alerts, as `items`; what is returned stays owed until ``ack``.

        Raises:
            ReaderUnavailable: Redis is away or refuses; ``open`` again later.
        """
        return [Received(i, time.time(), alert) for i, alert in self.items(block_s, count)]

    def ack(self, received: Sequence[Received]) -> None:
        """Say that ``received`` were dealt with.

        Raises:
            ReaderUnavailable: Redis is away; they will come again.
        """
        self.settle([item.stream_id for item in received])
