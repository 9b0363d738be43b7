"""What a process says of itself: that it can work, that it does, that it cannot."""

from __future__ import annotations

import msgspec

from pipeline.messages.base import Message


class Sample(msgspec.Struct, frozen=True):
    """A change of one metric since the last heartbeat (a gauge: its value)."""

    name: str
    labels: dict[str, str]
    value: float


class Heartbeat(Message, frozen=True):
    """Sent by the loop that does the work, so that it stops when the work does."""

    progress: int
    metrics: list[Sample] = msgspec.field(default_factory=list)


class Ready(Message, frozen=True):
    """The process has started and can work."""


class Failed(Message, frozen=True):
    """The process cannot work and will exit; ``reason`` says what to do about it."""

    reason: str
