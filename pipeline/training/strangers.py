"""Alarming sounds made by other means than the trained ones: what a model is measured on.

Nothing here shares a method with ``pipeline.scene``'s generators of the same concepts: a model that
merely learned those by heart fails here. Never trained on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import signal

from pipeline.scene.acoustics import RATE, Samples, add, normal

_N = 5 * RATE


def _empty() -> Samples:
    return np.zeros(_N, np.float32)


def _shot(rng: np.random.Generator) -> Samples:
    """White noise whose power falls with a power of time, through a random short filter."""
    m = int(rng.uniform(0.4, 1.5) * RATE)
    t = np.arange(m) / RATE
    fall = (1 + t / rng.uniform(0.001, 0.006)) ** -rng.uniform(1.2, 2.0)
    taps = rng.normal(size=24) * np.exp(-np.arange(24) / rng.uniform(1, 8))
    wave = signal.lfilter(taps, [1.0], rng.normal(size=m) * fall)
    return np.clip(normal(wave.astype(np.float32), float(rng.uniform(1, 8))), -1, 1)


def gunshot(rng: np.random.Generator) -> Samples:
    """One to eight shots with two or three sharp echoes each."""
    out = _empty()
    shot, at, gap = _shot(rng), rng.uniform(0.2, 2.0), rng.uniform(0.1, 0.7)
    for _ in range(int(rng.integers(1, 9))):
        for late, loud in (
            (0.0, 1.0),
            (rng.uniform(0.05, 0.4), 0.25),
            (rng.uniform(0.2, 0.9), 0.1),
        ):
            add(out, shot, int((at + late) * RATE), loud)
        at += gap * rng.uniform(0.8, 1.3)
    return out


def explosion(rng: np.random.Generator) -> Samples:
    """Noise integrated twice over a sudden start, its power falling as one over time."""
    out = _empty()
    m = int(rng.uniform(2, 4) * RATE)
    t = np.arange(m) / RATE
    low = signal.butter(2, rng.uniform(120, 900) / (RATE / 2), output="sos")
    body = signal.sosfilt(low, rng.normal(size=m)) * (1 + t / rng.uniform(0.05, 0.3)) ** -1.5
    crack = rng.normal(size=m) * np.exp(-t / 0.01) * body.std() * rng.uniform(1, 6)
    wave = normal((body / body.std() + crack / body.std()).astype(np.float32), 3.0)
    add(out, np.clip(wave, -1, 1), int(rng.uniform(0.1, 1.5) * RATE), 1.0)
    return out


def siren(rng: np.random.Generator) -> Samples:
    """A sum of sines that follow one swinging pitch, as a triangle, a sine or steps."""
    t = np.arange(_N) / RATE + rng.uniform(0, 9)
    rate = np.exp(rng.uniform(np.log(0.15), np.log(6)))
    shapes = (signal.sawtooth(2 * np.pi * rate * t, 0.5), np.sin(2 * np.pi * rate * t))
    steps = signal.square(2 * np.pi * rng.uniform(0.4, 1.2) * t)
    shape = (*shapes, steps)[int(rng.integers(3))]
    pitch = rng.uniform(500, 1000) * (1 + rng.uniform(0.12, 0.4) * shape)
    turns = 2 * np.pi * np.cumsum(pitch) / RATE
    tilt = rng.uniform(0.5, 1.6)
    return np.asarray(sum(np.sin(k * turns) / k**tilt for k in range(1, 7)), np.float32)


def glass_breaking(rng: np.random.Generator) -> Samples:
    """A burst and a shower of decaying frequency-modulated pings, denser at first."""
    out = _empty()
    at = rng.uniform(0.2, 2.5)
    k = int(0.08 * RATE)
    burst = rng.normal(size=k) * np.exp(-np.arange(k) / rng.uniform(200, 900))
    high = signal.butter(1, rng.uniform(600, 2500) / (RATE / 2), "high", output="sos")
    add(out, signal.sosfilt(high, burst).astype(np.float32), int(at * RATE), 1.0)
    for when in rng.exponential(rng.uniform(0.1, 0.35), int(rng.integers(40, 120))):
        m = int(rng.uniform(0.02, 0.12) * RATE)
        t = np.arange(m) / RATE
        pitch = rng.uniform(2500, 9500)
        bend = rng.uniform(0.5, 3) * np.sin(2 * np.pi * pitch * rng.uniform(1.2, 2.3) * t)
        ping = np.sin(2 * np.pi * pitch * t + bend) * np.exp(-t / rng.uniform(0.004, 0.03))
        add(out, ping.astype(np.float32), int((at + when) * RATE), rng.uniform(0.05, 0.5))
    return out


def scream(rng: np.random.Generator) -> Samples:
    """A pulse train of wavering pitch through three resonators one after the other."""
    out = _empty()
    at = rng.uniform(0.1, 1.5)
    for _ in range(int(rng.integers(1, 3))):
        m = int(rng.uniform(0.7, 2.0) * RATE)
        x = np.linspace(0, 1, m)
        drift = np.cumsum(rng.normal(size=m)) / np.sqrt(m) * 0.08
        pitch = rng.uniform(450, 1200) * (1 + 0.25 * np.sin(np.pi * x) + drift)
        phase = np.cumsum(pitch) / RATE
        pulses = np.diff(np.floor(phase), prepend=0) + rng.normal(size=m) * 0.02
        for centre in (rng.uniform(800, 1300), rng.uniform(1500, 2300), rng.uniform(2800, 3800)):
            b, a = signal.iirpeak(centre, rng.uniform(2, 5), RATE)
            pulses = pulses * 0.15 + signal.lfilter(b, a, pulses)
        wave = normal((pulses * np.sin(np.pi * x) ** 0.3).astype(np.float32), 1.6)
        add(out, np.tanh(wave), int(at * RATE), 1.0)
        at += m / RATE + rng.uniform(0.1, 0.5)
    return out


def fire_alarm(rng: np.random.Generator) -> Samples:
    """A piezo's pulse wave in one of the standard rhythms."""
    t = np.arange(_N) / RATE + rng.uniform(0, 4)
    pitch = rng.uniform(2700, 3500)
    wave = signal.square(2 * np.pi * pitch * t, rng.uniform(0.15, 0.5))
    if rng.random() < 0.5:
        on = (t % 4 < 3) & (t % 1 < 0.5)
    else:
        beat = rng.uniform(0.15, 0.6)
        on = t % beat < beat * rng.uniform(0.4, 0.7)
    low = signal.butter(2, rng.uniform(6000, 15000) / (RATE / 2), output="sos")
    return np.asarray(signal.sosfilt(low, wave * on), np.float32)


STRANGERS: dict[str, Callable[[np.random.Generator], Samples]] = {
    "glass_breaking": glass_breaking,
    "siren": siren,
    "fire_alarm": fire_alarm,
    "gunshot": gunshot,
    "scream": scream,
    "explosion": explosion,
}
