"""Pictures of the generated world, painted from a snapshot, and drawn at random for training."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from pipeline.scene.backdrop import Backdrop, sample_backdrop
from pipeline.scene.canvas import Canvas, Colour, Image
from pipeline.scene.effects import (
    Fire,
    Lamp,
    Smoke,
    draw_fire,
    draw_lamp,
    draw_leaves,
    draw_rain,
    draw_smoke,
    glow_of,
    headlights,
)
from pipeline.scene.gatherings import sample_people
from pipeline.scene.lens import Lens, capture, cover, expose, sample_lens
from pipeline.scene.movers import Car, Dog, draw_car, draw_dog, sample_car, sample_dog, shade
from pipeline.scene.people import Person, draw_person
from pipeline.scene.view import View


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture and what it shows."""

    #: uint8, shape (H, W, 3), RGB.
    pixels: Image
    #: Keys of ``concepts.SIGHT_CONCEPTS``.
    concepts: frozenset[str]
    #: What stands before ``backdrop``, and where.
    snapshot: Snapshot
    backdrop: Backdrop


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything in front of a backdrop at one moment."""

    people: tuple[Person, ...] = ()
    #: What each of ``people`` does, a key of ``concepts.SIGHT_CONCEPTS``; empty where nobody asks.
    activities: tuple[str, ...] = ()
    #: Seats are drawn under those who sit: index into ``people``.
    seated: frozenset[int] = frozenset()
    cars: tuple[Car, ...] = ()
    dogs: tuple[Dog, ...] = ()
    fires: tuple[Fire, ...] = ()
    smokes: tuple[Smoke, ...] = ()
    lamps: tuple[Lamp, ...] = ()
    #: 0 is day, 1 deep night.
    darkness: float = 0.0
    rain: float = 0.0
    leaves: int = 0


def paint(
    base: Image, snapshot: Snapshot, view: View, lens: Lens, rng: np.random.Generator
) -> Image:
    """The camera's picture of ``snapshot`` before ``base`` (see ``Backdrop.paint``).

    ``rng`` draws what differs from frame to frame: sensor noise, drops, leaves.
    """
    canvas = Canvas(base.shape[0], base.copy())
    soft = 0.42 * (1 - 0.6 * snapshot.darkness)
    jobs: list[tuple[float, int, int]] = []
    jobs += [(car.y, 0, k) for k, car in enumerate(snapshot.cars)]
    jobs += [(person.y, 1, k) for k, person in enumerate(snapshot.people)]
    jobs += [(dog.y, 2, k) for k, dog in enumerate(snapshot.dogs)]
    for y, kind, k in sorted(jobs):
        size, tilt = view.scale(y), view.tilt(y)
        if kind == 0:
            car = snapshot.cars[k]
            half = size * (0.62 if car.facing == 0 else 1.32)
            shade(canvas, (car.x, y), half, tilt, soft)
            draw_car(canvas, car, view)
        elif kind == 1:
            person = snapshot.people[k]
            flat = abs(person.pose.pitch) + abs(person.pose.roll) > 45
            shade(canvas, (person.x, y), size * (0.5 if flat else 0.22), tilt, soft)
            if k in snapshot.seated:
                _draw_seat(canvas, person, size)
            draw_person(canvas, person, view)
        else:
            dog = snapshot.dogs[k]
            shade(canvas, (dog.x, y), size * dog.tall, tilt, soft)
            draw_dog(canvas, dog, view)
    if snapshot.leaves:
        draw_leaves(canvas, rng, snapshot.leaves)
    canvas.pixels = expose(canvas.pixels, lens, snapshot.darkness)
    for fire in snapshot.fires:
        draw_lamp(canvas, glow_of(fire, snapshot.darkness > 0.4))
    for smoke in snapshot.smokes:
        dim = 1 - 0.7 * snapshot.darkness
        draw_smoke(canvas, replace(smoke, grey=smoke.grey * dim))
    for fire in snapshot.fires:
        draw_fire(canvas, fire)
    for lamp in snapshot.lamps:
        draw_lamp(canvas, lamp)
    if snapshot.rain > 0:
        draw_rain(canvas, rng, snapshot.rain)
    if lens.mono:
        grey = cv2.cvtColor(canvas.pixels, cv2.COLOR_RGB2GRAY)
        canvas.pixels = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)
    return capture(canvas.pixels, lens, rng)


def _draw_seat(canvas: Canvas, person: Person, size: float) -> None:
    x, y, s = person.x, person.y, size
    wood: Colour = (118, 86, 58)
    back = -0.16 * math.cos(math.radians(person.heading))
    for dx in (-0.12, 0.12):
        canvas.line((x + dx * s, y + 0.02 * s), (x + dx * s, y - 0.24 * s), 0.022 * s, wood)
    canvas.line((x - 0.15 * s, y - 0.235 * s), (x + 0.15 * s, y - 0.235 * s), 0.04 * s, wood)
    canvas.line((x + back * s, y - 0.24 * s), (x + back * s, y - 0.52 * s), 0.03 * s, wood)


def sample_picture(rng: np.random.Generator, size: tuple[int, int] = (360, 640)) -> LabelledPicture:
    """One random picture, uint8 (H, W, 3), and its concepts; ``size`` is (H, W)."""
    backdrop = sample_backdrop(rng)
    lens = sample_lens(rng)
    height = size[0]
    base = backdrop.paint(height)
    if rng.random() < 0.05:
        pixels = _fitted(_covered(base, lens, rng), size)
        return LabelledPicture(pixels, frozenset({"covered_lens"}), Snapshot(), backdrop)
    snapshot, concepts = sample_snapshot(rng, backdrop)
    if "night" in concepts and rng.random() < 0.35:
        lens = replace(lens, mono=True, noise=lens.noise + 3)
    pixels = paint(base, snapshot, backdrop.view, lens, rng)
    return LabelledPicture(_fitted(pixels, size), concepts, snapshot, backdrop)


def _covered(base: Image, lens: Lens, rng: np.random.Generator) -> Image:
    dim = float(rng.choice((0.0, 0.7), p=(0.7, 0.3)))
    seen = expose(base, lens, dim)
    return capture(cover(seen, rng), lens, rng)


def _fitted(pixels: Image, size: tuple[int, int]) -> Image:
    if pixels.shape[:2] == size:
        return pixels
    resized = cv2.resize(pixels, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    return resized.astype(np.uint8, copy=False)


def sample_fire(rng: np.random.Generator, place: Backdrop) -> Fire:
    """Flames from knee height to twice a person's, somewhere on the ground."""
    scale = float(rng.uniform(0.16, 0.46))
    y, left, right = place.floor(scale)
    height = float(np.clip(scale * rng.uniform(0.5, 1.7), 0.12, 0.6))
    return Fire(
        x=float(rng.uniform(left, right)) if right > left else (left + right) / 2,
        y=y,
        width=height * float(rng.uniform(0.45, 1.3)),
        height=height,
        age=float(rng.uniform(0, 60)),
        seed=int(rng.integers(1 << 30)),
        heat=float(rng.uniform(0, 1)),
        strength=float(rng.uniform(0.55, 1.0)),
        tongues=int(rng.integers(2, 6)),
    )


def sample_smoke(rng: np.random.Generator, at: Fire) -> Smoke:
    """A plume that rises from where ``at`` burns."""
    height = float(rng.uniform(0.42, 0.85))
    return Smoke(
        x=at.x,
        y=at.y - 0.5 * at.height * float(rng.random()),
        width=height * float(rng.uniform(0.45, 0.9)),
        height=height,
        age=at.age,
        seed=at.seed + 5,
        grey=float(rng.choice((rng.uniform(25, 80), rng.uniform(100, 215)))),
        density=float(rng.uniform(0.65, 1.0)),
        wind=float(rng.uniform(-0.5, 0.5)),
    )


def _sample_lamps(
    rng: np.random.Generator, backdrop: Backdrop, found: set[str]
) -> tuple[tuple[Lamp, ...], tuple[Car, ...]]:
    kind = rng.random()
    if not backdrop.indoors and kind < 0.5:
        found.update(("headlights", "bright_light_change", "car"))
        car = replace(sample_car(rng, backdrop.view), facing=0, lights=True)
        unit = backdrop.view.scale(car.y) / 1.75
        return headlights((car.x, car.y), unit, float(rng.uniform(0.7, 1.0))), (car,)
    found.add("bright_light_change")
    colour: Colour = ((255, 244, 214), (255, 214, 150), (226, 238, 255))[int(rng.integers(3))]
    lamps = []
    for _ in range(int(rng.integers(1, 3))):
        at = float(rng.uniform(0.1, 1.7)), float(rng.uniform(0.02, 0.35))
        lamps.append(
            Lamp(*at, float(rng.uniform(0.15, 0.75)), colour, float(rng.uniform(0.7, 1.0)))
        )
    return tuple(lamps), ()


def sample_snapshot(
    rng: np.random.Generator, backdrop: Backdrop
) -> tuple[Snapshot, frozenset[str]]:
    """A random moment at a place, and the concepts that it shows."""
    view, found = backdrop.view, {backdrop.place}
    people, activities = sample_people(rng, backdrop, found)
    seated = frozenset(k for k, kind in enumerate(activities) if kind == "person_sitting")
    cars: tuple[Car, ...] = ()
    dogs: tuple[Dog, ...] = ()
    if backdrop.cars:
        found.add("car")
    if not backdrop.indoors and rng.random() < 0.2:
        cars = (sample_car(rng, view, warm=bool(rng.random() < 0.35)),)
        found.add("car")
    if rng.random() < 0.12:
        dogs = (sample_dog(rng, view),)
        found.add("dog")
    fires: tuple[Fire, ...] = ()
    smokes: tuple[Smoke, ...] = ()
    burn = rng.random()
    if burn < 0.22:
        fires = tuple(sample_fire(rng, backdrop) for _ in range(2 if rng.random() < 0.15 else 1))
        found.add("fire")
        if rng.random() < 0.55:
            smokes = (sample_smoke(rng, fires[0]),)
            found.add("smoke")
    elif burn < 0.30:
        smokes = (sample_smoke(rng, sample_fire(rng, backdrop)),)
        found.add("smoke")
    darkness = 0.0
    if rng.random() < 0.24:
        darkness = float(rng.uniform(0.5, 0.95))
        found.add("night")
    elif backdrop.sky == "sunset" and not backdrop.indoors:
        darkness = float(rng.uniform(0.0, 0.35))
        found.add("sunset")
    lamps: tuple[Lamp, ...] = ()
    if rng.random() < (0.3 if darkness > 0.5 else 0.08):
        lamps, more = _sample_lamps(rng, backdrop, found)
        cars += more
    rain = 0.0
    if not backdrop.indoors and rng.random() < 0.12:
        rain = float(rng.uniform(0.5, 1.6))
        found.add("rain")
    leaves = int(rng.integers(4, 30)) if not backdrop.indoors and rng.random() < 0.08 else 0
    if not people and not cars and not dogs and not fires and not smokes and not backdrop.cars:
        found.add("empty_scene")
    snapshot = Snapshot(
        people, activities, seated, cars, dogs, fires, smokes, lamps, darkness, rain, leaves
    )
    return snapshot, frozenset(found)
