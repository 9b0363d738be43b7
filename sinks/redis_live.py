"""Scores and health on their way to live displays: ``<prefix>:scores`` and ``<prefix>:health``.

Unlike alerts these are worth little when they are late: they are not kept on disk. While Redis is
away the oldest are dropped, and counted.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import redis

from sinks.base import NullObserver, Observer
from sinks.redis_client import GONE, open_client

#: Entries kept in each stream, about (40 cameras x 5 rules x 2 a second = 400 a second).
_STREAM_LENGTH = 100_000
_HELD = 2_000
_BATCH_S = 0.2
_RETRY_S = 2.0


class LiveStreams:
    """Adds items to their streams in small batches. Constructing it sends nothing."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "hearsight",
        ca_file: Path | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._client = open_client(url, ca_file=ca_file, timeout_s=2.0)
        self._prefix = prefix
        self._observer = observer or NullObserver()
        self._items: deque[tuple[str, str]] = deque()
        self._next_at = 0.0

    def add(self, stream: str, fields: Mapping[str, Any]) -> None:
        """Take an entry of ``scores`` or ``health`` for the next batch; JSON-able values."""
        self._items.append((stream, json.dumps(fields)))
        if len(self._items) > _HELD:
            self._items.popleft()
            self._observer.count("hearsight_dropped_total", stage="live", reason="redis_behind")

    def flush(self, now: float) -> bool:
        """Send what is held if a batch is due at ``now`` (monotonic seconds); whether it went."""
        if not self._items or now < self._next_at:
            return False
        pipeline: Any = self._client.pipeline(transaction=False)
        count = len(self._items)
        for stream, body in self._items:
            key = f"{self._prefix}:{stream}"
            pipeline.xadd(
                key,
                {"schema": f"hearsight.{stream}/1", stream: body},
                maxlen=_STREAM_LENGTH,
                approximate=True,
            )
        try:
            pipeline.execute()
        except (*GONE, redis.RedisError):
            # The alerts' own sink reports what is wrong with the server.
            self._next_at = now + _RETRY_S
            return False
        for _ in range(count):
            self._items.popleft()
        self._next_at = now + _BATCH_S
        return True

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()
        self._client.connection_pool.disconnect()
