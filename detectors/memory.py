"""Distance to what was seen before: nearest neighbours in a small memory bank.

Whole moments (deep nearest neighbours, Bergman, Cohen & Hoshen 2020), with a greedy coreset; for
patches of the picture see `detectors.patches`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.base import DetectorInputError, DetectorStateError, Moments, State
from detectors.coreset import Bank
from pipeline.records import Unusual

_VERSION = 1
#: Rows of whole moments at most, those that a short first stretch may grow to, and the neighbours
#: whose distances are averaged.
_MOMENTS, _GROWN, _NEIGHBOURS = 1000, 200, 3


class MomentMemory:
    """Mean distance of a whole moment to the three nearest of a bank of up to 1,000.

    The bank stays as large as the first stretch made it: what is new takes the place of what was
    not seen for longest. One that goes on filling up would find everything ever less far.
    """

    name = "distance"

    def __init__(self) -> None:
        self._bank = Bank(_MOMENTS)

    def fit(self, normal: Moments) -> None:
        """See `Normality`."""
        if not len(normal):
            raise DetectorInputError("a memory needs at least one moment")
        self._bank = Bank(_rows(len(normal)))
        self._bank.fit(normal.vectors, normal.captured_at)

    def update(self, normal: Moments) -> None:
        """See `Normality`."""
        self._bank.update(normal.vectors, normal.captured_at)

    def score(self, moments: Moments) -> NDArray[np.float64]:
        """See `Normality`: mean Euclidean distance of unit rows."""
        if not len(self._bank):
            return np.full(len(moments), np.nan)
        return self._bank.distances(moments.vectors, neighbours=_NEIGHBOURS).astype(np.float64)

    def explain(self, moment: Moments) -> Unusual:
        """See `Normality`."""
        del moment
        return Unusual((), "nothing like it was learned here")

    def save(self) -> State:
        """See `Normality`."""
        return {"version": _VERSION, "bank": self._bank.save()}

    def load(self, state: State) -> None:
        """See `Normality`."""
        if state.get("version") != _VERSION:
            raise DetectorStateError(f"a memory of version {state.get('version')} cannot be read")
        bank = Bank(_MOMENTS)
        bank.load(state["bank"])
        self._bank = Bank(_rows(len(bank)))
        self._bank.load(state["bank"])


def _rows(learned: int) -> int:
    """Rows of the bank of a first stretch of so many moments."""
    return min(_MOMENTS, max(_GROWN, learned))
