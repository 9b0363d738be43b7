"""Alerts to the Redis stream ``<prefix>:alerts``.

Entries are added in order over one pipelined connection. Delivery is at least once: where a reply
is lost the entry goes again, and consumers deduplicate on ``id`` and ``revision``. What a server
acknowledged it may still lose, by a crash between two syncs or by a failover: after each
reconnection the last acknowledged entry is looked up. A loss always takes a tail of the stream, so
the presence of that one entry proves the presence of all before it.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import redis
from redis.exceptions import NoPermissionError, ResponseError

from sinks.alert_json import SCHEMA, MalformedAlert, decode_alert
from sinks.base import EntryRejected, NullObserver, Observer, OutboxEntry, SinkUnavailable
from sinks.redis_client import GONE, explain, open_client
from sinks.redis_trim import OTHER_STREAMS, TrimReport, expire, trim_stream

_log = logging.getLogger(__name__)


def alerts_key(prefix: str) -> str:
    """The stream of alerts."""
    return f"{prefix}:alerts"


@dataclass(frozen=True, slots=True)
class Position:
    """Which server acknowledged what last."""

    last_id: str
    #: New with every start of the server; None where the user may not ask.
    run_id: str | None
    #: New with every failover.
    replication_id: str | None

    @classmethod
    def parse(cls, text: str | None) -> Position | None:
        """Read back what ``text()`` wrote."""
        return cls(**json.loads(text)) if text else None

    def text(self) -> str:
        """As the outbox keeps it."""
        return json.dumps(asdict(self))


def entry_fields(entry: OutboxEntry) -> dict[str, str]:
    """The stream entry of one row.

    Raises:
        MalformedAlert: the row is no alert.
    """
    alert = decode_alert(entry.document)
    return {
        "schema": SCHEMA,
        "id": alert.id,
        "revision": str(alert.revision),
        "type": str(alert.type),
        "camera": alert.camera,
        "rule": alert.rule,
        "severity": str(alert.severity),
        "at": repr(alert.captured_at),
        "alert": entry.document,
    }


class RedisStreamsSink:
    """The sink of type ``redis``. XADD on its key is all that its user must be allowed.

    A user who may not look (INFO, XRANGE) makes every reconnection count as a loss; one who may not
    trim (XINFO, XPENDING, XTRIM) leaves that to somebody else.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "hearsight",
        ca_file: Path | None = None,
        hard_cap: int = 100_000,
        keep_s: float = math.inf,
        timeout_s: float = 5.0,
        observer: Observer | None = None,
    ) -> None:
        self._url = url
        self._key = alerts_key(prefix)
        self._others = tuple(f"{prefix}:{name}" for name in OTHER_STREAMS)
        self._keep_s = keep_s
        self._ca_file = ca_file
        self._hard_cap = hard_cap
        self._timeout_s = timeout_s
        self._observer = observer or NullObserver()
        self._client: redis.Redis | None = None
        self._server: tuple[str | None, str | None] = (None, None)
        self._may_trim = True
        #: The last pass over the stream, where one was permitted.
        self.last_trim: TrimReport | None = None

    @property
    def name(self) -> str:
        """A site has one Redis."""
        return "redis"

    @property
    def key(self) -> str:
        """The stream's name."""
        return self._key

    def open(self, position: str | None) -> bool:
        """Connect and look whether the last acknowledged entry is still there.

        Raises:
            SinkUnavailable: no connection, or the server refuses us.
        """
        self.close()
        connections: list[Any] = []

        def once(connection: Any) -> None:
            # A silent reconnection could reach a server that lost its tail, unseen by us.
            if connections:
                raise redis.ConnectionError("the connection was lost")
            connection.on_connect()
            connections.append(connection)

        self._client = open_client(
            self._url, ca_file=self._ca_file, timeout_s=self._timeout_s, on_connect=once
        )
        self._may_trim = True
        self.confirm()
        self._server = self._identity()
        known = Position.parse(position)
        return known is not None and self._lost(known)

    def deliver(self, batch: Sequence[OutboxEntry]) -> str | None:
        """Add ``batch`` to the stream; each reply is the server's acknowledgement.

        Raises:
            SinkUnavailable: away, or refusing; what it acknowledged before is counted.
            EntryRejected: a row of the outbox is no alert.
        """
        rejected: MalformedAlert | None = None
        rows: list[dict[str, str]] = []
        for entry in batch:
            try:
                rows.append(entry_fields(entry))
            except MalformedAlert as error:
                rejected = error
                break
        position = self._add(rows)
        if rejected is not None:
            raise EntryRejected(str(rejected), delivered=len(rows), position=position)
        return position

    def confirm(self) -> None:
        """Ask for a sign of life on the one connection.

        Raises:
            SinkUnavailable: there is none.
        """
        client: Any = self._connected()
        try:
            client.execute_command("PING")
        except NoPermissionError:
            return  # A refusal is a sign of life as well.
        except (*GONE, redis.RedisError) as error:
            raise self._unavailable(error) from error

    def maintain(self) -> str | None:
        """Trim the stream below what its readers still need, and every stream of what is too old.

        Returns:
            An alarm where the stream has outgrown its cap.

        Raises:
            SinkUnavailable: the server went away or failed.
        """
        if not self._may_trim:
            return None
        try:
            report = trim_stream(
                self._connected(), self._key, hard_cap=self._hard_cap, keep_s=self._keep_s
            )
            self._expire_others()
        except NoPermissionError:
            self._may_trim = False
            _log.info("this Redis user may not trim %s: a reader's user has to", self._key)
            return None
        except ResponseError as error:
            if "no such key" in str(error):
                return None
            raise self._unavailable(error) from error
        except (*GONE, redis.RedisError) as error:
            raise self._unavailable(error) from error
        self.last_trim = report
        if report.alarm is not None:
            self._observer.count("hearsight_stream_over_cap_total", stream=self._key)
        return report.alarm

    def _expire_others(self) -> None:
        for key in self._others:
            try:
                expire(self._connected(), key, self._keep_s)
            except NoPermissionError:
                continue  # where it has no right it is the console's user who trims

    def close(self) -> None:
        """Drop the connection."""
        if self._client is not None:
            self._client.close()
            self._client.connection_pool.disconnect()
            self._client = None

    def _add(self, rows: Sequence[dict[str, str]]) -> str | None:
        if not rows:
            return None
        pipeline: Any = self._connected().pipeline(transaction=False)
        for fields in rows:
            pairs = [part for pair in fields.items() for part in pair]
            pipeline.execute_command("XADD", self._key, "*", *pairs)
        try:
            replies = pipeline.execute(raise_on_error=False)
        except (*GONE, redis.RedisError) as error:
            raise self._unavailable(error) from error
        position: str | None = None
        for number, reply in enumerate(replies):
            if isinstance(reply, redis.RedisError):
                raise SinkUnavailable(
                    explain(reply, self._url, self._key), delivered=number, position=position
                )
            position = Position(_text(reply), *self._server).text()
        return position

    def _identity(self) -> tuple[str | None, str | None]:
        client: Any = self._connected()
        try:
            server = client.execute_command("INFO", "server")
            replication = client.execute_command("INFO", "replication")
        except NoPermissionError:
            return None, None
        except (*GONE, redis.RedisError) as error:
            raise self._unavailable(error) from error
        return server.get("run_id"), replication.get("master_replid")

    def _lost(self, known: Position) -> bool:
        client: Any = self._connected()
        try:
            if client.execute_command("XRANGE", self._key, known.last_id, known.last_id):
                return False
            stream = client.execute_command("XINFO STREAM", self._key)
        except NoPermissionError:
            return True
        except ResponseError as error:
            if "no such key" in str(error):
                return True
            raise self._unavailable(error) from error
        except (*GONE, redis.RedisError) as error:
            raise self._unavailable(error) from error
        same = self._server[0] is not None and self._server == (known.run_id, known.replication_id)
        reached = _order(_text(stream["last-generated-id"])) >= _order(known.last_id)
        # On the same run an entry leaves the stream only by trimming.
        return not (same and reached)

    def _connected(self) -> redis.Redis:
        if self._client is None:
            raise SinkUnavailable("the Redis sink is not open")
        return self._client

    def _unavailable(self, error: redis.RedisError | OSError) -> SinkUnavailable:
        return SinkUnavailable(explain(error, self._url, self._key))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _order(entry_id: str) -> tuple[int, int]:
    milliseconds, _, count = entry_id.partition("-")
    return int(milliseconds), int(count or 0)
