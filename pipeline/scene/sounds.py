"""Sounds of the generated world: single dry sources, and labelled mixtures for training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.scene import ambience, impacts, signals, voices
from pipeline.scene.acoustics import RATE, Samples, band, noise, normal, room

_SOURCES: dict[str, Callable[[np.random.Generator, float], Samples]] = {
    "fire_alarm": signals.fire_alarm,
    "siren": signals.siren,
    "glass_breaking": impacts.glass_breaking,
    "scream": voices.scream,
    "gunshot": impacts.gunshot,
    "speech": voices.speech,
    "crowd": voices.crowd,
    "footsteps": impacts.footsteps,
    "dog_bark": voices.dog_bark,
    "bird_song": voices.bird_song,
    "wind": ambience.wind,
    "rain": ambience.rain,
    "car_engine": ambience.car_engine,
    "car_horn": signals.car_horn,
    "door_slam": impacts.door_slam,
    "dishes": impacts.dishes,
    "keys_jingling": impacts.keys_jingling,
    "phone_ring": signals.phone_ring,
    "hum": ambience.hum,
    "silence": ambience.silence,
    "music": signals.music,
    "hammering": impacts.hammering,
}

#: What goes on in the background for minutes.
_BACKGROUNDS: tuple[str, ...] = (
    "wind",
    "rain",
    "hum",
    "crowd",
    "bird_song",
    "car_engine",
    "speech",
    "music",
    "footsteps",
)
_BACKGROUND_ODDS = (0.2, 0.1, 0.17, 0.1, 0.13, 0.1, 0.09, 0.06, 0.05)

#: How often each concept leads a sample: alarming ones and their doubles more.
_ODDS: dict[str, float] = {
    "fire_alarm": 2.2,
    "glass_breaking": 2.2,
    "siren": 1.2,
    "scream": 1.2,
    "gunshot": 1.2,
    "dishes": 1.3,
    "keys_jingling": 1.1,
    "door_slam": 1.2,
    "bird_song": 1.2,
    "silence": 0.8,
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


def _loud(samples: Samples) -> float:
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


def sample_sound(rng: np.random.Generator, seconds: float = 5.0) -> LabelledSound:
    """One random mixture, float32 (n,) at 48 kHz, and its concepts."""
    names = tuple(_SOURCES)
    weights = np.array([_ODDS.get(name, 1.0) for name in names])
    concept = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    found = {concept}
    n = round(seconds * RATE)
    event = synthesise(concept, rng, seconds)
    if rng.random() < 0.7:
        event = normal(room(rng, event))
    level = float(10 ** (rng.uniform(-30, -3) / 20))
    if concept == "silence":
        level = float(10 ** (rng.uniform(-62, -44) / 20))
    mix = event * np.float32(level)
    reference = _loud(mix)
    if concept != "silence" and rng.random() < 0.45:
        second = _BACKGROUNDS[int(rng.choice(len(_BACKGROUNDS), p=_BACKGROUND_ODDS))]
        if second != concept:
            under = synthesise(second, rng, seconds)
            ratio = float(10 ** (-rng.uniform(3, 24) / 20))
            mix = mix + under * np.float32(ratio * reference / _loud(under))
            # More than 18 dB below the event it is there, but nobody would say so.
            if ratio > 0.126:
                found.add(second)
    if concept != "silence" and rng.random() < 0.1:
        third = names[int(rng.choice(len(names), p=weights / weights.sum()))]
        if third != "silence":
            extra = synthesise(third, rng, seconds)
            mix = mix + extra * np.float32(float(rng.uniform(0.4, 1.0)) * reference / _loud(extra))
            found.add(third)
    floor = noise(rng, n, int(rng.integers(0, 3))) * np.float32(10 ** (rng.uniform(-75, -48) / 20))
    return LabelledSound(microphone(rng, mix + floor), frozenset(found))
