"""Whether a microphone hears well, from its embeddings alone: silence then means something."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.base import DetectorStateError, State
from pipeline.records import NS_PER_S

#: Embeddings that must not all be the same: a microphone's own noise differs from one to the next,
#: digital silence does not.
_ALIKE = 8
#: ``1 - cosine`` between two embeddings below which they are the same sound. Digital silence, and
#: noise or hum 60 dB and more below full scale, stay under 2e-5; a quiet room above 1e-3.
_SAME = 1e-4
#: ``1 - cosine`` to what the microphone usually hears from which on it has heard something. Loud
#: noise alone reaches 0.04; people at home go beyond 0.1 every minute.
_REACTS = 0.1
#: So often it must have, each fading by half in a day. A sound of a second is in five windows.
_REACTIONS = 20.0
_HALF_LIFE_S = 86_400.0
#: Weight of one embedding in what is usually heard.
_SLOW = 1 / 500
#: Nothing from it for so long: it is gone.
_GONE_NS = 15 * NS_PER_S


class Hearing:
    """Follows one microphone.

    It *lives* while something of it arrives, embedded or found quiet, and while its last sounds are
    not all one and the same, as those of a dead one are. It *has reacted* when sounds far from its
    usual ones were heard, often enough in the last days. What cannot be told from a deaf microphone
    is none: one that drones the same for days does not hear well.
    """

    def __init__(self) -> None:
        """Make one of which nothing is known: it does not hear well yet."""
        self._mean: NDArray[np.float64] | None = None
        self._reactions = 0.0
        self._last: deque[NDArray[np.float64]] = deque(maxlen=_ALIKE)
        self._newest_ns: int | None = None
        self._taken = 0

    def take(self, vector: NDArray[np.floating[Any]], end_ns: int) -> None:
        """A sound was heard: a unit vector (d,)."""
        unit = vector.astype(np.float64)
        unit /= np.linalg.norm(unit)
        self._pass_time(end_ns)
        if self._mean is None:
            self._mean = unit.copy()
        length = float(np.linalg.norm(self._mean))
        if length > 0 and 1 - float(unit @ self._mean) / length >= _REACTS:
            self._reactions += 1
        self._taken += 1
        self._mean += max(_SLOW, 1 / (self._taken + 1)) * (unit - self._mean)
        self._last.append(unit)

    def quiet(self, end_ns: int) -> None:
        """Its gate found nothing worth embedding."""
        self._pass_time(end_ns)

    def well(self, now_ns: int) -> bool:
        """Whether silence of it at ``now_ns`` would mean that there was nothing to hear."""
        if self._newest_ns is None or now_ns - self._newest_ns > _GONE_NS:
            return False
        return self._reactions >= _REACTIONS and not self._stuck

    @property
    def _stuck(self) -> bool:
        if len(self._last) < _ALIKE:
            return False
        newest = self._last[-1]
        return all(1 - float(newest @ other) < _SAME for other in list(self._last)[:-1])

    def _pass_time(self, end_ns: int) -> None:
        if self._newest_ns is not None and end_ns > self._newest_ns:
            passed_s = min((end_ns - self._newest_ns) / NS_PER_S, _HALF_LIFE_S)
            self._reactions *= 0.5 ** (passed_s / _HALF_LIFE_S)
        self._newest_ns = end_ns

    def save(self) -> State:
        """What is known of the microphone; not what it has just heard."""
        return {"mean": self._mean, "reactions": self._reactions, "taken": self._taken}

    def load(self, state: State) -> None:
        """Take over what `save` gave. Raises DetectorStateError."""
        try:
            mean = state["mean"]
            reactions, taken = float(state["reactions"]), int(state["taken"])
        except (KeyError, TypeError, ValueError) as error:
            raise DetectorStateError(f"what a microphone heard cannot be read: {error!r}") from None
        if mean is not None and not isinstance(mean, np.ndarray):
            raise DetectorStateError("what a microphone heard cannot be read")
        self._mean = None if mean is None else mean.astype(np.float64)
        self._reactions, self._taken = reactions, taken
