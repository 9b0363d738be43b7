"""How far a learned normal has moved from where it began."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Moments that the running centre remembers, about: a day at one in ten seconds.
_MEMORY = 8640
#: Spreads of the first stretch; further than this nobody should let it go unseen.
_LIMIT = 1.0


class Drift:
    """The centre of what is learned, against that of the first stretch, in its spreads.

    The spread is the root mean squared distance of the first stretch's rows to their centre. Day
    and night of the first stretch are within it; another season, or somebody who changes the scene
    a little every day, is not.
    """

    def __init__(self, centre: NDArray[np.float64], spread: float) -> None:
        self._begin = centre
        self._centre = centre.copy()
        self._spread = spread

    @classmethod
    def of(cls, rows: NDArray[np.float32]) -> Drift:
        """Begin with the rows (n, d) of the first stretch."""
        wide = rows.astype(np.float64)
        centre = wide.mean(axis=0)
        spread = math.sqrt(float(((wide - centre) ** 2).sum(axis=1).mean()))
        return cls(centre, max(spread, 1e-3))

    def add(self, rows: NDArray[np.float32]) -> None:
        """Move the centre by learned rows (n, d)."""
        for row in rows.astype(np.float64):
            self._centre += (row - self._centre) / _MEMORY

    @property
    def moved(self) -> float:
        """Distance of the centre from its beginning, in spreads."""
        return float(np.linalg.norm(self._centre - self._begin)) / self._spread

    @property
    def beyond(self) -> bool:
        """Whether it has moved further than it may."""
        return self.moved > _LIMIT

    def anchor(self) -> None:
        """Begin here."""
        self._begin = self._centre.copy()

    def to_state(self) -> dict[str, Any]:
        """All of it."""
        return {"begin": self._begin, "centre": self._centre, "spread": self._spread}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Drift:
        """What `to_state` gave. Raises KeyError, TypeError, ValueError."""
        made = cls(np.asarray(state["begin"], np.float64), float(state["spread"]))
        made._centre = np.asarray(state["centre"], np.float64)
        return made
