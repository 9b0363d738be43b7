"""Sounds that go on: wind, mains hum, the quiet of a room."""

from __future__ import annotations

import numpy as np

from pipeline.scene.acoustics import RATE, Samples, band, noise, tone, wander


def wind(rng: np.random.Generator, seconds: float) -> Samples:
    """Gusts: low noise whose strength and brightness wander together."""
    n = round(seconds * RATE)
    gust = wander(rng, n, float(rng.uniform(0.4, 1.4)), 0.1, 1.0)
    low = band(noise(rng, n, 2), 30, float(rng.uniform(250, 500)), 1)
    high = band(noise(rng, n, 1), 300, float(rng.uniform(900, 2200)), 1.5)
    return gust * low + np.float32(0.7) * gust * gust * high


def hum(rng: np.random.Generator, seconds: float) -> Samples:
    """Mains, a fan or a compressor."""
    n = round(seconds * RATE)
    base = float(rng.choice((50.0, 60.0, 100.0, 120.0, rng.uniform(70, 240))))
    out = np.float32(0.4) * band(noise(rng, n, 1), 60, 1500, 1)
    for k in range(1, 7):
        out += np.float32(rng.uniform(0.1, 1.0) / k) * tone(k * base, n, float(rng.random()))
    return out


def silence(rng: np.random.Generator, seconds: float) -> Samples:
    """A quiet room: nothing but its faint noise."""
    n = round(seconds * RATE)
    return band(noise(rng, n, int(rng.integers(0, 3))), 30, float(rng.uniform(1500, 12000)), 1)
