"""What glows, drifts and falls: flames, smoke, lamps, rain, leaves.

Flames are a noise field that scrolls upwards through a heat-coloured ramp, the usual way of
procedural fire; smoke is the same field, slower and grey.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.scene.canvas import ASPECT, Canvas, Colour, Image, Point, noise_tile

_ROWS, _COLS = 72, 56


@dataclass(frozen=True, slots=True)
class Fire:
    """Flames on the ground at (x, y); ``width`` and ``height`` of the flames in scene units."""

    x: float
    y: float
    width: float
    height: float
    #: Seconds since it began, and where its noise begins: together they fix the shape.
    age: float
    seed: int
    #: From 0 to 1: red and sooty to yellow and white.
    heat: float = 0.6
    #: Part of its size that is reached, from 0 to 1.
    strength: float = 1.0
    tongues: int = 3


@dataclass(frozen=True, slots=True)
class Smoke:
    """A plume that rises from (x, y)."""

    x: float
    y: float
    width: float
    height: float
    age: float
    seed: int
    #: Grey level of the smoke, 0-255, and its opacity at the root, 0 to 1.
    grey: float = 120.0
    density: float = 0.7
    wind: float = 0.0


@dataclass(frozen=True, slots=True)
class Lamp:
    """A light seen directly: its bloom adds to the picture."""

    x: float
    y: float
    radius: float
    colour: Colour
    power: float = 1.0


def _scroll(
    tile: Image, x: float, y: float, rows: int, cols: int, zoom: float
) -> NDArray[np.float32]:
    """A window into a periodic tile at a real-valued offset, as float32 0..1."""
    matrix = np.array([[zoom, 0, x % 256], [0, zoom, y % 256]], np.float32)
    patch = cv2.warpAffine(
        tile,
        matrix,
        (cols, rows),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_WRAP,
    )
    return patch.astype(np.float32) / 255


@lru_cache(maxsize=16)
def _heat_table(level: int) -> Image:
    heat = level / 10
    t = np.linspace(0, 1, 256)[:, None]
    stops = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    red = np.interp(t, stops, [70, 190, 245, 255, 255])
    green = np.interp(
        t, stops, [8, 40 + 25 * heat, 105 + 45 * heat, 180 + 50 * heat, 225 + 30 * heat]
    )
    blue = np.interp(t, stops, [4, 6, 15 + 20 * heat, 45 + 80 * heat, 120 + 130 * heat])
    table = np.concatenate([red, green, blue], axis=1)
    return np.clip(table, 0, 255).astype(np.uint8)[:, None, :]


def flame_field(fire: Fire) -> NDArray[np.float32]:
    """Heat of the flames, float32 (72, 56) in 0..1; row 0 is the tip."""
    up = np.linspace(1, 0, _ROWS, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, _COLS, dtype=np.float32)[None, :]
    base = float(fire.seed % 251)
    slow = _scroll(noise_tile(2.2), base, 34 * fire.age, _ROWS, _COLS, 0.7) - 0.5
    fast = _scroll(noise_tile(1.6, 13), base * 3, 95 * fire.age, _ROWS, _COLS, 1.0) - 0.5
    rng = np.random.default_rng(fire.seed)
    bent = across + up * (0.9 * slow + 0.35 * fast)
    body = np.zeros((_ROWS, _COLS), np.float32)
    for k in range(fire.tongues):
        centre = float(rng.uniform(-0.45, 0.45)) if k else 0.0
        reach = float(rng.uniform(0.5, 0.85)) if k else 0.95
        beat = math.sin(fire.age * float(rng.uniform(5, 11)) + float(rng.uniform(0, 6)))
        reach *= fire.strength**0.6 * (1 + 0.16 * beat)
        wide = float(rng.uniform(0.3, 0.5)) * (1.15 - up / max(reach, 0.1)) + 0.04
        wide = wide * np.clip(0.45 + 5 * up, 0, 1)
        shape = 1 - ((bent - centre) / np.maximum(wide, 0.02)) ** 2
        shape = np.where(up < reach, shape, -1.0)
        np.maximum(body, shape * np.clip(1.25 - up / max(reach, 0.1), 0, 1), out=body)
    root = np.clip(up * 16 + 2.5 * (fast + 0.1), 0, 1)
    field: NDArray[np.float32] = np.clip(1.3 * body + 0.9 * fast * (0.4 + up), 0, 1)
    return np.asarray(field * (body > 0) * root, np.float32)


def _place(canvas: Canvas, x: float, y: float, w: float, h: float) -> tuple[int, int, int, int]:
    s = canvas.height
    return round((x - w / 2) * s), round((y - h) * s), max(2, round(w * s)), max(2, round(h * s))


def _blend(
    canvas: Canvas, rect: tuple[int, int, int, int], colour: Image, alpha: NDArray[np.float32]
) -> None:
    """Lay ``colour`` (uint8 h, w, 3) over the picture with opacity ``alpha`` (h, w) in 0..1."""
    x, y, w, h = rect
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + w, canvas.width), min(y + h, canvas.height)
    if x1 <= x0 or y1 <= y0:
        return
    a = alpha[y0 - y : y1 - y, x0 - x : x1 - x]
    c = colour[y0 - y : y1 - y, x0 - x : x1 - x]
    under = canvas.pixels[y0:y1, x0:x1]
    under[:] = cv2.blendLinear(c, under, np.ascontiguousarray(a), np.ascontiguousarray(1 - a))


def draw_fire(canvas: Canvas, fire: Fire) -> None:
    """Flames; their light on the surroundings is ``glow_of`` and goes on first."""
    field = flame_field(fire)
    rect = _place(canvas, fire.x, fire.y, fire.width * 1.9, fire.height)
    size = (rect[2], rect[3])
    grey = cv2.resize((field * 255).astype(np.uint8), size, interpolation=cv2.INTER_CUBIC)
    colour = cv2.applyColorMap(grey, _heat_table(round(10 * fire.heat)))
    alpha = np.clip(grey.astype(np.float32) / 90, 0, 1) * 0.97
    _blend(canvas, rect, colour.astype(np.uint8, copy=False), alpha)
    rng = np.random.default_rng(fire.seed + 1)
    for _ in range(int(6 * fire.strength)):
        rise = (fire.age * float(rng.uniform(0.4, 0.9)) + float(rng.random())) % 1.0
        x = fire.x + fire.width * float(rng.uniform(-0.5, 0.5)) + 0.03 * math.sin(9 * rise)
        y = fire.y - fire.height * (0.4 + 0.9 * rise) * fire.strength
        canvas.disc((x, y), 0.003, (255, 170 - 60 * rise, 60))


def draw_smoke(canvas: Canvas, smoke: Smoke) -> None:
    """A rising, widening, thinning cloud."""
    rows, cols = 60, 60
    up = np.linspace(1, 0, rows, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, cols, dtype=np.float32)[None, :]
    base = float(smoke.seed % 241)
    broad = _scroll(noise_tile(2.4, 17), base, 18 * smoke.age, rows, cols, 1.0)
    fine = _scroll(noise_tile(1.5, 19), base * 5, 30 * smoke.age, rows, cols, 1.2)
    lean = across - smoke.wind * up + 0.8 * (broad - 0.5) * (0.3 + up)
    wide = 0.16 + 0.62 * up
    cloud = np.clip(1 - (lean / wide) ** 2, 0, 1) * np.clip(
        0.35 + 1.1 * broad + 0.6 * (fine - 0.5), 0, 1
    )
    cloud *= (
        np.clip(1.15 - up, 0, 1)
        * np.clip((1 - np.abs(across)) * 5, 0, 1)
        * np.clip(up * 12 + 0.3, 0, 1)
    )
    rect = _place(canvas, smoke.x, smoke.y, smoke.width * 2, smoke.height)
    size = (rect[2], rect[3])
    alpha = cv2.resize(np.clip(cloud * smoke.density * 1.5, 0, 0.96), size)
    tone = smoke.grey * (0.78 + 0.5 * (fine - 0.3))
    grey = cv2.resize(np.clip(tone, 0, 255).astype(np.uint8), size)
    _blend(canvas, rect, cv2.merge((grey, grey, grey)).astype(np.uint8, copy=False), alpha)


@lru_cache(maxsize=2)
def _bloom(power: int) -> NDArray[np.float32]:
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    fall = np.clip(1 - np.sqrt(x**2 + y**2), 0, 1) ** power
    return np.asarray(fall, np.float32)


def draw_lamp(canvas: Canvas, lamp: Lamp) -> None:
    """Add a lamp's bloom to what is there."""
    s = canvas.height
    r = lamp.radius
    x0, y0 = max(0, int((lamp.x - r) * s)), max(0, int((lamp.y - r) * s))
    x1 = min(canvas.width, int((lamp.x + r) * s))
    y1 = min(canvas.height, int((lamp.y + r) * s))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    scale = 64 / (2 * r * s)
    matrix = np.array(
        [[scale, 0, (x0 - (lamp.x - r) * s) * scale], [0, scale, (y0 - (lamp.y - r) * s) * scale]],
        np.float32,
    )
    fall = cv2.warpAffine(
        _bloom(2), matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    level = np.clip(fall * (255 * min(lamp.power, 1.0)), 0, 255).astype(np.uint8)
    ramp = np.linspace(0, 1, 256)[:, None] * np.asarray(lamp.colour)[None, :]
    bloom = cv2.applyColorMap(level, np.clip(ramp, 0, 255).astype(np.uint8)[:, None, :])
    region = canvas.pixels[y0:y1, x0:x1]
    region[:] = cv2.add(region, bloom)


def glow_of(fire: Fire, night: bool) -> Lamp:
    """The light that a fire throws on its surroundings; it flickers."""
    flicker = 0.85 + 0.15 * math.sin(fire.age * 17 + fire.seed) * math.sin(fire.age * 7.3)
    power = (0.5 if night else 0.26) * fire.strength * flicker
    reach = (3.6 if night else 2.3) * max(fire.width, 0.6 * fire.height)
    return Lamp(fire.x, fire.y - 0.3 * fire.height, reach, (255, 120, 34), power)


def headlights(at: Point, unit: float, power: float = 1.0) -> tuple[Lamp, Lamp]:
    """The two lamps of a car that comes towards the camera; ``unit`` is a metre there."""
    colour: Colour = (255, 250, 226)
    left = Lamp(at[0] - 0.66 * unit, at[1] - 0.64 * unit, 1.1 * unit, colour, power)
    return left, Lamp(at[0] + 0.66 * unit, at[1] - 0.64 * unit, 1.1 * unit, colour, power)


def draw_rain(canvas: Canvas, rng: np.random.Generator, amount: float) -> None:
    """Bright streaks of falling drops."""
    slant = float(rng.uniform(-0.03, 0.03))
    for _ in range(int(160 * amount)):
        x, y = float(rng.uniform(0, ASPECT)), float(rng.uniform(-0.05, 1))
        length = float(rng.uniform(0.02, 0.07))
        tone = float(rng.uniform(140, 215))
        canvas.line((x, y), (x + slant, y + length), 0.0015, (tone, tone, tone))


def draw_leaves(canvas: Canvas, rng: np.random.Generator, count: int) -> None:
    """Leaves that fall through the picture, some of them orange."""
    for _ in range(count):
        at = (float(rng.uniform(0, ASPECT)), float(rng.uniform(0, 1)))
        colour: Colour = ((200, 110, 30), (180, 60, 30), (196, 160, 50), (96, 110, 50))[
            int(rng.integers(4))
        ]
        size = float(rng.uniform(0.005, 0.013))
        canvas.ellipse(at, (size, size * 0.5), float(rng.uniform(0, 180)), colour)
