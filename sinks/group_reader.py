"""Reading a Redis stream as one member of a consumer group, each entry at least once.

A reader takes over entries that a dead reader of its group left unacknowledged, and sets aside what
it cannot read.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import redis
from redis.exceptions import ResponseError

from sinks.alert_json import inert
from sinks.redis_client import GONE, explain, open_client

_log = logging.getLogger(__name__)

#: Deliveries of one entry after which it counts as poison.
MAX_TRIES = 5
#: An entry that its reader has not acknowledged for this long is taken over, in seconds. Readers
#: look for such ones every quarter of a minute: within a minute somebody has it.
STALE_S = 40.0

#: Kept of each field of a dead entry, in bytes; the rest is noise or an attack.
_DEAD_FIELD_BYTES = 65_536
_DEAD_ENTRIES = 10_000
_RECLAIM_EVERY_S = 15.0

_Entry = tuple[bytes, dict[bytes, bytes]]
T = TypeVar("T")


class ReaderUnavailable(Exception):
    """Redis is away or refuses; reading may go on later."""


class GroupReader(Generic[T]):
    """One consumer of a stream; one thread uses it.

    Args:
        url: see ``sinks.redis_client.open_client``, also for ``ca_file``.
        key: the stream; dead entries go to ``<key>:dead``.
        parse: makes an item of an entry's fields.
        malformed: what ``parse`` raises where they are none; the text is kept with the dead entry.
        group: the consumer group, made when missing.
        consumer: this reader's name in the group; stable, so that it finds what it left behind.
        start: where a new group begins: ``"$"`` for what comes from now on, ``"0"`` for all.
        stale_s: when entries of other readers of the group are taken over.
        ephemeral: remove the group on ``close``; its name then begins with ``tail-``, so that
            trimming can remove it for a reader that was killed.
        timeout_s: for a reply; beyond 5 s, the longest that a read waits for an entry.
    """

    def __init__(
        self,
        url: str,
        key: str,
        parse: Callable[[dict[bytes, bytes]], T],
        malformed: type[Exception],
        *,
        group: str,
        consumer: str,
        start: str = "$",
        stale_s: float = STALE_S,
        ephemeral: bool = False,
        ca_file: Path | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        self._url = url
        self._key = key
        self._parse = parse
        self._malformed = malformed
        self._dead_key = f"{self._key}:dead"
        self._group = group
        self._consumer = consumer
        self._start = start
        self._stale_ms = int(stale_s * 1000)
        self._reclaim_every_s = min(_RECLAIM_EVERY_S, stale_s)
        self._ephemeral = ephemeral
        self._ca_file = ca_file
        self._timeout_s = timeout_s
        self._client: Any = None
        # Where to go on in what this consumer was given in an earlier life; None once through.
        self._backlog_after: bytes | None = b"0"
        self._reclaimed_at = float("-inf")
        self.dead = 0

    def open(self) -> None:
        """Connect, and make the group where it is missing.

        Raises:
            ReaderUnavailable: Redis is away or refuses.
        """
        self._client = open_client(self._url, ca_file=self._ca_file, timeout_s=self._timeout_s)
        self._backlog_after = b"0"
        self._call(self._make_group)

    def close(self) -> None:
        """Disconnect; an ephemeral group is removed where Redis can be reached."""
        if self._client is None:
            return
        if self._ephemeral:
            try:
                self._client.execute_command("XGROUP DESTROY", self._key, self._group)
            except (*GONE, redis.RedisError) as error:
                _log.info("reader group %s stays behind: %s", self._group, error)
        self._client.close()
        self._client = None

    def items(self, block_s: float = 5.0, count: int = 100) -> list[tuple[str, T]]:
        """The next items with the ids of their entries, oldest first.

        What was left unacknowledged comes first, then what is new. Waits up to ``block_s`` seconds
        for the first; 0: not at all. Entries that are none go to the dead stream. What is returned
        stays owed until ``settle``.

        Raises:
            ReaderUnavailable: Redis is away or refuses; ``open`` again later.
        """
        entries: list[_Entry] = self._call(lambda: self._next(min(block_s, 5.0), count))
        items: list[tuple[str, T]] = []
        for stream_id, fields in entries:
            try:
                item = self._parse(fields)
            except self._malformed as error:
                self._call(partial(self._bury, stream_id, fields, str(error)))
            else:
                items.append((stream_id.decode(), item))
        return items

    def settle(self, ids: Sequence[str]) -> None:
        """Say that the entries ``ids`` were dealt with.

        Raises:
            ReaderUnavailable: Redis is away; they will come again.
        """
        if ids:
            self._call(lambda: self._client.execute_command("XACK", self._key, self._group, *ids))

    def _next(self, block_s: float, count: int) -> list[_Entry]:
        if self._backlog_after is not None:
            backlog = self._backlog(self._backlog_after, count)
            if backlog:
                return backlog
        if time.monotonic() - self._reclaimed_at >= self._reclaim_every_s:
            self._reclaimed_at = time.monotonic()
            claimed = self._reclaim(count)
            if claimed:
                return claimed
        entries = self._readgroup(">", count, block_s)
        if entries:
            self._start = entries[-1][0].decode()
        return entries

    def _backlog(self, after: bytes, count: int) -> list[_Entry]:
        """What this consumer was given and still owes; Redis counts each reading as a try."""
        owed = self._readgroup(after.decode(), count)
        self._backlog_after = owed[-1][0] if owed else None
        if not owed:
            return []
        tries = self._tries(owed[0][0].decode(), owed[-1][0].decode(), count, self._consumer)
        # An entry deleted from the stream has no fields any more.
        self._drop([stream_id for stream_id, fields in owed if not fields])
        return self._not_poison([entry for entry in owed if entry[1]], tries)

    def _tries(
        self,
        first: str,
        last: str,
        count: int,
        consumer: str | None = None,
        idle: int | None = None,
    ) -> dict[bytes, int]:
        """How often each unacknowledged entry was delivered."""
        pending = self._client.xpending_range(
            self._key, self._group, first, last, count, consumername=consumer, idle=idle
        )
        return {item["message_id"]: int(item["times_delivered"]) for item in pending}

    def _not_poison(self, entries: Sequence[_Entry], tries: dict[bytes, int]) -> list[_Entry]:
        """``entries`` without those that were tried too often, which are buried."""
        for stream_id, fields in entries:
            if tries.get(stream_id, 0) > MAX_TRIES:
                self._bury(stream_id, fields, f"not acknowledged after {MAX_TRIES} tries")
        return [entry for entry in entries if tries.get(entry[0], 0) <= MAX_TRIES]

    def _readgroup(self, after: str, count: int, block_s: float | None = None) -> list[_Entry]:
        block = ("BLOCK", max(1, int(block_s * 1000))) if block_s else ()
        reply = self._client.execute_command(
            "XREADGROUP", "GROUP", self._group, self._consumer, "COUNT", count, *block,
            "STREAMS", self._key, after,
        )  # fmt: skip
        return list(reply[0][1]) if reply else []

    def _reclaim(self, count: int) -> list[_Entry]:
        """Take over stale entries; those tried too often are buried.

        XPENDING and XCLAIM instead of XAUTOCLAIM, because the latter does not tell how often an
        entry was tried, and before Redis 7 not which ones were deleted.
        """
        tries = self._tries("-", "+", count, idle=self._stale_ms)
        if not tries:
            return []
        claimed = self._client.execute_command(
            "XCLAIM", self._key, self._group, self._consumer, self._stale_ms, *tries
        )
        found = [entry for entry in claimed if entry and entry[1]]
        for stream_id in tries.keys() - {stream_id for stream_id, _ in found}:
            # Another reader was faster, or the entry was deleted and will never come.
            if not self._client.execute_command("XRANGE", self._key, stream_id, stream_id):
                self._drop([stream_id])
        return self._not_poison(found, {i: count + 1 for i, count in tries.items()})

    def _bury(self, stream_id: bytes, fields: dict[bytes, bytes], reason: str) -> None:
        """Move an entry to the dead stream; a crash in between buries it twice, never loses it."""
        kept = {key[:100]: value[:_DEAD_FIELD_BYTES] for key, value in list(fields.items())[:20]}
        pairs = [part for pair in kept.items() for part in pair]
        self._client.execute_command(
            "XADD", self._dead_key, "MAXLEN", "~", _DEAD_ENTRIES, "*",
            "dead_id", stream_id, "dead_group", self._group, "dead_reason", inert(reason, 1000),
            *pairs,
        )  # fmt: skip
        self._drop([stream_id])
        self.dead += 1
        _log.error("entry %s of %s is dead: %s", stream_id.decode(), self._key, reason)

    def _drop(self, ids: Sequence[bytes]) -> None:
        if ids:
            self._client.execute_command("XACK", self._key, self._group, *ids)

    def _make_group(self) -> None:
        """Make the group where it is missing, at the last entry seen if it vanished meanwhile."""
        if self._start == "$":
            self._start = self._last_id()
        try:
            self._client.execute_command(
                "XGROUP CREATE", self._key, self._group, self._start, "MKSTREAM"
            )
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def _last_id(self) -> str:
        try:
            stream = self._client.execute_command("XINFO STREAM", self._key)
        except ResponseError as error:
            if "no such key" not in str(error):
                raise
            return "0"
        return str(stream["last-generated-id"].decode())

    def _call(self, action: Callable[[], Any]) -> Any:
        if self._client is None:
            raise ReaderUnavailable("the reader is not open")
        try:
            return action()
        except ResponseError as error:
            if str(error).startswith("NOGROUP"):
                self._call(self._make_group)
                return []
            raise ReaderUnavailable(explain(error, self._url, self._key)) from error
        except (*GONE, redis.RedisError) as error:
            raise ReaderUnavailable(explain(error, self._url, self._key)) from error
