"""A bounded sample of a stretch that may last days."""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.base import Moments


class Reservoir:
    """Keeps a uniform sample of all moments that were put in (Vitter 1985, algorithm R).

    Args:
        size: moments kept.
        seed: decides which.
    """

    def __init__(self, size: int, *, seed: int = 0) -> None:
        self._size = size
        self._rng = np.random.default_rng(seed)
        self._kept: list[Moments] = []
        self._seen = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def seen(self) -> int:
        """Moments that were put in."""
        return self._seen

    def add(self, moment: Moments) -> None:
        """Put one moment in."""
        self._seen += 1
        if len(self._kept) < self._size:
            self._kept.append(moment)
            return
        place = int(self._rng.integers(self._seen))
        if place < self._size:
            self._kept[place] = moment

    def moments(self) -> Moments:
        """What is kept, in the order of its time; at least one moment was put in."""
        joined = Moments.joined(self._kept)
        return joined[np.argsort(joined.captured_at, kind="stable")]

    def to_state(self) -> dict[str, Any]:
        """All that is kept."""
        if not self._kept:
            return {"seen": 0}
        return {"seen": self._seen, **self.moments().to_state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `to_state` gave. Raises KeyError, TypeError, ValueError."""
        self._seen = int(state["seen"])
        self._kept = []
        if self._seen:
            every = Moments.from_state(state)
            self._kept = [every[k : k + 1] for k in range(len(every))]
