"""From the stream of verdicts to the ledger: the publisher's part of what people say."""

from __future__ import annotations

import structlog

from pipeline.ledger import Ledger, LedgerError, Order
from pipeline.metrics import Recorder
from sinks.feedback import FeedbackReader, Verdict
from sinks.group_reader import ReaderUnavailable

log = structlog.get_logger()

_LOOK_S, _RETRY_S = 1.0, 5.0


class FeedbackDesk:
    """Places an order ``verdict`` for each entry, and acknowledges it once it is on disk.

    Delivery is at least once, so the same entry may come again; so may the same person's same
    click. Neither makes a second order (`order_of`): only a verdict that changes what was said
    last does.

    Args:
        reader: not opened yet.
        ledger: opened.
        recorder: this process's counts.
    """

    def __init__(self, reader: FeedbackReader, ledger: Ledger, recorder: Recorder) -> None:
        self._reader = reader
        self._ledger = ledger
        self._recorder = recorder
        self._open = False
        #: Read, and not on disk or not acknowledged yet: by the ids of their entries.
        self._items: list[tuple[str, Verdict]] = []
        self._due = 0.0
        self._dead = 0
        self._trouble = ""

    def look(self, now: float) -> None:
        """Take in what has come, if it is time to; ``now`` is the monotonic clock in seconds."""
        if now < self._due:
            return
        self._due = now + _LOOK_S
        try:
            if not self._open:
                self._reader.open()
                self._open = True
            # What the ledger does not take yet is held here: each reading counts as a try, and what
            # was tried too often is set aside as poison.
            if not self._items:
                self._items = self._reader.items(0.0)
            for _, verdict in self._items:
                self._put(verdict)
            self._reader.settle([entry for entry, _ in self._items])
            self._items, self._trouble = [], ""
        except (ReaderUnavailable, LedgerError) as error:
            # They are not lost: what is not acknowledged comes again to the next process, too.
            if str(error) != self._trouble:
                self._trouble = str(error)
                self._recorder.count("hearsight_errors_total", stage="feedback", reason="waits")
                log.warning("verdicts wait", reason=self._trouble)
            self._reader.close()
            self._open = False
            self._due = now + _RETRY_S
        if self._reader.dead > self._dead:
            dead, self._dead = self._reader.dead - self._dead, self._reader.dead
            self._recorder.count(
                "hearsight_dropped_total", dead, stage="feedback", reason="malformed"
            )

    def close(self) -> None:
        """Let go of the connection."""
        self._reader.close()

    def _put(self, verdict: Verdict) -> None:
        if order_of(verdict, self._ledger) is None:
            self._ledger.place(
                "verdict", by=verdict.by, id=verdict.id, verdict=verdict.verdict, at=verdict.at
            )
            self._recorder.count("hearsight_received_total", stage="feedback")


def order_of(verdict: Verdict, ledger: Ledger) -> Order | None:
    """The order that a verdict of the stream became, or None as yet.

    It is that of the same click, or what the same person said last if it was the same: unless that
    was refused, for what is refused may be asked for again. Raises LedgerError.
    """
    said = ledger.orders_about("verdict", "id", verdict.id)
    for order in said:
        if (order.by, order.detail.get("at")) == (verdict.by, verdict.at):
            return order
    if said and (said[-1].by, said[-1].detail.get("verdict")) == (verdict.by, verdict.verdict):
        return None if said[-1].refused else said[-1]
    return None
