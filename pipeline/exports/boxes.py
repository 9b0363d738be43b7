"""Rectangles that were found in pictures, held over time: what is found now and then stays found.

A detector sees a face in one picture and not in the next. So boxes of neighbouring looks that lie
near each other are one track; between its looks it is where a straight line puts it, and it stands
for a while before the first and after the last.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; right and bottom lie just outside."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def centre(self) -> tuple[float, float]:
        """Across and down."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def size(self) -> float:
        """The longer side."""
        return max(self.right - self.left, self.bottom - self.top)

    @property
    def area(self) -> float:
        """In square pixels."""
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    def grown(self, share: float) -> Box:
        """Larger by a share of each side, on each side."""
        across = share * (self.right - self.left)
        down = share * (self.bottom - self.top)
        return Box(self.left - across, self.top - down, self.right + across, self.bottom + down)

    def scaled(self, factor: float) -> Box:
        """In a picture that is ``factor`` times as large."""
        return Box(self.left * factor, self.top * factor, self.right * factor, self.bottom * factor)

    def towards(self, other: Box, part: float) -> Box:
        """Between this (0) and another one (1)."""
        return Box(
            self.left + part * (other.left - self.left),
            self.top + part * (other.top - self.top),
            self.right + part * (other.right - self.right),
            self.bottom + part * (other.bottom - self.bottom),
        )

    def inside(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in whole pixels of a picture, outwards."""
        return (
            max(0, math.floor(self.left)),
            max(0, math.floor(self.top)),
            min(width, math.ceil(self.right)),
            min(height, math.ceil(self.bottom)),
        )


@dataclass(slots=True)
class _Track:
    looks: list[tuple[float, Box]]

    @property
    def first(self) -> float:
        return self.looks[0][0]

    @property
    def last(self) -> float:
        return self.looks[-1][0]


class Tracks:
    """Boxes of one kind over the time of a film.

    Args:
        gap_s: looks further apart are different tracks.
        hold_s: how long a track stands before its first look and after its last.
        pad: share of a box that is added on each side, at its looks.
    """

    def __init__(self, *, gap_s: float = 1.5, hold_s: float = 1.0, pad: float = 0.3) -> None:
        self._gap_s = gap_s
        self._hold_s = hold_s
        self._pad = pad
        self._tracks: list[_Track] = []

    def __len__(self) -> int:
        return len(self._tracks)

    def add(self, at_s: float, boxes: Sequence[Box]) -> None:
        """Take what was found at a time; times grow."""
        free = [t for t in self._tracks if 0 < at_s - t.last <= self._gap_s]
        for box in boxes:
            near = [t for t in free if _same(t.looks[-1][1], box)]
            if near:
                best = min(near, key=lambda t: math.dist(t.looks[-1][1].centre, box.centre))
                free.remove(best)
                best.looks.append((at_s, box))
            else:
                self._tracks.append(_Track([(at_s, box)]))

    def at(self, at_s: float) -> list[Box]:
        """What is to be covered at a time: the farther from a look, the larger."""
        return [found for track in self._tracks if (found := self._where(track, at_s)) is not None]

    def _where(self, track: _Track, at_s: float) -> Box | None:
        outside = max(track.first - at_s, at_s - track.last, 0.0)
        if outside > self._hold_s:
            return None
        if outside:
            box = track.looks[0][1] if at_s < track.first else track.looks[-1][1]
            return box.grown(self._pad * (1 + outside / self._hold_s))
        after = next(i for i, (time, _) in enumerate(track.looks) if time >= at_s)
        end_s, end = track.looks[after]
        begin_s, begin = track.looks[max(0, after - 1)]
        if end_s <= begin_s:
            return end.grown(self._pad)
        part = (at_s - begin_s) / (end_s - begin_s)
        between = min(at_s - begin_s, end_s - at_s) / self._gap_s
        return begin.towards(end, part).grown(self._pad * (1 + between))


def _same(before: Box, now: Box) -> bool:
    """Whether two boxes of looks that follow each other may show the same."""
    alike = 0.5 <= now.size / max(1e-9, before.size) <= 2.0
    return alike and math.dist(before.centre, now.centre) <= max(before.size, now.size)
