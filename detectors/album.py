"""Normal moments that can be shown: what an unusual moment is compared with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from detectors.base import DetectorStateError, State
from pipeline.records import NormalMoment

_VERSION = 1
#: A moment nearer to a kept one than this cosine shows nothing new.
_ALIKE = 0.995


class Album:
    """A few normal moments, as different from one another as can be, each with its time.

    Where it is full the new moment takes the place of one of the two that are most alike: a greedy
    cover of what was seen, in one pass (in the spirit of k-centre, Gonzalez 1985).

    Args:
        size: moments kept, >= 2.
    """

    def __init__(self, size: int = 160) -> None:
        self._size = size
        self._rows: NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._at: list[float] = []
        self._pictures: list[bytes] = []

    def __len__(self) -> int:
        return len(self._at)

    def add(self, row: NDArray[np.float32], captured_at: float, thumbnail: bytes = b"") -> None:
        """Take a normal moment in, if it shows something new.

        Args:
            row: float32 (d,), unit length.
            captured_at: wall clock, seconds since the epoch.
            thumbnail: a small JPEG; empty for sound.
        """
        if not self._at:
            self._rows = row[np.newaxis].astype(np.float32)
        else:
            likeness = self._rows @ row
            if float(likeness.max()) >= _ALIKE:
                return
            if len(self._at) >= self._size:
                self._drop_one(float(likeness.max()))
                if len(self._at) >= self._size:
                    return
            self._rows = np.concatenate([self._rows, row[np.newaxis]]).astype(np.float32)
        self._at.append(captured_at)
        self._pictures.append(thumbnail)

    def _drop_one(self, new: float) -> None:
        """Make room by one of the pair most alike, unless the new one is more alike to its own."""
        alike = self._rows @ self._rows.T
        np.fill_diagonal(alike, -1.0)
        first, second = np.unravel_index(int(np.argmax(alike)), alike.shape)
        if float(alike[first, second]) <= new:
            return
        # Of the two the older goes: the camera's present is the better comparison.
        gone = int(first if self._at[first] <= self._at[second] else second)
        self._rows = np.delete(self._rows, gone, axis=0)
        del self._at[gone], self._pictures[gone]

    def forget(self, gone: Callable[[float], bool]) -> int:
        """Drop the pictures whose time (wall clock, seconds) is ``gone``; how many.

        Their moments stay: numbers from which no picture can be made.
        """
        old = [i for i, at in enumerate(self._at) if self._pictures[i] and gone(at)]
        for i in old:
            self._pictures[i] = b""
        return len(old)

    @property
    def shows(self) -> bool:
        """Whether any of its moments has a picture."""
        return any(self._pictures)

    def nearest(self, row: NDArray[np.float32]) -> NormalMoment | None:
        """The kept moment most like ``row`` (d,), one with a picture if there is any; or None."""
        if not self._at:
            return None
        likeness = self._rows @ row
        if self.shows:
            likeness[[not picture for picture in self._pictures]] = -2.0
        best = int(np.argmax(likeness))
        return NormalMoment(self._at[best], self._pictures[best])

    def moments(self) -> list[NormalMoment]:
        """All of them, in the order of their time."""
        order = np.argsort(self._at, kind="stable")
        return [NormalMoment(self._at[i], self._pictures[i]) for i in order]

    def save(self) -> State:
        """All that is kept."""
        return {
            "version": _VERSION,
            "rows": self._rows,
            "at": list(self._at),
            "pictures": list(self._pictures),
        }

    def load(self, state: State) -> None:
        """Take over what `save` gave. Raises DetectorStateError."""
        try:
            if state["version"] != _VERSION:
                raise ValueError(f"version {state['version']}")
            rows = np.asarray(state["rows"], np.float32)
            at = [float(x) for x in state["at"]]
            pictures = [bytes(x) for x in state["pictures"]]
            if not len(rows) == len(at) == len(pictures):
                raise ValueError("its parts are of different lengths")
        except (KeyError, TypeError, ValueError) as error:
            raise DetectorStateError(f"an album cannot be read ({error!r})") from error
        self._rows, self._at, self._pictures = rows, at, pictures
