"""Killed at every step, and at random moments: nothing lost, nothing shown twice."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from sinks.outbox import Outbox
from sinks.reader import AlertReader
from sinks.tail import LatestView
from tests.sinks.builders import RedisProcess


@pytest.mark.promise("fault 22")
@pytest.mark.parametrize("kills", [60, pytest.param(510, marks=pytest.mark.long)])
def test_kills_at_each_step_lose_nothing_and_show_each_incident_once(
    one_binary: Path,
    make_redis: Callable[..., RedisProcess],
    tmp_path: Path,
    kills: int,
    record_property: Callable[[str, object], None],
) -> None:
    server = make_redis(one_binary)
    path = tmp_path / "outbox.sqlite"
    done = subprocess.run(
        [sys.executable, "-m", "tests.sinks.kill_line", path, server.url, str(kills // 2), "7"],
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    accepted = {tuple(line.split()) for line in done.stdout.splitlines()}
    assert len(accepted) > 60, "lives were long enough to matter"

    with Outbox(path, reserve_bytes=0) as outbox:
        assert outbox.pending("redis") == []
    console = AlertReader(server.url, group="g", consumer="one", start="0")
    console.open()
    view = LatestView()
    arrivals: Counter[tuple[str, str]] = Counter()
    shown: list[tuple[str, str]] = []
    while batch := console.read(block_s=0.01):
        for item in batch:
            key = (item.alert.id, str(item.alert.revision))
            arrivals[key] += 1
            if view.apply(item.alert):
                shown.append(key)
        console.ack(batch)
    console.close()

    lost, twice = accepted - arrivals.keys(), len(shown) - len(set(shown))
    record_property(
        "measured",
        f"{kills} kills at each step and at random of judge and publisher in one: "
        f"{len(lost)} of {len(accepted):,} alerts lost, {twice} shown twice",
    )
    assert not lost
    assert not twice
    highest = {name: max(r for n, r in arrivals if n == name) for name, _ in arrivals}
    assert {(a.id, str(a.revision)) for a in view.rows()} == set(highest.items())
    assert max(arrivals.values()) > 1, (
        "a kill between XADD and mark makes a duplicate, else the test is blind"
    )
