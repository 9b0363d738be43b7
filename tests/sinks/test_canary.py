"""A canary on demand comes back, or people are told where to look."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.config import RedisServer
from sinks.alert_json import encode_alert
from sinks.base import OutboxEntry
from sinks.canary import send_test_alert
from sinks.console.line_client import LineUnavailable
from sinks.redis_streams import RedisStreamsSink
from tests.sinks.builders import RedisProcess, make_alert
from tests.sinks.console.fake_line import FakeLine


@contextmanager
def played(line: FakeLine) -> Iterator[None]:
    """The line's socket listens in a thread of its own."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    over = asyncio.Event()

    async def listen() -> None:
        async with line.listening():
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(listen()))
    thread.start()
    ready.wait(30)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(30)
        loop.close()


def deliver(url: str, *incidents: str) -> None:
    sink = RedisStreamsSink(url)
    sink.open(None)
    for number, incident in enumerate(incidents):
        alert = make_alert(incident, kind="end", data={"canary": True})
        sink.deliver([OutboxEntry(number + 1, incident, 0, encode_alert(alert), time.time())])
    sink.close()


@pytest.fixture
def redis(make_redis: Callable[..., RedisProcess], one_binary: Path) -> RedisProcess:
    return make_redis(one_binary)


def test_the_one_that_was_asked_for_is_waited_for(short_tmp: Path, redis: RedisProcess) -> None:
    line = FakeLine(short_tmp)
    line.answers["POST /v1/canary"] = (202, {}, b'{"id": "canary-2"}')

    class Asked(list[str]):
        def append(self, what: str, /) -> None:
            # Asked for it, the line sends it; the one of the hour was on its way already.
            super().append(what)
            threading.Thread(target=deliver, args=(redis.url, "canary-1", "canary-2")).start()

    line.asked = Asked()
    with played(line):
        took = send_test_alert(
            state_dir=short_tmp, url=redis.url, redis=RedisServer(), timeout_s=60
        )
    assert 0 < took < 60
    assert line.asked == ["POST /v1/canary"]


def test_one_that_does_not_come_is_told_by_its_name(short_tmp: Path, redis: RedisProcess) -> None:
    line = FakeLine(short_tmp)
    line.answers["POST /v1/canary"] = (202, {}, b'{"id": "canary-2"}')
    with played(line), pytest.raises(TimeoutError, match="canary-2 was sent and did not arrive"):
        send_test_alert(state_dir=short_tmp, url=redis.url, redis=RedisServer(), timeout_s=0.5)


def test_a_site_that_does_not_run_sends_none(short_tmp: Path, redis: RedisProcess) -> None:
    with pytest.raises(LineUnavailable, match="does not run"):
        send_test_alert(state_dir=short_tmp, url=redis.url, redis=RedisServer(), timeout_s=5)
