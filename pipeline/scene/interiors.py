"""Places with a ceiling: a room, a corridor, a hall, in one-point perspective."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.scene.canvas import Canvas, Colour, Point, around, scaled
from pipeline.scene.props import box
from pipeline.scene.view import View

_WALLS: tuple[Colour, ...] = (
    (214, 208, 196),
    (226, 226, 222),
    (190, 200, 204),
    (206, 192, 160),
    (168, 180, 160),
    (196, 170, 160),
)
_FLOORS: tuple[tuple[str, Colour], ...] = (
    ("planks", (150, 108, 70)),
    ("tiles", (176, 172, 166)),
    ("soft", (120, 112, 108)),
    ("rough", (104, 108, 116)),
    ("tiles", (132, 124, 112)),
    ("soft", (104, 60, 52)),
)


@dataclass(frozen=True, slots=True)
class Walls:
    """A room in one-point perspective: its back wall, and how fast the side walls come nearer."""

    left: float
    right: float
    #: Where the back wall meets the ceiling and the floor.
    top: float
    low: float
    flare: float

    def span(self, y: float) -> tuple[float, float]:
        """The floor's left and right end at ``y``."""
        reach = max(0.0, y - self.low) / 0.7
        return self.left - reach, self.right + reach


def sample_walls(rng: np.random.Generator, place: str, view: View) -> Walls:
    """A room, corridor or hall before a camera."""
    horizon, flare = max(view.horizon, 0.0), float(rng.uniform(0.5, 0.9))
    if place == "corridor":
        low = horizon + float(rng.uniform(0.12, 0.2))
        middle, half = float(rng.uniform(0.7, 1.1)), float(rng.uniform(0.16, 0.34))
        return Walls(middle - half, middle + half, low - float(rng.uniform(0.2, 0.3)), low, flare)
    if place == "hall":
        low = horizon + float(rng.uniform(0.16, 0.28))
        return Walls(float(rng.uniform(-0.1, 0.3)), float(rng.uniform(1.5, 1.9)), 0.02, low, flare)
    low = horizon + float(rng.uniform(0.2, 0.36))
    left, right = float(rng.uniform(0.05, 0.45)), float(rng.uniform(1.3, 1.75))
    return Walls(left, right, low - float(rng.uniform(0.4, 0.55)), low, flare)


def _shell(canvas: Canvas, view: View, rng: np.random.Generator, walls: Walls) -> Colour:
    """Walls, floor and ceiling around a back wall; returns the colour of the walls."""
    left, right, top, low, flare = walls.left, walls.right, walls.top, walls.low, walls.flare
    wall = _WALLS[int(rng.integers(len(_WALLS)))]
    kind, ground = _FLOORS[int(rng.integers(len(_FLOORS)))]
    canvas.pixels[:] = np.array(scaled(wall, 1.05), np.uint8)
    ceiling = ((left, top), (right, top), (right + flare, -0.2), (left - flare, -0.2))
    canvas.surface(ceiling, around((222, 222, 218), 0.08), "soft", rng)
    canvas.surface(box(left, top, right - left, low - top), around(wall, 0.1), "soft", rng)
    near = low + flare * 0.7
    side = ((left, top), (left, low), (left - flare, near), (left - flare, -0.2))
    canvas.surface(side, around(scaled(wall, 0.86), 0.1), "soft", rng)
    side = ((right, top), (right, low), (right + flare, near), (right + flare, -0.2))
    canvas.surface(side, around(scaled(wall, 0.93), 0.1), "soft", rng)
    floor: tuple[Point, ...] = (
        (left, low),
        (right, low),
        (right + flare, near),
        (right + flare, 1.05),
    )
    floor += ((left - flare, 1.05), (left - flare, near))
    canvas.floor(floor, around(ground, 0.25), kind, rng, min(view.horizon, low - 0.2))
    return wall


def _window(
    canvas: Canvas, rng: np.random.Generator, x: float, y: float, w: float, h: float
) -> None:
    canvas.polygon(box(x - 0.012, y - 0.012, w + 0.024, h + 0.024), (236, 234, 228))
    sky: Colour = ((206, 222, 238), (236, 240, 242), (70, 80, 104), (250, 190, 120))[
        int(rng.choice(4, p=(0.4, 0.3, 0.2, 0.1)))
    ]
    canvas.surface(box(x, y, w, h), around(sky, 0.12), "soft", rng)
    canvas.line((x + w / 2, y), (x + w / 2, y + h), 0.008, (236, 234, 228))


def _door(canvas: Canvas, rng: np.random.Generator, x: float, low: float, h: float) -> None:
    colour: Colour = ((124, 84, 54), (206, 204, 198), (90, 100, 110), (70, 48, 36))[
        int(rng.integers(4))
    ]
    canvas.polygon(
        box(x - 0.012, low - h - 0.012, h * 0.46 + 0.024, h + 0.012), scaled(colour, 0.7)
    )
    canvas.surface(box(x, low - h, h * 0.46, h), around(colour, 0.12), "planks", rng)
    canvas.disc((x + h * 0.4, low - h * 0.48), 0.008, (210, 190, 120))


def _furniture(canvas: Canvas, rng: np.random.Generator, view: View, low: float) -> None:
    for _ in range(int(rng.integers(1, 4))):
        x = float(rng.uniform(0.05, 1.5))
        y = low + float(rng.uniform(0.02, 0.12))
        w, h = (
            float(rng.uniform(0.15, 0.4)),
            view.scale(max(y, 0.3)) * float(rng.uniform(0.35, 0.9)),
        )
        colour: Colour = (
            (132, 92, 58),
            (210, 206, 198),
            (72, 76, 84),
            (150, 52, 44),
            (60, 84, 110),
            (206, 120, 50),
        )[int(rng.integers(6))]
        kind = rng.integers(3)
        if kind == 0:
            canvas.surface(box(x, y - h, w, h), around(colour, 0.15), "planks", rng)
            for k in range(3):
                level = y - h * (0.2 + 0.27 * k)
                canvas.line((x, level), (x + w, level), 0.007, scaled(colour, 0.6))
        elif kind == 1:
            canvas.line((x + 0.02, y), (x + 0.02, y - h * 0.6), 0.014, scaled(colour, 0.6))
            canvas.line((x + w - 0.02, y), (x + w - 0.02, y - h * 0.6), 0.014, scaled(colour, 0.6))
            top: tuple[Point, ...] = (
                (x + 0.03, y - h * 0.7),
                (x + w - 0.03, y - h * 0.7),
                (x + w, y - h * 0.55),
            )
            top += ((x, y - h * 0.55),)
            canvas.polygon(top, colour)
        else:
            canvas.surface(box(x, y - h * 0.75, w, h * 0.4), around(colour, 0.2), "soft", rng)
            canvas.surface(
                box(x, y - h * 0.4, w, h * 0.4), around(scaled(colour, 0.8), 0.2), "soft", rng
            )


def paint_room(canvas: Canvas, view: View, rng: np.random.Generator, walls: Walls) -> None:
    """A living room, office or shop."""
    left, right, low = walls.left, walls.right, walls.low
    _shell(canvas, view, rng, walls)
    for k in range(int(rng.integers(0, 3))):
        x = left + 0.1 + 0.42 * k
        _window(canvas, rng, x, low - 0.36, float(rng.uniform(0.14, 0.26)), 0.2)
    if rng.random() < 0.7:
        _door(canvas, rng, float(rng.uniform(left + 0.1, right - 0.2)), low, 0.3)
    if rng.random() < 0.5:
        x = float(rng.uniform(left, right - 0.2))
        picture: Colour = (float(rng.uniform(40, 230)), float(rng.uniform(40, 200)), 90.0)
        canvas.polygon(box(x, low - 0.33, 0.14, 0.1), (60, 44, 30))
        canvas.surface(box(x + 0.01, low - 0.32, 0.12, 0.08), around(picture, 0.4), "soft", rng)
    _furniture(canvas, rng, view, low)
    if rng.random() < 0.5:
        lamp = (float(rng.uniform(left, right)), max(low - 0.42, 0.05))
        canvas.ellipse(lamp, (0.06, 0.03), 0, (255, 240, 200))


def paint_corridor(canvas: Canvas, view: View, rng: np.random.Generator, walls: Walls) -> None:
    """A passage with doors on both sides and strip lights above."""
    top, low = walls.top, walls.low
    middle, half = (walls.left + walls.right) / 2, (walls.right - walls.left) / 2
    _shell(canvas, view, rng, walls)
    _door(canvas, rng, middle - 0.05, low, (low - top) * 0.8)
    colour: Colour = ((124, 84, 54), (196, 194, 188), (80, 104, 120))[int(rng.integers(3))]
    for k in range(1, 4):
        for side in (-1, 1):
            if rng.random() < 0.3:
                continue
            a, b = half + 0.16 * k, half + 0.16 * k + 0.08
            reach = 0.7 * (a - half), 0.7 * (b - half)
            door: tuple[Point, ...] = (
                (middle + side * a, low + reach[0]),
                (middle + side * b, low + reach[1]),
            )
            door += ((middle + side * b, top + 0.04 - reach[1] * 0.4),)
            door += ((middle + side * a, top + 0.04 - reach[0] * 0.4),)
            canvas.polygon(door, scaled(colour, 0.85 if side < 0 else 1.0))
    for k in range(3):
        y = top * (0.8 - 0.3 * k)
        canvas.line(
            (middle - 0.05 * (k + 1), y), (middle + 0.05 * (k + 1), y), 0.012, (255, 255, 246)
        )


def paint_hall(canvas: Canvas, view: View, rng: np.random.Generator, walls: Walls) -> None:
    """A warehouse or sports hall: high walls, racks, strip lights."""
    low = walls.low
    _shell(canvas, view, rng, walls)
    for k in range(5):
        x = 0.1 + 0.38 * k
        canvas.line((x, low), (x, -0.05), 0.02, (120, 124, 130))
    steel: Colour = ((44, 80, 150), (210, 110, 30), (120, 124, 128))[int(rng.integers(3))]
    for _ in range(int(rng.integers(0, 3))):
        x, w, h = (
            float(rng.uniform(0, 1.5)),
            float(rng.uniform(0.25, 0.5)),
            float(rng.uniform(0.2, 0.32)),
        )
        y = low + float(rng.uniform(0.0, 0.08))
        for level in range(3):
            shelf = y - h * (level + 0.1) / 3
            for crate in range(3):
                tone = float(rng.uniform(0.6, 1.1))
                side = w / 3.4
                body = box(x + 0.01 + crate * w / 3, shelf - h * 0.24, side, h * 0.24)
                if rng.random() < 0.8:
                    canvas.surface(body, around(scaled((176, 132, 84), tone), 0.2), "planks", rng)
            canvas.line((x, shelf), (x + w, shelf), 0.008, steel)
        for post in (x, x + w):
            canvas.line((post, y), (post, y - h), 0.01, steel)
    for k in range(4):
        canvas.line((0.15 + 0.4 * k, 0.05), (0.3 + 0.4 * k, 0.05), 0.014, (255, 255, 248))
