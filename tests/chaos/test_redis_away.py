"""Redis is away for a second, ten minutes, a day: alerts lie on disk, and go out in their order."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.messages import HealthEvent
from sinks.deliver import Deliverer
from sinks.outbox import Outbox
from sinks.redis_streams import RedisStreamsSink
from tests.chaos.oracle import Oracle
from tests.chaos.publishing import Publishing
from tests.sinks.builders import NOW, RedisProcess, make_alert

Record = Callable[[str, object], None]
MakeRedis = Callable[..., RedisProcess]
AOF = ("--appendonly", "yes", "--appendfsync", "always")
KINDS = ("new", "update", "end")
#: A busy site: forty cameras, each with an incident an hour, of three revisions.
EACH_S = 90.0


def told(kind: str) -> Callable[[HealthEvent], bool]:
    return lambda event: event.kind == kind


@pytest.mark.promise("fault 20")
@pytest.mark.parametrize("away_s", [1.0, pytest.param(60.0, marks=pytest.mark.long)])
def test_an_absence_is_shown_and_all_that_waited_goes_out_in_order(
    publishing: Callable[[str], Publishing],
    one_binary: Path,
    make_redis: MakeRedis,
    away_s: float,
    record_property: Record,
) -> None:
    server = make_redis(one_binary, *AOF)
    line = publishing(server.url)
    line.start()
    line.accept("before")
    line.wait_for_all()

    server.kill()
    gone = time.monotonic()
    line.accept("meanwhile-0")
    line.hear(HealthEvent, told("delivery_fails"))
    shown_s = time.monotonic() - gone
    number = 0
    while time.monotonic() < gone + away_s:
        number += 1
        line.accept(f"meanwhile-{number}")
        time.sleep(0.05)
    assert line.outbox.pending_count("redis") == number + 1
    server.start()
    delivered_s = line.wait_for_all()
    line.hear(HealthEvent, told("delivery_works"))
    assert line.passes("a fresh one") < 60

    account = line.account()
    record_property(
        "measured",
        f"away {away_s:.0f} s: shown after {shown_s:.1f} s, all {number + 1:,} delivered "
        f"{delivered_s:.1f} s after its return, {account}",
    )
    assert account.good, account
    assert account.again == 0, "a server that kept everything is sent nothing twice"
    assert shown_s < 30
    assert delivered_s < 60, "the longest pause between two tries is half a minute"


@pytest.mark.promise("fault 20")
@pytest.mark.long
def test_an_idle_line_shows_that_redis_is_gone(
    publishing: Callable[[str], Publishing],
    one_binary: Path,
    make_redis: MakeRedis,
    record_property: Record,
) -> None:
    """Nobody has an alert to send, and the operator is told all the same."""
    server = make_redis(one_binary)
    line = publishing(server.url)
    line.start()
    line.passes("before")
    gone = time.monotonic()
    server.kill()
    line.hear(HealthEvent, told("delivery_fails"))
    shown_s = time.monotonic() - gone
    record_property("measured", f"without an alert to send: shown after {shown_s:.1f} s")
    assert shown_s < 30


@pytest.mark.promise("fault 20")
@pytest.mark.parametrize(
    ("name", "away_s"),
    [("10 min", 600.0), pytest.param("24 h", 86_400.0)],
)
def test_a_long_absence_by_a_clock_that_runs_ahead(
    tmp_path: Path,
    one_binary: Path,
    make_redis: MakeRedis,
    name: str,
    away_s: float,
    record_property: Record,
) -> None:
    """The outbox, its deliverer and Redis are real. Time is told to them: each wait is skipped."""
    server = make_redis(one_binary, *AOF)
    oracle = Oracle(tmp_path)
    path = tmp_path / "outbox.sqlite"
    with Outbox(path) as outbox:
        deliver = Deliverer(outbox, RedisStreamsSink(server.url), idle_s=1.0, rng=random.Random(1))
        outbox.append(before := make_alert("before"), NOW)
        oracle.accept(before)
        assert deliver.step(NOW).delivered == 1
        server.kill()
        now, shown_at, next_alert, count = NOW, None, NOW, 0
        longest_wait = 0.0
        while now < NOW + away_s:
            while next_alert <= now:
                alert = make_alert(f"i{count // 3}", count % 3, KINDS[count % 3])
                assert outbox.append(alert, now)
                oracle.accept(alert)
                next_alert += EACH_S / 3
                count += 1
            result = deliver.step(now)
            if result.trouble is not None and shown_at is None:
                shown_at = now
            longest_wait = max(longest_wait, result.retry_after_s)
            outbox.prune(["redis"], now)
            now += result.retry_after_s
        assert outbox.pending_count("redis") == count
        assert outbox.undelivered_since("redis", now) >= away_s - EACH_S, "the delay is shown"
        files = [path, path.with_name(f"{path.name}-wal")]
        waiting_mb = sum(file.stat().st_size for file in files) / 1e6

        server.start()
        began = time.monotonic()
        while deliver.step(now).retry_after_s == 0.0:
            pass
        drained_s = time.monotonic() - began
        assert outbox.pending_count("redis") == 0
        outbox.append(fresh := make_alert("a fresh one"), now)
        oracle.accept(fresh)
        assert deliver.step(now + 1).delivered == 1
        deliver.close()
    account = oracle.account(server.url)
    assert shown_at is not None
    record_property(
        "measured",
        f"away {name} (by a clock that runs ahead): shown after {shown_at - NOW:.0f} s, "
        f"{count:,} alerts in {waiting_mb:.1f} MB, asked again every {longest_wait:.0f} s at the "
        f"longest, delivered within {drained_s:.1f} s, {account}",
    )
    assert account.good, account
    assert account.again == 0
    assert shown_at - NOW < 30
    assert longest_wait <= 30
