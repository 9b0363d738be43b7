"""A site on a small disk that fills up: first by its own evidence, then by somebody else's file.

Run as a program, on a disk of its own: ``full_disk.py FOLDER REDIS_URL DESKS``. It plays the judge;
the publisher is the real one, in a thread. Prints what it saw, as JSON.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pipeline.publisher
from pipeline.alert_desk import AlertDesk
from pipeline.channel import Channel
from pipeline.config import parse_site
from pipeline.media_folder import DiskFull, MediaFolder
from pipeline.messages import HealthEvent, StartPublisher
from pipeline.metrics import Recorder
from sinks.outbox import Outbox
from tests.chaos.oracle import Oracle
from tests.chaos.publishing import SITE
from tests.pipeline.fakes.at_work import AtWork
from tests.sinks.builders import make_alert

RESERVE_MB = 8
CARD = {"card": "x" * 2000}


class Judge:
    """Writes alerts as the judge does, and hears what its desk says of the outbox."""

    def __init__(self, outbox: Outbox, oracle: Oracle) -> None:
        ours, theirs = Channel.pair()
        self.said, self._speaks = Channel(ours), Channel(theirs)
        self.desk = AlertDesk(outbox, self._speaks, Recorder())
        self.oracle = oracle
        self.submitted = self.accepted = 0

    def submit(self) -> None:
        alert = make_alert(f"i{self.submitted}", data=CARD)
        self.submitted += 1
        self.oracle.accept(alert)
        self.desk.submit(alert, self._accepted)

    def _accepted(self) -> None:
        self.accepted += 1

    def close(self) -> None:
        self.said.close()
        self._speaks.close()

    def alarms(self) -> list[str]:
        kinds = []
        while (message := self.said.receive(timeout_s=0)) is not None:
            if isinstance(message, HealthEvent):
                kinds.append(message.kind)
        return kinds


def fill(path: Path) -> None:
    """Somebody else's file, until not a byte is free."""
    with path.open("ab", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass


def keep_clips(media: MediaFolder) -> int:
    for number in range(1000):
        try:
            media.keep("yard", f"clip-{number}", "clip.mp4", b"x" * 500_000)
        except DiskFull:
            return number
    raise AssertionError("this disk does not fill up")


def main(folder: Path, url: str, desks: Path) -> dict[str, Any]:
    """The story."""
    pipeline.publisher._PRUNE_S = 0.2
    oracle = Oracle(desks)
    media = MediaFolder(folder / "media", RESERVE_MB)
    media.root.mkdir()
    site = parse_site(SITE.replace("RESERVE", str(RESERVE_MB)), name="site.yaml", environ={})
    start = StartPublisher(
        site=site.model_dump_json(context={"reveal": True}).encode(),
        state_dir=str(folder),
        redis_url=url,
        secrets=[],
        log_level="error",
    )
    seen: dict[str, Any] = {}
    with (
        Outbox(folder / "outbox.sqlite3") as outbox,
        AtWork(lambda channel: pipeline.publisher.run(channel, start)) as publisher,
    ):
        judge = Judge(outbox, oracle)

        def alarm(kind: str) -> None:
            while publisher.hear(HealthEvent).kind != kind:
                pass

        seen["clips"] = keep_clips(media)
        seen["free_mb"] = shutil.disk_usage(folder).free / 1e6
        alarm("media_refused")
        for _ in range(50):
            judge.submit()
        assert judge.accepted == 50
        assert outbox.reserve_kept, "media went first: alerts have room without their reserve"

        fill(folder / "foreign")
        while judge.accepted == judge.submitted and judge.submitted < 20_000:
            judge.submit()
        seen["on_the_reserve"] = judge.accepted - 50
        assert not outbox.reserve_kept
        seen["judge_said"] = judge.alarms()
        alarm("disk_full")
        for _ in range(20):
            judge.submit()
        seen["waiting"] = judge.submitted - judge.accepted
        kept = outbox.pending("nobody", 100_000)
        assert judge.accepted == len(kept), "nothing else was taken for accepted"

        (folder / "foreign").unlink()
        judge.desk.retry()
        assert judge.accepted == judge.submitted
        seen["judge_said_then"] = judge.alarms()
        alarm("disk_has_room")
        deadline = time.monotonic() + 60
        while outbox.pending_count("redis"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert outbox.reserve_kept
        publisher.stop()
    account = oracle.account(url)
    return seen | {"good": account.good, "account": str(account)}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))))
