"""How much an export's ways of hiding persons miss: faces and bodies that were marked by hand.

A face is missed where less than nine tenths of its inner disc is covered at its moment; a person
where less than three quarters of the inner part of their box is. What lies at the border of a mark
is left out, because a hand is not exact to the pixel.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from pipeline.evaluation.errors import EvaluationError, UnreadableMedia
from pipeline.exports.hiding import Found, FoundHidden, Hiding, hiding
from pipeline.exports.measured import wilson
from pipeline.exports.wish import Blur

_FACE_COVERED, _BODY_COVERED = 0.9, 0.75
#: The part of a mark that counts.
_INNER = 0.8
#: Of a long film so much before and after each mark is looked at, as a clip of an incident has it.
_AROUND_S = 10.0


@dataclass(frozen=True, slots=True)
class Person:
    """A person in one picture; lengths in pixels."""

    #: Centre of the head across and down, and its radius.
    head: tuple[float, float, float]
    #: Whether the face is to be seen, from the front or the side; else the head from behind.
    face: bool
    #: Left, top, right, bottom of all that is to be seen of them; None: not marked.
    body: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """One picture of a film with everybody in it, or all those who can be made out."""

    at_s: float
    people: tuple[Person, ...]


@dataclass(slots=True)
class Reading:
    """What was missed of some marks."""

    faces: int = 0
    faces_missed: int = 0
    heads: int = 0
    heads_missed: int = 0
    bodies: int = 0
    bodies_missed: int = 0
    covered: list[float] = field(default_factory=list)

    def add(self, other: Reading) -> None:
        """Count another film's in."""
        for name in ("faces", "heads", "bodies"):
            for counted in (name, f"{name}_missed"):
                setattr(self, counted, getattr(self, counted) + getattr(other, counted))
        self.covered += other.covered

    def figures(self) -> dict[str, Any]:
        """Shares missed, with 95 % intervals of the faces' (Wilson 1927)."""
        low, high = wilson(self.faces_missed, self.faces)
        return {
            "faces": self.faces,
            "faces_missed": self.faces_missed,
            "miss_rate": _share(self.faces_missed, self.faces),
            "from": low,
            "to": high,
            "heads_from_behind": self.heads,
            "heads_missed": self.heads_missed,
            "persons": self.bodies,
            "persons_missed": self.bodies_missed,
            "picture_covered": float(np.mean(self.covered)) if self.covered else 0.0,
        }


def read_marks(path: Path) -> dict[str, tuple[Marked, ...]]:
    """Marks by the film's place within the data. Raises EvaluationError."""
    try:
        told = json.loads(path.read_text("utf-8"))
        return {
            name: tuple(
                Marked(
                    float(one["at"]),
                    tuple(
                        Person(
                            tuple(map(float, p["head"])),  # type: ignore[arg-type]
                            bool(p["face"]),
                            tuple(map(float, p["body"])) if "body" in p else None,  # type: ignore[arg-type]
                        )
                        for p in one["people"]
                    ),
                )
                for one in pictures
            )
            for name, pictures in told["films"].items()
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvaluationError(f"{path} holds no marks that can be read: {error}") from error


def missed_in(film: Path, marks: Sequence[Marked], blurs: Sequence[Blur]) -> dict[Blur, Reading]:
    """What each way of hiding misses of a film's marks.

    Raises:
        UnreadableMedia: it cannot be decoded.
        FinderMissing: this machine cannot look for faces.
    """
    found = Found()
    size: tuple[int, int] | None = None
    try:
        with av.logging.Capture(), av.open(str(film)) as clip:
            for frame in clip.decode(video=0):
                size, at_s = (frame.height, frame.width), frame.time or 0.0
                if any(abs(at_s - marked.at_s) <= _AROUND_S for marked in marks):
                    found.look(at_s, np.asarray(frame.to_ndarray(format="gray"), np.uint8))
    except FFmpegError as error:
        raise UnreadableMedia(f"{film} cannot be decoded: {error}") from error
    if size is None:
        raise UnreadableMedia(f"{film} holds no picture")
    finds = (Blur.FACES, Blur.PERSONS)
    hides = {b: FoundHidden(found, b) if b in finds else hiding(b) for b in blurs}
    return {blur: _read(hides[blur], marks, size) for blur in blurs}


def _read(hides: Hiding, marks: Sequence[Marked], size: tuple[int, int]) -> Reading:
    reading = Reading()
    for marked in marks:
        # What is covered is what does not stay as it was; noise is nowhere of one colour.
        noise = np.random.default_rng(7).integers(0, 256, (*size, 3), np.uint8)
        pixels = noise.copy()
        hides.hide(marked.at_s, pixels)
        covered = (pixels != noise).any(axis=2)
        reading.covered.append(float(covered.mean()))
        for person in marked.people:
            _count(reading, person, covered)
    return reading


def _count(reading: Reading, person: Person, covered: NDArray[np.bool_]) -> None:
    missed = _part(covered, _disc(person.head, covered.shape)) < _FACE_COVERED
    if person.face:
        reading.faces += 1
        reading.faces_missed += missed
    else:
        reading.heads += 1
        reading.heads_missed += missed
    if person.body is not None:
        reading.bodies += 1
        reading.bodies_missed += _part(covered, _inner(person.body, covered.shape)) < _BODY_COVERED


def _part(covered: NDArray[np.bool_], where: NDArray[np.bool_]) -> float:
    return float(covered[where].mean()) if where.any() else 1.0


def _disc(head: tuple[float, float, float], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    down, across = np.ogrid[: shape[0], : shape[1]]
    x, y, radius = head
    disc: NDArray[np.bool_] = (across - x) ** 2 + (down - y) ** 2 <= (_INNER * radius) ** 2
    return disc


def _inner(body: tuple[float, float, float, float], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    left, top, right, bottom = body
    trim_x, trim_y = (right - left) * (1 - _INNER) / 2, (bottom - top) * (1 - _INNER) / 2
    where = np.zeros(shape[:2], np.bool_)
    where[
        max(0, round(top + trim_y)) : max(0, round(bottom - trim_y)),
        max(0, round(left + trim_x)) : max(0, round(right - trim_x)),
    ] = True
    return where


def _share(count: int, of: int) -> float | None:
    return count / of if of else None
