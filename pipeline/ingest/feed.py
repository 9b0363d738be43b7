"""One connection's thread: read until it ends, wait, connect again. The only place that retries."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable
from typing import Protocol

import structlog

from pipeline.ingest.outlet import Meter
from pipeline.sources import CameraRefused, Item, Opened, Source, SourceError, SourcePlan

log = structlog.get_logger()

#: A camera that has delivered for so long starts its backoff anew.
_SETTLED_S = 10.0
_BACKOFF_FIRST_S, _BACKOFF_MAX_S = 0.5, 30.0
#: One that has not been away for long is asked more often: within 15 s of its return it is back.
_SHORT_S, _BACKOFF_SHORT_S = 90.0, 8.0
#: Wrong credentials do not become right by asking often; cameras lock accounts that try.
_REFUSED_MIN_S = 10.0
#: Seconds between two lines of one camera: with those of `pipeline.state_log` one a minute.
_LOG_EVERY_S = 120.0


class Backoff:
    """Waiting times between attempts: exponential with full jitter (AWS architecture blog, 2015).

    Args:
        pick: draws a number between two; for tests.
    """

    def __init__(self, pick: Callable[[float, float], float] = random.uniform) -> None:
        self._pick = pick
        self._attempts = 0

    def next(self, away_s: float) -> float:
        """Seconds to wait before the next attempt.

        Args:
            away_s: for how long the camera has delivered nothing to speak of.
        """
        most = _BACKOFF_SHORT_S if away_s < _SHORT_S else _BACKOFF_MAX_S
        limit = min(most, _BACKOFF_FIRST_S * 2.0 ** min(self._attempts, 16))
        self._attempts += 1
        return self._pick(0.0, limit)

    def reset(self) -> None:
        """The camera delivers again."""
        self._attempts = 0


class Listener(Protocol):
    """Who takes what a feed reads; called in the feed's thread."""

    def take(self, item: Item) -> None:
        """An item came."""
        ...

    def connecting(self) -> None:
        """An attempt begins."""
        ...

    def failed(self, error: SourceError) -> None:
        """An attempt, or the connection, ended with an error; another follows."""
        ...

    def ended(self) -> None:
        """The source came to its end: nothing follows."""
        ...


class Feed(threading.Thread):
    """Keeps one source running.

    Args:
        plan: what to read.
        opener: makes the source; it is opened once per attempt.
        listener: who takes its items.
        meter: where reconnections and errors are counted.
        backoff: waiting times.
    """

    def __init__(
        self,
        plan: SourcePlan,
        opener: Callable[[SourcePlan], Source],
        listener: Listener,
        meter: Meter,
        *,
        backoff: Backoff | None = None,
    ) -> None:
        super().__init__(name=f"camera-{plan.camera}", daemon=True)
        self._plan = plan
        self._opener = opener
        self._listener = listener
        self._meter = meter
        self._backoff = backoff or Backoff()
        self._stopping = threading.Event()
        #: Since when it has delivered nothing to speak of; None: it delivers.
        self._lost_at: float | None = None
        self._logged_at = -math.inf
        self._unlogged = 0
        #: Items taken so far; whoever watches sees it stand still when the thread does.
        self.progress = 0
        #: What ended the thread, if it was not meant to end.
        self.fault: BaseException | None = None

    def stop(self) -> None:
        """Ask the thread to end after the item at hand."""
        self._stopping.set()

    def run(self) -> None:
        """Read until the source ends or the feed is stopped."""
        try:
            while not self._attempt() and not self._stopping.is_set():
                self._meter.count("hearsight_stream_reconnects_total", camera=self._plan.camera)
        except BaseException as fault:
            self.fault = fault
            raise

    def _attempt(self) -> bool:
        """Open the source once and read it to its end; True where nothing more is to come."""
        self._listener.connecting()
        if self._lost_at is None:
            self._lost_at = time.monotonic()
        try:
            self._read(self._opener(self._plan))
        except SourceError as error:
            self._listener.failed(error)
            self._report(error)
            now = time.monotonic()
            self._lost_at = now if self._lost_at is None else self._lost_at
            delay = self._backoff.next(now - self._lost_at)
            if isinstance(error, CameraRefused):
                delay = max(delay, _REFUSED_MIN_S)
            self._stopping.wait(delay)
            return False
        if not self._stopping.is_set():
            self._listener.ended()
        return True

    def _read(self, source: Source) -> None:
        opened_at: float | None = None
        items = source.run()
        try:
            for item in items:
                self.progress += 1
                self._listener.take(item)
                if isinstance(item, Opened):
                    opened_at = time.monotonic()
                elif opened_at is not None and time.monotonic() - opened_at > _SETTLED_S:
                    self._backoff.reset()
                    self._lost_at = None
                if self._stopping.is_set():
                    return
        finally:
            # Closes the connection now, not when the generator is collected.
            close = getattr(items, "close", None)
            if close is not None:
                close()

    def _report(self, error: SourceError) -> None:
        """Log a line in two minutes at most; the next one says how often it happened in between."""
        self._meter.count("hearsight_errors_total", stage="source", reason=type(error).__name__)
        now = time.monotonic()
        if now - self._logged_at < _LOG_EVERY_S:
            self._unlogged += 1
            return
        log.warning(
            "camera lost",
            camera=self._plan.camera,
            kind=type(error).__name__,
            error=str(error),
            repeated=self._unlogged,
        )
        self._logged_at, self._unlogged = now, 0
