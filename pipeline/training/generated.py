"""Items of the generated world as the trainers take them, one per seed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.mel import log_mel_numpy
from pipeline.scene.compose import compose
from pipeline.scene.concepts import SIGHT_CONCEPTS
from pipeline.scene.pictures import sample_picture
from pipeline.scene.sounds import sample_sound
from pipeline.scene.story import Story
from pipeline.scene.things import Thing, things_of
from pipeline.training.data import Item

#: Side of the square that a frame is squashed to.
SIDE = 160
#: Cells a side of the map of where things are.
CELLS = 20
WINDOW_S = 5.0

#: True of every part of a picture.
_ANYWHERE = frozenset({"night", "rain", "sunset"})
#: What has a place in the picture.
PLACED = (
    "person_standing",
    "person_walking",
    "person_running",
    "person_bending",
    "person_sitting",
    "person_lying",
    "person_falling",
    "people_fighting",
    "fire",
    "smoke",
    "car",
    "dog",
)
#: A thing of which less than this part lies in a crop may be seen there or not; of which less
#: than the other lies there, is not.
_SEEN, _UNSEEN = 0.5, 0.1


def picture_item(seed: int) -> Item:
    """A whole scene as uint8 (160, 160, 3)."""
    rng = np.random.default_rng(seed)
    made = sample_picture(rng)
    things = things_of(made.snapshot, made.backdrop.view)
    unknown = frozenset({"car"}) if made.backdrop.cars else frozenset()
    return Item(through_camera(made.pixels, rng), made.concepts, cells=cells_of(things, unknown))


def close_item(seed: int) -> Item:
    """The part of a scene around one of its things, uint8 (160, 160, 3).

    Things are learned large, then small. The place is not told from a part; parked cars of the
    backdrop may reach into it.
    """
    rng = np.random.default_rng(seed)
    while True:
        made = sample_picture(rng)
        things = things_of(made.snapshot, made.backdrop.view)
        if things:
            break
    left, top, wide, high = _around(things[int(rng.integers(len(things)))], rng)
    parts = [_moved(thing, left, top, wide, high) for thing in things]
    seen, unsure = _in_view(parts)
    seen |= made.concepts & _ANYWHERE
    unsure |= set(SIGHT_CONCEPTS) - set(PLACED) - _ANYWHERE - {"covered_lens"}
    if made.backdrop.cars:
        unsure.add("car")
    unsure -= seen
    rows, columns = made.pixels.shape[:2]
    crop = made.pixels[
        round(top * rows) : round((top + high) * rows),
        round(left * columns) : round((left + wide) * columns),
    ]
    return Item(
        through_camera(np.ascontiguousarray(crop), rng),
        frozenset(seen),
        frozenset(unsure),
        cells_of(parts, frozenset(unsure & set(PLACED))),
    )


def story_item(seed: int) -> Item:
    """A moment of a story, uint8 (160, 160, 3): what people do is sure, or another is taken."""
    rng = np.random.default_rng((seed, 5))
    story = _story(seed // MOMENTS)
    while True:
        t = float(rng.uniform(0, story.seconds))
        if rng.random() < 0.4:
            event = story.events[int(rng.integers(len(story.events)))]
            t = float(rng.uniform(event.start_s, event.end_s))
        labels = labels_at(story, t)
        if labels is not None:
            break
    return Item(
        through_camera(story.frame(t), rng),
        labels.seen,
        labels.unsure,
        cells_of(labels.things, labels.hidden),
    )


@dataclass(frozen=True, slots=True)
class Labels:
    """What a moment of a story shows."""

    things: Sequence[Thing]
    seen: frozenset[str]
    #: What may be there or not.
    unsure: frozenset[str]
    #: Of what has a place: where it is nobody knows.
    hidden: frozenset[str]


def labels_at(story: Story, t: float) -> Labels | None:
    """What the picture at ``t`` seconds shows; None where nobody could say what people do."""
    snapshot, doing = story.snapshot(t), story.activities(t)
    sure = tuple(name for name in doing if name is not None)
    if len(sure) < len(doing) or any(fire.strength <= 0.3 for fire in snapshot.fires):
        return None
    view = story.backdrop.view
    things = things_of(replace(snapshot, activities=sure), view)
    seen, unsure = _in_view(things)
    seen.add(story.backdrop.place)
    unsure |= {"headlights", "people_group", "sunset"}
    if snapshot.lamps:
        unsure.add("bright_light_change")
    if story.backdrop.cars:
        seen.add("car")
    elif not things:
        seen.add("empty_scene")
    hidden = unsure & set(PLACED) | ({"car"} if story.backdrop.cars else set())
    return Labels(things, frozenset(seen), frozenset(unsure - seen), frozenset(hidden))


#: Moments taken of one story.
MOMENTS = 16


@lru_cache(maxsize=2)
def _story(seed: int) -> Story:
    return compose(seed)


def _in_view(things: Sequence[Thing]) -> tuple[set[str], set[str]]:
    """Concepts that are seen, and those of which too little lies in the picture to be sure."""
    shares = {
        name: max(_inside(thing) for thing in things if thing.concept == name)
        for name in {thing.concept for thing in things}
    }
    seen = {name for name, share in shares.items() if share >= _SEEN}
    return seen, {name for name, share in shares.items() if _UNSEEN < share < _SEEN}


def _around(thing: Thing, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Left, top, width and height of a part of the picture that holds the thing, in fractions."""
    size = max(thing.bottom - thing.top, thing.right - thing.left)
    high = float(np.clip(size * rng.uniform(1.1, 2.6), 0.2, 1.0))
    wide = float(np.clip(high * rng.uniform(0.8, 1.3), 0.2, 1.0))
    x, y = (thing.left + thing.right) / 2, (thing.top + thing.bottom) / 2
    left = float(np.clip(x - wide * rng.uniform(0.35, 0.65), 0, 1 - wide))
    top = float(np.clip(y - high * rng.uniform(0.35, 0.65), 0, 1 - high))
    return left, top, wide, high


def _moved(thing: Thing, left: float, top: float, wide: float, high: float) -> Thing:
    return Thing(
        thing.concept,
        (thing.left - left) / wide,
        (thing.top - top) / high,
        (thing.right - left) / wide,
        (thing.bottom - top) / high,
    )


def _inside(thing: Thing) -> float:
    """The part of the thing that lies within the picture."""
    width = min(thing.right, 1.0) - max(thing.left, 0.0)
    height = min(thing.bottom, 1.0) - max(thing.top, 0.0)
    whole = (thing.right - thing.left) * (thing.bottom - thing.top)
    return max(0.0, width) * max(0.0, height) / max(whole, 1e-9)


def cells_of(things: Iterable[Thing], unknown: frozenset[str]) -> NDArray[np.uint16]:
    """A map of where things are: uint16 (21, 20), bit k set in a cell where ``PLACED[k]`` is.

    The last row is no part of the map: its bits name the concepts whose places are unknown.
    """
    cells = np.zeros((CELLS + 1, CELLS), np.uint16)
    for thing in things:
        rows = _span(thing.top, thing.bottom)
        columns = _span(thing.left, thing.right)
        cells[rows, columns] |= np.uint16(1 << PLACED.index(thing.concept))
    cells[CELLS] = sum(1 << PLACED.index(name) for name in unknown)
    return cells


def _span(low: float, high: float) -> slice:
    first = int(np.clip(low * CELLS, 0, CELLS))
    return slice(first, int(np.clip(np.ceil(high * CELLS), first, CELLS)))


def through_camera(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Lossy coding, more often than not, and a scaler, to uint8 (160, 160, 3)."""
    if rng.random() < 0.6:
        quality = int(rng.integers(25, 92))
        _, coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        pixels = cv2.imdecode(coded, cv2.IMREAD_COLOR).astype(np.uint8, copy=False)
    how = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)[int(rng.integers(3))]
    return cv2.resize(pixels, (SIDE, SIDE), interpolation=how).astype(np.uint8, copy=False)


def sound_item(seed: int) -> Item:
    """Five seconds of sound as a log-mel picture, float16 (64, 250)."""
    made = sample_sound(np.random.default_rng(seed), WINDOW_S)
    return Item(log_mel_numpy(made.samples[None])[0].astype(np.float16), made.concepts)
