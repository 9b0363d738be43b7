"""From the outbox to one sink, one step at a time.

A step never sleeps: it says how long to wait. Killed between any two lines, the next life finds
every undelivered row still pending; what was delivered but not yet marked goes twice.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.records import AlertType
from sinks.alert_json import MalformedAlert, decode_alert
from sinks.base import EntryRejected, NullObserver, Observer, OutboxEntry, Sink, SinkUnavailable
from sinks.outbox import KEEP_S, Outbox
from sinks.outbox_file import OutboxError

_log = logging.getLogger(__name__)

_FIRST_RETRY_S = 0.25
_LONGEST_RETRY_S = 30.0
#: How often a sink without work is asked whether it is still there.
_CONFIRM_S = 5.0
_MAINTAIN_S = 60.0
_DELIVERIES = "hearsight_deliveries_total"
_LATENCY = "hearsight_alert_latency_seconds"


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step did, and when the next one is due."""

    delivered: int = 0
    #: Rows put aside for good.
    dead: int = 0
    #: Rows that will be sent again because the far side lost its tail.
    replayed: int = 0
    #: 0 where more work waits.
    retry_after_s: float = 0.0
    #: Why the sink or the outbox cannot work now; None where all is well.
    trouble: str | None = None
    #: A lasting condition for the operator, such as a stream beyond its cap.
    alarm: str | None = None


class Deliverer:
    """Brings the rows of ``outbox`` to ``sink`` in order.

    Args:
        outbox: opened by the caller.
        sink: opened, closed and reopened here.
        observer: counts ``hearsight_deliveries_total{sink, status}`` and observes
            ``hearsight_alert_latency_seconds{sink}``.
        batch: rows handed over at once.
        idle_s: how long to wait when nothing is pending.
        rng: jitter of the retries.
        on_canary: told of each canary that the sink has taken, by its ``captured_at``.
    """

    def __init__(
        self,
        outbox: Outbox,
        sink: Sink,
        *,
        observer: Observer | None = None,
        batch: int = 100,
        idle_s: float = 0.1,
        rng: random.Random | None = None,
        on_canary: Callable[[float], None] = lambda _sent_at: None,
    ) -> None:
        self._outbox = outbox
        self._sink = sink
        self._observer = observer or NullObserver()
        self._batch = batch
        self._idle_s = idle_s
        self._rng = rng or random.Random()  # noqa: S311 - jitter, no secret
        self._on_canary = on_canary
        self._is_open = False
        self._failures = 0
        #: What was last said of it; None where it works.
        self._trouble: str | None = None
        self._contact_at = float("-inf")
        self._maintained_at = float("-inf")
        self._alarm: str | None = None
        # Acknowledged by the far side, and not yet marked because the outbox refused the mark.
        self._unmarked: list[int] = []
        self._position: str | None = None

    def step(self, now: float) -> StepResult:
        """Do one batch of work. ``now`` is the wall clock, in seconds.

        Trouble is returned, not raised: the sink's, and the outbox's too (a full disk), for which
        the rows that were delivered are remembered and marked once it has room.
        """
        try:
            result = self._step(now)
        except SinkUnavailable as error:
            self._sink.close()
            self._is_open = False
            return self._failed(str(error))
        except OutboxError as error:
            return self._failed(str(error))
        if self._failures:
            _log.info("sink %s delivers again", self._sink.name)
        self._failures, self._trouble = 0, None
        return result

    def close(self) -> None:
        """Let go of the sink."""
        self._sink.close()
        self._is_open = False

    def _step(self, now: float) -> StepResult:
        replayed = 0 if self._is_open else self._open(now)
        entries = self._outbox.pending(
            self._sink.name, self._batch, after=max(self._unmarked, default=0)
        )
        if not entries:
            self._mark(now)
            self._keep_contact(now)
            return StepResult(replayed=replayed, retry_after_s=self._idle_s, alarm=self._alarm)
        dead = 0
        try:
            position = self._sink.deliver(entries)
            delivered = len(entries)
        except EntryRejected as error:
            delivered, position = error.delivered, error.position
            self._acknowledged(entries[:delivered], position, now)
            self._set_aside(entries[delivered], str(error), now)
            dead = 1
        except SinkUnavailable as error:
            self._acknowledged(entries[: error.delivered], error.position, now)
            raise
        else:
            self._acknowledged(entries, position, now)
        more = 0.0 if len(entries) == self._batch or dead else self._idle_s
        return StepResult(delivered, dead, replayed, more, alarm=self._alarm)

    def _open(self, now: float) -> int:
        self._mark(now)
        lost_tail = self._sink.open(self._outbox.position(self._sink.name))
        replayed = 0
        if lost_tail:
            replayed = self._outbox.replay(self._sink.name, KEEP_S)
            _log.warning(
                "sink %s may have lost what it had acknowledged: %d alerts go again",
                self._sink.name,
                replayed,
            )
            self._observer.count(_DELIVERIES, replayed, sink=self._sink.name, status="replayed")
        self._is_open = True
        self._contact_at = now
        return replayed

    def _acknowledged(self, entries: list[OutboxEntry], position: str | None, now: float) -> None:
        if not entries:
            return
        self._observer.count(_DELIVERIES, len(entries), sink=self._sink.name, status="delivered")
        for entry in entries:
            self._measure(entry, now)
        self._unmarked.extend(entry.seq for entry in entries)
        self._position = position
        self._contact_at = now
        self._mark(now)

    def _measure(self, entry: OutboxEntry, now: float) -> None:
        try:
            alert = decode_alert(entry.document)
        except MalformedAlert:
            return  # whoever reads it will say so
        if alert.canary:
            self._on_canary(alert.captured_at)
        if alert.type is AlertType.NEW:
            # What follows waits for media and for the end: that is no latency.
            latency_s = max(0.0, now - alert.captured_at)
            self._observer.observe(_LATENCY, latency_s, sink=self._sink.name)

    def _mark(self, now: float) -> None:
        if self._unmarked:
            self._outbox.mark_delivered(self._sink.name, self._unmarked, now, self._position)
            self._unmarked = []

    def _set_aside(self, entry: OutboxEntry, reason: str, now: float) -> None:
        _log.error(
            "sink %s can never deliver revision %d of incident %s: %s",
            self._sink.name,
            entry.revision,
            entry.id,
            reason,
        )
        self._outbox.dead_letter(self._sink.name, entry.seq, reason, now)
        self._observer.count(_DELIVERIES, sink=self._sink.name, status="dead")

    def _keep_contact(self, now: float) -> None:
        # abs: the wall clock may have been set back.
        if abs(now - self._contact_at) >= _CONFIRM_S:
            self._sink.confirm()
            self._contact_at = now
        if abs(now - self._maintained_at) >= _MAINTAIN_S:
            self._maintained_at = now
            self._alarm = self._sink.maintain()
            self._outbox.note_contact(self._sink.name, now)

    def _failed(self, trouble: str) -> StepResult:
        if trouble != self._trouble:
            _log.warning("sink %s: %s; alerts stay on disk", self._sink.name, trouble)
        self._trouble = trouble
        self._failures += 1
        self._observer.count(_DELIVERIES, sink=self._sink.name, status="failed")
        ceiling = min(_LONGEST_RETRY_S, _FIRST_RETRY_S * 2 ** min(self._failures - 1, 10))
        return StepResult(
            retry_after_s=self._rng.uniform(ceiling / 2, ceiling),
            trouble=trouble,
            alarm=self._alarm,
        )
