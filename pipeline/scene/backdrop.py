"""The unmoving part of a scene: place, camera height, surfaces and furniture, all from one seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.scene.canvas import (
    ASPECT,
    Canvas,
    Colour,
    Image,
    Point,
    around,
    crop,
    mixed,
    pattern,
    ramp,
)
from pipeline.scene.interiors import (
    Walls,
    paint_corridor,
    paint_hall,
    paint_room,
    sample_walls,
)
from pipeline.scene.props import (
    bin_or_barrel,
    bush,
    cone,
    fence,
    house,
    lamp_post,
    parked_car,
    tree,
)
from pipeline.scene.view import View, sample_view

PLACES: tuple[str, ...] = ("yard", "street", "car_park", "room", "corridor", "hall")


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A place seen by one camera. The same value always paints the same picture."""

    seed: int
    place: str
    view: View
    #: "day", "overcast" or "sunset": what the sky does, and how warm the light is.
    sky: str
    #: Parked cars that belong to the place; such a picture shows a car.
    cars: int
    #: Where the walls stand; None outdoors.
    walls: Walls | None = None

    @property
    def indoors(self) -> bool:
        """Whether the place has a ceiling: no weather, no cars."""
        return self.walls is not None

    def floor(self, scale: float) -> tuple[float, float, float]:
        """Where people ``scale`` high can stand: their ``y``, and the least and greatest ``x``."""
        y = self.view.ground(scale)
        if self.walls is None:
            return min(max(y, 0.3, self.view.horizon + 0.16), 0.97), 0.12, ASPECT - 0.12
        y = min(max(y, self.walls.low + 0.04), 0.97)
        left, right = self.walls.span(y)
        margin = 0.25 * self.view.scale(y)
        return y, max(left + margin, 0.08), min(right - margin, ASPECT - 0.08)

    def paint(self, height: int) -> Image:
        """The empty place in even light: uint8 (height, height * 16/9, 3) RGB."""
        rng = np.random.default_rng(self.seed)
        canvas = Canvas(height)
        if self.walls is None:
            _OUTDOORS[self.place](canvas, self, rng)
        else:
            _INDOORS[self.place](canvas, self.view, rng, self.walls)
        return _lit(canvas.pixels, rng)


def sample_backdrop(rng: np.random.Generator, place: str | None = None) -> Backdrop:
    """A new place; ``place`` fixes its kind."""
    kind = place or PLACES[rng.choice(6, p=(0.27, 0.2, 0.17, 0.15, 0.1, 0.11))]
    view = sample_view(rng)
    sky = ("day", "overcast", "sunset")[rng.choice(3, p=(0.5, 0.3, 0.2))]
    cars = 0
    if kind in ("street", "car_park") and rng.random() < 0.55:
        cars = int(rng.integers(1, 4))
    if kind == "yard" and rng.random() < 0.1:
        cars = 1
    walls = sample_walls(rng, kind, view) if kind in _INDOORS else None
    return Backdrop(int(rng.integers(2**31)), kind, view, sky, cars, walls)


def _lit(pixels: Image, rng: np.random.Generator) -> Image:
    """Uneven light: broad patches, and corners a little darker."""
    small = rng.normal(0, 0.1, (4, 6)).astype(np.float32)
    small -= small.mean()
    y, x = np.mgrid[-1:1:4j, -1:1:6j]
    small += 1.0 - 0.12 * rng.random() * (y**2 + x**2).astype(np.float32)
    gain = (np.clip(small, 0.4, 1.9) * 128).astype(np.uint8)
    h, w = pixels.shape[:2]
    wide = cv2.resize(gain, (w, h), interpolation=cv2.INTER_CUBIC)
    lit = cv2.multiply(pixels, cv2.merge((wide, wide, wide)), scale=1 / 128)
    return lit.astype(np.uint8, copy=False)


_SKIES: dict[str, tuple[tuple[Colour, Colour], ...]] = {
    "day": (((92, 142, 208), (188, 212, 234)), ((120, 165, 215), (222, 230, 236))),
    "overcast": (((150, 156, 162), (196, 200, 202)), ((112, 118, 126), (168, 172, 176))),
    "sunset": (((88, 84, 130), (252, 150, 70)), ((120, 70, 90), (255, 190, 90))),
}


def _sky(canvas: Canvas, drop: Backdrop, rng: np.random.Generator) -> None:
    bottom = max(drop.view.horizon, 0.0) + 0.12
    rows = max(2, int(bottom * canvas.height))
    top, low = _SKIES[drop.sky][int(rng.integers(2))]
    fade = np.linspace(0, 1, rows, dtype=np.float32)[:, None, None] ** 1.3
    band = np.asarray(top, np.float32) * (1 - fade) + np.asarray(low, np.float32) * fade
    sky: Image = np.repeat(band, canvas.width, axis=1).astype(np.uint8)
    if rng.random() < 0.7:
        clouds = crop(pattern("soft"), rng, (rows, canvas.width), 2.5)
        tint: Colour = (255, 190, 150) if drop.sky == "sunset" else (244, 246, 248)
        veil = cv2.applyColorMap(clouds, ramp((0, 0, 0), tint))
        mask = cv2.merge((clouds, clouds, clouds))
        veil = cv2.multiply(veil, mask, scale=1 / 255)
        sky = np.asarray(cv2.addWeighted(sky, 1.0, veil, 0.35, 0), np.uint8)
    canvas.pixels[:rows] = sky
    if drop.sky == "sunset" and rng.random() < 0.6:
        at = (float(rng.uniform(0.1, 1.7)), bottom * float(rng.uniform(0.4, 0.9)))
        canvas.disc(at, float(rng.uniform(0.03, 0.06)), (255, 226, 150))


def _far(canvas: Canvas, rng: np.random.Generator, base: float) -> None:
    """A row of distant houses and trees along the horizon."""
    x = -0.1
    while x < ASPECT:
        w, h = float(rng.uniform(0.1, 0.35)), float(rng.uniform(0.06, 0.2))
        shade = float(rng.uniform(70, 170))
        colour: Colour = (shade, shade * float(rng.uniform(0.85, 1.0)), shade * 0.88)
        if rng.random() < 0.4:
            colour = (60, 84, 56)
            canvas.ellipse((x + w / 2, base), (w * 0.6, h * 0.8), 0, colour)
        else:
            box = ((x, base - h), (x + w, base - h), (x + w, base + 0.02), (x, base + 0.02))
            canvas.surface(box, around(colour, 0.15), "rough", rng)
            for k in range(int(w / 0.05)):
                wx = x + 0.02 + 0.05 * k
                pane: tuple[Point, ...] = ((wx, base - h * 0.8), (wx + 0.02, base - h * 0.8))
                pane += ((wx + 0.02, base - h * 0.5), (wx, base - h * 0.5))
                canvas.polygon(pane, mixed(colour, (30, 40, 55), 0.6))
        x += w * float(rng.uniform(0.7, 1.1))


_GROUNDS: tuple[tuple[str, Colour], ...] = (
    ("grass", (92, 118, 58)),
    ("grass", (122, 124, 74)),
    ("rough", (138, 130, 118)),
    ("rough", (104, 104, 106)),
    ("tiles", (158, 150, 140)),
    ("soft", (156, 134, 104)),
    ("rough", (78, 80, 84)),
    ("brick", (150, 118, 100)),
)


def _yard(canvas: Canvas, drop: Backdrop, rng: np.random.Generator) -> None:
    _sky(canvas, drop, rng)
    base = max(drop.view.horizon, 0.0) + float(rng.uniform(0.08, 0.16))
    _far(canvas, rng, base)
    kind, colour = _GROUNDS[int(rng.integers(len(_GROUNDS)))]
    ground = ((0.0, base), (ASPECT, base), (ASPECT, 1.01), (0.0, 1.01))
    canvas.floor(ground, around(colour, 0.35), kind, rng, drop.view.horizon)
    if rng.random() < 0.5:
        path_x, spread = float(rng.uniform(0.3, 1.4)), float(rng.uniform(0.2, 0.5))
        path: tuple[Point, ...] = ((path_x, base), (path_x + 0.12, base), (path_x + spread, 1.01))
        path += ((path_x - spread, 1.01),)
        canvas.floor(path, around((168, 160, 148), 0.2), "tiles", rng, drop.view.horizon)
    wall = rng.integers(4)
    if wall <= 1:
        fence(canvas, rng, base)
    elif wall == 2:
        h = float(rng.uniform(0.08, 0.2))
        box = ((0.0, base - h), (ASPECT, base - h), (ASPECT, base + 0.02), (0.0, base + 0.02))
        canvas.surface(box, around((150, 110, 90), 0.35), "brick", rng, 0.8)
    if rng.random() < 0.75:
        house(canvas, rng, base)
    for _ in range(int(rng.integers(0, 3))):
        tree(canvas, rng, drop.view)
    for _ in range(int(rng.integers(0, 3))):
        bush(canvas, rng, drop.view)
    for _ in range(int(rng.integers(0, 3))):
        bin_or_barrel(canvas, rng, drop.view)
    _park(canvas, drop, rng)


def _street(canvas: Canvas, drop: Backdrop, rng: np.random.Generator) -> None:
    _sky(canvas, drop, rng)
    horizon = drop.view.horizon
    base = max(horizon, 0.0) + 0.09
    _far(canvas, rng, base)
    ground = ((0.0, base), (ASPECT, base), (ASPECT, 1.01), (0.0, 1.01))
    canvas.floor(ground, around((150, 146, 140), 0.22), "tiles", rng, horizon)
    far = base + float(rng.uniform(0.05, 0.14))
    near = far + float(rng.uniform(0.25, 0.42))
    slope = float(rng.uniform(-0.06, 0.06))
    road: tuple[Point, ...] = (
        (0.0, far + slope),
        (ASPECT, far - slope),
        (ASPECT, near - slope * 2),
    )
    road += ((0.0, near + slope * 2),)
    shade = float(rng.uniform(62, 112))
    canvas.floor(road, around((shade, shade, shade + 4), 0.25), "rough", rng, horizon)
    middle = (far + near) / 2 - 0.02
    for k in range(-1, 9):
        a, b = 0.22 * k, 0.22 * k + 0.11
        lift = slope * 1.5
        start = (a, middle + lift * (1 - 2 * a / ASPECT))
        canvas.line(start, (b, middle + lift * (1 - 2 * b / ASPECT)), 0.008, (225, 222, 205))
    for y, s in ((far, slope), (near, 2 * slope)):
        canvas.line((0.0, y + s), (ASPECT, y - s), 0.009, (190, 188, 182))
    house(canvas, rng, far - 0.01)
    if rng.random() < 0.6:
        house(canvas, rng, far - 0.01)
    for _ in range(int(rng.integers(0, 3))):
        tree(canvas, rng, drop.view)
    if rng.random() < 0.6:
        lamp_post(canvas, rng, drop.view)
    if rng.random() < 0.4:
        cone(canvas, rng, drop.view)
    if rng.random() < 0.4:
        bin_or_barrel(canvas, rng, drop.view)
    _park(canvas, drop, rng)


def _car_park(canvas: Canvas, drop: Backdrop, rng: np.random.Generator) -> None:
    _sky(canvas, drop, rng)
    horizon = drop.view.horizon
    base = max(horizon, 0.0) + float(rng.uniform(0.07, 0.14))
    _far(canvas, rng, base)
    ground = ((0.0, base), (ASPECT, base), (ASPECT, 1.01), (0.0, 1.01))
    shade = float(rng.uniform(70, 140))
    canvas.floor(ground, around((shade, shade, shade), 0.28), "rough", rng, horizon)
    paint: Colour = (226, 224, 214) if rng.random() < 0.75 else (220, 186, 60)
    vanish = float(rng.uniform(0.4, 1.4))
    top, low = base + 0.06, base + float(rng.uniform(0.2, 0.3))
    for k in range(-8, 9):
        x = vanish + 0.3 * k
        t_top, t_low = (top - horizon) / (1 - horizon), (low - horizon) / (1 - horizon)
        start, stop = (
            (vanish + (x - vanish) * t_top * 2, top),
            (vanish + (x - vanish) * t_low * 2, low),
        )
        canvas.line(start, stop, 0.006, paint)
    if rng.random() < 0.6:
        fence(canvas, rng, base)
    if rng.random() < 0.5:
        house(canvas, rng, base)
    if rng.random() < 0.6:
        lamp_post(canvas, rng, drop.view)
    for _ in range(int(rng.integers(0, 2))):
        tree(canvas, rng, drop.view)
    for _ in range(int(rng.integers(0, 3))):
        cone(canvas, rng, drop.view)
    _park(canvas, drop, rng)


def _park(canvas: Canvas, drop: Backdrop, rng: np.random.Generator) -> None:
    for k in range(drop.cars):
        parked_car(canvas, rng, drop.view, k)


_OUTDOORS: dict[str, Callable[[Canvas, Backdrop, np.random.Generator], None]] = {
    "yard": _yard,
    "street": _street,
    "car_park": _car_park,
}
_INDOORS: dict[str, Callable[[Canvas, View, np.random.Generator, Walls], None]] = {
    "room": paint_room,
    "corridor": paint_corridor,
    "hall": paint_hall,
}
