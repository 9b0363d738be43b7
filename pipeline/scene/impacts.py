"""Sounds of things that strike and break."""

from __future__ import annotations

import numpy as np

from pipeline.scene.acoustics import RATE, Samples, add, band, decay, noise, partials, tone


def _onset(rng: np.random.Generator, seconds: float, length: float) -> int:
    """A start such that most of the event lies inside; sometimes an edge cuts it."""
    if seconds > 2 * length and rng.random() < 0.8:
        return int(rng.uniform(0.02, seconds - length) * RATE)
    return int(rng.uniform(-0.2 * length, max(0.02, seconds - 0.5 * length)) * RATE)


def glass_breaking(rng: np.random.Generator, seconds: float) -> Samples:
    """A pane bursts: a sharp impact, a dense inharmonic ring, then shards tinkling down."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    length = float(rng.uniform(0.7, 2.2))
    at = _onset(rng, seconds, length)
    m = int(length * RATE)
    burst = np.zeros(m, np.float32)
    k = int(0.25 * RATE)
    burst[:k] += (
        1.4 * band(noise(rng, k), 1500, 14000, 1) * decay(k, float(rng.uniform(0.006, 0.03)))
    )
    thud = float(rng.uniform(90, 300))
    burst[:k] += float(rng.uniform(0.1, 0.7)) * tone(thud, k) * decay(k, 0.015)
    count = int(rng.integers(25, 45))
    pitches = np.exp(rng.uniform(np.log(1800), np.log(13000), count))
    burst += 0.22 * partials(rng, pitches, rng.uniform(0.01, 0.09, count), m)
    crackle = band(noise(rng, m), 3500, 15000, 1)
    grains = np.zeros(m, np.float32)
    for _ in range(int(rng.integers(18, 55))):
        start = int(abs(rng.normal(0.12, 0.35 * length)) * RATE) % m
        g = min(int(0.02 * RATE), m - start)
        grains[start : start + g] += np.float32(rng.uniform(0.2, 1)) * decay(g, 0.003)
    burst += 0.7 * crackle * grains
    fade = np.exp(-np.arange(m, dtype=np.float32) / np.float32(0.4 * m))
    for _ in range(int(rng.integers(14, 34))):
        start = int(min(0.95, abs(rng.normal(0.25, 0.35))) * m)
        pitch = np.exp(rng.uniform(np.log(2500), np.log(11000)))
        ring = partials(
            rng, pitch * np.array([1.0, 1.47, 2.1]), rng.uniform(0.008, 0.05, 3), int(0.2 * RATE)
        )
        add(burst, ring, start, float(rng.uniform(0.1, 0.55)) * float(fade[min(start, m - 1)]))
    add(out, burst, at)
    if rng.random() < 0.25:
        add(out, burst, at + int(rng.uniform(0.2, 0.6) * RATE), float(rng.uniform(0.3, 0.7)))
    return out


def dishes(rng: np.random.Generator, seconds: float) -> Samples:
    """Crockery and cutlery being handled: a few clear, well separated clinks."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    for _ in range(max(2, int(seconds * float(rng.uniform(0.7, 2.2))))):
        base = float(np.exp(rng.uniform(np.log(900), np.log(4200))))
        count = int(rng.integers(2, 5))
        ring = partials(
            rng,
            base * np.cumsum(rng.uniform(0.7, 1.5, count)),
            rng.uniform(0.015, 0.09, count),
            int(0.4 * RATE),
        )
        add(out, ring, int(rng.uniform(0, seconds) * RATE), float(rng.uniform(0.15, 0.8)))
    return out


def keys_jingling(rng: np.random.Generator, seconds: float) -> Samples:
    """Light metal: many faint, short, very high ticks in rhythmic swings."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    pitches = rng.uniform(4500, 13000, 7)
    swing, at = float(rng.uniform(0.12, 0.3)), float(rng.uniform(0, 0.4 * seconds))
    for _ in range(int(rng.integers(3, 12))):
        for _ in range(int(rng.integers(2, 5))):
            ring = partials(
                rng, rng.choice(pitches, 3), rng.uniform(0.004, 0.02, 3), int(0.1 * RATE)
            )
            add(
                out,
                ring,
                int((at + float(rng.uniform(0, 0.08))) * RATE),
                float(rng.uniform(0.2, 0.8)),
            )
        at += swing * float(rng.uniform(0.8, 1.3))
    return out


def door_slam(rng: np.random.Generator, seconds: float) -> Samples:
    """A latch click, a heavy low blow, the frame rattling."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    at = _onset(rng, seconds, 0.6)
    m = int(0.6 * RATE)
    body = partials(rng, rng.uniform(55, 420, 9), rng.uniform(0.02, 0.08, 9), m)
    body += (
        1.5
        * band(noise(rng, m, 1), 40, float(rng.uniform(500, 1800)), 1)
        * decay(m, float(rng.uniform(0.02, 0.06)))
    )
    add(out, body, at)
    click = band(noise(rng, 900), 900, 5000, 1) * decay(900, 0.003)
    add(out, click, at - int(rng.uniform(0.0, 0.12) * RATE), 0.3)
    add(out, click, at + int(rng.uniform(0.05, 0.2) * RATE), 0.25)
    return out


def hammering(rng: np.random.Generator, seconds: float) -> Samples:
    """Regular blows on wood or metal."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    metal = rng.random() < 0.4
    step = float(rng.uniform(0.25, 0.7))
    pitches = rng.uniform(700, 3500, 6) if metal else rng.uniform(120, 1100, 6)
    lives = rng.uniform(0.01, 0.06, 6) if metal else rng.uniform(0.006, 0.025, 6)
    at = float(rng.uniform(-0.3, 0.6))
    while at < seconds:
        m = int(0.3 * RATE)
        blow = partials(rng, pitches, lives, m)
        blow += band(noise(rng, m), 200, 5000, 1) * decay(m, 0.006)
        add(out, blow, int(at * RATE), float(rng.uniform(0.6, 1.0)))
        at += step * float(rng.uniform(0.9, 1.12))
    return out


def gunshot(rng: np.random.Generator, seconds: float) -> Samples:
    """One or a few shots: an instant crack, a boom, a long rumbling tail."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    at = _onset(rng, seconds, 0.8) / RATE
    tail_half, top = float(rng.uniform(0.03, 0.1)), float(rng.uniform(2500, 9000))
    for _ in range(int(rng.choice((1, 1, 2, 3, 5)))):
        m = int(1.0 * RATE)
        shot = 3.5 * noise(rng, m) * decay(m, 0.0025)
        shot += 1.6 * band(noise(rng, m), 80, top, 1) * decay(m, 0.02)
        shot += 0.9 * band(noise(rng, m, 1), 30, 700, 1) * decay(m, tail_half)
        add(out, np.tanh(1.5 * shot).astype(np.float32), int(at * RATE), float(rng.uniform(0.8, 1)))
        at += float(rng.uniform(0.15, 0.9))
    return out


def footsteps(rng: np.random.Generator, seconds: float) -> Samples:
    """Someone walking by: paired soft blows, coming closer or going away."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    step = float(rng.uniform(0.42, 0.7))
    low, high = float(rng.uniform(80, 300)), float(rng.uniform(900, 5000))
    at = float(rng.uniform(0, step))
    start, stop = float(rng.uniform(0.3, 1)), float(rng.uniform(0.3, 1))
    grit = rng.random() < 0.4
    while at < seconds:
        m = int(0.16 * RATE)
        blow = band(noise(rng, m), low, high, 1) * decay(m, float(rng.uniform(0.006, 0.018)))
        level = start + (stop - start) * at / seconds
        add(out, blow, int(at * RATE), level)
        if grit:
            scrape = band(noise(rng, m), 2000, 9000, 1) * np.hanning(m).astype(np.float32)
            add(out, scrape.astype(np.float32), int((at + 0.02) * RATE), 0.12 * level)
        at += step * float(rng.uniform(0.94, 1.06))
    return out
