"""One judgement for all faults of delivery: what the outbox accepted is owed, whole and once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.records import Alert
from sinks.alert_json import decode_alert
from sinks.console.desk import Desk
from sinks.console.incident import Filter
from sinks.outbox import Outbox
from sinks.reader import AlertReader
from sinks.tail import LatestView

Key = tuple[str, int]


@dataclass
class Account:
    """What became of all that was owed; the lists are empty where all is well."""

    owed: int
    #: Accepted, and not in Redis.
    lost: list[Key] = field(default_factory=list)
    #: In Redis, and not what was accepted.
    damaged: list[Key] = field(default_factory=list)
    #: A reader showed the same revision more than once.
    twice: list[Key] = field(default_factory=list)
    #: Incidents that have not exactly one row, at their highest revision.
    rows: list[str] = field(default_factory=list)
    #: Came for the first time after one that was accepted later.
    late: list[Key] = field(default_factory=list)
    #: Entries beyond the first of a revision: delivered again, and not shown.
    again: int = 0

    @property
    def good(self) -> bool:
        """Nothing lost, damaged, shown twice or out of order."""
        return not (self.lost or self.damaged or self.twice or self.rows or self.late)

    def __str__(self) -> str:
        """For the page of promises."""
        told = f"{len(self.lost)} of {self.owed:,} alerts lost, {len(self.twice)} shown twice"
        return f"{told} ({self.again:,} sent again)"


class Oracle:
    """Keeps what is owed, and reads Redis as a console does.

    Args:
        folder: for the console's desk, which outlives its readers.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._owed: dict[Key, Alert] = {}
        self._reads = 0

    def accept(self, alert: Alert) -> None:
        """The outbox has accepted it."""
        self._owed[alert.id, alert.revision] = alert

    def take_in(self, outbox: Outbox) -> None:
        """All that an outbox holds is owed."""
        after = 0
        while rows := outbox.pending("the oracle", 1000, after=after):
            after = rows[-1].seq
            for row in rows:
                self.accept(decode_alert(row.document))

    def account(self, url: str) -> Account:
        """Read the whole stream as two lives of one console do, whose desk stays, and compare."""
        self._reads += 1
        told = Account(len(self._owed))
        came: Counter[Key] = Counter()
        shown: Counter[Key] = Counter()
        terminal = LatestView(1 << 20)
        with Desk(self._folder / f"desk-{self._reads}.sqlite3") as desk:
            for life in ("first", "second"):
                for alert in read(url, f"oracle-{self._reads}-{life}"):
                    key = (alert.id, alert.revision)
                    shown[key] += desk.take(alert) is not None
                    if life == "first":
                        terminal.apply(alert)
                        if not came[key] and alert != self._owed.get(key, alert):
                            told.damaged.append(key)
                        came[key] += 1
            on_desk = {(one.id, one.revision) for one in desk.queue(Filter(), limit=1 << 20)}
        highest: dict[str, int] = {}
        for name, revision in came:
            highest[name] = max(revision, highest.get(name, -1))
        on_terminal = {(alert.id, alert.revision) for alert in terminal.rows()}
        wrong = (on_desk ^ set(highest.items())) | (on_terminal ^ set(highest.items()))
        told.rows = sorted({name for name, _ in wrong})
        told.lost = [key for key in self._owed if key not in came]
        told.twice = [key for key, times in shown.items() if times > 1]
        told.again = came.total() - len(came)
        told.late = self._late(list(came))
        return told

    def _late(self, first: list[Key]) -> list[Key]:
        """Those of ``first``, in the order they came, that an alert accepted later preceded."""
        order = {key: number for number, key in enumerate(self._owed)}
        newest, late = -1, []
        for key in first:
            if order.get(key, newest) < newest:
                late.append(key)
            newest = max(newest, order.get(key, newest))
        return late


def read(url: str, group: str) -> list[Alert]:
    """All alerts of a stream, in its order, as a console reads them."""
    reader = AlertReader(url, group=group, consumer="one", start="0")
    reader.open()
    found: list[Alert] = []
    try:
        while batch := reader.read(block_s=0.01, count=500):
            found.extend(one.alert for one in batch)
            reader.ack(batch)
    finally:
        reader.close()
    return found
