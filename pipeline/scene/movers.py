"""What drives and trots: cars and dogs, and the shadow under them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pipeline.scene.canvas import Canvas, Colour, Point, mixed, scaled
from pipeline.scene.view import View


@dataclass(frozen=True, slots=True)
class Car:
    """A car seen from the side or from an end; ``x`` is its middle, ``y`` where wheels stand."""

    x: float
    y: float
    colour: Colour
    #: 1 drives right, -1 left, 0 comes towards the camera.
    facing: int
    #: Hatchback, saloon or van: how the roof runs.
    body: str
    lights: bool = False


_PAINTS: tuple[Colour, ...] = (
    (228, 228, 226),
    (30, 32, 36),
    (120, 124, 130),
    (180, 184, 188),
    (186, 34, 30),
    (220, 104, 24),
    (36, 66, 128),
    (40, 84, 62),
    (222, 180, 40),
    (110, 90, 74),
)


def sample_car(rng: np.random.Generator, view: View, warm: bool = False) -> Car:
    """A car somewhere on the ground; ``warm`` asks for red or orange paint."""
    index = int(rng.integers(4, 6)) if warm else int(rng.integers(len(_PAINTS)))
    return Car(
        x=float(rng.uniform(0.1, 1.65)),
        y=view.ground(view.near * float(rng.uniform(0.34, 0.62))),
        colour=scaled(_PAINTS[index], float(rng.uniform(0.8, 1.1))),
        facing=int(rng.choice((-1, 1, 0), p=(0.4, 0.4, 0.2))),
        body=("hatch", "saloon", "van")[int(rng.integers(3))],
    )


def shade(canvas: Canvas, at: Point, half: float, tilt: float, depth: float = 0.45) -> None:
    """A soft dark patch on the ground below something."""
    h = canvas.height
    x0, x1 = int((at[0] - half * 1.2) * h), int((at[0] + half * 1.2) * h)
    y0, y1 = int((at[1] - half * tilt) * h), int((at[1] + half * tilt) * h)
    x0, x1 = max(x0, 0), min(x1, canvas.width)
    y0, y1 = max(y0, 0), min(y1, canvas.height)
    if x1 - x0 < 3 or y1 - y0 < 2:
        return
    ys = (np.arange(y0, y1, dtype=np.float32)[:, None] / h - at[1]) / max(half * tilt, 1e-3)
    xs = (np.arange(x0, x1, dtype=np.float32)[None, :] / h - at[0]) / half
    gain = 1 - depth * np.clip(1.3 * (1 - (xs**2 + ys**2)), 0, 1)
    patch = canvas.pixels[y0:y1, x0:x1]
    patch[:] = (patch * gain[:, :, None]).astype(np.uint8)


def draw_car(canvas: Canvas, car: Car, view: View) -> None:
    """Draw a car with windows, wheels and lights."""
    unit = view.scale(car.y) / 1.75
    if car.facing == 0:
        _draw_car_front(canvas, car, unit)
        return
    s = float(car.facing)

    def at(forward: float, up: float) -> Point:
        return car.x + s * forward * unit, car.y - up * unit

    low, high = 0.28, 0.86
    if car.body == "van":
        roof = ((-2.1, high), (-2.05, 1.75), (1.05, 1.8), (1.75, high))
    elif car.body == "hatch":
        roof = ((-2.05, high), (-1.75, 1.4), (0.35, 1.46), (1.15, high))
    else:
        roof = ((-1.75, high), (-1.05, 1.38), (0.35, 1.42), (1.15, high))
    canvas.polygon([at(f, u) for f, u in roof], scaled(car.colour, 0.92))
    hull: tuple[Point, ...] = (
        (-2.12, low),
        (-2.12, 0.8),
        (-2.0, high + 0.04),
        (1.2, high + 0.05),
        (2.05, 0.72),
    )
    hull += ((2.15, 0.55), (2.12, low))
    canvas.polygon([at(f, u) for f, u in hull], car.colour)
    canvas.polygon(
        [at(-2.1, low), at(2.1, low), at(2.1, 0.42), at(-2.1, 0.42)], scaled(car.colour, 0.72)
    )
    glass: Colour = (44, 54, 66)
    (a, _), (b, top_b), (c, top_c), (d, _) = roof
    for left, right in ((0.06, 0.48), (0.54, 0.94)):
        lower = (a + (d - a) * left + 0.08, a + (d - a) * right)
        upper = (b + (c - b) * left + 0.04, b + (c - b) * right)
        window: tuple[Point, ...] = (at(lower[0], high + 0.08), at(upper[0], top_b - 0.1))
        window += (at(upper[1], top_c - 0.1), at(lower[1], high + 0.08))
        canvas.polygon(window, glass)
    for f in (-1.35, 1.35):
        canvas.disc(at(f, 0.33), 0.34 * unit, (22, 22, 24))
        canvas.disc(at(f, 0.33), 0.18 * unit, (150, 152, 156))
    canvas.disc(at(2.02, 0.66), 0.09 * unit, (255, 252, 226) if car.lights else (220, 220, 214))
    canvas.disc(at(-2.05, 0.72), 0.08 * unit, (220, 30, 24))


def _draw_car_front(canvas: Canvas, car: Car, unit: float) -> None:
    x, y = car.x, car.y
    top = 1.8 if car.body == "van" else 1.45
    roof: tuple[Point, ...] = ((x - 0.62 * unit, y - top * unit), (x + 0.62 * unit, y - top * unit))
    roof += ((x + 0.85 * unit, y - 0.85 * unit), (x - 0.85 * unit, y - 0.85 * unit))
    canvas.polygon(roof, scaled(car.colour, 0.9))
    glass: tuple[Point, ...] = (
        (x - 0.55 * unit, y - (top - 0.08) * unit),
        (x + 0.55 * unit, y - (top - 0.08) * unit),
    )
    glass += ((x + 0.74 * unit, y - 0.9 * unit), (x - 0.74 * unit, y - 0.9 * unit))
    canvas.polygon(glass, (50, 60, 72))
    for side in (-1, 1):
        canvas.polygon(
            _box(x + side * 0.68 * unit - 0.12 * unit, y - 0.35 * unit, 0.24 * unit, 0.35 * unit),
            (22, 22, 24),
        )
    canvas.polygon(_box(x - 0.9 * unit, y - 0.9 * unit, 1.8 * unit, 0.68 * unit), car.colour)
    canvas.polygon(
        _box(x - 0.4 * unit, y - 0.6 * unit, 0.8 * unit, 0.2 * unit),
        mixed(car.colour, (20, 20, 20), 0.75),
    )
    for side in (-1, 1):
        lamp: Colour = (255, 252, 230) if car.lights else (214, 214, 208)
        canvas.ellipse(
            (x + side * 0.66 * unit, y - 0.64 * unit), (0.15 * unit, 0.1 * unit), 0, lamp
        )


@dataclass(frozen=True, slots=True)
class Dog:
    """A dog that stands or trots; ``phase`` of its gait in cycles, ``facing`` 1 right, -1 left."""

    x: float
    y: float
    facing: int
    phase: float
    colour: Colour
    tall: float


_COATS: tuple[Colour, ...] = (
    (40, 34, 30),
    (120, 84, 52),
    (176, 140, 96),
    (220, 214, 204),
    (96, 92, 90),
)


def sample_dog(rng: np.random.Generator, view: View) -> Dog:
    """A dog somewhere on the ground."""
    return Dog(
        x=float(rng.uniform(0.2, 1.55)),
        y=view.ground(view.near * float(rng.uniform(0.4, 0.85))),
        facing=1 if rng.random() < 0.5 else -1,
        phase=float(rng.random()),
        colour=_COATS[int(rng.integers(len(_COATS)))],
        tall=float(rng.uniform(0.34, 0.5)),
    )


def draw_dog(canvas: Canvas, dog: Dog, view: View) -> None:
    """Draw a dog from the side."""
    size = view.scale(dog.y) * dog.tall
    s = float(dog.facing)

    def at(forward: float, up: float) -> Point:
        return dog.x + s * forward * size, dog.y - up * size

    dark = scaled(dog.colour, 0.7)
    for k, (f, offset) in enumerate(((-0.42, 0.0), (0.42, 0.5), (-0.36, 0.5), (0.48, 0.0))):
        swing = 0.2 * math.sin(2 * math.pi * (dog.phase + offset))
        tone = dark if k < 2 else dog.colour
        canvas.capsule(at(f, 0.55), 0.1 * size, at(f + swing, 0.05), 0.05 * size, tone)
    canvas.capsule(at(-0.42, 0.68), 0.19 * size, at(0.42, 0.7), 0.23 * size, dog.colour)
    canvas.capsule(at(0.45, 0.8), 0.13 * size, at(0.66, 1.02), 0.11 * size, dog.colour)
    canvas.disc(at(0.7, 1.05), 0.16 * size, dog.colour)
    canvas.capsule(at(0.76, 1.02), 0.1 * size, at(0.98, 0.97), 0.06 * size, scaled(dog.colour, 0.9))
    canvas.capsule(at(0.6, 1.15), 0.05 * size, at(0.55, 1.0), 0.06 * size, dark)
    wag = 0.1 * math.sin(2 * math.pi * dog.phase * 2)
    canvas.capsule(at(-0.58, 0.78), 0.06 * size, at(-0.86, 1.02 + wag), 0.03 * size, dog.colour)


def _box(x: float, y: float, w: float, h: float) -> tuple[Point, Point, Point, Point]:
    return (x, y), (x + w, y), (x + w, y + h), (x, y + h)
