"""Places for cameras that are drawn: what films of quiet life look like to the encoders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.encoders import SightEncoder, SoundEncoder
from pipeline.encoders.base import in_parts
from pipeline.evaluation.media import frames, sounds
from pipeline.gate import audible
from pipeline.movement import BLOCKS, PACE_HZ, UNKNOWN, MovementMeter
from pipeline.records import NS_PER_S
from pipeline.scene.compose import compose
from tests.bench.character import Character, Rows
from tests.bench.quiet_world import Camera

FIRST_SEED, STORIES = 6000, 2
#: Rows of sound below which a film says nothing of it, and of pictures.
_ENOUGH = 40
Pair = tuple[SightEncoder, SoundEncoder]
#: Embeddings of pictures five a second, their change of blocks, and embeddings of sounds.
Film = tuple[Rows, Rows, Rows]


@dataclass(frozen=True)
class Place:
    """What one camera's film looks like."""

    name: str
    sight: Character
    sound: Character


def filmed(
    shown: Iterator[tuple[float, NDArray[np.uint8]]],
    waves: list[Rows],
    pair: Pair,
) -> Film:
    """Embeddings of pictures five a second, their change of blocks, and embeddings of sounds."""
    sight, sound = pair
    meter = MovementMeter()
    pixels, readings, changes = [], [], []
    for at, picture in shown:
        meter.add(picture, round(at * NS_PER_S))
        reading, change = meter.reading(), meter.change()
        pixels.append(picture)
        readings.append(UNKNOWN if reading is None else reading)
        unknown = np.full((BLOCKS, BLOCKS), np.nan, np.float32)
        changes.append(unknown if change is None else change)
    still = in_parts(sight.encode_images, np.stack(pixels), 32)
    heard = [w for w in waves if audible(w)]
    rows = in_parts(sound.encode_sounds, np.stack(heard), 16) if heard else np.zeros((0, sound.dim))
    return (
        sight.with_movement(still, np.stack(readings)),
        np.stack(changes),
        np.asarray(rows, np.float32),
    )


def generated(number: int, pair: Pair, stories: int = STORIES) -> Film:
    """Quiet stories of one generated camera."""
    sight, sound = pair
    first = compose(FIRST_SEED + 500 * number)
    parts = []
    for k in range(stories):
        story = compose(first.seed + k, at=first).quiet()
        size = sight.image_size[::-1]
        shown = (
            (at, cv2.resize(story.frame(at), size, interpolation=cv2.INTER_AREA).astype(np.uint8))
            for at in (j / PACE_HZ for j in range(round(story.seconds * PACE_HZ)))
        )
        wave, length = story.sound(), round(sound.window_s * 48_000)
        cut = [
            wave[s : s + length].astype(np.float32)
            for s in range(0, len(wave) - length + 1, 48_000)
        ]
        parts.append(filmed(shown, cut, pair))
    seen, change, heard = (np.concatenate(some) for some in zip(*parts, strict=True))
    return seen, change, heard


def recorded(path: Path, pair: Pair) -> Film:
    """One real clip."""
    sight, sound = pair
    waves = [samples for _, _, samples in sounds(path, sound.window_s)]
    return filmed(frames(path, sight.image_size, PACE_HZ), waves, pair)


def places(pair: Pair, count: int) -> list[Place]:
    """As many places as there are cameras: up to half of them real, where there are any."""
    films: dict[str, Film] = {}
    data = os.environ.get("HEARSIGHT_DATA")
    if data is not None:
        for path in sorted(Path(data).rglob("intel-sample-videos/*.mp4"))[: count // 2]:
            films[path.stem] = recorded(path, pair)
    for k in range(count - len(films)):
        films[f"generated {k + 1}"] = generated(k, pair)
    return places_of(films)


def places_of(films: dict[str, Film]) -> list[Place]:
    """The characters of films; one without sound borrows another's."""
    loud = [heard for _, _, heard in films.values() if len(heard) >= _ENOUGH]
    made = []
    for k, (name, (seen, change, heard)) in enumerate(films.items()):
        heard = heard if len(heard) >= _ENOUGH else loud[k % len(loud)]
        made.append(Place(name, Character.of(seen, PACE_HZ, change), Character.of(heard, 1.0)))
    return made


def camera_of(places: list[Place], k: int, step_s: float) -> Camera:
    """Camera number k."""
    here, there = places[k], places[(k + 1) % len(places)]
    elsewhere = there.sight.mean, there.sound.mean
    return Camera(here.sight, here.sound, elsewhere, step_s=step_s, seed=1000 + k)
