"""Animals: dogs, cats, birds that sing, caw and crow, insects."""

from __future__ import annotations

import numpy as np

from pipeline.scene.acoustics import (
    RATE,
    Samples,
    add,
    band,
    edges,
    noise,
    resonate,
    saw,
    tone,
    wander,
)


def _peak(wave: Samples) -> Samples:
    return wave / np.float32(np.abs(wave).max(initial=1e-6))


def dog_bark(rng: np.random.Generator, seconds: float) -> Samples:
    """A few barks, abrupt, falling, noisy; some dogs growl or howl between them."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    base = float(np.exp(rng.uniform(np.log(180), np.log(950))))
    throat = np.array([900.0, 1700.0, 2900.0]) * (base / 420) ** 0.35
    at = float(rng.uniform(-0.1, 0.6 * seconds))
    harsh, many = float(rng.uniform(0.2, 1.2)), int(rng.integers(1, 9))
    for _ in range(many):
        m = int(rng.uniform(0.08, 0.3) * RATE)
        x = np.linspace(0, 1, m, dtype=np.float32)
        curve = base * float(rng.uniform(0.92, 1.1)) * (0.75 + 0.5 * np.sin(np.pi * x) - 0.3 * x)
        source = saw(curve.astype(np.float32)) + np.float32(harsh) * noise(rng, m)
        wave = _peak(resonate(source, throat, throat * 0.3, 0.05))
        wave *= np.clip(x * 14, 0, 1) * (1 - x) ** np.float32(rng.uniform(0.5, 1.4))
        add(out, np.tanh(1.2 * wave), int(at * RATE), float(rng.uniform(0.7, 1)))
        at += float(rng.uniform(0.2, 0.85))
    if rng.random() < 0.2:
        m = int(rng.uniform(0.6, 2.0) * RATE)
        growl = saw(wander(rng, m, 6, 60, 120)) * wander(rng, m, 30, 0.3, 1)
        add(
            out,
            _peak(resonate(growl, throat * 0.6, throat * 0.3)) * edges(m, 0.1, 0.2),
            int(rng.uniform(0, seconds) * RATE),
            0.4,
        )
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


def cat(rng: np.random.Generator, seconds: float) -> Samples:
    """A few meows: a nasal cry whose mouth opens and closes."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    base = float(rng.uniform(380, 900))
    at = float(rng.uniform(-0.2, 0.5 * seconds))
    for _ in range(int(rng.integers(1, 5))):
        m = int(rng.uniform(0.35, 1.2) * RATE)
        x = np.linspace(0, 1, m)
        curve = base * rng.uniform(0.9, 1.15) * (0.8 + 0.4 * np.sin(np.pi * x**0.8) - 0.15 * x)
        source = saw(curve.astype(np.float32)) + 0.08 * noise(rng, m)
        closed = resonate(source, np.array([700.0, 1500.0, 3300.0]), np.array([120.0, 250, 500]))
        wide = resonate(source, np.array([1300.0, 2300.0, 4300.0]), np.array([200.0, 350, 600]))
        mouth = np.sin(np.pi * x).astype(np.float32) ** 2
        wave = _peak(closed) * (1 - mouth) + _peak(wide) * mouth
        add(out, wave * edges(m, 0.08, 0.2), int(at * RATE), float(rng.uniform(0.5, 1)))
        at += m / RATE + float(rng.uniform(0.2, 1.5))
    return out


def rooster(rng: np.random.Generator, seconds: float) -> Samples:
    """Cock-a-doodle-doo: two short calls, a long high one that breaks and falls."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    base = float(rng.uniform(450, 800))
    at = float(rng.uniform(-0.3, max(0.1, seconds - 2.4)))
    parts = ((0.16, 0.8, 1.0), (0.14, 1.0, 1.1), (0.3, 1.1, 1.35), (0.9, 1.45, 1.0))
    stretch = float(rng.uniform(0.8, 1.5))
    throat = np.array([1100.0, 2100.0, 3300.0]) * rng.uniform(0.85, 1.2)
    for length, first, last in parts:
        m = int(length * stretch * rng.uniform(0.8, 1.25) * RATE)
        x = np.linspace(0, 1, m)
        curve = base * (first + (last - first) * x) * (1 + 0.1 * np.sin(np.pi * x))
        source = saw(curve.astype(np.float32)) * (1 + 0.4 * tone(float(rng.uniform(40, 90)), m))
        wave = _peak(resonate(source + 0.15 * noise(rng, m), throat, throat * 0.25, 0.06))
        add(out, wave * edges(m, 0.02, 0.08), int(at * RATE), float(rng.uniform(0.7, 1)))
        at += m / RATE + float(rng.uniform(0.0, 0.08))
    return out


def crow(rng: np.random.Generator, seconds: float) -> Samples:
    """Hoarse caws, in twos and threes."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    base = float(rng.uniform(260, 560))
    at = float(rng.uniform(-0.2, 0.4 * seconds))
    throat = np.array([1150.0, 1900.0, 3000.0]) * rng.uniform(0.85, 1.2)
    gap = float(rng.uniform(0.15, 0.7))
    for _ in range(int(rng.integers(1, 7))):
        m = int(rng.uniform(0.2, 0.5) * RATE)
        curve = base * rng.uniform(0.95, 1.06) * np.linspace(1.1, 0.85, m)
        source = saw(curve.astype(np.float32)) * (1 + 0.8 * tone(float(rng.uniform(60, 140)), m))
        wave = _peak(resonate(source + 0.5 * noise(rng, m), throat, throat * 0.25, 0.05))
        add(out, wave * edges(m, 0.03, 0.1), int(at * RATE), float(rng.uniform(0.7, 1)))
        at += m / RATE + gap * float(rng.uniform(0.8, 1.3))
    return out


def insects(rng: np.random.Generator, seconds: float) -> Samples:
    """Crickets that chirp in trains, cicadas that whirr, or a fly that passes."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    kind = rng.random()
    if kind < 0.6:
        for _ in range(int(rng.integers(1, 5))):
            pitch, rate = float(rng.uniform(2800, 6500)), float(rng.uniform(18, 70))
            t = np.arange(n, dtype=np.float32) / RATE + np.float32(rng.uniform(0, 3))
            pulse = np.clip(np.sin(2 * np.pi * np.float32(rate) * t), 0, 1)
            period, on = float(rng.uniform(0.3, 1.2)), float(rng.uniform(0.15, 1.0))
            train = (np.mod(t, period) < on * period).astype(np.float32)
            out += np.float32(rng.uniform(0.2, 1)) * tone(pitch, n) * pulse * train
        return out
    if kind < 0.8:
        low = float(rng.uniform(3000, 6000))
        hiss = band(noise(rng, n), low, low * 1.6, 2)
        rate = float(rng.uniform(40, 180))
        return hiss * (1 + 0.7 * tone(rate, n)) * wander(rng, n, 1.5, 0.4, 1)
    wings = saw(wander(rng, n, 3, 0.9, 1.15) * np.float32(rng.uniform(130, 420)))
    return resonate(wings, np.array([700.0, 2200.0]), np.array([500.0, 1500])) * (
        wander(rng, n, 1.5, 0, 1) ** 2
    )
