"""Glass and crockery: panes, bottles and car windows that break, dishes that only clink."""

from __future__ import annotations

import numpy as np

from pipeline.scene.acoustics import RATE, Samples, add, band, decay, noise, partials, tone


def _onset(rng: np.random.Generator, seconds: float, length: float) -> int:
    """A start such that most of the event lies inside; sometimes an edge cuts it."""
    if seconds > 2 * length and rng.random() < 0.8:
        return int(rng.uniform(0.02, seconds - length) * RATE)
    return int(rng.uniform(-0.2 * length, max(0.02, seconds - 0.5 * length)) * RATE)


def _pane(rng: np.random.Generator) -> Samples:
    """A pane bursts: a sharp impact, a dense inharmonic ring, then shards tinkling down."""
    length = float(rng.uniform(0.7, 2.2))
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
    _shards(rng, burst, int(rng.integers(14, 34)), 2500, 11000)
    return burst


def _shards(rng: np.random.Generator, burst: Samples, count: int, low: float, high: float) -> None:
    """Add pieces that land and ring, ever fainter, to ``burst``."""
    m = len(burst)
    for _ in range(count):
        start = int(min(0.95, abs(rng.normal(0.25, 0.35))) * m)
        pitch = np.exp(rng.uniform(np.log(low), np.log(high)))
        ring = partials(
            rng, pitch * np.array([1.0, 1.47, 2.1]), rng.uniform(0.008, 0.05, 3), int(0.2 * RATE)
        )
        fade = float(np.exp(-start / (0.4 * m)))
        add(burst, ring, start, float(rng.uniform(0.1, 0.55)) * fade)


def _vessel(rng: np.random.Generator) -> Samples:
    """A bottle or a drinking glass falls: its clear ring is cut off, few large pieces roll."""
    m = int(rng.uniform(0.5, 1.6) * RATE)
    burst = np.zeros(m, np.float32)
    base = float(np.exp(rng.uniform(np.log(1100), np.log(4500))))
    k = int(0.2 * RATE)
    ratios = np.array([1.0, 2.32, 3.9, 4.3, 5.9]) * rng.uniform(0.96, 1.04, 5)
    burst[:k] += partials(rng, base * ratios, rng.uniform(0.004, 0.03, 5), k)
    click = int(0.05 * RATE)
    burst[:click] += 1.2 * band(noise(rng, click), 900, 15000, 1) * decay(click, 0.004)
    for _ in range(int(rng.integers(5, 16))):
        # Each piece bounces a few times, faster and fainter.
        at, gap = float(abs(rng.normal(0.05, 0.12))), float(rng.uniform(0.04, 0.16))
        pitch = base * float(rng.uniform(1.1, 3.2))
        loud = float(rng.uniform(0.15, 0.7))
        ring = partials(
            rng, pitch * np.array([1, 1.8, 2.9]), rng.uniform(0.004, 0.035, 3), int(0.15 * RATE)
        )
        for _ in range(int(rng.integers(1, 6))):
            add(burst, ring, int(at * RATE), loud)
            at, gap, loud = at + gap, gap * 0.7, loud * 0.6
    return burst


def _crumbs(rng: np.random.Generator) -> Samples:
    """A car's window: a thump, and thousands of crumbs that pour down."""
    m = int(rng.uniform(0.7, 1.8) * RATE)
    k = int(0.15 * RATE)
    burst = np.zeros(m, np.float32)
    burst[:k] += 1.5 * band(noise(rng, k), 150, 7000, 1) * decay(k, float(rng.uniform(0.004, 0.02)))
    hits = np.zeros(m, np.float32)
    many = int(rng.integers(250, 1200))
    when = np.abs(rng.normal(0.05, 0.3, many)) * RATE
    inside = when < m
    hits[when[inside].astype(np.int64)] += rng.uniform(-1, 1, many)[inside] ** 3
    grain = partials(rng, rng.uniform(3500, 14000, 10), rng.uniform(0.0008, 0.005, 10), 1200)
    spread = np.convolve(hits, grain)[:m].astype(np.float32)
    top = float(np.abs(spread).max(initial=1e-6))
    burst += spread * np.float32(rng.uniform(0.5, 1.2) / top)
    return burst


def _swept(rng: np.random.Generator) -> Samples:
    """Pieces that are kicked or swept after the break: ticks with a scrape under them."""
    m = int(rng.uniform(0.5, 1.4) * RATE)
    out = np.zeros(m, np.float32)
    _shards(rng, out, int(rng.integers(12, 40)), 2500, 12000)
    return out + np.float32(0.05) * band(noise(rng, m), 2500, 14000, 1)


def glass_breaking(rng: np.random.Generator, seconds: float) -> Samples:
    """A pane, a bottle, a drinking glass or a car's window breaks, once or again."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    kind = rng.random()
    burst = _pane(rng) if kind < 0.55 else _vessel(rng) if kind < 0.82 else _crumbs(rng)
    at = _onset(rng, seconds, len(burst) / RATE)
    add(out, burst, at)
    if rng.random() < 0.25:
        again = burst if rng.random() < 0.5 else _pane(rng)
        add(out, again, at + int(rng.uniform(0.2, 0.9) * RATE), float(rng.uniform(0.3, 0.9)))
    if rng.random() < 0.2:
        add(out, _swept(rng), at + int(rng.uniform(0.4, 1.5) * RATE), float(rng.uniform(0.2, 0.6)))
    if rng.random() < 0.25:
        # What it was struck with.
        k = int(0.2 * RATE)
        blow = band(noise(rng, k, 1), 60, float(rng.uniform(400, 1500)), 1) * decay(k, 0.02)
        add(out, blow, at - int(rng.uniform(0, 0.03) * RATE), float(rng.uniform(0.3, 0.9)))
    return out


def dishes(rng: np.random.Generator, seconds: float) -> Samples:
    """Crockery and cutlery being handled: a few clear, well separated clinks."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    for _ in range(max(2, int(seconds * float(rng.uniform(0.7, 2.6))))):
        base = float(np.exp(rng.uniform(np.log(900), np.log(4200))))
        count = int(rng.integers(2, 6))
        ring = partials(
            rng,
            base * np.cumsum(rng.uniform(0.7, 1.5, count)),
            rng.uniform(0.015, 0.09, count),
            int(0.4 * RATE),
        )
        add(out, ring, int(rng.uniform(0, seconds) * RATE), float(rng.uniform(0.15, 0.8)))
    return out
