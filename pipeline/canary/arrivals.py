"""The publisher's part: a canary is through once every sink has taken it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pipeline.channel import Channel
from pipeline.messages import CanaryCame


class Arrivals:
    """Tells the supervisor of canaries that have arrived everywhere.

    Args:
        sinks: their names.
        channel: to the supervisor.
    """

    def __init__(self, sinks: Iterable[str], channel: Channel) -> None:
        #: By sink, when the newest canary that it took was sent.
        self._newest = dict.fromkeys(sinks, -math.inf)
        self._told = -math.inf
        self._channel = channel

    def came(self, sink: str, sent_at: float) -> None:
        """A sink has taken the canary that was sent then; sinks take them in order."""
        self._newest[sink] = max(self._newest[sink], sent_at)
        oldest = min(self._newest.values())
        if oldest > self._told:
            self._told = oldest
            self._channel.send(CanaryCame(oldest), timeout_s=1.0)
