"""The first stretch of a camera: sampled while it lasts, then learned from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.base import Moments
from detectors.normal import LEAST, LearnedNormal
from pipeline.learning.drift import Drift
from pipeline.learning.reservoir import Reservoir
from pipeline.records import Modality

#: Moments that are learned from: of those with patches fewer, they are large.
_SAMPLE = {Modality.VIDEO: 600, Modality.AUDIO: 3000}
#: Pictures that are kept to be shown.
_PICTURES = 600
#: Distances from one moment to the next that are remembered, and what of them counts as alike.
_STEPS, _ALIKE_QUANTILE, _ALIKE_FACTOR = 2048, 0.95, 1.5


@dataclass(frozen=True, slots=True)
class Taught:
    """What the first stretch has taught."""

    normal: LearnedNormal
    #: (m,) scores of held-out moments: what calibration begins with.
    held_out: NDArray[np.float64]
    #: Quiet moments to these m, as many as there were while they were sampled.
    quiet: int
    drift: Drift
    #: Greatest distance of unit rows that counts as alike: that of a scene from itself, a moment
    #: later.
    reach: float


class WarmUp:
    """A uniform sample of the first stretch.

    Args:
        modality: the sense.
    """

    def __init__(self, modality: Modality) -> None:
        self._sample = Reservoir(_SAMPLE[modality])
        self._pictures: list[tuple[NDArray[np.float32], float, bytes]] = []
        self._steps: deque[float] = deque(maxlen=_STEPS)
        self._quiet = 0

    @property
    def enough(self) -> bool:
        """Whether anything can be learned from it."""
        return len(self._sample) >= LEAST

    def add(self, moment: Moments, thumbnail: bytes) -> None:
        """Take a moment in."""
        self._sample.add(moment)
        if thumbnail and len(self._pictures) < _PICTURES:
            self._pictures.append((moment.vectors[0], float(moment.captured_at[0]), thumbnail))

    def quiet(self) -> None:
        """Count a moment that a gate held back: nothing to learn from, but ordinary time."""
        self._quiet += 1

    def step(self, distance: float) -> None:
        """Say how far a moment is from the one before it."""
        self._steps.append(distance)

    def forget(self, gone: Callable[[float], bool]) -> int:
        """Drop the pictures whose wall-clock time is ``gone``; how many."""
        before = len(self._pictures)
        # In one step: what is learned from them is read in another thread.
        self._pictures = [one for one in self._pictures if not gone(one[1])]
        return before - len(self._pictures)

    def teach(self, normal: LearnedNormal) -> Taught:
        """Let an unlearned normal learn from the sample. Raises DetectorInputError."""
        sample = self._sample.moments()
        for row, at, thumbnail in list(self._pictures):
            normal.album.add(row, at, thumbnail)
        held_out = normal.fit_held_out(sample)
        steps = list(self._steps) or [0.0]
        reach = float(np.quantile(steps, _ALIKE_QUANTILE)) * _ALIKE_FACTOR
        quiet = round(self._quiet * held_out.size / self._sample.seen)
        return Taught(normal, held_out, quiet, Drift.of(sample.vectors), reach)

    def to_state(self) -> dict[str, Any]:
        """All of it."""
        return {
            "sample": self._sample.to_state(),
            "pictures": [[row, at, picture] for row, at, picture in self._pictures],
            "steps": np.array(self._steps, np.float32),
            "quiet": self._quiet,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `to_state` gave. Raises KeyError, TypeError, ValueError."""
        self._sample.restore(state["sample"])
        self._pictures = [
            (np.asarray(row, np.float32), float(at), bytes(picture))
            for row, at, picture in state["pictures"]
        ]
        self._steps.extend(np.asarray(state["steps"], np.float32).tolist())
        # Earlier releases did not count them.
        self._quiet = int(state.get("quiet", 0))
