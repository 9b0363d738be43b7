"""The publisher's own process is killed at any time: nothing is lost, nothing is shown twice."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.messages import HealthEvent
from sinks.outbox import Outbox
from tests.chaos.oracle import Oracle
from tests.chaos.publishing import Publishing, in_stream
from tests.chaos.site import partly
from tests.sinks.builders import RedisProcess, make_alert

Record = Callable[[str, object], None]
KINDS = ("new", "update", "end")


def kill_again_and_again(line: Publishing, kills: int, rng: random.Random) -> None:
    """While it starts, while it works, and while it finishes."""
    for number in range(kills):
        moment = ("at work", "starting", "at work", "finishing")[number % 4]
        line.start(wait=moment != "starting")
        for revision, kind in enumerate(KINDS):
            line.accept(f"i{number}", revision, kind)
        if moment == "starting":
            # Python and the libraries are loaded by then, now and then.
            time.sleep(rng.uniform(0.0, 1.0))
        elif moment == "at work":
            until = time.monotonic() + rng.uniform(0.0, 0.1)
            turn = 0
            while time.monotonic() < until:
                line.accept(f"i{number}-{turn}")
                turn += 1
        elif number % 8 == 3:
            line.kill(signal.SIGTERM)
            continue
        else:
            line.let_finish()
            time.sleep(rng.uniform(0.0, 0.05))
        line.kill()


@pytest.mark.promise("fault 22")
@pytest.mark.parametrize("kills", [4, pytest.param(500, marks=pytest.mark.long)])
def test_its_process_is_killed_and_nothing_is_lost_or_shown_twice(
    publishing: Callable[[str], Publishing],
    one_binary: Path,
    make_redis: Callable[..., RedisProcess],
    kills: int,
    record_property: Record,
) -> None:
    server = make_redis(one_binary)
    line = publishing(server.url)
    kill_again_and_again(line, kills, random.Random(7))
    line.start()
    line.wait_for_all()
    passed_s = line.passes("a fresh one")
    account = line.account()
    record_property("measured", f"{kills} kills of the publisher's process: {account}")
    assert account.good, account
    assert account.owed > 3 * kills
    assert passed_s < 60


# --- SIGTERM -------------------------------------------------------------------------------------

SITE = """
site: test
data_dir: DATA
cameras: {yard: {url: "rtsp://camera/yard"}}
rules: {fire: {see: [a fire]}}
window: {lateness: 0}
canary: 0
redis: {url: "URL"}
sinks: [{type: redis}]
health: {port: 0}
"""
WAITING = 2000


@pytest.mark.promise("fault 22")
@pytest.mark.parametrize("redis", ["comes back", pytest.param("hangs", marks=pytest.mark.long)])
def test_told_to_end_a_site_delivers_what_waits_within_ten_seconds(
    stage_folder: Path,
    one_binary: Path,
    make_redis: Callable[..., RedisProcess],
    redis: str,
    record_property: Record,
) -> None:
    """Two thousand alerts wait for a Redis that is away. It comes back, and SIGTERM comes with it;
    or it accepts the connection, never says a word, and SIGTERM must not wait for it."""
    server = make_redis(one_binary)
    server.kill()
    site = SITE.replace("URL", server.url)
    stage, supervisor = partly(stage_folder, site, "publisher")
    oracle = Oracle(stage_folder)
    stage.site.state_dir.mkdir(parents=True)
    with Outbox(stage.site.state_dir / "outbox.sqlite3") as outbox:
        for number in range(WAITING):
            alert = make_alert(f"i{number}")
            outbox.append(alert, time.time())
            oracle.accept(alert)
    told_at = 0.0

    async def scenes() -> None:
        nonlocal told_at
        await stage.until(lambda: any(fails(m) for m in stage.told))
        server.start()
        if redis == "hangs":
            server.pause()
        told_at = time.monotonic()
        os.kill(os.getpid(), signal.SIGTERM)
        await stage.until(lambda: not supervisor.pids())

    stage.play(scenes)
    took_s = time.monotonic() - told_at
    if redis == "hangs":
        server.go_on()
        assert in_stream(server.url) == []
        with Outbox(stage.site.state_dir / "outbox.sqlite3") as outbox:
            assert outbox.pending_count("redis") == WAITING, "they wait for the next start"
        record_property("measured", f"SIGTERM beside a Redis that hangs: ended in {took_s:.1f} s")
    else:
        account = oracle.account(server.url)
        record_property("measured", f"SIGTERM: {WAITING:,} alerts drained in {took_s:.1f} s")
        assert account.good, account
    assert took_s < 10


def fails(message: object) -> bool:
    return isinstance(message, HealthEvent) and message.kind == "delivery_fails"
