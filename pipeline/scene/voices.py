"""People who talk: one, or a room full of them.

Speech follows the source-filter model (Fant, 1960): pulses of the voice through vowel formants.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.scene.acoustics import RATE, Samples, add, band, noise, wander

_VOWELS = np.array(
    [
        (730, 1090, 2440),
        (270, 2290, 3010),
        (300, 870, 2240),
        (530, 1840, 2480),
        (570, 840, 2410),
        (660, 1720, 2410),
        (440, 1020, 2240),
    ],
    np.float64,
)


def _voiced(
    pitch: Samples, formants: NDArray[np.float64], width: float, tilt: float = 1.0
) -> Samples:
    """Harmonics of ``pitch`` (Hz a sample), each as strong as the formants let it be."""
    n = len(pitch)
    turns = (np.cumsum(pitch.astype(np.float64)) / RATE) % 1.0
    base = float(pitch.mean())
    out = np.zeros(n, np.float32)
    angle = (2 * np.pi * turns).astype(np.float32)
    # sin(k a) by recurrence: one multiplication a harmonic instead of one sine.
    twice, before, now = 2 * np.cos(angle), np.zeros(n, np.float32), np.sin(angle)
    for k in range(1, int(min(34, 5200 / base)) + 1):
        f = k * base
        gain = sum(
            float(np.exp(-0.5 * ((f - c) / (width * (1 + 0.4 * j))) ** 2)) / (1 + 0.7 * j)
            for j, c in enumerate(formants)
        )
        out += np.float32((gain + 0.02) / k ** (0.3 * tilt)) * now
        before, now = now, twice * now - before
    return out


def _utterance(rng: np.random.Generator, seconds: float) -> Samples:
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    base = float(np.exp(rng.uniform(np.log(90), np.log(250))))
    size = 1.0 if base < 150 else 1.15
    at = float(rng.uniform(-0.3, 0.3))
    while at < seconds:
        for _ in range(int(rng.integers(3, 9))):
            length = float(rng.uniform(0.08, 0.24))
            m = int(length * RATE)
            vowel = _VOWELS[int(rng.integers(len(_VOWELS)))] * size * rng.uniform(0.93, 1.07, 3)
            start = base * float(rng.uniform(0.85, 1.25))
            curve = np.linspace(start, start * float(rng.uniform(0.8, 1.15)), m).astype(np.float32)
            shape = np.abs(np.sin(np.pi * np.linspace(0, 1, m))).astype(np.float32) ** np.float32(
                0.6
            )
            syllable = _voiced(curve, vowel, 110.0) * shape
            add(out, syllable, int(at * RATE), float(rng.uniform(0.5, 1)))
            if rng.random() < 0.45:
                c = int(rng.uniform(0.03, 0.1) * RATE)
                hiss = band(noise(rng, c), float(rng.uniform(1500, 4500)), 9000, 2)
                hiss *= np.hanning(c).astype(np.float32)
                add(out, hiss, int(at * RATE) - c // 2, float(rng.uniform(0.15, 0.5)))
            at += length * float(rng.uniform(0.85, 1.1))
        at += float(rng.uniform(0.1, 0.6))
    return out


def speech(rng: np.random.Generator, seconds: float) -> Samples:
    """One person talking, or two in turn."""
    return _utterance(rng, seconds)


def crowd(rng: np.random.Generator, seconds: float) -> Samples:
    """Many voices at once: a babble."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    few = [_utterance(rng, seconds) for _ in range(2)]
    # Resampled copies stand for voices of other sizes.
    for k, rate in ((0, 0.87), (1, 1.16)):
        at = (np.arange(n, dtype=np.float32) * np.float32(rate)).astype(np.int32) % n
        few.append(few[k][at])
    for _ in range(int(rng.integers(6, 12))):
        wave, shift = few[int(rng.integers(4))], int(rng.integers(n))
        gain = np.float32(rng.uniform(0.3, 1.0))
        out[shift:] += gain * wave[: n - shift]
        out[:shift] += gain * wave[n - shift :]
    hush = band(noise(rng, n, 1), 200, 2500, 1) * wander(rng, n, 2, 0.1, 0.4)
    return band(out, 180, float(rng.uniform(2500, 7000)), 1) + hush
