"""Sounds that go on: weather, engines, mains hum, the quiet of a room."""

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


def rain(rng: np.random.Generator, seconds: float) -> Samples:
    """A steady hiss with single drops in it."""
    n = round(seconds * RATE)
    out = band(noise(rng, n), float(rng.uniform(400, 1500)), float(rng.uniform(6000, 14000)), 1)
    hits = np.zeros(n, np.float32)
    count = int(seconds * float(rng.uniform(30, 160)))
    hits[rng.integers(n, size=count)] = rng.uniform(1, 6, count)
    return out * wander(rng, n, 0.7, 0.8, 1.0) + 3 * band(hits, 900, 7000, 1)


def car_engine(rng: np.random.Generator, seconds: float) -> Samples:
    """A car that idles or drives past: firing pulses, tyres, swelling and fading."""
    n = round(seconds * RATE)
    base = float(rng.uniform(24, 60))
    pace = wander(rng, n, 0.5, 0.85, 1.25) * np.float32(base)
    turns = np.mod(np.cumsum(pace.astype(np.float64)) / RATE, 1.0)
    angle = (2 * np.pi * turns).astype(np.float32)
    firing = np.zeros(n, np.float32)
    for k, gain in ((1, 0.6), (2, 1.0), (3, 0.4), (4, 0.7), (6, 0.4), (8, 0.25)):
        firing += np.float32(gain * rng.uniform(0.6, 1.2)) * np.sin(np.float32(k) * angle)
    firing = np.tanh(firing) + np.float32(0.3) * firing * noise(rng, n, 1)
    tyres = band(noise(rng, n, 1), 150, float(rng.uniform(900, 2500)), 1)
    wave = (
        band(firing, 30, float(rng.uniform(400, 1500)), 1)
        + np.float32(rng.uniform(0.2, 0.9)) * tyres
    )
    if rng.random() < 0.6:
        x = np.linspace(-1, 1, n, dtype=np.float32) - np.float32(rng.uniform(-0.5, 0.5))
        wave = wave / (0.15 + (2.2 * x) ** 2)
    return wave.astype(np.float32)


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
