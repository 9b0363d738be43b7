"""How a budget of samples is divided among cameras: floors first, then by what is at stake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from pipeline.records import Severity

#: Who is served first. Cameras at which no rule is armed come last.
_ORDER: tuple[Severity | None, ...] = (
    Severity.CRITICAL,
    Severity.WARNING,
    Severity.INFO,
    None,
)
#: What a scene without any movement weighs against one that moves all over.
_STILL_WEIGHT = 0.25


@dataclass(frozen=True, slots=True)
class Wish:
    """What one camera asks for."""

    #: Samples a second that it wants, and that it never falls below.
    wanted: float
    floor: float
    #: The highest among the rules that are armed at the camera; None: none is.
    severity: Severity | None = Severity.WARNING
    #: How much goes on there, in [0, 1].
    activity: float = 1.0
    #: What one sample of it costs: a picture of three views costs three.
    cost: float = 1.0

    @property
    def least(self) -> float:
        """Its floor, which lies no higher than what it wants."""
        return min(self.floor, self.wanted)

    @property
    def weight(self) -> float:
        """Its part within its class: a busy scene gets more than a still one."""
        return _STILL_WEIGHT + (1 - _STILL_WEIGHT) * min(1.0, max(0.0, self.activity))


def divide(budget: float, wishes: Mapping[str, Wish]) -> dict[str, float]:
    """Divide samples a second among cameras.

    Each camera gets its floor, whatever the budget. What is left goes to the cameras with the
    severest armed rules, up to what they want, then to the next class: so the others fall first.
    Within a class it is weighted max-min fairness: everybody's rate rises with a common level times
    its weight until it has what it wants ("water-filling"; Bertsekas & Gallager 1992, Data
    Networks, 6.5.2), so that no camera could get more but at the cost of one that has less.

    Args:
        budget: samples a second, each times its `Wish.cost`.
        wishes: by camera.

    Returns:
        Samples a second of each camera, between its floor and what it wants.
    """
    rates = {camera: wish.least for camera, wish in wishes.items()}
    left = budget - sum(wish.least * wish.cost for wish in wishes.values())

    def rank(camera: str) -> int:
        return _ORDER.index(wishes[camera].severity)

    for _, members in groupby(sorted(wishes, key=rank), key=rank):
        if left <= 0:
            break
        asked = {camera: wishes[camera] for camera in members}
        more = sum((wish.wanted - wish.least) * wish.cost for wish in asked.values())
        if more <= left:
            rates |= {camera: wish.wanted for camera, wish in asked.items()}
        else:
            level = _level(left, asked)
            rates |= {camera: _at(level, wish) for camera, wish in asked.items()}
        left -= more
    return rates


def _at(level: float, wish: Wish) -> float:
    return min(wish.wanted, max(wish.least, level * wish.weight))


def _level(left: float, asked: Mapping[str, Wish]) -> float:
    """The level at which ``asked`` take ``left`` beyond their floors."""
    low = 0.0
    high = max(wish.wanted / wish.weight for wish in asked.values())
    # What is taken grows with the level: halving finds it to within a billionth.
    for _ in range(40):
        middle = (low + high) / 2
        taken = sum((_at(middle, wish) - wish.least) * wish.cost for wish in asked.values())
        low, high = (middle, high) if taken <= left else (low, middle)
    return low
