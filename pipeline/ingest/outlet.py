"""A worker's one way out: many threads hand over, one at a time sends."""

from __future__ import annotations

import threading
from collections import deque

from pipeline.channel import Channel
from pipeline.messages import AnyMessage, Sample
from pipeline.metrics import Recorder


class Meter:
    """A `Recorder` that several threads may use."""

    def __init__(self) -> None:
        self._recorder = Recorder()
        self._lock = threading.Lock()

    def count(self, name: str, value: float = 1.0, **labels: str) -> None:
        """Add to a counter."""
        with self._lock:
            self._recorder.count(name, value, **labels)

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        with self._lock:
            self._recorder.set(name, value, **labels)

    def drain(self) -> list[Sample]:
        """Return what changed since the last call."""
        with self._lock:
            return self._recorder.drain()


class Outlet:
    """Sends samples if there is room at once, and control messages always, in their order.

    Args:
        channel: the worker's socket.
        meter: counts what was sent and what was dropped.
    """

    def __init__(self, channel: Channel, meter: Meter) -> None:
        self._channel = channel
        self._meter = meter
        self._lock = threading.Lock()
        self._waiting: deque[AnyMessage] = deque()

    def sample(self, message: AnyMessage, *, patience_s: float = 0.0) -> bool:
        """Send a sample, or drop and count it where the line is behind.

        Args:
            message: what lies in a slot.
            patience_s: how long to wait for room: for files read as fast as the line takes them.

        Raises:
            ChannelClosed: the supervisor is gone.
        """
        with self._lock:
            sent = self._flush() and self._channel.send(message, timeout_s=patience_s)
        if sent:
            self._meter.count("hearsight_sent_total", stage="worker")
        else:
            self._meter.count("hearsight_dropped_total", stage="worker", reason="encoder_behind")
        return sent

    def aside(
        self, message: AnyMessage, *, patience_s: float = 0.0, reason: str = "vitals"
    ) -> None:
        """Send what the next of its kind makes up for; dropped and counted where there is no room.

        Args:
            message: small.
            patience_s: how long to wait for room.
            reason: what is counted as dropped.

        Raises:
            ChannelClosed: the supervisor is gone.
        """
        with self._lock:
            sent = self._flush() and self._channel.send(message, timeout_s=patience_s)
        if not sent:
            self._meter.count("hearsight_dropped_total", stage="worker", reason=reason)

    def control(self, message: AnyMessage) -> None:
        """Send a control message, or keep it until there is room.

        Raises:
            ChannelClosed: the supervisor is gone.
        """
        with self._lock:
            self._waiting.append(message)
            self._flush()

    def flush(self) -> bool:
        """Try to send what waits; True if nothing waits any more.

        Raises:
            ChannelClosed: the supervisor is gone.
        """
        with self._lock:
            return self._flush()

    def _flush(self) -> bool:
        while self._waiting:
            if not self._channel.send(self._waiting[0]):
                return False
            self._waiting.popleft()
        return True
