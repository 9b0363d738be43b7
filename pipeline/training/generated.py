"""Items of the generated world as the trainers take them, one per seed."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.mel import log_mel_numpy
from pipeline.scene.backdrop import sample_backdrop
from pipeline.scene.canvas import ASPECT
from pipeline.scene.lens import sample_lens
from pipeline.scene.pictures import paint, sample_picture, sample_snapshot
from pipeline.scene.sounds import sample_sound

#: Side of the square that a frame is squashed to.
SIDE = 160
WINDOW_S = 5.0


_PEOPLE = frozenset(
    {
        "person_standing",
        "person_walking",
        "person_running",
        "person_bending",
        "person_sitting",
        "person_lying",
    }
)
#: True of every part of a picture.
_ANYWHERE = frozenset({"night", "rain", "sunset"})


def picture_item(seed: int) -> tuple[NDArray[Any], frozenset[str]]:
    """A whole scene as uint8 (160, 160, 3)."""
    rng = np.random.default_rng(seed)
    made = sample_picture(rng)
    return through_camera(made.pixels, rng), made.concepts


def close_item(seed: int) -> tuple[NDArray[Any], frozenset[str]]:
    """A close-up as uint8 (160, 160, 3): poses are learned large first, then small."""
    rng = np.random.default_rng(seed)
    pixels, concepts = close_up(rng)
    return through_camera(pixels, rng), concepts


def close_up(rng: np.random.Generator) -> tuple[NDArray[np.uint8], frozenset[str]]:
    """The part of a random scene around one person, and what is in that part."""
    while True:
        backdrop = sample_backdrop(rng)
        snapshot, found = sample_snapshot(rng, backdrop)
        kinds = found & _PEOPLE
        # One kind of pose, and nothing whose place is unknown: the part's labels must be sure.
        if len(kinds) == 1 and not backdrop.cars and not snapshot.lamps:
            break
    pixels = paint(backdrop.paint(360), snapshot, backdrop.view, sample_lens(rng), rng)
    person = snapshot.people[int(rng.integers(len(snapshot.people)))]
    tall = backdrop.view.scale(person.y)
    high = float(np.clip(tall * rng.uniform(1.3, 3.2), 0.25, 1.0))
    wide = min(high * float(rng.uniform(1.2, 1.9)), ASPECT)
    left = float(np.clip(person.x - wide * rng.uniform(0.35, 0.65), 0, ASPECT - wide))
    top = float(np.clip(person.y - 0.4 * tall - high * rng.uniform(0.4, 0.6), 0, 1 - high))

    def inside(x: float, y: float) -> bool:
        return left <= x <= left + wide and top <= y <= top + high

    seen = set(found & _ANYWHERE) | set(kinds)
    if "people_group" in found and sum(inside(one.x, one.y) for one in snapshot.people) > 2:
        seen.add("people_group")
    for name, things in (("fire", snapshot.fires), ("car", snapshot.cars), ("dog", snapshot.dogs)):
        if any(inside(one.x, one.y - 0.02) for one in things):
            seen.add(name)
    if any(inside(one.x, one.y - 0.5 * one.height) for one in snapshot.smokes):
        seen.add("smoke")
    rows = slice(round(top * 360), round((top + high) * 360))
    columns = slice(round(left * 360), round((left + wide) * 360))
    return np.ascontiguousarray(pixels[rows, columns]), frozenset(seen)


def through_camera(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Lossy coding, more often than not, and a scaler, to uint8 (160, 160, 3)."""
    if rng.random() < 0.6:
        quality = int(rng.integers(25, 92))
        _, coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        pixels = cv2.imdecode(coded, cv2.IMREAD_COLOR).astype(np.uint8, copy=False)
    how = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)[int(rng.integers(3))]
    return cv2.resize(pixels, (SIDE, SIDE), interpolation=how).astype(np.uint8, copy=False)


def sound_item(seed: int) -> tuple[NDArray[Any], frozenset[str]]:
    """Five seconds of sound as a log-mel picture, float16 (64, 250)."""
    made = sample_sound(np.random.default_rng(seed), WINDOW_S)
    return log_mel_numpy(made.samples[None])[0].astype(np.float16), made.concepts
