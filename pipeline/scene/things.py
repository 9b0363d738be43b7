"""Where in a picture the things of a snapshot are: boxes that its labels can be drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.scene.canvas import ASPECT
from pipeline.scene.people import bounds
from pipeline.scene.pictures import Snapshot
from pipeline.scene.view import View

#: A body is drawn around its joints: so much wider, in body heights.
_FLESH = 0.07


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing in a picture."""

    #: A key of ``concepts.SIGHT_CONCEPTS``.
    concept: str
    #: Edges in fractions of the picture's width and height; a thing may reach beyond [0, 1].
    left: float
    top: float
    right: float
    bottom: float


def things_of(snapshot: Snapshot, view: View) -> tuple[Thing, ...]:
    """Every person, fire, plume, car and dog of ``snapshot``, each with its box."""
    return tuple(
        Thing(concept, left / ASPECT, top, right / ASPECT, bottom)
        for concept, left, top, right, bottom in _boxes(snapshot, view)
    )


def _boxes(snapshot: Snapshot, view: View) -> Iterator[tuple[str, float, float, float, float]]:
    for person, activity in zip(snapshot.people, snapshot.activities, strict=True):
        left, top, right, bottom = bounds(person, view)
        flesh = _FLESH * view.scale(person.y)
        yield activity, left - flesh, top - flesh, right + flesh, bottom + flesh
    for fire in snapshot.fires:
        half = fire.width / 2
        yield "fire", fire.x - half, fire.y - fire.height, fire.x + half, fire.y
    for smoke in snapshot.smokes:
        half = smoke.width / 2
        yield "smoke", smoke.x - half, smoke.y - smoke.height, smoke.x + half, smoke.y
    for car in snapshot.cars:
        unit = view.scale(car.y) / 1.75
        half = (0.95 if car.facing == 0 else 2.15) * unit
        yield "car", car.x - half, car.y - 1.6 * unit, car.x + half, car.y
    for dog in snapshot.dogs:
        size = view.scale(dog.y) * dog.tall
        yield "dog", dog.x - size, dog.y - 1.2 * size, dog.x + size, dog.y
