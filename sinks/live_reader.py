"""Reading scores and health as they come: only what is new counts, and nothing is owed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import redis

from sinks.group_reader import ReaderUnavailable
from sinks.redis_client import GONE, explain, open_client

_STREAMS = ("scores", "health")
#: A larger entry is none of ours.
_LARGEST = 65_536


class LiveReader:
    """Follows ``<prefix>:scores`` and ``<prefix>:health`` from now on; one thread uses it.

    Args:
        url: see ``sinks.redis_client.open_client``, also for ``ca_file``.
        prefix: of the streams.
        ca_file: certificates to trust.
    """

    def __init__(self, url: str, *, prefix: str = "hearsight", ca_file: Path | None = None) -> None:
        self._url = url
        self._prefix = prefix
        self._client = open_client(url, ca_file=ca_file, timeout_s=10.0)
        self._after: dict[str, str] = {}
        #: Entries that could not be read.
        self.malformed = 0

    def read(self, block_s: float = 1.0, count: int = 500) -> list[tuple[str, dict[str, Any]]]:
        """What has come, as pairs of ``scores`` or ``health`` and the entry's JSON.

        Waits up to ``block_s`` (at most 5) seconds for the first. Where more than ``count``
        entries wait, the oldest come first.

        Raises:
            ReaderUnavailable: Redis is away or refuses; reading goes on with the next call.
        """
        key = f"{self._prefix}:{_STREAMS[0]}"
        try:
            if not self._after:
                self._after = {f"{self._prefix}:{s}": self._last(s) for s in _STREAMS}
            block_ms = max(1, int(min(block_s, 5.0) * 1000))
            reply: Any = self._client.xread(self._after, count=count, block=block_ms)  # type: ignore[arg-type]
        except (*GONE, redis.RedisError) as error:
            # Another server knows nothing of where this one stood.
            self._after = {}
            raise ReaderUnavailable(explain(error, self._url, key)) from error
        told = []
        for stream, entries in reply or []:
            name = stream.decode()
            for entry, fields in entries:
                self._after[name] = entry.decode()
                item = self._parse(name.rpartition(":")[2], fields)
                if item is not None:
                    told.append(item)
        return told

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()
        self._client.connection_pool.disconnect()

    def _last(self, stream: str) -> str:
        newest: Any = self._client.xrevrange(f"{self._prefix}:{stream}", count=1)
        return newest[0][0].decode() if newest else "0"

    def _parse(self, stream: str, fields: dict[bytes, bytes]) -> tuple[str, dict[str, Any]] | None:
        body = fields.get(stream.encode(), b"")
        known = fields.get(b"schema") == f"hearsight.{stream}/1".encode()
        try:
            item = json.loads(body) if known and len(body) <= _LARGEST else None
        except (ValueError, RecursionError):
            item = None
        if not isinstance(item, dict):
            self.malformed += 1
            return None
        return stream, item
