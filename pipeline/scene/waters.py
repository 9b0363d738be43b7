"""Water and fire: rain, surf, taps, drops, and the crackling of burning wood."""

from __future__ import annotations

import numpy as np

from pipeline.scene.acoustics import RATE, Samples, add, band, decay, edges, noise, tone, wander


def rain(rng: np.random.Generator, seconds: float) -> Samples:
    """A steady hiss with single drops in it, soft or hard, on leaves, roofs or panes."""
    n = round(seconds * RATE)
    low = float(np.exp(rng.uniform(np.log(250), np.log(2500))))
    out = band(noise(rng, n), low, float(rng.uniform(5000, 15000)), 1)
    hits = np.zeros(n, np.float32)
    count = int(seconds * float(np.exp(rng.uniform(np.log(40), np.log(3000)))))
    hits[rng.integers(n, size=count)] = rng.gamma(1.0, 3.0, count)
    drops = band(hits, float(rng.uniform(500, 1500)), float(rng.uniform(3000, 9000)), 1)
    wave = out * wander(rng, n, 0.7, 0.8, 1.0) + np.float32(rng.uniform(1, 6)) * drops
    return wave.astype(np.float32)


def sea_waves(rng: np.random.Generator, seconds: float) -> Samples:
    """Waves that swell, break and draw back over seconds."""
    n = round(seconds * RATE)
    t = np.arange(n, dtype=np.float32) / RATE
    out = np.zeros(n, np.float32)
    for _ in range(int(rng.integers(1, 3))):
        period = float(rng.uniform(2.5, 9))
        turn = np.mod(t / period + rng.uniform(), 1)
        top = float(rng.uniform(0.2, 0.6))
        swell = np.where(turn < top, (turn / top) ** 2, ((1 - turn) / (1 - top)) ** 1.5)
        swell = 0.15 + swell * wander(rng, n, 1, 0.7, 1)
        low = band(noise(rng, n, 2), 30, 400, 1)
        high = band(noise(rng, n), 400, float(rng.uniform(3000, 9000)), 1)
        bright = swell.astype(np.float32)
        out += bright * low + np.float32(rng.uniform(0.3, 1)) * bright**2 * high
    return out


def _bubbles(rng: np.random.Generator, n: int, rate: float, low: float, high: float) -> Samples:
    """Bubbles: each a short tone that rises as it nears the surface (Minnaert, 1933)."""
    out = np.zeros(n, np.float32)
    kinds = []
    for _ in range(14):
        m = int(rng.uniform(0.008, 0.045) * RATE)
        pitch = np.exp(rng.uniform(np.log(low), np.log(high)))
        curve = pitch * (1 + rng.uniform(0, 0.4) * np.linspace(0, 1, m))
        kinds.append(tone(curve.astype(np.float32), m) * decay(m, m / RATE / 4))
    for _ in range(int(n / RATE * rate)):
        bubble = kinds[int(rng.integers(len(kinds)))]
        add(out, bubble, int(rng.integers(n)), float(rng.uniform(0.1, 1) ** 2))
    return out


def water_running(rng: np.random.Generator, seconds: float) -> Samples:
    """A tap, a hose, a brook: hiss and hundreds of bubbles."""
    n = round(seconds * RATE)
    hiss = band(noise(rng, n), float(rng.uniform(300, 1500)), float(rng.uniform(4000, 12000)), 1)
    bubbles = _bubbles(rng, n, float(rng.uniform(60, 300)), 350, float(rng.uniform(1500, 4500)))
    wave = hiss / np.float32(hiss.std()) * np.float32(rng.uniform(0.05, 0.8)) + bubbles * 2
    return wave * wander(rng, n, 2, 0.7, 1)


def water_dripping(rng: np.random.Generator, seconds: float) -> Samples:
    """Single drops into water or onto a floor, in a loose beat."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    gap, at = float(rng.uniform(0.15, 1.2)), float(rng.uniform(0, 0.5))
    pitch = float(rng.uniform(700, 2600))
    while at < seconds:
        m = int(rng.uniform(0.02, 0.08) * RATE)
        curve = pitch * rng.uniform(0.9, 1.1) * (1 + rng.uniform(0, 0.5) * np.linspace(0, 1, m))
        drop = tone(curve.astype(np.float32), m) * decay(m, m / RATE / 4)
        add(out, drop, int(at * RATE) + int(0.008 * RATE), float(rng.uniform(0.5, 1)))
        add(
            out, noise(rng, 150) * decay(150, 0.0006), int(at * RATE), float(rng.uniform(0.05, 0.4))
        )
        at += gap * float(rng.uniform(0.8, 1.25))
    return out


def fire_crackling(rng: np.random.Generator, seconds: float) -> Samples:
    """Burning wood: snaps of all sizes over a low flutter of flames."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    dense = float(np.exp(rng.uniform(np.log(6), np.log(70))))
    for _ in range(int(seconds * dense)):
        m = int(rng.uniform(0.001, 0.012) * RATE)
        low = float(rng.uniform(400, 3500))
        snap = band(noise(rng, m), low, low * 4, 1) * decay(m, float(rng.uniform(0.0004, 0.003)))
        add(out, snap, int(rng.integers(n)), float(rng.uniform(0.05, 1) ** 3))
    flames = band(noise(rng, n, 2), 30, float(rng.uniform(200, 800)), 1)
    flames = flames / np.float32(flames.std()) * wander(rng, n, 7, 0.2, 1)
    hiss = band(noise(rng, n), 1500, 9000, 1)
    out += flames * np.float32(rng.uniform(0.01, 0.12))
    out += hiss / np.float32(hiss.std()) * np.float32(rng.uniform(0.002, 0.03))
    return out * edges(n, 0.01, 0.01)
