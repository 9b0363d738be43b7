"""Lives of a judge and a publisher that end by SIGKILL, one after another.

Run as a program of its own, so that forking is safe: ``kill_line.py OUTBOX URL KILLS SEED``. Each
life is told where to die, at one of the steps or at a random moment. Within a write the kernel ends
it, at the very system call. What was accepted, that is what ``append`` returned for, is printed,
one ``id revision`` a line.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.records import Alert
from sinks.base import OutboxEntry
from sinks.deliver import Deliverer
from sinks.outbox import KEEP_S, Outbox
from sinks.redis_streams import RedisStreamsSink
from tests.sinks.builders import make_alert
from tests.sinks.last_call import die_at_call

STEPS = (
    "before the write",
    "in the write",
    "at the write's fsync",
    "after the write",
    "before XADD",
    "in XADD",
    "between two XADDs",
    "after XADD",
    "in the mark",
    "at the mark's fsync",
    "after the mark",
    "before the delete",
    "in the delete",
    "at the delete's fsync",
    "after the delete",
)
REVISIONS = ("new", "update", "end")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingOutbox(Outbox):
    dies_at = ""

    def append(self, alert: Alert, now: float) -> bool:
        self._die_at("before the write")
        self._die_within("the write")
        stored = super().append(alert, now)
        # One write call: print() makes several, and a kill would cut between them.
        os.write(sys.stdout.fileno(), f"{alert.id} {alert.revision}\n".encode())
        self._die_at("after the write")
        return stored

    def mark_delivered(
        self, sink: str, seqs: Sequence[int], now: float, position: str | None = None
    ) -> None:
        self._die_within("the mark")
        super().mark_delivered(sink, seqs, now, position)
        self._die_at("after the mark")

    def prune(self, sinks: Sequence[str], now: float, keep_s: float = KEEP_S) -> int:
        self._die_at("before the delete")
        self._die_within("the delete")
        gone = super().prune(sinks, now, keep_s)
        self._die_at("after the delete")
        return gone

    def _die_at(self, step: str) -> None:
        if step == self.dies_at:
            die()

    def _die_within(self, step: str) -> None:
        if self.dies_at == f"in {step}":
            die_at_call("write")
        if self.dies_at == f"at {step}'s fsync":
            die_at_call("fsync")


class DyingSink(RedisStreamsSink):
    dies_at = ""

    def deliver(self, batch: Sequence[OutboxEntry]) -> str | None:
        if self.dies_at == "before XADD":
            die()
        if self.dies_at == "between two XADDs":
            super().deliver(batch[:1])
            die()
        if self.dies_at == "in XADD":
            die_at_call("send")
        position = super().deliver(batch)
        if self.dies_at == "after XADD":
            die()
        return position


def life(path: Path, url: str, number: int, dies_at: str, rounds: int, begun: int = -1) -> None:
    """Accept an incident a round and deliver; ``begun`` is written to after the first one."""
    outbox = DyingOutbox(path, reserve_bytes=0)
    sink = DyingSink(url)
    with outbox:
        outbox.dies_at = sink.dies_at = dies_at
        deliverer = Deliverer(outbox, sink, batch=4)
        for turn in range(rounds):
            now = time.time()
            for revision, kind in enumerate(REVISIONS):
                outbox.append(make_alert(f"i{number}-{turn}", revision, kind), now)
            if turn == 0 and begun >= 0:
                os.write(begun, b"1")
            deliverer.step(now)
            # As if ten minutes had passed.
            outbox.prune([sink.name], now, keep_s=-1.0)
        while deliverer.step(time.time()).delivered:
            pass
        deliverer.close()


def forked(target: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        target()
        os._exit(0)
    return child


def main(path: Path, url: str, kills: int, rng: random.Random) -> None:
    for number in range(kills):
        step = STEPS[number % len(STEPS)]
        child = forked(lambda n=number, s=step: life(path, url, n, s, 1))  # type: ignore[misc]
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        # A forbidden system call ends a process by SIGSYS, which it can no more refuse.
        assert status in (-signal.SIGKILL, -signal.SIGSYS), (step, status)
    heard, begun = os.pipe()
    for number in range(kills, 2 * kills):
        # The moment of death is the point here. Every other life has accepted something by then,
        # however busy the machine is; the rest may die while they open their files.
        tells = begun if number % 2 else -1
        child = forked(lambda n=number, t=tells: life(path, url, n, "", 10_000, t))  # type: ignore[misc]
        if number % 2:
            os.read(heard, 1)
        time.sleep(rng.uniform(0.005, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    child = forked(lambda: life(path, url, 2 * kills, "", 1))
    assert os.waitpid(child, 0)[1] == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), random.Random(int(sys.argv[4])))
