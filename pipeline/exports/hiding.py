"""What is to be hidden of a film: looked for first in all of it, then told picture by picture."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.exports.boxes import Tracks
from pipeline.exports.cover import cover, veil
from pipeline.exports.finders import FaceFinder, PersonFinder, head_of
from pipeline.exports.moving import Moving
from pipeline.exports.wish import Blur

#: Looks a second for faces, for what moves, and for persons: a look for faces takes about half a
#: second of a processor, and between looks a face is where it was.
_FACE_LOOKS, _MOVING_LOOKS, _PERSON_LOOKS = 3.0, 6.0, 2.0
#: Persons and what moves are covered with so much around them.
_PERSON_PAD, _MOVING_PAD = 0.15, 0.15


class Hiding(Protocol):
    """Hides something in the pictures of one film."""

    def look(self, at_s: float, grey: NDArray[np.uint8]) -> None:
        """Look at a picture, uint8 (H, W); called with all of a film, in order, before `hide`."""
        ...

    def hide(self, at_s: float, pixels: NDArray[np.uint8]) -> float:
        """Hide it in uint8 (H, W, 3) RGB, in place; the part of the picture that is hidden."""
        ...

    @property
    def found(self) -> int | None:
        """Tracks that were found; None where nothing is looked for."""
        ...


def hiding(blur: Blur) -> Hiding:
    """What hides what is wished.

    Raises:
        FinderMissing: OpenCV lacks what finds faces.
    """
    if blur is Blur.ALL:
        return _All()
    if blur is Blur.NONE:
        return _Nothing()
    return FoundHidden(Found(), blur)


class _Paced:
    """Says when it is time for a look."""

    def __init__(self, per_second: float) -> None:
        self._every_s = 1 / per_second
        self._next_s = float("-inf")

    def due(self, at_s: float) -> bool:
        if at_s < self._next_s:
            return False
        self._next_s = at_s + self._every_s - 1e-3
        return True


class Found:
    """What was found in a film: faces, persons with their heads, and what moves.

    Raises:
        FinderMissing: OpenCV lacks what finds faces.
    """

    def __init__(self) -> None:
        self._face_finder, self._person_finder = FaceFinder(), PersonFinder()
        self.faces, self.heads = Tracks(), Tracks()
        self.persons, self.moving = Tracks(pad=_PERSON_PAD), Moving()
        self._faces_due = _Paced(_FACE_LOOKS)
        self._moving_due = _Paced(_MOVING_LOOKS)
        self._persons_due = _Paced(_PERSON_LOOKS)

    def look(self, at_s: float, grey: NDArray[np.uint8]) -> None:
        """Look at a picture, uint8 (H, W); called with all of a film, in order."""
        if self._moving_due.due(at_s):
            self.moving.add(at_s, grey)
        if self._faces_due.due(at_s):
            self.faces.add(at_s, self._face_finder.find(grey))
        if self._persons_due.due(at_s):
            found = self._person_finder.find(grey)
            self.persons.add(at_s, found)
            self.heads.add(at_s, [head_of(person) for person in found])


class FoundHidden:
    """Hides faces, or persons.

    Faces: those found, and the heads of found persons: who turns away is known by it, too. Persons:
    those found, all that moves, and faces: whoever sits still may show theirs.

    Args:
        found: filled by `look`, here or by whoever owns it.
        blur: faces or persons.
    """

    def __init__(self, found: Found, blur: Blur) -> None:
        self._found = found
        self._persons = blur is Blur.PERSONS

    def look(self, at_s: float, grey: NDArray[np.uint8]) -> None:
        """See `Hiding`."""
        self._found.look(at_s, grey)

    def hide(self, at_s: float, pixels: NDArray[np.uint8]) -> float:
        """See `Hiding`."""
        found = self._found
        boxes = found.faces.at(at_s) + found.heads.at(at_s)
        if self._persons:
            boxes += found.persons.at(at_s)
            boxes += [box.grown(_MOVING_PAD) for box in found.moving.at(at_s)]
        return cover(pixels, boxes)

    @property
    def found(self) -> int:
        """See `Hiding`."""
        return len(self._found.faces) + len(self._found.persons)


class _All:
    """The whole picture: nothing is looked for, so nothing is missed."""

    found = None

    def look(self, at_s: float, grey: NDArray[np.uint8]) -> None:
        """Nothing is looked for."""

    def hide(self, at_s: float, pixels: NDArray[np.uint8]) -> float:  # noqa: ARG002
        pixels[:] = veil(pixels)
        return 1.0


class _Nothing:
    """Nothing at all."""

    found = None

    def look(self, at_s: float, grey: NDArray[np.uint8]) -> None:
        """Nothing is looked for."""

    def hide(self, at_s: float, pixels: NDArray[np.uint8]) -> float:  # noqa: ARG002
        return 0.0
