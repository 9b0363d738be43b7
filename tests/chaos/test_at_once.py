"""Everything that can happen to delivery, in any order, while alerts are accepted all the time."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.chaos.proxy import BreakingLine
from tests.chaos.publishing import Publishing
from tests.chaos.test_redis_loses import EVERYSEC, cut_tail
from tests.sinks.builders import RedisProcess

Record = Callable[[str, object], None]


class Trouble:
    """Does one bad thing after the other, by chance."""

    def __init__(
        self, line: Publishing, server: RedisProcess, way: BreakingLine, seed: int
    ) -> None:
        self._line, self._server, self._way = line, server, way
        self._rng = random.Random(seed)
        self.done: Counter[str] = Counter()
        self._number = 0

    def strike(self) -> None:
        what = self._rng.choice(
            ["kill the publisher", "kill Redis", "cut Redis's power", "stop Redis", "lose a reply"]
        )
        self.done[what] += 1
        if what == "kill the publisher":
            self._line.kill()
            self.accept_for(0.3)
            self._line.start(wait=False)
        elif what == "stop Redis":
            self._server.pause()
            # Beyond what the publisher waits for a reply, now and then.
            self.accept_for(7.0)
            self._server.go_on()
        elif what == "lose a reply":
            self._way.to_lose += 1
        else:
            self._server.kill()
            if what == "cut Redis's power":
                cut_tail(self._server, 1)
            self.accept_for(1.5)
            self._server.start()
        self.accept_for(2.0)

    def accept_for(self, most_s: float) -> None:
        """Accept alerts for a while."""
        until = time.monotonic() + self._rng.uniform(0.0, most_s)
        while time.monotonic() < until:
            self._number += 1
            self._line.accept(f"i{self._number}")
            time.sleep(0.02)


@pytest.mark.promise("fault 22", "fault 23")
@pytest.mark.long
def test_whatever_happens_in_whatever_order(
    publishing: Callable[[str], Publishing],
    one_binary: Path,
    make_redis: Callable[..., RedisProcess],
    short_tmp: Path,
    record_property: Record,
) -> None:
    server = make_redis(one_binary, *EVERYSEC)
    with closing(BreakingLine(short_tmp / "way.sock", server.socket)) as way:
        line = publishing(way.url)
        line.start()
        line.passes("the first")
        trouble = Trouble(line, server, way, seed=11)
        for _ in range(40):
            trouble.strike()
        line.accept("the last")
        settled_s = line.wait_for_all()
        passed_s = line.passes("a fresh one")
        line.stop()
    account = line.oracle.account(server.url)
    told = ", ".join(f"{count} times {what}" for what, count in sorted(trouble.done.items()))
    record_property(
        "measured", f"{told}: {account}; all delivered {settled_s:.1f} s after the last"
    )
    assert not account.lost
    assert not account.damaged
    assert not account.twice
    assert not account.rows
    assert way.lost > 0
    assert passed_s < 60
