"""Sounds of throats: people, dogs, birds. A buzz or a whistle through moving resonances.

Speech follows the source-filter model (Fant, 1960): pulses of the voice through vowel formants.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.scene.acoustics import RATE, Samples, add, band, noise, tone, wander

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


def scream(rng: np.random.Generator, seconds: float) -> Samples:
    """One or two long high cries, rough and unsteady."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    at = float(rng.uniform(0, max(0.05, 0.5 * seconds)))
    for _ in range(int(rng.integers(1, 4))):
        m = int(rng.uniform(0.5, 1.6) * RATE)
        base = float(rng.uniform(480, 1300))
        arc = 1 + 0.25 * np.sin(np.pi * np.linspace(0, 1, m)) + wander(rng, m, 25, -0.04, 0.04)
        curve = (base * arc).astype(np.float32)
        rough = 1 + 0.5 * tone(float(rng.uniform(40, 110)), m) * wander(rng, m, 6, 0, 1)
        wave = _voiced(
            curve, np.array([1050.0, 1750.0, 3000.0]) * rng.uniform(0.9, 1.2), 420.0, 0.3
        )
        wave = wave * rough + 0.25 * band(noise(rng, m), 1500, 7000, 1)
        edge = np.minimum(np.arange(m) / (0.06 * RATE), np.arange(m)[::-1] / (0.2 * RATE))
        add(out, (wave * np.clip(edge, 0, 1)).astype(np.float32), int(at * RATE))
        at += m / RATE + float(rng.uniform(0.1, 0.6))
    return out


def dog_bark(rng: np.random.Generator, seconds: float) -> Samples:
    """A few barks: abrupt, falling, noisy."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    base = float(np.exp(rng.uniform(np.log(220), np.log(750))))
    at = float(rng.uniform(-0.1, 0.6 * seconds))
    for _ in range(int(rng.integers(2, 8))):
        m = int(rng.uniform(0.1, 0.22) * RATE)
        x = np.linspace(0, 1, m, dtype=np.float32)
        curve = base * float(rng.uniform(0.92, 1.1)) * (0.8 + 0.5 * np.sin(np.pi * x) - 0.3 * x)
        wave = _voiced(curve.astype(np.float32), np.array([900.0, 1700.0, 2900.0]), 380.0, 0.8)
        wave += 0.8 * band(noise(rng, m), 500, 3200, 1)
        wave *= np.clip(x * 14, 0, 1) * (1 - x) ** np.float32(0.8)
        add(out, np.tanh(0.8 * wave), int(at * RATE), float(rng.uniform(0.7, 1)))
        at += float(rng.uniform(0.2, 0.75))
    return out


def bird_song(rng: np.random.Generator, seconds: float) -> Samples:
    """Chirps, trills and whistles of one to three birds."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    for _ in range(int(rng.integers(1, 4))):
        base = float(rng.uniform(2000, 6000))
        level = float(rng.uniform(0.3, 1.0))
        glide, trill = float(rng.uniform(-0.4, 0.4)), float(rng.uniform(0, 60))
        length, pause = float(rng.uniform(0.04, 0.2)), float(rng.uniform(0.02, 0.25))
        at = float(rng.uniform(-0.5, 1.2))
        while at < seconds:
            for _ in range(int(rng.integers(2, 9))):
                m = int(length * float(rng.uniform(0.8, 1.2)) * RATE)
                x = np.linspace(0, 1, m, dtype=np.float32)
                curve = base * (1 + glide * x + 0.06 * np.sin(2 * np.pi * trill * length * x))
                chirp = tone(curve.astype(np.float32), m) * np.abs(np.sin(np.pi * x)) ** np.float32(
                    0.7
                )
                add(out, chirp, int(at * RATE), level * float(rng.uniform(0.6, 1)))
                at += length + pause * float(rng.uniform(0.7, 1.3))
            at += float(rng.uniform(0.3, 1.8))
    return out
