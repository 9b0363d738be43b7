"""The publisher: brings alerts to the sinks, live scores to Redis, and verdicts back from there."""

from __future__ import annotations

import math
import time
from functools import partial
from pathlib import Path

import msgspec
import structlog

from pipeline.canary.arrivals import Arrivals
from pipeline.channel import Channel
from pipeline.config import RedisSink, Site
from pipeline.expiry import steps_of
from pipeline.feedback import FeedbackDesk
from pipeline.housekeeping import Housekeeper
from pipeline.ledger import Ledger
from pipeline.media_folder import MediaFolder
from pipeline.messages import (
    HealthEvent,
    Heartbeat,
    Outboxed,
    Ready,
    ScoreLine,
    StartPublisher,
    Stop,
)
from pipeline.metrics import Recorder
from pipeline.process import HEARTBEAT_S, Sweep, child_main
from sinks import SinkContext, build_sink
from sinks.deliver import Deliverer, StepResult
from sinks.feedback import FeedbackReader
from sinks.outbox import Outbox
from sinks.redis_live import LiveStreams

log = structlog.get_logger()

_PRUNE_S = 60.0
_DRAIN_S = 7.0
#: A sink without work looks again so often, seconds: the judge tells when there is some.
_IDLE_S = 1.0


class _Outlet:
    """One sink with its deliverer and the time of its next step."""

    def __init__(self, name: str, deliverer: Deliverer) -> None:
        self.name = name
        self.deliverer = deliverer
        self.due = 0.0
        self.trouble: str | None = None
        self.alarm: str | None = None


class Publisher:
    """Delivers until told to stop.

    Args:
        channel: to the supervisor.
        outbox: opened.
        deliverers: the sinks by name.
        housekeeper: forgets what is old.
        live: the streams of scores and health; None without Redis.
        recorder: this process's counts, the sinks' among them.
        feedback: takes in verdicts; None without Redis.
    """

    def __init__(
        self,
        channel: Channel,
        outbox: Outbox,
        deliverers: dict[str, Deliverer],
        housekeeper: Housekeeper,
        live: LiveStreams | None,
        recorder: Recorder,
        feedback: FeedbackDesk | None = None,
    ) -> None:
        self._channel = channel
        self._outbox = outbox
        self._outlets = [_Outlet(name, deliverer) for name, deliverer in deliverers.items()]
        self._housekeeper = housekeeper
        self._live = live
        self._feedback = feedback
        self._recorder = recorder
        self._progress = 0
        self._sweep = Sweep()

    def run(self) -> None:
        """Work until told to stop; then drain, for at most seven seconds.

        Raises:
            ChannelClosed: the supervisor is gone.
        """
        self._channel.send(Ready(), timeout_s=1.0)
        beat_at = prune_at = 0.0
        while True:
            now = time.monotonic()
            if now >= beat_at:
                self._beat()
                beat_at = now + HEARTBEAT_S
            if now >= prune_at:
                self._tidy()
                prune_at = now + _PRUNE_S
            self._deliver(now)
            if self._feedback is not None:
                self._feedback.look(now)
            due = min([beat_at, *(outlet.due for outlet in self._outlets)])
            if self._listen(max(0.0, due - time.monotonic())):
                break
        self._drain()

    def _tidy(self) -> None:
        for event in self._housekeeper.tidy(time.time()):
            self._channel.send(event, timeout_s=1.0)
            self._show(event)

    def _listen(self, timeout_s: float) -> bool:
        """Take in messages, waiting for the first one; return whether to stop."""
        message = self._channel.receive(timeout_s=timeout_s)
        while message is not None:
            if isinstance(message, Stop):
                return True
            if isinstance(message, Outboxed):
                for outlet in self._outlets:
                    if outlet.trouble is None:
                        outlet.due = 0.0
            elif isinstance(message, (ScoreLine, HealthEvent)):
                self._show(message)
            message = self._channel.receive(timeout_s=0.0)
        if self._live is not None:
            self._live.flush(time.monotonic())
        return False

    def _deliver(self, now: float) -> bool:
        """Let every sink that is due take a step; return whether work was done."""
        worked = False
        for outlet in self._outlets:
            if outlet.due > now:
                continue
            result = outlet.deliverer.step(time.time())
            outlet.due = time.monotonic() + result.retry_after_s
            self._progress += 1
            worked = worked or result.delivered + result.dead > 0
            self._report(outlet, result)
        return worked

    def _report(self, outlet: _Outlet, result: StepResult) -> None:
        for kind, before, after in (
            ("delivery", outlet.trouble, result.trouble),
            ("stream", outlet.alarm, result.alarm),
        ):
            if before != after:
                event = HealthEvent(
                    None,
                    f"{kind}_{'fails' if after else 'works'}",
                    after or outlet.name,
                    time.time(),
                    subject=f"{kind} to {outlet.name}",
                    standing=after is not None,
                )
                self._channel.send(event, timeout_s=1.0)
                self._show(event)
        if result.alarm is not None and outlet.alarm is None:
            log.warning(result.alarm, sink=outlet.name)
        outlet.trouble, outlet.alarm = result.trouble, result.alarm

    def _show(self, message: ScoreLine | HealthEvent) -> None:
        if self._live is not None:
            stream = "scores" if isinstance(message, ScoreLine) else "health"
            self._live.add(stream, msgspec.structs.asdict(message))

    def _drain(self) -> None:
        deadline = time.monotonic() + _DRAIN_S
        for outlet in self._outlets:
            outlet.due = 0.0
        while time.monotonic() < deadline and self._deliver(time.monotonic()):
            pass
        for outlet in self._outlets:
            outlet.deliverer.close()
            waiting = self._outbox.undelivered_since(outlet.name, time.time())
            if waiting:
                log.warning("alerts stay on disk for the next start", sink=outlet.name)
        if self._live is not None:
            # What was said last does not wait for its batch.
            self._live.flush(math.inf)
            self._live.close()
        if self._feedback is not None:
            self._feedback.close()
        self._beat()

    def _beat(self) -> None:
        self._sweep.look(time.monotonic())
        for outlet in self._outlets:
            pending = self._outbox.pending_count(outlet.name)
            self._recorder.set("hearsight_outbox_pending", pending, sink=outlet.name)
            delay = self._outbox.undelivered_since(outlet.name, time.time())
            self._recorder.set("hearsight_outbox_delay_seconds", delay, sink=outlet.name)
        self._channel.send(Heartbeat(self._progress, self._recorder.drain()), timeout_s=1.0)


def run(channel: Channel, start: StartPublisher) -> None:
    """Publish until told to stop."""
    site = Site.model_validate_json(start.site)
    recorder = Recorder()
    context = SinkContext(site.redis, start.redis_url or "", recorder, site.retention.alerts)
    sinks = [build_sink(settings, context) for settings in site.sinks]
    live, verdicts = None, None
    if any(isinstance(settings, RedisSink) for settings in site.sinks):
        live = LiveStreams(
            context.redis_url,
            prefix=site.redis.stream_prefix,
            ca_file=site.redis.ca_file,
            observer=recorder,
        )
        verdicts = FeedbackReader(
            context.redis_url, prefix=site.redis.stream_prefix, ca_file=site.redis.ca_file
        )
    state = Path(start.state_dir)
    with Outbox(state / "outbox.sqlite3") as outbox, Ledger(state / "learning.sqlite3") as ledger:
        feedback = FeedbackDesk(verdicts, ledger, recorder) if verdicts is not None else None
        canary = Arrivals([sink.name for sink in sinks], channel)
        deliverers = {
            sink.name: Deliverer(
                outbox,
                sink,
                observer=recorder,
                on_canary=partial(canary.came, sink.name),
                idle_s=_IDLE_S,
            )
            for sink in sinks
        }
        housekeeper = Housekeeper(
            outbox,
            list(deliverers),
            MediaFolder(state / "media", site.media.reserve_mb),
            site.media.retention,
            keep_alerts_s=site.retention.alerts,
            others=steps_of(site, state),
        )
        Publisher(channel, outbox, deliverers, housekeeper, live, recorder, feedback).run()


if __name__ == "__main__":
    child_main("publisher", StartPublisher, run)
