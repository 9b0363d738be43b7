"""The way of alerts to the outbox: remembered, written, kept in memory while nothing is taken."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import structlog

from pipeline.channel import Channel
from pipeline.messages import HealthEvent, MediaReady, Outboxed
from pipeline.metrics import Recorder
from pipeline.records import Alert, AlertType
from sinks.alert_json import UnencodableAlert, document_of
from sinks.outbox import Outbox, RevisionConflict
from sinks.outbox_file import OutboxError

log = structlog.get_logger()

#: Alerts held in memory while the outbox cannot take them. Beyond it the newest are refused: the
#: first alerts of a trouble tell most about it.
_UNACCEPTED = 10_000
#: Incidents that are remembered at most.
_REMEMBERED = 256
#: One that has ended is remembered for so long, seconds: its clip may still arrive, which was asked
#: for as it began. Each holds some 15 kB.
_LATE_S = 600.0


class AlertDesk:
    """Writes alerts to the outbox in their order, and remembers the newest revision of each.

    Args:
        outbox: opened.
        channel: to the supervisor.
        recorder: this process's counts.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        outbox: Outbox,
        channel: Channel,
        recorder: Recorder,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbox = outbox
        self._channel = channel
        self._recorder = recorder
        self._unaccepted: deque[tuple[Alert, Callable[[], None] | None]] = deque()
        self._trouble = ""
        self._alerts: dict[str, Alert] = {}
        self._clock = clock
        #: Which have ended, and when, in that order.
        self._ended: deque[tuple[float, str]] = deque()

    def newest(self, alert_id: str) -> Alert | None:
        """The last revision of an incident; None where it is not remembered any more."""
        return self._alerts.get(alert_id)

    def submit(self, alert: Alert, accepted: Callable[[], None] | None = None) -> None:
        """Write an alert, or keep it until the outbox takes it.

        Args:
            alert: with its revision.
            accepted: called once it is on disk.
        """
        if not alert.canary:
            # Nothing comes for a canary later: it keeps no incident from being remembered.
            self._alerts[alert.id] = alert
            if alert.type is AlertType.END:
                self._ended.append((self._clock(), alert.id))
        while len(self._alerts) > _REMEMBERED:
            del self._alerts[next(iter(self._alerts))]
        if len(self._unaccepted) >= _UNACCEPTED:
            self._recorder.count("hearsight_dropped_total", stage="judge", reason="outbox_refused")
            log.error("alert lost: the outbox takes nothing and memory is full", id=alert.id)
            return
        self._unaccepted.append((alert, accepted))
        self.retry()

    def end_open(self) -> None:
        """End the incidents that a predecessor left open."""
        for alert in self._outbox.open_incidents():
            ended = replace(
                alert,
                revision=alert.revision + 1,
                type=AlertType.END,
                end_time=time.time(),
                data=alert.data | {"reason": "restarted"},
            )
            self.submit(ended)

    def media_ready(self, message: MediaReady) -> None:
        """Bring an incident's files in a further revision."""
        alert = self._alerts.get(message.alert_id)
        if alert is None:
            return
        data = alert.data
        if message.error is not None:
            data = data | {"media_error": message.error}
        if message.heat_path is not None:
            data = data | {"heat_path": message.heat_path}
        alert = replace(
            alert,
            revision=alert.revision + 1,
            type=AlertType.END if alert.type is AlertType.END else AlertType.UPDATE,
            thumb_path=message.thumb_path or alert.thumb_path,
            clip_path=message.clip_path or alert.clip_path,
            data=data,
        )
        self.submit(alert)

    def retry(self) -> None:
        """Write what waits, and forget what has ended; called once a second."""
        self._forget()
        written = False
        while self._unaccepted:
            alert, accepted = self._unaccepted[0]
            try:
                self._outbox.append(alert, time.time())
            except (UnencodableAlert, RevisionConflict) as error:
                # No retry heals it: the others must not wait for it.
                self._recorder.count(
                    "hearsight_dropped_total", stage="judge", reason="alert_refused"
                )
                log.error("alert lost: it cannot be written", id=alert.id, error=str(error))
                self._unaccepted.popleft()
                continue
            except OutboxError as error:
                self._troubled(str(error))
                break
            self._unaccepted.popleft()
            written = True
            if accepted is not None:
                accepted()
        else:
            self._troubled("")
        if written:
            self._channel.send(Outboxed(), timeout_s=1.0)

    def finish(self) -> None:
        """A last try; what is left is told to the log, since nobody will write it any more."""
        self.retry()
        for alert, _ in self._unaccepted:
            log.error("alert lost: the outbox took nothing to the end", alert=document_of(alert))

    def _forget(self) -> None:
        before = self._clock() - _LATE_S
        while self._ended and self._ended[0][0] <= before:
            self._alerts.pop(self._ended.popleft()[1], None)

    def _troubled(self, reason: str) -> None:
        if reason == self._trouble:
            return
        self._trouble = reason
        kind = "outbox_refuses" if reason else "outbox_works"
        if reason:
            self._recorder.count("hearsight_errors_total", stage="outbox", reason="refused")
            log.error("alerts wait in memory", reason=reason, waiting=len(self._unaccepted))
        else:
            log.info("the outbox takes alerts again: those that waited are on disk")
        event = HealthEvent(
            None, kind, reason, time.time(), subject="outbox", standing=bool(reason)
        )
        self._channel.send(event, timeout_s=1.0)
