"""When something goes wrong in a soak, what, and for how long: the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What goes wrong."""

    #: The camera closes its connections and takes no new ones.
    CUT = "cut"
    #: It answers everything and sends reports, but no media.
    NO_MEDIA = "no media"
    #: It repeats one picture under advancing time stamps.
    FROZEN = "frozen"
    #: It sends no sound.
    NO_SOUND = "no sound"
    #: The process that decodes some of the cameras is killed.
    WORKER_KILLED = "worker killed"
    #: The Redis server is stopped for a while, with its connections open.
    REDIS_PAUSED = "redis paused"
    #: The Redis server is killed; the site starts it again.
    REDIS_KILLED = "redis killed"


#: Shortest and longest, in seconds.
LASTS: dict[Kind, tuple[float, float]] = {
    Kind.CUT: (5.0, 60.0),
    Kind.NO_MEDIA: (5.0, 30.0),
    Kind.FROZEN: (20.0, 60.0),
    Kind.NO_SOUND: (20.0, 60.0),
    Kind.WORKER_KILLED: (0.0, 0.0),
    Kind.REDIS_PAUSED: (3.0, 30.0),
    Kind.REDIS_KILLED: (0.0, 0.0),
}
#: The kinds that befall one camera.
OF_CAMERAS = frozenset({Kind.CUT, Kind.NO_MEDIA, Kind.FROZEN, Kind.NO_SOUND})
#: A round of all kinds: a camera fails more often than a process does.
_ROUND = (*OF_CAMERAS, *OF_CAMERAS, Kind.WORKER_KILLED, Kind.REDIS_PAUSED, Kind.REDIS_KILLED)


class Disturbance(msgspec.Struct, frozen=True, tag="disturbance"):
    """One thing that goes wrong. Seconds from the start of the soak."""

    at_s: float
    seconds: float
    kind: Kind
    #: The camera; empty where it is none of one camera.
    target: str = ""

    @property
    def until_s(self) -> float:
        """When it is over."""
        return self.at_s + self.seconds

    def touches(self, at_s: float, after_s: float) -> bool:
        """Whether it lasts at a moment, or ended at most ``after_s`` before it."""
        return self.at_s <= at_s <= self.until_s + after_s


def plan(
    seed: int, cameras: Sequence[str], seconds: float, *, every_s: float = 120.0
) -> tuple[Disturbance, ...]:
    """What goes wrong within ``seconds``, one thing after the other, in the order of time.

    Kinds come in shuffled rounds, so that a long soak has its share of each; what would not be over
    in time is left out.

    Args:
        seed: of all that is drawn.
        cameras: their names.
        seconds: everything is over by then.
        every_s: mean time from the end of one to the beginning of the next; each is between a half
            and one and a half of it.
    """
    rng = random.Random(seed)  # noqa: S311 - for play, not for secrets
    found: list[Disturbance] = []
    due: list[Kind] = []
    at = 0.0
    while True:
        at += rng.uniform(0.5, 1.5) * every_s
        if not due:
            due = sorted(_ROUND)
            rng.shuffle(due)
        kind = due.pop()
        target = rng.choice(list(cameras)) if kind in OF_CAMERAS else ""
        made = Disturbance(round(at, 1), round(rng.uniform(*LASTS[kind]), 1), kind, target)
        at = made.until_s
        if at > seconds:
            return tuple(found)
        found.append(made)
