"""Things that stand around: houses, trees, fences, lamps, barrels, cones, parked cars."""

from __future__ import annotations

import math

import numpy as np

from pipeline.scene.canvas import ASPECT, Canvas, Colour, Point, around, scaled
from pipeline.scene.movers import Car, draw_car, sample_car, shade
from pipeline.scene.view import View


def box(x: float, y: float, w: float, h: float) -> tuple[Point, Point, Point, Point]:
    """An upright rectangle: left edge, top edge, width, height."""
    return (x, y), (x + w, y), (x + w, y + h), (x, y + h)


_WALLS: tuple[Colour, ...] = (
    (196, 186, 168),
    (222, 216, 204),
    (160, 104, 84),
    (140, 140, 136),
    (176, 152, 116),
    (120, 136, 150),
    (206, 180, 130),
)


def house(canvas: Canvas, rng: np.random.Generator, base: float) -> None:
    """A facade on the far edge of the ground: windows, a door, sometimes a roof."""
    w, h = float(rng.uniform(0.4, 1.2)), float(rng.uniform(0.25, 0.6))
    x = float(rng.uniform(-0.3, ASPECT - 0.3))
    y = base + float(rng.uniform(0.0, 0.06))
    colour = _WALLS[int(rng.integers(len(_WALLS)))]
    kind = ("brick", "rough", "soft", "planks")[int(rng.integers(4))]
    canvas.surface(box(x, y - h, w, h), around(colour, 0.22), kind, rng, 0.9)
    if rng.random() < 0.6:
        roof: tuple[Point, ...] = (
            (x - 0.03, y - h),
            (x + w + 0.03, y - h),
            (x + w * 0.85, y - h - 0.16),
        )
        roof += ((x + w * 0.15, y - h - 0.16),)
        canvas.surface(roof, around((126, 70, 56), 0.25), "brick", rng, 0.6)
    pane_w, pane_h = float(rng.uniform(0.05, 0.1)), float(rng.uniform(0.07, 0.12))
    frame: Colour = (230, 228, 220) if rng.random() < 0.6 else (60, 56, 52)
    warm = rng.random() < 0.3
    for k in range(int(w / (pane_w * 2.2))):
        px = x + pane_w * 0.6 + k * pane_w * 2.2
        for row in range(2):
            py = y - h * (0.62 + 0.34 * row)
            canvas.polygon(box(px - 0.008, py - 0.008, pane_w + 0.016, pane_h + 0.016), frame)
            glass: Colour = (60, 74, 92)
            if warm and rng.random() < 0.4:
                glass = (250, 214, 140)
            canvas.surface(box(px, py, pane_w, pane_h), around(glass, 0.3), "soft", rng)
    door_x = x + w * float(rng.uniform(0.1, 0.8))
    door: Colour = ((90, 58, 40), (60, 80, 70), (150, 40, 36), (190, 190, 190))[
        int(rng.integers(4))
    ]
    door_h = min(h * 0.5, 0.24)
    canvas.surface(box(door_x, y - door_h, door_h * 0.45, door_h), around(door, 0.2), "planks", rng)


def tree(canvas: Canvas, rng: np.random.Generator, view: View) -> None:
    """A trunk and a crown of overlapping blobs, green or autumnal."""
    y = view.ground(view.near * float(rng.uniform(0.3, 0.6)))
    tall = view.scale(y) * float(rng.uniform(1.8, 3.2))
    edge = rng.random() < 0.7
    x = float(
        rng.choice((rng.uniform(0, 0.35), rng.uniform(1.4, ASPECT)))
        if edge
        else rng.uniform(0.3, 1.5)
    )
    canvas.capsule((x, y), tall * 0.035, (x, y - tall * 0.6), tall * 0.022, (84, 66, 50))
    leaf: Colour = ((62, 92, 44), (84, 108, 52), (48, 72, 50), (176, 112, 40))[int(rng.integers(4))]
    for _ in range(26):
        angle, reach = rng.uniform(0, 2 * math.pi), tall * 0.26 * float(rng.random() ** 0.5)
        at = (x + reach * math.cos(angle), y - tall * 0.78 + reach * 0.8 * math.sin(angle))
        tone = scaled(leaf, float(rng.uniform(0.6, 1.3)))
        canvas.disc(at, tall * float(rng.uniform(0.04, 0.1)), tone)


def bush(canvas: Canvas, rng: np.random.Generator, view: View) -> None:
    """A low heap of leaves."""
    y = view.ground(view.near * float(rng.uniform(0.3, 0.7)))
    wide = view.scale(y) * float(rng.uniform(0.3, 0.8))
    x = float(rng.uniform(0, ASPECT))
    for _ in range(16):
        at = (x + wide * float(rng.uniform(-0.5, 0.5)), y - wide * float(rng.uniform(0.05, 0.4)))
        tone = scaled((70, 98, 50), float(rng.uniform(0.6, 1.3)))
        canvas.disc(at, wide * float(rng.uniform(0.08, 0.18)), tone)


def fence(canvas: Canvas, rng: np.random.Generator, base: float) -> None:
    """Slats along the far edge of the ground."""
    h, y = float(rng.uniform(0.07, 0.17)), base + 0.01
    colour: Colour = ((140, 104, 70), (188, 184, 176), (90, 92, 94), (70, 54, 42))[
        int(rng.integers(4))
    ]
    if rng.random() < 0.5:
        canvas.surface(box(0, y - h, ASPECT, h), around(colour, 0.3), "planks", rng, 0.6)
        return
    step = float(rng.uniform(0.025, 0.05))
    for k in range(int(ASPECT / step) + 1):
        canvas.line((k * step, y), (k * step, y - h), step * 0.3, colour)
    for t in (0.25, 0.85):
        canvas.line((0, y - h * t), (ASPECT, y - h * t), 0.008, scaled(colour, 0.9))


def lamp_post(canvas: Canvas, rng: np.random.Generator, view: View) -> None:
    """A street lamp, unlit."""
    y = view.ground(view.near * float(rng.uniform(0.35, 0.6)))
    tall = view.scale(y) * float(rng.uniform(2.4, 3.4))
    x = float(rng.uniform(0.1, 1.6))
    arm = tall * 0.15 * (1 if rng.random() < 0.5 else -1)
    canvas.line((x, y), (x, y - tall), tall * 0.02, (92, 94, 96))
    canvas.line((x, y - tall), (x + arm, y - tall), tall * 0.016, (92, 94, 96))
    canvas.ellipse((x + arm, y - tall), (tall * 0.05, tall * 0.018), 0, (214, 214, 206))


def bin_or_barrel(canvas: Canvas, rng: np.random.Generator, view: View) -> None:
    """A barrel, bin or crate: red, orange, green, blue or grey."""
    y = view.ground(view.near * float(rng.uniform(0.35, 0.85)))
    h = view.scale(y) * float(rng.uniform(0.4, 0.6))
    x = float(rng.uniform(0.1, 1.65))
    palette: tuple[Colour, ...] = (
        (196, 44, 34),
        (228, 110, 30),
        (44, 98, 60),
        (40, 80, 150),
        (110, 112, 112),
        (150, 120, 84),
        (226, 190, 50),
    )
    colour = scaled(palette[int(rng.integers(len(palette)))], float(rng.uniform(0.7, 1.1)))
    if rng.random() < 0.6:
        canvas.surface(box(x - h * 0.3, y - h, h * 0.6, h), around(colour, 0.25), "soft", rng)
        canvas.ellipse((x, y), (h * 0.3, h * 0.1), 0, scaled(colour, 0.8))
        canvas.ellipse((x, y - h), (h * 0.3, h * 0.1), 0, scaled(colour, 1.15))
        for t in (0.35, 0.68):
            canvas.line(
                (x - h * 0.3, y - h * t), (x + h * 0.3, y - h * t), h * 0.03, scaled(colour, 0.7)
            )
    else:
        canvas.surface(box(x - h * 0.4, y - h, h * 0.8, h), around(colour, 0.2), "planks", rng)
        canvas.polygon(box(x - h * 0.43, y - h * 1.05, h * 0.86, h * 0.12), scaled(colour, 0.75))


def cone(canvas: Canvas, rng: np.random.Generator, view: View) -> None:
    """A traffic cone."""
    y = view.ground(view.near * float(rng.uniform(0.35, 0.85)))
    h, x = view.scale(y) * 0.35, float(rng.uniform(0.2, 1.6))
    canvas.polygon(((x, y - h), (x + h * 0.3, y), (x - h * 0.3, y)), (238, 98, 30))
    canvas.polygon(
        (
            (x - h * 0.1, y - h * 0.62),
            (x + h * 0.1, y - h * 0.62),
            (x + h * 0.17, y - h * 0.4),
            (x - h * 0.17, y - h * 0.4),
        ),
        (236, 236, 232),
    )


def parked_car(canvas: Canvas, rng: np.random.Generator, view: View, index: int) -> None:
    """A car that belongs to the place."""
    car = sample_car(rng, view)
    x = 0.25 + 0.55 * index + float(rng.uniform(-0.1, 0.1))
    y = view.ground(view.near * float(rng.uniform(0.32, 0.45)))
    shade(canvas, (x, y), view.scale(y) * 1.3, view.tilt(y))
    draw_car(canvas, Car(x, y, car.colour, car.facing, car.body), view)
