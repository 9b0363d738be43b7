"""Sounds of the generated world: single dry sources, and labelled mixtures for training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.scene import (
    alarms,
    ambience,
    animals,
    blasts,
    cries,
    engines,
    glass,
    impacts,
    signals,
    sirens,
    voices,
    waters,
)
from pipeline.scene.acoustics import RATE, Samples, band, noise, normal, place
from pipeline.scene.concepts import SOUND_CONCEPTS

_MODULES = (
    alarms,
    ambience,
    animals,
    blasts,
    cries,
    engines,
    glass,
    impacts,
    signals,
    sirens,
    voices,
    waters,
)


def _unknown(rng: np.random.Generator, seconds: float) -> Samples:
    """Stands where a module has no such sound."""
    raise NotImplementedError


def _source(concept: str) -> Callable[[np.random.Generator, float], Samples]:
    """The function of the concept's name in one of the modules."""
    for module in _MODULES:
        made: Callable[[np.random.Generator, float], Samples] = getattr(module, concept, _unknown)
        if made is not _unknown:
            return made
    raise KeyError(concept)


_SOURCES = {concept: _source(concept) for concept in SOUND_CONCEPTS}

#: What goes on in the background for minutes, and how often it does.
_BACKGROUNDS: dict[str, float] = {
    "wind": 0.14,
    "rain": 0.08,
    "hum": 0.12,
    "crowd": 0.09,
    "bird_song": 0.09,
    "car_engine": 0.14,
    "speech": 0.09,
    "music": 0.06,
    "footsteps": 0.03,
    "truck": 0.03,
    "motorcycle": 0.02,
    "train": 0.02,
    "aircraft": 0.02,
    "insects": 0.03,
    "water_running": 0.02,
    "sea_waves": 0.02,
}
_BACKGROUND_ODDS = np.array(list(_BACKGROUNDS.values())) / sum(_BACKGROUNDS.values())

#: How often each concept leads a sample: alarming ones and their doubles more.
_ODDS: dict[str, float] = {
    "fire_alarm": 3.0,
    "glass_breaking": 4.0,
    "siren": 4.0,
    "scream": 2.5,
    "gunshot": 4.5,
    "explosion": 2.2,
    "shouting": 2.0,
    "burglar_alarm": 1.5,
    "dishes": 2.0,
    "keys_jingling": 1.4,
    "door_slam": 1.8,
    "bird_song": 1.4,
    "hammering": 1.3,
    "speech": 1.4,
    "music": 1.4,
    "silence": 1.2,
}


@dataclass(frozen=True, slots=True)
class LabelledSound:
    """A stretch of sound and what can be heard in it."""

    #: float32, shape (n,), mono, 48 kHz, within [-1, 1].
    samples: Samples
    #: Keys of ``concepts.SOUND_CONCEPTS``.
    concepts: frozenset[str]


def synthesise(concept: str, rng: np.random.Generator, seconds: float) -> Samples:
    """One dry source, peak 0.9: float32 (n,), 48 kHz.

    Raises ``KeyError`` for a concept that is not in ``concepts.SOUND_CONCEPTS``.
    """
    n = round(seconds * RATE)
    wave = np.asarray(_SOURCES[concept](rng, seconds)[:n], np.float32)
    return normal(wave)


def loudest(samples: Samples) -> float:
    """RMS of the loudest fifth of a second or so."""
    block = RATE // 5
    whole = len(samples) // block * block
    if whole == 0:
        return float(np.sqrt(np.mean(samples**2)) + 1e-9)
    power = (samples[:whole].reshape(-1, block) ** 2).mean(axis=1)
    return float(np.sqrt(power.max()) + 1e-9)


def microphone(rng: np.random.Generator, wave: Samples) -> Samples:
    """What a camera's cheap microphone makes of a sound: a narrower band, sometimes clipping."""
    if rng.random() < 0.6:
        low = float(rng.choice((30.0, 120.0, 300.0), p=(0.5, 0.35, 0.15)))
        high = float(rng.choice((16000.0, 8000.0, 5000.0), p=(0.5, 0.35, 0.15)))
        wave = band(wave, low, high, 2)
    if rng.random() < 0.08:
        wave = np.tanh(2.5 * wave)
    return np.clip(wave, -1, 1)


def pick(rng: np.random.Generator) -> str:
    """A concept to lead a sample."""
    names = tuple(_SOURCES)
    weights = np.array([_ODDS.get(name, 1.0) for name in names])
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]


def backdrop(rng: np.random.Generator, seconds: float) -> tuple[str, Samples]:
    """One of the sounds that go on for minutes, and its concept."""
    names = tuple(_BACKGROUNDS)
    name = names[int(rng.choice(len(names), p=_BACKGROUND_ODDS))]
    wave = synthesise(name, rng, seconds)
    return name, normal(place(rng, wave)) if rng.random() < 0.5 else wave


def floor(rng: np.random.Generator, n: int) -> Samples:
    """The noise that every microphone adds, at -80 to -48 decibels of full scale."""
    level = np.float32(10 ** (rng.uniform(-80, -48) / 20))
    return noise(rng, n, int(rng.integers(0, 3))) * level


def mixed(event: Samples, under: Samples, down: float) -> Samples:
    """An event over something that is ``down`` decibels below its loudest moment."""
    ratio = 10 ** (-down / 20) * loudest(event) / loudest(under)
    return event + under * np.float32(ratio)


def sample_sound(rng: np.random.Generator, seconds: float = 5.0) -> LabelledSound:
    """One random mixture, float32 (n,) at 48 kHz, and its concepts."""
    return sample_of(pick(rng), rng, seconds)


def placed(concept: str, rng: np.random.Generator, seconds: float) -> Samples:
    """One source as heard somewhere, peak 0.9, float32 (n,)."""
    return normal(place(rng, synthesise(concept, rng, seconds)))


def sample_of(
    concept: str,
    rng: np.random.Generator,
    seconds: float = 5.0,
    source: Callable[[str, np.random.Generator, float], Samples] = placed,
) -> LabelledSound:
    """A random mixture that ``concept`` leads: float32 (n,) at 48 kHz, and all its concepts.

    Args:
        concept: a key of ``concepts.SOUND_CONCEPTS``.
        rng: what everything is drawn from.
        seconds: how long.
        source: draws the leading sound; another than ``placed`` may choose among several.
    """
    found = {concept}
    n = round(seconds * RATE)
    event = source(concept, rng, seconds)
    level = float(10 ** (rng.uniform(-34, -1) / 20))
    if concept == "silence":
        level = float(10 ** (rng.uniform(-70, -44) / 20))
    else:
        if rng.random() < 0.45:
            second, under = backdrop(rng, seconds)
            if second != concept:
                down = float(rng.uniform(1, 24))
                event = mixed(event, under, down)
                # More than 18 dB below the event it is there, but nobody would say so.
                if down < 18:
                    found.add(second)
        if rng.random() < 0.1:
            third = pick(rng)
            if third != "silence":
                event = mixed(event, synthesise(third, rng, seconds), float(rng.uniform(0, 8)))
                found.add(third)
        event = normal(event)
    mix = event * np.float32(level) + floor(rng, n)
    return LabelledSound(microphone(rng, mix), frozenset(found))
