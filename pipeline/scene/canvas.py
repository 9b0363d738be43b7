"""Drawing surface in scene units, and the textures that make surfaces look like surfaces.

One scene unit is the height of the frame: x runs from 0 to 16/9, y from 0 (top) to 1 (bottom).
Textures are periodic 1/f noise, shaped in the frequency domain (Perlin, "An image synthesizer",
1985, for the use of noise; the spectral construction is the usual one for fractal terrain).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Colour = tuple[float, float, float]
Point = tuple[float, float]

ASPECT = 16 / 9
_TILE = 256
_SHIFT = 4
_ONE = 1 << _SHIFT


@lru_cache(maxsize=8)
def noise_tile(beta: float, seed: int = 7) -> Image:
    """Seamless noise with power 1/f**beta, uint8 of shape (512, 512): four copies of a tile."""
    rng = np.random.default_rng(seed)
    fy = np.fft.fftfreq(_TILE)[:, None]
    fx = np.fft.rfftfreq(_TILE)[None, :]
    radius = np.sqrt(fy**2 + fx**2)
    radius[0, 0] = 1.0
    spectrum = np.fft.rfft2(rng.standard_normal((_TILE, _TILE))) / radius ** (beta / 2)
    spectrum[0, 0] = 0.0
    field = np.fft.irfft2(spectrum, s=(_TILE, _TILE))
    field = 128 + 50 * field / field.std()
    return np.ascontiguousarray(np.tile(np.clip(field, 0, 255).astype(np.uint8), (2, 2)))


def _lines(kind: str) -> Image:
    tile = noise_tile(1.0, 11)[:_TILE, :_TILE].astype(np.float32) * 0.5 + 64
    rng = np.random.default_rng(3)
    if kind == "brick":
        for row in range(0, _TILE, 16):
            offset = 16 if (row // 16) % 2 else 0
            for col in range(-offset, _TILE, 32):
                tile[row : row + 16, max(col, 0) : col + 32] += rng.normal(0, 14)
                tile[row : row + 16, max(col, 0) : max(col, 0) + 2] = 70
            tile[row : row + 2] = 70
    elif kind == "planks":
        for col in range(0, _TILE, 32):
            tile[:, col : col + 32] += rng.normal(0, 16)
            tile[:, col : col + 2] = 60
    else:
        for row in range(0, _TILE, 64):
            for col in range(0, _TILE, 64):
                tile[row : row + 64, col : col + 64] += rng.normal(0, 10)
            tile[row : row + 3] = 75
        for col in range(0, _TILE, 64):
            tile[:, col : col + 3] = 75
    return np.ascontiguousarray(np.tile(np.clip(tile, 0, 255).astype(np.uint8), (2, 2)))


@lru_cache(maxsize=16)
def pattern(kind: str) -> Image:
    """A seamless grey texture by name: rough, soft, grass, brick, planks or tiles."""
    if kind == "rough":
        return noise_tile(0.9)
    if kind == "soft":
        return noise_tile(2.4)
    if kind == "grass":
        fine = noise_tile(0.5, 23).astype(np.float32)
        broad = noise_tile(2.2, 29).astype(np.float32)
        return np.clip(0.7 * fine + 0.5 * broad - 26, 0, 255).astype(np.uint8)
    return _lines(kind)


def crop(tile: Image, rng: np.random.Generator, shape: tuple[int, int], zoom: float) -> Image:
    """A randomly placed patch of a (512, 512) tile, magnified ``zoom`` times; uint8 (h, w)."""
    h = int(np.clip(shape[0] / zoom, 2, _TILE))
    w = int(np.clip(shape[1] / zoom, 2, _TILE))
    y, x = int(rng.integers(_TILE)), int(rng.integers(_TILE))
    return cv2.resize(tile[y : y + h, x : x + w], (shape[1], shape[0])).astype(np.uint8, copy=False)


def ramp(low: Colour, high: Colour) -> Image:
    """Colour map from grey 0 to 255, uint8 (256, 1, 3)."""
    t = np.linspace(0.0, 1.0, 256)[:, None]
    table: Image = np.clip(np.asarray(low) * (1 - t) + np.asarray(high) * t, 0, 255).astype(
        np.uint8
    )
    return table[:, None, :]


def around(colour: Colour, strength: float) -> Image:
    """Colour map that varies one colour's brightness by ``strength`` to either side."""
    return ramp(scaled(colour, 1 - strength), scaled(colour, 1 + strength))


def scaled(colour: Colour, factor: float) -> Colour:
    """The colour, brighter or darker, clipped to 0-255."""
    r, g, b = (min(255.0, max(0.0, c * factor)) for c in colour)
    return r, g, b


def mixed(a: Colour, b: Colour, t: float) -> Colour:
    """The colour between ``a`` (t = 0) and ``b`` (t = 1)."""
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


class Canvas:
    """Pixels of one picture, drawn in scene units.

    ``pixels`` is uint8 (H, W, 3) RGB with W = H * 16/9.
    """

    __slots__ = ("height", "pixels", "width")

    def __init__(self, height: int, pixels: Image | None = None) -> None:
        self.height = height
        self.width = round(height * ASPECT)
        self.pixels: Image = (
            np.zeros((height, self.width, 3), np.uint8) if pixels is None else pixels
        )

    def _fixed(self, points: Sequence[Point]) -> NDArray[np.int32]:
        scale = self.height * _ONE
        return np.array([(round(x * scale), round(y * scale)) for x, y in points], np.int32)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill a polygon with one colour, edges antialiased."""
        cv2.fillPoly(self.pixels, [self._fixed(points)], colour, cv2.LINE_AA, _SHIFT)

    def disc(self, centre: Point, radius: float, colour: Colour) -> None:
        """Fill a circle."""
        scale = self.height * _ONE
        at = (round(centre[0] * scale), round(centre[1] * scale))
        cv2.circle(self.pixels, at, max(1, round(radius * scale)), colour, -1, cv2.LINE_AA, _SHIFT)

    def ellipse(
        self, centre: Point, axes: tuple[float, float], angle: float, colour: Colour
    ) -> None:
        """Fill an ellipse; ``angle`` in degrees, clockwise."""
        scale = self.height * _ONE
        at = (round(centre[0] * scale), round(centre[1] * scale))
        half = (max(1, round(axes[0] * scale)), max(1, round(axes[1] * scale)))
        cv2.ellipse(self.pixels, at, half, angle, 0, 360, colour, -1, cv2.LINE_AA, _SHIFT)

    def line(self, a: Point, b: Point, width: float, colour: Colour) -> None:
        """A straight stroke, at least a pixel wide."""
        ends = self._fixed((a, b))
        thickness = max(1, round(width * self.height))
        start, stop = (int(ends[0, 0]), int(ends[0, 1])), (int(ends[1, 0]), int(ends[1, 1]))
        cv2.line(self.pixels, start, stop, colour, thickness, cv2.LINE_AA, _SHIFT)

    def capsule(self, a: Point, ra: float, b: Point, rb: float, colour: Colour) -> None:
        """A tapered stroke with round ends, as limbs are."""
        dx, dy = b[0] - a[0], b[1] - a[1]
        length = (dx * dx + dy * dy) ** 0.5
        if length > 1e-6:
            nx, ny = -dy / length, dx / length
            quad = self._fixed(
                (
                    (a[0] + nx * ra, a[1] + ny * ra),
                    (b[0] + nx * rb, b[1] + ny * rb),
                    (b[0] - nx * rb, b[1] - ny * rb),
                    (a[0] - nx * ra, a[1] - ny * ra),
                )
            )
            cv2.fillConvexPoly(self.pixels, quad, colour, cv2.LINE_AA, _SHIFT)
        self.disc(a, ra, colour)
        self.disc(b, rb, colour)

    def surface(
        self,
        points: Sequence[Point],
        table: Image,
        kind: str,
        rng: np.random.Generator,
        zoom: float = 1.0,
    ) -> None:
        """Fill a polygon with a named texture, coloured through a colour map."""
        corners = np.asarray(points) * self.height
        x0, y0 = np.clip(np.floor(corners.min(0)), 0, (self.width, self.height)).astype(int)
        x1, y1 = np.clip(np.ceil(corners.max(0)) + 1, 0, (self.width, self.height)).astype(int)
        if x1 - x0 < 2 or y1 - y0 < 2:
            return
        grey = crop(pattern(kind), rng, (y1 - y0, x1 - x0), zoom * self.height / 360)
        self._stamp(grey, table, points, int(x0), int(y0))

    def floor(
        self,
        points: Sequence[Point],
        table: Image,
        kind: str,
        rng: np.random.Generator,
        horizon: float,
    ) -> None:
        """Fill a polygon with a texture that recedes to the horizon."""
        # Drawn at half size: the texture is coarse, and warping is what costs.
        h, w = self.height / 2, self.width / 2
        top = max(horizon + 0.06, min(p[1] for p in points)) * h
        near = (h * 1.0 - horizon * h) / (top - horizon * h)
        half = w * 0.5 / near
        reach = 0.5 * _TILE
        x, y = float(rng.uniform(0, _TILE)), float(rng.uniform(0, 100))
        source = np.array(
            [[x, y], [x + reach, y], [x + reach, y + reach * 2.4], [x, y + reach * 2.4]],
            np.float32,
        )
        centre = w * float(rng.uniform(0.35, 0.65))
        target = np.array(
            [[centre - half, top], [centre + half, top], [centre + w / 2, h], [centre - w / 2, h]],
            np.float32,
        )
        transform = cv2.getPerspectiveTransform(source, target)
        warped = cv2.warpPerspective(
            pattern(kind),
            transform,
            (int(w), int(h)),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        )
        grey = cv2.resize(warped, (self.width, self.height)).astype(np.uint8, copy=False)
        self._stamp(np.asarray(grey, np.uint8), table, points, 0, 0)

    def _stamp(self, grey: Image, table: Image, points: Sequence[Point], x: int, y: int) -> None:
        coloured = cv2.applyColorMap(grey, table)
        mask = np.zeros(grey.shape, np.uint8)
        outline = self._fixed(points) - np.array([x, y], np.int32) * _ONE
        cv2.fillPoly(mask, [outline], (255,), cv2.LINE_8, _SHIFT)
        roi = self.pixels[y : y + grey.shape[0], x : x + grey.shape[1]]
        cv2.copyTo(coloured, mask, roi)
