"""Sirens of emergency vehicles and of towns, as they pass and as their streets echo them."""

from __future__ import annotations

import numpy as np

from pipeline.scene.acoustics import (
    RATE,
    Samples,
    band,
    edges,
    noise,
    outdoors,
    resonate,
    sharp,
    times,
    wander,
)


def _curve(rng: np.random.Generator, n: int, kind: int) -> Samples:
    """Pitch in hertz over time of one of the usual tunes."""
    t = times(n / RATE)[:n] + np.float32(rng.uniform(0, 10))
    low, high = float(rng.uniform(420, 760)), float(rng.uniform(1050, 1700))
    if kind == 0:
        # Wail: up faster than down, between two bounds that it approaches ever more slowly.
        period, rising = float(rng.uniform(2.5, 8)), float(rng.uniform(0.25, 0.6))
        turn = np.mod(t / np.float32(period), 1)
        up = (1 - np.exp(-3 * turn / rising)) / (1 - np.exp(-3.0))
        down = (np.exp(-2 * (turn - rising) / (1 - rising)) - np.exp(-2.0)) / (1 - np.exp(-2.0))
        shape = np.where(turn < rising, up, down)
    elif kind == 1:
        # Yelp and phaser: the same, fast.
        rate = float(np.exp(rng.uniform(np.log(2.2), np.log(14))))
        turn = np.mod(t * np.float32(rate), 1)
        shape = np.abs(2 * turn - 1) if rng.random() < 0.5 else turn
    elif kind == 2:
        # Two tones in turn: a fourth (Germany), a third and others.
        low = float(rng.uniform(360, 700))
        high = low * float(rng.choice((4 / 3, 5 / 4, 6 / 5, 3 / 2)))
        turn = np.mod(t / np.float32(rng.uniform(0.7, 3.0)), 1)
        shape = (turn < 0.5).astype(np.float32)
    else:
        # A town's siren: a rotor that runs up, holds, and runs down.
        low, high = float(rng.uniform(120, 300)), float(rng.uniform(380, 900))
        turn = np.mod(t / np.float32(rng.uniform(6, 20)), 1)
        shape = np.minimum(1 - np.exp(-6 * turn), 1.2 * np.exp(-3 * np.maximum(turn - 0.6, 0)))
    return np.asarray(low + (high - low) * shape, np.float32)


def _passing(rng: np.random.Generator, n: int) -> tuple[Samples, Samples]:
    """How pitch and strength change as a vehicle drives by: factors (n,), (n,)."""
    if rng.random() < 0.4:
        return np.ones(n, np.float32), wander(rng, n, 0.4, 0.5, 1.0)
    speed, near = float(rng.uniform(5, 28)), float(rng.uniform(5, 40))
    along = speed * (np.arange(n, dtype=np.float32) / RATE - np.float32(rng.uniform(-3, 8)))
    away = np.sqrt(along**2 + near**2)
    return (
        np.asarray(1 / (1 + speed * along / away / 343), np.float32),
        np.asarray(near / away, np.float32) ** np.float32(0.7),
    )


def _one(rng: np.random.Generator, n: int) -> Samples:
    kind = int(rng.choice(4, p=(0.38, 0.27, 0.25, 0.1)))
    curve = _curve(rng, n, kind)
    if kind < 2 and rng.random() < 0.35:
        # The driver switches between tunes.
        at = int(rng.uniform(0.2, 0.8) * n)
        curve[at:] = _curve(rng, n, 1 - kind)[at:]
    pitch, strength = _passing(rng, n)
    wave = sharp(curve * pitch, n, float(rng.uniform(1.0, 8)))
    if rng.random() < 0.3:
        # The air horns of many countries: a second voice, beating against the first.
        wave = wave + sharp(curve * pitch * np.float32(rng.uniform(1.005, 1.5)), n, 5.0)
    horn = resonate(wave, rng.uniform(500, 3200, 3), rng.uniform(300, 1500, 3), 0.1)
    if rng.random() < 0.2:
        horn = horn + np.float32(0.15) * horn * noise(rng, n, 1)
    return band(horn, 250, float(np.exp(rng.uniform(np.log(1500), np.log(9000)))), 1) * strength


def siren(rng: np.random.Generator, seconds: float) -> Samples:
    """One or two emergency vehicles: wail, yelp, phaser, two tones; or a town's siren."""
    n = round(seconds * RATE)
    wave = _one(rng, n)
    if rng.random() < 0.2:
        wave = wave + np.float32(rng.uniform(0.2, 0.8)) * _one(rng, n)
    if rng.random() < 0.6:
        wave = outdoors(rng, wave)
    if rng.random() < 0.15:
        # It starts or stops within the window.
        a, b = sorted(rng.uniform(0, 1, 2))
        on = np.zeros(n, np.float32)
        m = max(int((b - a) * n), n // 4)
        first = min(int(a * n), n - m)
        on[first : first + m] = edges(m, 0.2, 0.3)
        wave = wave * on
    return wave
