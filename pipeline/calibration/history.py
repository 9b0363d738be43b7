"""A stretch of a camera's history in bounded memory: its bulk as a sample, its top in full."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Window statistics in the uniform sample (4 bytes each).
SAMPLE_SIZE = 1024
#: Entries of the top (17 bytes each).
TOP_SIZE = 1024
#: A window in doubt enters the sample with this probability.
_DOUBTED_SHARE = 0.1


class History:
    """Window statistics of some days: 21.5 kB however many windows are seen.

    *Sample*: a uniform reservoir (Vitter 1985, algorithm R) of all window statistics.
    *Top*: the maximum of each bucket of time, its time, and whether it was in doubt. Once full the
    lower half goes, and ``floor`` says below what the top is not complete.
    """

    def __init__(self) -> None:
        self.watched_s = 0.0
        self.floor = -np.inf
        self._seen = 0
        self._sampled = np.zeros(SAMPLE_SIZE, dtype=np.float32)
        self._count = 0
        self._times = np.zeros(TOP_SIZE)
        self._values = np.zeros(TOP_SIZE)
        self._doubted = np.zeros(TOP_SIZE, dtype=np.bool_)

    @property
    def sample(self) -> NDArray[np.float32]:
        """(n,) the uniform sample, n <= 1024."""
        return self._sampled[: min(self._seen, SAMPLE_SIZE)]

    @property
    def times_s(self) -> NDArray[np.float64]:
        """(n,) times of the top's entries, ascending, on the background's own clock."""
        return self._times[: self._count]

    @property
    def values(self) -> NDArray[np.float64]:
        """(n,) the top's entries."""
        return self._values[: self._count]

    @property
    def doubted(self) -> NDArray[np.bool_]:
        """(n,) which of the top's entries were in doubt."""
        return self._doubted[: self._count]

    def add_window(self, statistic: float, doubted: bool, rng: np.random.Generator) -> None:
        """Let one window's statistic into the sample."""
        if doubted and rng.random() >= _DOUBTED_SHARE:
            return
        self._seen += 1
        place = self._seen - 1 if self._seen <= SAMPLE_SIZE else int(rng.integers(self._seen))
        if place < SAMPLE_SIZE:
            self._sampled[place] = statistic

    def add_top(self, time_s: float, value: float, doubted: bool) -> None:
        """Let one bucket's maximum into the top."""
        if value < self.floor or value == -np.inf:
            return
        if self._count == TOP_SIZE:
            self._halve()
            if value < self.floor:
                return
        at = self._count
        self._times[at], self._values[at], self._doubted[at] = time_s, value, doubted
        self._count += 1

    def _halve(self) -> None:
        floor = float(np.median(self._values))
        keep = self._values > floor
        if keep.any():
            # Strictly above: what equals the median may be one value that came very often.
            floor = float(self._values[keep].min())
        else:
            # All alike, or half of them alike at the top: the newest half stands for them.
            keep = np.arange(TOP_SIZE) >= TOP_SIZE // 2
        kept = int(keep.sum())
        self._times[:kept] = self._times[keep]
        self._values[:kept] = self._values[keep]
        self._doubted[:kept] = self._doubted[keep]
        self._count = kept
        self.floor = floor

    def to_state(self) -> dict[str, Any]:
        """Return plain numbers and arrays; ``floor`` is None where nothing was left out."""
        return {
            "watched_s": self.watched_s,
            "floor": None if self.floor == -np.inf else self.floor,
            "seen": self._seen,
            "sample": self.sample.copy(),
            "times_s": self.times_s.copy(),
            "values": self.values.copy(),
            "doubted": self.doubted.copy(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> History:
        """Rebuild from `to_state`. Raises KeyError, TypeError or ValueError on anything else."""
        self = cls()
        self.watched_s = float(state["watched_s"])
        self.floor = -np.inf if state["floor"] is None else float(state["floor"])
        self._seen = int(state["seen"])
        sample = np.asarray(state["sample"], dtype=np.float32)
        if sample.shape != (min(self._seen, SAMPLE_SIZE),):
            raise ValueError("the sample's size does not fit its count")
        self._sampled[: sample.size] = sample
        values = np.asarray(state["values"], dtype=np.float64)
        self._count = values.size
        self._values[: values.size] = values
        self._times[: values.size] = np.asarray(state["times_s"], dtype=np.float64)
        self._doubted[: values.size] = np.asarray(state["doubted"], dtype=np.bool_)
        return self
