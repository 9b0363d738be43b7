"""What every outlet promises, and the words in which it says that it could not.

A sink receives entries in order and acknowledges them only after the far side did. It keeps no
queue and never retries: one deliverer alone does, from the rows that are still on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One revision of one incident, as it lies on disk."""

    #: Order of acceptance; grows by one or more from entry to entry.
    seq: int
    id: str
    revision: int
    #: The alert's JSON document, see ``sinks.alert_json``.
    document: str
    #: Wall clock when the outbox accepted it, seconds since the epoch.
    accepted_at: float


class SinkError(Exception):
    """A delivery did not go through. The first ``delivered`` entries of the batch did.

    ``position`` is what ``Sink.deliver`` would have returned for those.
    """

    def __init__(self, message: str, *, delivered: int = 0, position: str | None = None) -> None:
        super().__init__(message)
        self.delivered = delivered
        self.position = position


class SinkUnavailable(SinkError):
    """The far side cannot take anything now: the rest is kept, in order, and tried again."""


class EntryRejected(SinkError):
    """Entry number ``delivered`` of the batch can never be delivered: set it aside and go on."""


class Sink(Protocol):
    """An outlet for alerts. One thread uses it; nothing is sent before ``open``."""

    @property
    def name(self) -> str:
        """Stable and unique within a site: the outbox keeps its books under it."""

    def open(self, position: str | None) -> bool:
        """Connect; compare the far side with ``position``, the last thing it acknowledged.

        Returns:
            True where the far side may have lost entries that it once acknowledged: those still
            kept are then delivered again.

        Raises:
            SinkUnavailable: it cannot be reached, or refuses us.
        """

    def deliver(self, batch: Sequence[OutboxEntry]) -> str | None:
        """Hand over ``batch`` in order; return once the far side has acknowledged all of it.

        Returns:
            The new position, opaque to all but this sink, or None where it needs none.

        Raises:
            SinkUnavailable: try again later.
            EntryRejected: one entry can never go through.
        """

    def confirm(self) -> None:
        """Make sure that the far side still answers.

        Raises:
            SinkUnavailable: it does not.
        """

    def maintain(self) -> str | None:
        """Housekeeping, about once a minute. Returns an alarm for the operator, or None.

        Raises:
            SinkUnavailable: the far side went away.
        """

    def close(self) -> None:
        """Let go of connections and files. Safe to call twice; ``open`` may follow."""


class Observer(Protocol):
    """Counts what happens; the process that owns the metrics provides it."""

    def count(self, name: str, value: float = 1, **labels: str) -> None:
        """Add ``value`` to the counter ``name``."""

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add an observation to the histogram ``name``."""


class NullObserver:
    """Counts nothing."""

    def count(self, name: str, value: float = 1, **labels: str) -> None:
        """Ignore it."""

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Ignore it."""
