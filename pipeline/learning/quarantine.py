"""Moments that did not look normal wait here: an anomaly must not teach itself as normal.

Yet a view that has changed for good, or a lorry that comes every morning, must be learned. So
doubtful moments are put into groups of alike ones, and a group is taken for normal once it is old
enough and has come often or stayed long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.base import Moments

#: Moments further apart than this many seconds are different occasions.
_OCCASION_S = 3600.0
#: A group is normal after so many occasions, or after staying for such a part of the patience.
_OCCASIONS, _STAYED = 4, 0.25
#: A group that has not come again for so many times the patience is forgotten.
_FORGET = 7.0
_GROUPS, _SAMPLES = 32, 16
#: Samples of a group that keep what each patch shows: that is most of a moment.
_WITH_PATCHES = 4
#: Leaders of groups that became normal, which are remembered.
_KNOWN = 64


@dataclass(slots=True)
class Group:
    """Doubtful moments that are alike. Times are watched seconds."""

    number: int
    leader: NDArray[np.float32]
    first_s: float
    last_s: float
    #: Wall clock of the first and the last.
    first_at: float
    last_at: float
    stayed_s: float = 0.0
    occasions: int = 1
    #: Somebody said that it is no normal: it never becomes one by coming again.
    refused: bool = False
    #: A small JPEG of one of its moments; empty where there is none.
    thumbnail: bytes = b""
    samples: list[Moments] = field(default_factory=list)


class Quarantine:
    """Groups of doubtful moments of one camera, view and sense.

    Args:
        patience_s: watched seconds before anything doubtful can become normal.
        reach: greatest distance between unit rows that counts as alike.
    """

    def __init__(self, patience_s: float, reach: float) -> None:
        self._patience_s = patience_s
        self.reach = reach
        self._groups: list[Group] = []
        self._known: list[NDArray[np.float32]] = []
        self._next = 1

    @property
    def groups(self) -> tuple[Group, ...]:
        """What waits, the oldest first."""
        return tuple(self._groups)

    def add(self, moment: Moments, now_s: float, lasted_s: float, thumbnail: bytes = b"") -> None:
        """Put one doubtful moment in.

        Args:
            moment: one moment.
            now_s: watched seconds so far.
            lasted_s: seconds that it stands for.
            thumbnail: a small JPEG of it; empty for most.
        """
        row = moment.vectors[0]
        group = self._alike(row)
        if group is None:
            at = float(moment.captured_at[0])
            group = Group(self._next, row.copy(), now_s, now_s, at, at)
            self._next += 1
            if len(self._groups) >= _GROUPS:
                self._groups.remove(min(self._groups, key=lambda g: (g.refused, g.last_s)))
            self._groups.append(group)
        elif now_s - group.last_s > _OCCASION_S:
            group.occasions += 1
        group.last_s, group.last_at = now_s, float(moment.captured_at[0])
        group.stayed_s += lasted_s
        group.thumbnail = group.thumbnail or thumbnail
        # Spread over the group's life: more and more rarely the longer it stays.
        spaced = len(group.samples) < _SAMPLES
        if spaced and group.stayed_s >= len(group.samples) ** 2 * lasted_s:
            full = len(group.samples) < _WITH_PATCHES
            group.samples.append(moment if full else replace(moment, patches=None))

    def knows(self, moment: Moments) -> bool:
        """Whether a doubtful moment is like something that has become normal: it is learned too."""
        row = moment.vectors[0]
        return any(float(np.linalg.norm(known - row)) <= self.reach for known in self._known)

    def let_out(self, group: Group) -> None:
        """Remember that a group has become normal."""
        self._known = [*self._known, group.leader][-_KNOWN:]

    def ripe(self, now_s: float) -> list[Group]:
        """Take out the groups that have become normal; forget what never came again."""
        found = [g for g in self._groups if self._is_ripe(g, now_s)]
        self._groups = [
            g
            for g in self._groups
            if g.refused or (g not in found and now_s - g.last_s <= _FORGET * self._patience_s)
        ]
        return found

    def take(self, number: int) -> Group | None:
        """Take one group out, whatever its age; None where there is no such group."""
        group = next((g for g in self._groups if g.number == number), None)
        if group is not None:
            self._groups.remove(group)
        return group

    def refuse(self, number: int) -> bool:
        """Never let a group become normal; whether there is such a group."""
        group = next((g for g in self._groups if g.number == number), None)
        if group is not None:
            group.refused = True
        return group is not None

    def during(self, start_at: float, end_at: float) -> list[Group]:
        """Groups that were seen between two times of the wall clock."""
        return [g for g in self._groups if g.first_at <= end_at and g.last_at >= start_at]

    def forget(self, gone: Callable[[float], bool]) -> int:
        """Drop the pictures of groups that began at a wall-clock time that is ``gone``; how many.

        When a group's picture was taken is not kept: at its beginning at the earliest.
        """
        old = [g for g in self._groups if g.thumbnail and gone(g.first_at)]
        for group in old:
            group.thumbnail = b""
        return len(old)

    def _is_ripe(self, group: Group, now_s: float) -> bool:
        if group.refused or now_s - group.first_s < self._patience_s:
            return False
        return group.occasions >= _OCCASIONS or group.stayed_s >= _STAYED * self._patience_s

    def _alike(self, row: NDArray[np.float32]) -> Group | None:
        if not self._groups:
            return None
        distances = [float(np.linalg.norm(g.leader - row)) for g in self._groups]
        best = int(np.argmin(distances))
        return self._groups[best] if distances[best] <= self.reach else None

    def to_state(self) -> dict[str, Any]:
        """What waits."""
        return {
            "next": self._next,
            "reach": self.reach,
            "known": list(self._known),
            "groups": [
                {
                    "number": g.number,
                    "leader": g.leader,
                    "times": [g.first_s, g.last_s, g.first_at, g.last_at, g.stayed_s],
                    "occasions": g.occasions,
                    "refused": g.refused,
                    "thumbnail": g.thumbnail,
                    "samples": [m.to_state() for m in g.samples],
                }
                for g in self._groups
            ],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `to_state` gave. Raises KeyError, TypeError, ValueError."""
        groups = []
        for kept in state["groups"]:
            first_s, last_s, first_at, last_at, stayed_s = map(float, kept["times"])
            groups.append(
                Group(
                    int(kept["number"]),
                    np.asarray(kept["leader"], np.float32),
                    first_s,
                    last_s,
                    first_at,
                    last_at,
                    stayed_s,
                    int(kept["occasions"]),
                    bool(kept["refused"]),
                    bytes(kept["thumbnail"]),
                    [Moments.from_state(m) for m in kept["samples"]],
                )
            )
        self._groups, self._next = groups, int(state["next"])
        self.reach = float(state["reach"])
        self._known = [np.asarray(row, np.float32) for row in state["known"]]
