"""Who is there, and what they do: single people, pairs, crowds, fights, at random."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from pipeline.scene.backdrop import Backdrop
from pipeline.scene.canvas import ASPECT
from pipeline.scene.people import Person, extent, sample_look
from pipeline.scene.poses import (
    Pose,
    bending,
    between,
    fighting,
    lying,
    running,
    sitting,
    standing,
    walking,
)
from pipeline.scene.view import View


def _activity(rng: np.random.Generator, kind: str) -> Pose:
    if kind == "person_walking":
        return walking(float(rng.random()), float(rng.uniform(0.75, 1.2)))
    if kind == "person_running":
        return running(float(rng.random()))
    if kind == "person_falling":
        return between(walking(float(rng.random())), lying(rng), float(rng.uniform(0.3, 0.7)))
    return {
        "person_standing": standing,
        "person_bending": bending,
        "person_sitting": sitting,
        "person_lying": lying,
        "people_fighting": fighting,
    }[kind](rng)


def sample_person(rng: np.random.Generator, place: Backdrop, kind: str) -> Person:
    """Someone doing ``kind`` somewhere, 15 to 45 % of the frame high when upright."""
    flat = kind == "person_lying"
    y, left, right = place.floor(float(rng.uniform(0.2, 0.48) if flat else rng.uniform(0.16, 0.46)))
    if flat:
        y, left, right = min(y, 0.93), max(left, 0.25), min(right, ASPECT - 0.25)
    x = float(rng.uniform(left, right)) if right > left else (left + right) / 2
    person = Person(x, y, float(rng.uniform(0, 360)), _activity(rng, kind), sample_look(rng))
    # Seen along the body, someone who lies curled up cannot be told from someone who crouches.
    while flat and not _stretched(person, place.view, 0.95):
        person = replace(person, heading=float(rng.uniform(0, 360)), pose=lying(rng))
    return person


def _stretched(person: Person, view: View, least: float) -> bool:
    width, height = extent(person, view)
    return width > least * height


_CROWD = ("person_standing", "person_walking", "person_sitting", "person_bending")
_CROWD_ODDS = (0.28, 0.34, 0.16, 0.22)


def sample_people(
    rng: np.random.Generator, place: Backdrop, found: set[str]
) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """People and what each of them does; adds what they show to ``found``."""
    draw = rng.random()
    if draw < 0.1:
        found.add("people_fighting")
        return _sample_fight(rng, place, found)
    kinds: list[str] = []
    if draw < 0.30:
        kinds.append("person_lying")
        if rng.random() < 0.35:
            kinds += [_CROWD[int(rng.integers(4))] for _ in range(int(rng.integers(1, 3)))]
    elif draw < 0.35:
        kinds.append("person_falling")
    elif draw < 0.40:
        kinds += ["person_running"] * int(rng.integers(1, 3))
    elif draw < 0.74:
        kinds.append(_CROWD[int(rng.choice(4, p=_CROWD_ODDS))])
        if rng.random() < 0.35:
            kinds.append(_CROWD[int(rng.choice(4, p=_CROWD_ODDS))])
    elif draw < 0.82:
        kinds += [_CROWD[int(rng.integers(2))] for _ in range(int(rng.integers(4, 9)))]
        found.add("people_group")
    found.update(kinds)
    people = tuple(sample_person(rng, place, kind) for kind in kinds)
    if "people_group" in found and rng.random() < 0.7:
        centre = people[0]
        people = tuple(
            replace(
                person,
                x=centre.x + float(rng.normal(0, 0.14)),
                y=float(np.clip(centre.y + rng.normal(0, 0.04), 0.3, 0.97)),
            )
            for person in people
        )
    return people, tuple(kinds)


def _sample_fight(
    rng: np.random.Generator, place: Backdrop, found: set[str]
) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """Two who fight within arm's reach, at times over one who is down, at times watched."""
    first = sample_person(rng, place, "people_fighting")
    size, tilt = place.view.scale(first.y), place.view.tilt(first.y)
    people, kinds = [first], ["people_fighting"]
    for _ in range(1 if rng.random() < 0.75 else 2):
        way = math.radians(first.heading + float(rng.normal(0, 30)))
        reach = float(rng.uniform(0.18, 0.5)) * size
        kind = "person_lying" if rng.random() < 0.2 else "people_fighting"
        people.append(
            Person(
                first.x + reach * math.cos(way),
                float(np.clip(first.y + reach * math.sin(way) * tilt, 0.3, 0.98)),
                first.heading + 180 + float(rng.normal(0, 25)),
                _activity(rng, kind),
                sample_look(rng),
            )
        )
        kinds.append(kind)
        found.add(kind)
    for _ in range(int(rng.integers(1, 4)) if rng.random() < 0.25 else 0):
        kinds.append("person_standing")
        people.append(sample_person(rng, place, "person_standing"))
        found.add("person_standing")
    return tuple(people), tuple(kinds)
