"""Moments of films with how they moved: generated stories, and real clips that may be trained on.

Both are read as a camera's worker reads them: decoded, squashed, and measured at a fixed pace.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.media import frames
from pipeline.evaluation.tracks import measured
from pipeline.movement import PACE_HZ
from pipeline.scene.compose import compose
from pipeline.scene.concepts import SIGHT_CONCEPTS
from pipeline.scene.story import Story
from pipeline.training.common import report
from pipeline.training.generated import SIDE, labels_at
from pipeline.training.real_sight import train_clips

#: Of a story's moments every so many is kept, and of those in its events every one so often.
_EVERY, _EVERY_IN_EVENT = 10, 3


@dataclass(frozen=True, slots=True)
class Moments:
    """What was seen at n moments, and how it had moved up to each."""

    #: uint8 (n, SIDE, SIDE, 3).
    pictures: NDArray[np.uint8]
    #: float32 (n, pipeline.movement.DIM).
    readings: NDArray[np.float32]
    #: float32 (n, concepts) in [0, 1]; NaN where nobody knows.
    labels: NDArray[np.float32]
    #: int64 (n,): moments of one film have one number.
    films: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.readings)


def story_moments(seed: int) -> Moments:
    """Moments of the story of a seed, and of the same camera's quiet life where it has no event."""
    story = compose(seed)
    rng = np.random.default_rng((seed, 11))
    pictures, readings, labels = [], [], []
    for k, (t, picture, reading) in enumerate(measured(filmed(story, rng))):
        inside = any(e.start_s <= t <= e.end_s for e in story.events)
        if np.isnan(reading[0]) or k % (_EVERY_IN_EVENT if inside else _EVERY):
            continue
        told = labels_at(story, t)
        if told is None:
            continue
        pictures.append(picture)
        readings.append(reading)
        labels.append(
            [np.nan if c in told.unsure else float(c in told.seen) for c in SIGHT_CONCEPTS]
        )
    return Moments(
        np.stack(pictures),
        np.stack(readings),
        np.array(labels, np.float32),
        np.full(len(labels), seed, np.int64),
    )


def quiet_moments(seed: int, seconds: float = 20.0) -> Moments:
    """Moments of a stretch of a generated camera's quiet life, one a second, without labels."""
    story = compose(seed).quiet()
    rng = np.random.default_rng((seed, 12))
    start = float(rng.uniform(0, story.seconds - seconds))
    told = [one for one in measured(filmed(story, rng, start, seconds)) if np.isfinite(one[2][0])]
    _, pictures, readings = zip(*told[:: round(PACE_HZ)], strict=True)
    unknown = np.full((len(pictures), len(SIGHT_CONCEPTS)), np.nan, np.float32)
    film = np.full(len(pictures), seed, np.int64)
    return Moments(np.stack(pictures), np.stack(readings), unknown, film)


def fill_moments(folder: Path, first_seed: int, stories: int) -> None:
    """Film the stories of so many seeds; finished files are kept: work can go on."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(first_seed, first_seed + stories):
        path = folder / f"story-{seed}.npz"
        if path.exists():
            continue
        made = story_moments(seed)
        partial = path.with_suffix(f".{os.getpid()}.tmp")
        with partial.open("wb") as file:
            np.savez_compressed(
                file,
                pictures=made.pictures,
                readings=made.readings,
                labels=made.labels,
                concepts=np.array(SIGHT_CONCEPTS),
            )
        partial.replace(path)
        if (seed + 1) % 20 == 0:
            report(f"films: {seed + 1 - first_seed} of {stories}")


def load_moments(folder: Path) -> Moments:
    """Every finished story of ``folder``.

    Raises:
        FileNotFoundError: there is none.
        ValueError: one was made for other concepts (clear the folder).
    """
    paths = sorted(folder.glob("story-*.npz"))
    if not paths:
        raise FileNotFoundError(f"no finished story in {folder}: fill the cache first")
    parts = []
    for number, path in enumerate(paths):
        with np.load(path) as stored:
            if tuple(stored["concepts"]) != SIGHT_CONCEPTS:
                raise ValueError(f"{path} was made for other concepts: clear {folder}")
            rows = len(stored["readings"])
            parts.append(
                Moments(
                    stored["pictures"],
                    stored["readings"],
                    stored["labels"],
                    np.full(rows, number, np.int64),
                )
            )
    return joined(parts)


def real_moments(data: Path) -> Moments:
    """Every moment of the clips that may be trained on. Raises as `train_clips` does."""
    parts: list[Moments] = []
    for path, known in train_clips(data, SIGHT_CONCEPTS):
        seen = [
            (picture, reading)
            for _, picture, reading in measured(frames(path, (SIDE, SIDE), PACE_HZ))
            if np.isfinite(reading[0])
        ]
        if not seen:
            continue
        pictures, readings = zip(*seen, strict=True)
        labels = np.tile(known, (len(seen), 1))
        film = np.full(len(seen), len(parts), np.int64)
        parts.append(Moments(np.stack(pictures), np.stack(readings), labels, film))
    return joined(parts)


def joined(parts: Sequence[Moments]) -> Moments:
    """Several sets as one; their films stay apart where their numbers differ."""
    return Moments(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Moments.__slots__)
    )


def filmed(
    story: Story, rng: np.random.Generator, start_s: float = 0.0, seconds: float | None = None
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """(seconds, uint8 (SIDE, SIDE, 3)) of a story that went through a camera's H.264.

    Args:
        story: what is filmed.
        rng: of the camera's settings.
        start_s: where the part begins that is filmed.
        seconds: its length; default: the whole story.
    """
    written = io.BytesIO()
    rate = round(PACE_HZ)
    with av.open(written, "w", format="matroska") as container:
        video = container.add_stream("libx264", rate=rate)
        video.height, video.width = 360, 640
        video.pix_fmt = "yuv420p"
        video.gop_size = int(rng.integers(5, 30))
        video.max_b_frames = 0
        crf = str(int(rng.integers(20, 31)))
        video.options = {"preset": "veryfast", "crf": crf, "tune": "zerolatency"}
        for k in range(round((story.seconds if seconds is None else seconds) * rate)):
            frame = av.VideoFrame.from_ndarray(story.frame(start_s + k / rate), "rgb24")
            frame.pts, frame.time_base = k, Fraction(1, rate)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    written.seek(0)
    with av.open(written) as container:
        for k, decoded in enumerate(container.decode(video=0)):
            scaled = decoded.reformat(width=SIDE, height=SIDE, format="rgb24")
            yield start_s + k / rate, scaled.to_ndarray()
