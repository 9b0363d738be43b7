"""Five seconds of sound with soft labels: generated, recorded, and mixes of the two.

What is known to be in a clip counts as there; what the teacher hears beside it counts as far as
the teacher is sure. Dry synthetic sounds are music to it, and a slammed door a shot: what people
generated is not asked about music, and cannot become an alarm by the teacher's word alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.mel import log_mel_numpy
from pipeline.evaluation.splits import Part
from pipeline.scene.acoustics import RATE, Samples, normal, place
from pipeline.scene.concepts import NORMAL_SOUND, SOUND_CONCEPTS
from pipeline.scene.sounds import (
    backdrop,
    floor,
    microphone,
    mixed,
    pick,
    placed,
    sample_of,
)
from pipeline.training.real_sound import ESC_CONCEPTS, Recording, esc_recordings, film_recordings
from pipeline.training.teacher import LABELS_OF, Teacher, soft_labels

WINDOW_S = 5.0
#: Of an alarming concept that nobody put there the teacher's word counts this much at most.
DOUBTED = 0.25
#: A recording of one class of ESC-10 is hardly ever one of another.
OTHER_CLASS = 0.3
#: Candidates of which the teacher picks the most lifelike, and how often it is asked to.
CANDIDATES, CHOSEN = 4, 0.45
#: What a wrong idea of costs most.
_LIFELIKE = (
    "gunshot",
    "gunshot",
    "explosion",
    "siren",
    "fire_alarm",
    "glass_breaking",
    "scream",
    "shouting",
)
#: What takes too long to make several times.
_SLOW = frozenset({"crowd", "cheering", "music", "speech", "silence"})


@dataclass(frozen=True, slots=True)
class SoftItem:
    """One training item of sound."""

    #: float16 (64, 250), see ``pipeline.encoders.mel``.
    mel: NDArray[np.float16]
    #: float32 (c,), one per concept of ``SOUND_CONCEPTS``, in [0, 1].
    labels: NDArray[np.float32]
    #: float32 (527,): the teacher's probabilities, NaN without one.
    said: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Studio:
    """What items are made from: recordings and the teacher, either of which may be missing."""

    labelled: tuple[Recording, ...] = ()
    films: tuple[Recording, ...] = ()
    teacher: Teacher | None = None


@lru_cache(maxsize=2)
def open_studio(data: Path | None) -> Studio:
    """Read the recordings of the training parts once per process."""
    if data is None:
        return Studio()
    return Studio(
        tuple(esc_recordings(data, Part.TRAIN)),
        tuple(film_recordings(data)),
        Teacher(data / "teachers"),
    )


def make_item(studio: Studio, seed: int) -> SoftItem:
    """The item of a seed: the same for the same recordings, teacher and version of this code."""
    rng = np.random.default_rng(seed)
    kind = rng.random()
    if studio.labelled and kind < 0.3:
        return _recorded(studio, rng)
    if studio.films and kind < 0.42:
        return _over_recorded(studio, rng)
    concept = pick(rng)
    made = sample_of(concept, rng, WINDOW_S, lambda *one: _best(studio.teacher, *one))
    return _labelled(studio, made.samples, made.concepts)


def lifelike_item(studio: Studio, seed: int) -> SoftItem:
    """An alarming sound that the teacher takes for real, over a recorded place where there is one.

    What generators make of shots and screams is often far from the recordings that a rule will
    meet; of many tries the most lifelike are close.
    """
    rng = np.random.default_rng(seed)
    concept = _LIFELIKE[int(rng.integers(len(_LIFELIKE)))]
    event = _best(studio.teacher, concept, rng, WINDOW_S, candidates=8, asked=1.0)
    known = {concept}
    if studio.films and rng.random() < 0.6:
        under = _place_recorded(studio, rng)
    else:
        name, under = backdrop(rng, WINDOW_S)
        known.add(name)
    down = float(rng.uniform(-3, 25))
    if down > 16:
        known = {concept}
    return _labelled(studio, _taken_over(rng, event, under, down), known, real=True)


def _best(
    teacher: Teacher | None,
    concept: str,
    rng: np.random.Generator,
    seconds: float,
    *,
    candidates: int = CANDIDATES,
    asked: float = CHOSEN,
) -> Samples:
    """A source, or the one of several that the teacher takes most for what it is meant to be."""
    asks = teacher is not None and rng.random() < asked
    if not asks or teacher is None or concept in _SLOW or not LABELS_OF[concept]:
        return placed(concept, rng, seconds)
    columns = teacher.columns(concept)
    tries = [placed(concept, rng, seconds) for _ in range(candidates)]
    noise = floor(rng, len(tries[0]))
    liked = [float(teacher.ask(one * np.float32(0.5) + noise)[columns].max()) for one in tries]
    return tries[int(np.argmax(liked))]


def _fitted(rng: np.random.Generator, samples: Samples) -> Samples:
    """Five seconds of a recording: a part of it, or all of it again and again."""
    n = round(WINDOW_S * RATE)
    if len(samples) < n:
        samples = np.tile(samples, -(-n // len(samples)))
    start = int(rng.integers(len(samples) - n + 1))
    return samples[start : start + n]


def varied(rng: np.random.Generator, samples: Samples) -> Samples:
    """A recording played faster or slower, elsewhere, at another level: float32 (240000,)."""
    if rng.random() < 0.6:
        speed = float(np.exp(rng.uniform(-0.16, 0.16)))
        at = np.arange(int(len(samples) / speed), dtype=np.float64) * speed
        samples = np.interp(at, np.arange(len(samples)), samples).astype(np.float32)
    wave = _fitted(rng, samples)
    if rng.random() < 0.25:
        wave = place(rng, wave)
    return normal(wave, float(10 ** (rng.uniform(-26, 0) / 20)))


def _recorded(studio: Studio, rng: np.random.Generator) -> SoftItem:
    """A recording, sometimes under or over something generated."""
    labelled = not studio.films or rng.random() < 0.78
    stock = studio.labelled if labelled else studio.films
    one = stock[int(rng.integers(len(stock)))]
    wave = varied(rng, one.samples)
    known = {one.concept} if one.concept else set()
    if rng.random() < 0.2:
        name, under = backdrop(rng, WINDOW_S)
        down = float(rng.uniform(6, 25))
        wave = mixed(wave, under, down)
        if down < 16:
            known.add(name)
    if rng.random() < 0.5:
        wave = wave + floor(rng, len(wave))
    if rng.random() < 0.4:
        wave = microphone(rng, wave)
    return _labelled(studio, np.clip(wave, -1, 1), known, real=True)


def _over_recorded(studio: Studio, rng: np.random.Generator) -> SoftItem:
    """Something generated in a recorded street or room."""
    concept = pick(rng)
    event = _best(studio.teacher, concept, rng, WINDOW_S)
    under = _place_recorded(studio, rng)
    sound = _taken_over(rng, event, under, float(rng.uniform(-3, 18)))
    return _labelled(studio, sound, {concept} - {"silence"}, real=True)


def _place_recorded(studio: Studio, rng: np.random.Generator) -> Samples:
    """Five seconds of a film's sound track, varied."""
    return varied(rng, studio.films[int(rng.integers(len(studio.films)))].samples)


def _taken_over(rng: np.random.Generator, event: Samples, under: Samples, down: float) -> Samples:
    """What a microphone makes of an event over something ``down`` decibels below it."""
    wave = normal(mixed(event, under, down))
    level = np.float32(10 ** (rng.uniform(-24, -1) / 20))
    return microphone(rng, wave * level + floor(rng, len(wave)))


def _labelled(
    studio: Studio, samples: Samples, known: set[str] | frozenset[str], *, real: bool = False
) -> SoftItem:
    labels = np.array([float(name in known) for name in SOUND_CONCEPTS], np.float32)
    said = np.full(527, np.nan, np.float32)
    if studio.teacher is not None:
        said = studio.teacher.ask(samples)
        heard = soft_labels(said, studio.teacher.labels, SOUND_CONCEPTS)
        labels = np.maximum(labels, trusted(heard, SOUND_CONCEPTS, known, real=real))
    return SoftItem(log_mel_numpy(samples[None])[0].astype(np.float16), labels, said)


def trusted(
    heard: NDArray[np.float32],
    concepts: Sequence[str],
    known: set[str] | frozenset[str],
    *,
    real: bool,
) -> NDArray[np.float32]:
    """What of the teacher's soft labels (c,) is believed, by what is known to be in the clip."""
    classes = set(ESC_CONCEPTS.values())
    out = heard.copy()
    for k, name in enumerate(concepts):
        if name in known:
            continue
        if name == "silence" or (name == "music" and not (real and not known)):
            out[k] = 0.0
        elif name not in NORMAL_SOUND and not real:
            out[k] = min(out[k], DOUBTED)
        elif name in classes and known & classes:
            out[k] = min(out[k], OTHER_CLASS)
    return out
