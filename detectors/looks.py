"""The usual looks of one camera, with the sharpness and light that go with each.

A camera has more than one: by day, by infrared, after it was moved. Each is learned from pictures
in which nothing is wrong; `detectors.camera_health` says when that is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from detectors.base import State
from detectors.views import Field, Look, Match
from pipeline.vitals import PRINT, PictureVitals

#: Pictures after which a look is known.
SETTLED = 20
#: Looks that are kept; the one that was not met for longest is forgotten.
LOOKS = 4
#: Time constants of what is usual, seconds: of the look, and of its sharpness and light.
_LOOK_S, _SHARP_S = 300.0, 900.0
#: Colours closer together than the first are infrared, further apart than the second are none.
_GREY, _COLOURED = 3.0, 8.0


def edges_of(field: Field) -> float:
    """Share of a print that has edges."""
    # As whole numbers: complex ones take ten times as long.
    return float(np.count_nonzero(field.view(np.int64))) / field.size


@dataclass(slots=True)
class Usual:
    """A look of the camera with what else is usual in it."""

    look: Look
    #: Pictures it was learned from.
    n: int
    #: Peak of a match at no shift.
    still: float
    sharpness: float
    #: Natural logarithm of grey levels.
    log_luma: float
    contrast: float
    edges: float
    grey: bool
    #: When it was last met, in seconds watched.
    met_s: float

    @property
    def settled(self) -> bool:
        """Whether enough was seen of it to compare with."""
        return self.n >= SETTLED

    def blur(self, vitals: PictureVitals) -> float:
        """How much less sharp a picture is than usual; 0 where they cannot be compared."""
        lighter = abs(math.log(max(vitals.luma, 1.0)) - self.log_luma)
        # The sharpness of another light says nothing: noise is sharp.
        comparable = self.settled and lighter < math.log(2)
        return self.sharpness - vitals.sharpness if comparable else 0.0

    def learn(self, vitals: PictureVitals, field: Field, still: float, passed_s: float) -> None:
        """Take in a picture in which nothing is wrong."""
        self.n += 1
        look = max(1 / self.n, min(passed_s / _LOOK_S, 0.1))
        self.look.learn(field, look)
        # The first picture was matched with nothing.
        self.still += max(1 / (self.n - 1), look) * (still - self.still)
        slow = max(1 / self.n, min(passed_s / _SHARP_S, 0.1))
        self.sharpness += slow * (vitals.sharpness - self.sharpness)
        self.log_luma += slow * (math.log(max(vitals.luma, 1.0)) - self.log_luma)
        self.contrast += slow * (vitals.contrast - self.contrast)
        self.edges += slow * (edges_of(field) - self.edges)


class Looks:
    """Up to `LOOKS` of one camera."""

    def __init__(self) -> None:
        self._all: list[Usual] = []

    def __len__(self) -> int:
        return len(self._all)

    @property
    def forming(self) -> bool:
        """Whether there is but one, of which too little was seen."""
        return len(self._all) == 1 and not self._all[0].settled

    def matches(self, field: Field) -> Iterator[tuple[Usual, Match]]:
        """How a picture lies on each."""
        return ((usual, usual.look.match(field)) for usual in self._all)

    def begin(self, vitals: PictureVitals, field: Field, now_s: float) -> Usual:
        """A look that was not met before."""
        usual = Usual(
            Look(field),
            1,
            0.0,
            vitals.sharpness,
            math.log(max(vitals.luma, 1.0)),
            vitals.contrast,
            edges_of(field),
            vitals.colour < _GREY,
            now_s,
        )
        self._all.append(usual)
        if len(self._all) > LOOKS:
            self._all.remove(min(self._all, key=lambda u: u.met_s))
        return usual

    def of_colour(self, usual: Usual, vitals: PictureVitals, field: Field) -> Usual | None:
        """The look that a picture in colour, or in grey, belongs to; None where there is none yet.

        Args:
            usual: the look that it lies best on.
            vitals: of the picture.
            field: its directions.
        """
        grey = vitals.colour < (_COLOURED if usual.grey else _GREY)
        if grey == usual.grey:
            return usual
        same = [one for one in self._all if one.grey == grey]
        return max(same, key=lambda one: one.look.match(field).still, default=None)

    def forget(self) -> None:
        """Begin anew."""
        self._all.clear()

    def save(self) -> list[State]:
        """All of them as plain values and arrays."""
        names = ("n", "still", "sharpness", "log_luma", "contrast", "edges", "grey", "met_s")
        return [
            {"field": one.look.field, **{name: getattr(one, name) for name in names}}
            for one in self._all
        ]

    def load(self, saved: list[State]) -> None:
        """Take over what `save` gave.

        Raises:
            ValueError, KeyError, TypeError: it cannot be read; nothing has changed.
        """
        self._all = [_restored(one) for one in saved]


def _restored(saved: dict[str, Any]) -> Usual:
    values = dict(saved)
    field = np.asarray(values.pop("field"), np.complex64)
    if field.shape != (PRINT, PRINT) or not np.isfinite(field).all():
        raise ValueError("not the field of a look")
    return Usual(look=Look(field), **values)
