"""A canary on demand: proves the way from the front of a running line to a reader."""

from __future__ import annotations

import asyncio
import secrets
import time
from pathlib import Path

from pipeline.config import RedisServer
from sinks.console.line_client import LineClient
from sinks.reader import AlertReader


def send_test_alert(*, state_dir: Path, url: str, redis: RedisServer, timeout_s: float) -> float:
    """Have the running site send a canary; return after how long it was read back, in seconds.

    It is one like those of every hour (`pipeline.canary`): a test of a part of the way would be
    taken for one of the whole.

    Args:
        state_dir: the site's data folder.
        url: the Redis that the site delivers to.
        redis: its settings.
        timeout_s: how long to wait for it.

    Raises:
        TimeoutError: it did not come; the text says where to look.
        LineUnavailable: the site does not run, or loads its models.
        ReaderUnavailable: Redis cannot be used.
    """
    reader = AlertReader(
        url,
        group=f"tail-test-{secrets.token_hex(4)}",
        consumer="test",
        prefix=redis.stream_prefix,
        ephemeral=True,
        ca_file=redis.ca_file,
    )
    reader.open()
    try:
        began = time.monotonic()
        wanted = asyncio.run(_ask(state_dir))
        while (left := began + timeout_s - time.monotonic()) > 0:
            received = reader.read(min(left, 2.0))
            reader.ack(received)
            if any(item.alert.id == wanted for item in received):
                return time.monotonic() - began
    finally:
        reader.close()
    raise TimeoutError(
        f"the canary {wanted} was sent and did not arrive within {timeout_s:.0f} s: look at "
        "/readiness and in the site's log, which process drops it, or which sink is away"
    )


async def _ask(state_dir: Path) -> str:
    async with LineClient(state_dir) as line:
        return await line.canary()
