"""How many samples a second a site can afford: found by trying, as networks find their rate.

Additive increase and multiplicative decrease (Chiu & Jain 1989, "Analysis of the increase and
decrease algorithms for congestion avoidance in computer networks"), of the site's total. It has no
clock and does no I/O: `Budget.look` is called once a second with what the last second was like.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import Enum

#: A stage that is at work for so much of the time, with samples waiting for so long (seconds), is
#: overloaded; below these others there is room for more. Between them the budget stays.
_FULL, _FULL_WAITING_S = 0.9, 0.5
_ROOM, _ROOM_WAITING_S = 0.75, 0.3
#: An overload counts once it was seen in so many of the last so many seconds: a model that is busy
#: for a moment, or one burst of pictures, costs nobody anything.
_SUSTAINED, _OF = 4, 5
#: What is left of the budget after a decrease. What is seen before it shows is not counted.
_DECREASE, _SETTLING_S = 0.7, 2
#: What is given back each second, of what is wanted, once there was room for so long.
_INCREASE, _ROOM_FOR_S = 0.02, 5


class Strain(Enum):
    """What a second was like for the stages that samples go through."""

    ROOM = "room"
    FULL = "full"
    OVERLOADED = "overloaded"


@dataclass(frozen=True, slots=True)
class Second:
    """What was measured in the last second."""

    #: Share of it that the busiest stage was at work, in [0, 1].
    busy: float = 0.0
    #: Age of the oldest sample that waits for it, seconds.
    waiting_s: float = 0.0
    #: Samples that were dropped because the line was behind.
    dropped: int = 0
    #: Whether another stage cannot follow: the decoders, or the judge.
    behind: bool = False

    @property
    def strain(self) -> Strain:
        """What to make of it."""
        late = self.busy >= _FULL and self.waiting_s >= _FULL_WAITING_S
        if late or self.dropped or self.behind:
            return Strain.OVERLOADED
        if self.busy >= _ROOM or self.waiting_s >= _ROOM_WAITING_S:
            return Strain.FULL
        return Strain.ROOM


class Budget:
    """The total of samples a second that may be taken; without a limit until it proves too much."""

    def __init__(self) -> None:
        #: Samples a second; infinite while nothing is overloaded.
        self.total = math.inf
        #: What was wanted when it proved too much: a camera that is away for a moment comes back.
        self._too_much = 0.0
        self._seen: deque[Strain] = deque(maxlen=_OF)
        self._settling = 0
        self._room_s = 0

    @property
    def limited(self) -> bool:
        """Whether it has proved too much, and has not been given back since."""
        return math.isfinite(self.total)

    def look(self, second: Second, *, wanted: float, least: float, to_blame: bool = True) -> float:
        """Take in the last second; return the total for the next one.

        Args:
            second: what was measured.
            wanted: samples a second that all cameras want together.
            least: the sum of their floors: the total never falls below it.
            to_blame: whether these samples are a good part of the work: fewer of them would help.
        """
        if self._settling:
            self._settling -= 1
            return self.total
        strain = second.strain
        self._seen.append(strain)
        self._room_s = self._room_s + 1 if strain is Strain.ROOM else 0
        # A site that is known to be at its limit answers at once.
        enough = 1 if self.limited else _SUSTAINED
        if strain is Strain.OVERLOADED and self._seen.count(strain) >= enough:
            if to_blame:
                self._too_much = max(self._too_much, wanted)
                self.total = max(least, min(self.total, wanted) * _DECREASE)
            self._seen.clear()
            self._settling = _SETTLING_S
        elif self.limited and self._room_s >= _ROOM_FOR_S:
            self.total += _INCREASE * self._too_much
            if self.total >= max(wanted, self._too_much):
                self.total, self._too_much = math.inf, 0.0
        return self.total

    def forget(self) -> None:
        """What was seen of late says nothing of what comes: a process was replaced."""
        self._seen.clear()
        self._room_s = 0
