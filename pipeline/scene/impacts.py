"""Sounds of things that strike: doors, hammers, feet, knuckles, keys, clocks."""

from __future__ import annotations

import numpy as np

from pipeline.scene.acoustics import RATE, Samples, add, band, decay, noise, partials


def _onset(rng: np.random.Generator, seconds: float, length: float) -> int:
    """A start such that most of the event lies inside; sometimes an edge cuts it."""
    if seconds > 2 * length and rng.random() < 0.8:
        return int(rng.uniform(0.02, seconds - length) * RATE)
    return int(rng.uniform(-0.2 * length, max(0.02, seconds - 0.5 * length)) * RATE)


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


def knocking(rng: np.random.Generator, seconds: float) -> Samples:
    """Knuckles on a door: groups of two to six quick blows on wood."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    pitches, lives = rng.uniform(110, 1400, 7), rng.uniform(0.008, 0.035, 7)
    at = float(rng.uniform(0, 0.5 * seconds))
    while at < seconds:
        gap = float(rng.uniform(0.11, 0.3))
        for _ in range(int(rng.integers(2, 7))):
            m = int(0.25 * RATE)
            blow = partials(rng, pitches, lives, m)
            tap = band(noise(rng, m), 150, float(rng.uniform(1500, 4000)), 1) * decay(m, 0.004)
            add(out, blow + tap, int(at * RATE), float(rng.uniform(0.6, 1.0)))
            at += gap * float(rng.uniform(0.85, 1.15))
        at += float(rng.uniform(0.6, 2.5))
    return out


def typing(rng: np.random.Generator, seconds: float) -> Samples:
    """Fingers on a keyboard: uneven bursts of small clicks, down and up."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    at, pace = float(rng.uniform(0, 0.4)), float(rng.uniform(0.09, 0.22))
    low = float(rng.uniform(700, 2500))
    body, lives = rng.uniform(300, 2500, 4), rng.uniform(0.002, 0.01, 4)
    while at < seconds:
        for delay, loud in ((0.0, 1.0), (float(rng.uniform(0.05, 0.1)), 0.4)):
            m = int(0.04 * RATE)
            click = band(noise(rng, m), low, 11000, 1) * decay(m, float(rng.uniform(0.001, 0.004)))
            key = click + np.float32(0.4) * partials(rng, body, lives, m)
            add(out, key, int((at + delay) * RATE), loud * float(rng.uniform(0.4, 1)))
        at += pace * float(rng.gamma(2.5, 0.4))
        if rng.random() < 0.06:
            at += float(rng.uniform(0.3, 1.2))
    return out


def clock_tick(rng: np.random.Generator, seconds: float) -> Samples:
    """A clock: a tick and its tock, one to six a second, as steady as nothing else."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    step = float(rng.choice((1.0, 0.5, 0.5, 0.25, 0.2, rng.uniform(0.16, 1.0))))
    m = int(0.12 * RATE)
    sides = []
    for _ in range(2):
        ring = partials(rng, rng.uniform(900, 7500, 5), rng.uniform(0.001, 0.012, 5), m)
        click = band(noise(rng, m), 1200, 13000, 1) * decay(m, float(rng.uniform(0.0006, 0.004)))
        side = np.float32(rng.uniform(0.1, 1)) * ring + click
        # The wheel falls, then the pallet: two clicks some milliseconds apart.
        late = int(rng.uniform(0.004, 0.03) * RATE)
        side[late:] += np.float32(rng.uniform(0, 0.6)) * click[: m - late]
        sides.append(side)
    if rng.random() < 0.4:
        sides[1] = sides[0]
    at, k = float(rng.uniform(0, step)), 0
    while at < seconds:
        add(out, sides[k % 2], int(at * RATE), float(rng.uniform(0.9, 1.0)))
        at, k = at + step, k + 1
    return out
