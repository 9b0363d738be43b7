"""What lies between a simulated camera and a client: packets get lost, and come late."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

#: Packets that keep their order are at least so far apart, seconds.
_APART_S = 1e-6


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad a network is; without faults by default."""

    #: Share of the RTP and RTCP packets that get lost, in [0, 1].
    loss: float = 0.0
    #: Each packet is late by anything up to so many seconds.
    jitter_s: float = 0.0
    #: The same seed loses the same packets of a client.
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0.0 <= self.loss <= 1.0 or self.jitter_s < 0.0:
            raise ValueError("a network loses a share in [0, 1], and is late by 0 s or more")


class Network:
    """Carries the media of one mount to its clients.

    Datagrams overtake each other. Over TCP nothing does; what is lost there never went out: so it
    is with cameras whose own buffer is full.

    Args:
        weather: how bad it is.
    """

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        self._random = random.Random(weather.seed)  # noqa: S311 - no secret
        self._last_due = 0.0
        self.carried = 0
        self.lost = 0

    def carry(self, deliver: Callable[[], None], *, ordered: bool) -> None:
        """Have a packet delivered, late or never.

        Args:
            deliver: puts it where the client reads it.
            ordered: whether it may not overtake those before it.
        """
        weather = self._weather
        self.carried += 1
        if self._random.random() < weather.loss:
            self.lost += 1
            return
        if not weather.jitter_s:
            deliver()
            return
        loop = asyncio.get_running_loop()
        due = loop.time() + self._random.uniform(0.0, weather.jitter_s)
        if ordered:
            due = self._last_due = max(due, self._last_due + _APART_S)
        loop.call_at(due, deliver)
