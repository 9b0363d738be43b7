"""A consumer dies with entries in its hands, or of one of them: the others get what it held."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sinks.reader import MAX_TRIES, AlertReader
from tests.chaos.publishing import Publishing
from tests.sinks.builders import RedisProcess
from tests.sinks.test_redis_streams import KEY

Record = Callable[[str, object], None]

#: Reads one alert, and never says what became of it. One id ends it at once.
_CONSUMER = """
import os, signal, sys, time
from sinks.reader import AlertReader
url, name, stale_s = sys.argv[1], sys.argv[2], float(sys.argv[3])
reader = AlertReader(url, group="desk", consumer=name, start="0", stale_s=stale_s)
reader.open()
while not (got := reader.read(block_s=1.0)):
    pass
print(*(one.alert.id for one in got), flush=True)
if any(one.alert.id == "poison" for one in got):
    os.kill(os.getpid(), signal.SIGSEGV)
time.sleep(600)
"""


class Consumers:
    """Processes of one group, each by a name."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._running: list[subprocess.Popen[str]] = []

    def start(self, name: str, stale_s: float) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", _CONSUMER, self._url, name, str(stale_s)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self._running.append(process)
        return process

    def close(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def server(one_binary: Path, make_redis: Callable[..., RedisProcess]) -> RedisProcess:
    return make_redis(one_binary)


@pytest.fixture
def consumers(server: RedisProcess) -> Iterator[Consumers]:
    with closing(Consumers(server.url)) as made:
        yield made


@pytest.mark.promise("fault 24")
@pytest.mark.long
def test_what_a_killed_consumer_held_is_with_another_within_a_minute(
    publishing: Callable[[str], Publishing],
    server: RedisProcess,
    consumers: Consumers,
    record_property: Record,
) -> None:
    line = publishing(server.url)
    line.start()
    dies = consumers.start("dies", 40.0)
    line.accept("a")
    assert first_line(dies) == "a"
    dies.kill()
    killed = time.monotonic()
    lives = AlertReader(server.url, group="desk", consumer="lives", start="0")
    with closing(lives):
        lives.open()
        while not (taken := lives.read(block_s=1.0)):
            assert time.monotonic() - killed < 120
        took_s = time.monotonic() - killed
        assert [one.alert.id for one in taken] == ["a"]
        lives.ack(taken)
        line.accept("later")
        assert [one.alert.id for one in lives.read(block_s=5.0)] == ["later"]
    record_property("measured", f"what a killed consumer held was taken over after {took_s:.0f} s")
    assert took_s < 60
    assert line.account().good


@pytest.mark.promise("fault 24")
@pytest.mark.long
def test_an_entry_that_kills_its_consumers_is_set_aside_and_later_ones_flow(
    publishing: Callable[[str], Publishing],
    server: RedisProcess,
    consumers: Consumers,
    record_property: Record,
) -> None:
    """Real processes die of it, one after the other; what they leave is taken over at once here."""
    line = publishing(server.url)
    line.start()
    line.accept("poison")
    deaths = 0
    for life in range(MAX_TRIES):
        consumer = consumers.start(f"life-{life}", 0.0)
        assert first_line(consumer) == "poison"
        assert consumer.wait(60) != 0
        deaths += 1
    line.accept("later")
    last = consumers.start("the last", 0.0)
    assert first_line(last) == "later"
    ((_, dead),) = server.do("XRANGE", f"{KEY}:dead", "-", "+")
    assert dead[b"id"] == b"poison"
    assert b"after 5 tries" in dead[b"dead_reason"]
    record_property("measured", f"dead-lettered after {deaths} consumers died; the next alert came")
    assert line.account().good, "for others it stands in the stream"
