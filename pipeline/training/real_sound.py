"""Recordings that may be trained on: ESC-10's training folds, sound tracks of films.

Which files those are is fixed in ``pipeline.evaluation.splits``; all others are only ever scored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from pipeline.evaluation.splits import Part, part_of
from pipeline.scene.acoustics import RATE, Samples

#: ESC-10's classes, by the name of their folder, as concepts of ours.
ESC_CONCEPTS = {
    "Dog bark": "dog_bark",
    "Rain": "rain",
    "Sea waves": "sea_waves",
    "Baby cry": "baby_cry",
    "Clock tick": "clock_tick",
    "Person sneeze": "sneeze",
    "Helicopter": "helicopter",
    "Chainsaw": "chainsaw",
    "Rooster": "rooster",
    "Fire crackling": "fire_crackling",
}
#: A film's sound below this peak is no sound but an empty track.
_AUDIBLE = 0.003


@dataclass(frozen=True, slots=True)
class Recording:
    """A real sound and what is known to be in it."""

    path: Path
    #: float32 (n,), mono, 48 kHz, within [-1, 1].
    samples: Samples
    #: The concept its label names; None where nobody labelled it.
    concept: str | None = None


def read_sound(path: Path) -> Samples | None:
    """The sound of a file as float32 (n,), mono, 48 kHz; None if it has no audible sound."""
    parts = []
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return None
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        for frame in container.decode(audio=0):
            parts += [out.to_ndarray()[0] for out in resampler.resample(frame)]
        parts += [out.to_ndarray()[0] for out in resampler.resample(None)]
    samples = np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)
    return samples if np.abs(samples).max(initial=0.0) > _AUDIBLE else None


def esc_recordings(data: Path, part: Part) -> Iterator[Recording]:
    """ESC-10's clips of one part, in the order of their names."""
    for path in sorted((data / "audio" / "esc10").glob("[0-9]*/*.ogg")):
        concept = ESC_CONCEPTS[path.parent.name.partition(" - ")[2]]
        samples = read_sound(path) if part_of("esc", path.name) is part else None
        if samples is not None:
            yield Recording(path, samples, concept)


def film_recordings(data: Path) -> Iterator[Recording]:
    """Audible sound tracks of the films that may be trained on."""
    for dataset, folder in (("fights", "surveillance-fight"), ("intel", "intel-sample-videos")):
        for path in sorted((data / "video" / folder).rglob("*.mp4")):
            samples = read_sound(path) if part_of(dataset, path.name) is Part.TRAIN else None
            if samples is not None:
                yield Recording(path, samples)
