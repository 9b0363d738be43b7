"""Pictures and sound of a made-up camera: a textured place, a swaying tree, things that move.

Made to cost a decoder what real clips of a street camera cost (about 2.7 ms a 1080p picture at
4 Mb/s on one core), not to mean anything to a model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Samples = NDArray[np.float32]

SAMPLE_RATE = 48_000
#: Standard deviation of the sensor's noise, in grey levels.
_NOISE = 0.5
_MOVERS = 34
#: What passes by takes so long, in seconds.
MOMENT_S = 2.5
#: A second of sound within which something is heard begins so often, in seconds.
_EVENT_EVERY_S = {False: 12.0, True: 3.0}


def texture(
    rng: np.random.Generator, height: int, width: int, *, roughness: float = 0.8
) -> NDArray[np.float32]:
    """Fractal noise in [-1, 1], (height, width): finer detail has less contrast, as in nature."""
    total = np.zeros((height, width), np.float32)
    weight, cell = 1.0, max(height, width) / 2
    while cell >= 2:
        rows, cols = max(2, round(height / cell)), max(2, round(width / cell))
        grid = rng.standard_normal((rows, cols)).astype(np.float32)
        total += weight * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        weight, cell = weight * roughness, cell / 2
    total /= np.abs(total).max()
    return total


@dataclass(frozen=True, slots=True)
class Life:
    """What goes on in a place: everything, or something that passes at times, in seconds."""

    passes_at: tuple[float, ...] = ()
    always: bool = False

    def since(self, at_s: float) -> float | None:
        """Seconds since something began to pass; None where nothing does."""
        return next((at_s - t for t in self.passes_at if 0 <= at_s - t < MOMENT_S), None)


@dataclass(frozen=True, slots=True)
class _Mover:
    """Something that crosses the picture. Sizes and speeds in pixels and pixels a second."""

    luma: Plane
    mask: NDArray[np.bool_]
    blue: int
    red: int
    left: float
    top: float
    speed: float
    bob: float

    def paste(self, luma: Plane, blue: Plane, red: Plane, at_s: float) -> None:
        """Draw it where it is at a time, into planes (H, W) and twice (H/2, W/2)."""
        height, width = self.luma.shape
        rows, cols = luma.shape
        x = int((self.left + self.speed * at_s) % (cols + width)) - width
        y = int(self.top + self.bob * np.sin(4.0 * at_s + self.left)) & ~1
        x &= ~1
        x0, x1 = max(0, x), min(cols, x + width)
        y0, y1 = max(0, y), min(rows, y + height)
        if x1 - x0 < 2 or y1 - y0 < 2:
            return
        mask = self.mask[y0 - y : y1 - y, x0 - x : x1 - x]
        np.copyto(luma[y0:y1, x0:x1], self.luma[y0 - y : y1 - y, x0 - x : x1 - x], where=mask)
        for plane, value in ((blue, self.blue), (red, self.red)):
            part = plane[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2]
            np.copyto(part, np.uint8(value), where=mask[::2, ::2][: part.shape[0], : part.shape[1]])


class Place:
    """One camera's view. ``pictures`` of the same seed and size are the same, moving or still.

    Args:
        seed: which place.
        width, height: in pixels; even, and a multiple of four.
    """

    def __init__(self, seed: int, width: int, height: int) -> None:
        rng = np.random.default_rng(seed)
        self._width, self._height = width, height
        luma = 110 + 45 * texture(rng, height, width)
        luma += np.linspace(35, -25, height, dtype=np.float32)[:, None]
        for _ in range(18):
            # Walls, doors, windows: edges.
            tall, wide = int(height * rng.uniform(0.06, 0.4)), int(width * rng.uniform(0.03, 0.2))
            y, x = rng.integers(0, height - tall), rng.integers(0, width - wide)
            part = texture(rng, tall, wide)
            luma[y : y + tall, x : x + wide] = rng.uniform(60, 190) + 18 * part
        half = (height // 2, width // 2)
        self._luma = np.clip(luma, 16, 235).astype(np.uint8)
        self._blue = np.clip(128 + 18 * texture(rng, *half), 16, 240).astype(np.uint8)
        self._red = np.clip(128 + 18 * texture(rng, *half), 16, 240).astype(np.uint8)
        self._movers = [self._mover(rng) for _ in range(_MOVERS)]
        walker = self._mover(rng)
        # Once across the picture, and out of it at either end.
        way = width + walker.luma.shape[1]
        self._passer = replace(walker, left=0.0, top=height * 0.55, speed=way / MOMENT_S)
        noise = rng.normal(128, _NOISE, (height + 64, width + 64))
        self._noise = np.clip(np.rint(noise), 0, 255).astype(np.uint8)
        self._tree = (int(height * 0.05), int(width * 0.68), int(height * 0.42), int(width * 0.26))

    def _mover(self, rng: np.random.Generator) -> _Mover:
        tall = int(self._height * rng.uniform(0.1, 0.34)) & ~1
        wide = int(tall * rng.choice([0.45, 0.5, 1.6])) & ~1
        luma = np.clip(rng.uniform(60, 190) + 40 * texture(rng, tall, wide), 16, 235)
        rows, cols = np.mgrid[-1 : 1 : tall * 1j, -1 : 1 : wide * 1j]
        return _Mover(
            luma.astype(np.uint8),
            np.abs(rows) ** 3 + np.abs(cols) ** 3 < 1,
            blue=int(rng.integers(90, 166)),
            red=int(rng.integers(90, 166)),
            left=rng.uniform(0, self._width),
            top=rng.uniform(self._height * 0.3, self._height - tall),
            speed=float(rng.choice([-1, 1]) * self._width * rng.uniform(0.04, 0.16)),
            bob=self._height * rng.uniform(0.0, 0.008),
        )

    def pictures(self, count: int, fps: float, life: Life) -> Iterator[Plane]:
        """``count`` pictures in I420: uint8 (3 H / 2, W), as FFmpeg's ``yuv420p``."""
        height, width = self._height, self._width
        picture = np.empty((height * 3 // 2, width), np.uint8)
        luma = picture[:height]
        quarter = height // 4
        blue = picture[height : height + quarter].reshape(height // 2, width // 2)
        red = picture[height + quarter :].reshape(height // 2, width // 2)
        rng = np.random.default_rng(1)
        for number in range(count):
            at_s = number / fps
            luma[:], blue[:], red[:] = self._luma, self._blue, self._red
            if life.always:
                self._sway(luma, at_s)
                for mover in self._movers:
                    mover.paste(luma, blue, red, at_s)
            elif (since_s := life.since(at_s)) is not None:
                self._passer.paste(luma, blue, red, since_s)
            y, x = rng.integers(0, 64, 2)
            noise = self._noise[y : y + height, x : x + width]
            cv2.addWeighted(luma, 1.0, noise, 1.0, -128.0, dst=luma)
            yield picture

    def _sway(self, luma: Plane, at_s: float) -> None:
        top, left, tall, wide = self._tree
        rows, cols = np.mgrid[0:tall, 0:wide].astype(np.float32)
        reach = 3.0 * self._height / 1080
        shift = reach * np.sin(2.1 * at_s + rows / 60 + cols / 90).astype(np.float32)
        part = self._luma[top : top + tall, left : left + wide]
        luma[top : top + tall, left : left + wide] = cv2.remap(
            part, cols + shift, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )


def sound(seconds: float, *, lively: bool, seed: int = 0) -> Samples:
    """A microphone in a quiet room or in a lively place: float32 (n,) mono at 48 kHz.

    Room tone at -60 dB of full scale; now and then (lively: every three seconds) a knock or a
    tone that dies away.
    """
    rng = np.random.default_rng(seed)
    count = round(seconds * SAMPLE_RATE)
    heard = np.cumsum(rng.standard_normal(count + 1))
    heard = np.diff(heard - np.convolve(heard, np.ones(64) / 64, "same"))
    heard *= 10 ** (-60 / 20) / max(float(np.std(heard)), 1e-9)
    every = _EVENT_EVERY_S[lively]
    for begin in np.arange(every / 2, seconds - 0.5, every):
        length = int(rng.uniform(0.3, 0.9) * SAMPLE_RATE)
        at = int(begin * SAMPLE_RATE)
        length = min(length, count - at)
        t = np.arange(length) / SAMPLE_RATE
        tone = np.sin(2 * np.pi * rng.uniform(200, 2500) * t) + 0.5 * rng.standard_normal(length)
        heard[at : at + length] += 0.12 * tone * np.exp(-6 * t)
    return np.clip(heard, -1, 1).astype(np.float32)
