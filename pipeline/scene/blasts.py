"""Shots, explosions, fireworks and thunder: one blow of air, and what the land makes of it.

A muzzle blast is a Friedlander wave; a bullet faster than sound leads it with an N-wave (Maher,
"Acoustical Characterization of Gunshots", 2007).
"""

from __future__ import annotations

import numpy as np

from pipeline.scene.acoustics import (
    RATE,
    Samples,
    add,
    band,
    convolve,
    decay,
    noise,
    partials,
    tone,
    wander,
)


def _friedlander(length: float) -> Samples:
    """Pressure of a blast whose positive part lasts ``length`` seconds."""
    t = np.arange(int(8 * length * RATE) + 8, dtype=np.float32) / np.float32(length * RATE)
    return np.asarray((1 - t) * np.exp(-t), np.float32)


def _land(rng: np.random.Generator, length: float, wet: float) -> Samples:
    """Impulse response of a place that answers a blast: echoes, then a long dull tail."""
    n = int(length * RATE)
    dark = float(np.exp(rng.uniform(np.log(400), np.log(5000))))
    tail = band(noise(rng, n), 40, dark, 1) * decay(n, length * float(rng.uniform(0.05, 0.16)))
    response = tail * np.float32(wet / np.sqrt(n) * 18)
    response[: int(0.002 * RATE)] = 0
    response[0] = 1.0
    for _ in range(int(rng.integers(1, 8))):
        at = int(np.exp(rng.uniform(np.log(0.004), np.log(length * 0.8))) * RATE)
        wide = max(4, int(rng.uniform(0.0005, 0.01) * RATE))
        echo = noise(rng, wide) * np.float32(rng.uniform(0.3, 2.0) / np.sqrt(wide))
        add(response, echo, at, float(wet))
    return response


def _start(rng: np.random.Generator, seconds: float, length: float) -> float:
    """A start in seconds such that most of the event lies inside."""
    if rng.random() < 0.85:
        return float(rng.uniform(0.02, max(0.1, seconds - length)))
    return float(rng.uniform(-0.1, max(0.05, seconds - 0.3)))


def _spread(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between two bounds, as likely in every octave."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _shot(rng: np.random.Generator) -> Samples:
    """One weapon's dry report, one second: blast, gas that rushes out after it, a boom."""
    m = RATE
    out = np.zeros(m, np.float32)
    at = 0
    if rng.random() < 0.35:
        # The bullet's own crack comes first.
        k = max(3, int(rng.uniform(0.0001, 0.0004) * RATE))
        add(out, np.linspace(1, -1, k, dtype=np.float32), 0, float(rng.uniform(0.3, 1.5)))
        at = int(rng.uniform(0.001, 0.12) * RATE)
    add(out, _friedlander(_spread(rng, 0.0006, 0.005)), at, float(rng.uniform(0, 1.5)))
    crack = noise(rng, m) * decay(m, _spread(rng, 0.0008, 0.02)) * np.float32(rng.uniform(0.3, 3))
    rush = band(noise(rng, m), 80, _spread(rng, 1500, 15000), 1)
    rush = rush * decay(m, _spread(rng, 0.008, 0.08)) * np.float32(_spread(rng, 0.2, 3))
    boom = band(noise(rng, m, 1), 30, 600, 1) * decay(m, _spread(rng, 0.03, 0.18))
    add(out, crack + rush + boom * np.float32(_spread(rng, 0.1, 2)), at)
    # No microphone takes a muzzle blast whole.
    top = np.abs(out).max(initial=1e-6)
    return np.asarray(np.tanh(out * (_spread(rng, 1.0, 20) / top)), np.float32)


def _times_of_shots(rng: np.random.Generator, at: float) -> list[float]:
    """Seconds at which a weapon is fired: once, at leisure, or in bursts."""
    kind = rng.random()
    if kind < 0.25:
        return [at]
    if kind < 0.65:
        gaps = rng.uniform(0.12, 0.4) * rng.uniform(0.8, 2.2, int(rng.integers(1, 10)))
        return [at, *(at + np.cumsum(gaps)).tolist()]
    gap = float(rng.uniform(0.055, 0.13))
    made: list[float] = []
    for _ in range(int(rng.integers(1, 4))):
        many = int(rng.integers(3, 16))
        made += [at + k * gap * float(rng.uniform(0.97, 1.03)) for k in range(many)]
        at += many * gap + float(rng.uniform(0.2, 0.9))
    return made


def gunshot(rng: np.random.Generator, seconds: float) -> Samples:
    """One or several shots of a pistol, rifle, shotgun or machine gun, near or far off."""
    n = round(seconds * RATE)
    dry = np.zeros(n, np.float32)
    fired = [t for t in _times_of_shots(rng, _start(rng, seconds, 1.2)) if t < seconds]
    shot = _shot(rng)
    for t in fired:
        add(dry, shot, int(t * RATE), float(rng.uniform(0.75, 1)))
    indoor = rng.random() < 0.35
    length = float(rng.uniform(0.2, 0.9) if indoor else rng.uniform(0.6, 3.0))
    wave = convolve(dry, _land(rng, length, float(np.exp(rng.uniform(np.log(0.1), np.log(1.2))))))
    if rng.random() < 0.45:
        # Some way off the crack is gone and the land's answer is most of it.
        wave = band(wave, 30, float(np.exp(rng.uniform(np.log(700), np.log(6000)))), 1)
    if rng.random() < 0.6:
        # No microphone takes a muzzle blast whole.
        drive = float(np.exp(rng.uniform(np.log(1.5), np.log(12))))
        top = np.float32(np.abs(wave).max(initial=1e-6))
        wave = np.tanh(wave * (np.float32(drive) / top)).astype(np.float32)
    if rng.random() < 0.25:
        # The action, or the case on the floor.
        click = partials(rng, rng.uniform(1500, 7000, 4), rng.uniform(0.004, 0.03, 4), RATE // 5)
        when = fired[-1] if fired else 0.0
        for _ in range(int(rng.integers(1, 4))):
            when += float(rng.uniform(0.1, 0.4))
            add(wave, click, int(when * RATE), float(rng.uniform(0.01, 0.06)))
    return wave


def explosion(rng: np.random.Generator, seconds: float) -> Samples:
    """A deep blow that rolls on for seconds, with what it throws about."""
    n = round(seconds * RATE)
    dry = np.zeros(n, np.float32)
    at = _start(rng, seconds, min(2.5, seconds * 0.6))
    for _ in range(int(rng.choice((1, 1, 1, 2, 3)))):
        m = int(rng.uniform(1.0, 2.5) * RATE)
        blast = _friedlander(_spread(rng, 0.004, 0.03))
        body = band(noise(rng, m, 1), 25, _spread(rng, 200, 2500), 1)
        body = body * decay(m, _spread(rng, 0.08, 0.4)) * np.float32(rng.uniform(0.5, 2.5))
        crack = noise(rng, m) * decay(m, _spread(rng, 0.001, 0.02))
        add(body, blast, 0, float(rng.uniform(0, 1)))
        body = body + crack * np.float32(rng.uniform(0, 0.9))
        body = np.tanh(body * np.float32(_spread(rng, 1.5, 12) / np.abs(body).max(initial=1e-6)))
        add(dry, body.astype(np.float32), int(at * RATE), float(rng.uniform(0.5, 1)))
        at += float(rng.uniform(0.3, 1.4))
    wave = convolve(dry, _land(rng, float(rng.uniform(1.2, 3.5)), float(rng.uniform(0.1, 1.0))))
    m = n
    roll = band(noise(rng, m, 2), 20, float(rng.uniform(120, 500)), 1) * decay(
        m, float(rng.uniform(0.25, 0.9))
    )
    roll *= wander(rng, m, 12, 0.4, 1.0)
    scale = np.float32(np.abs(wave).max(initial=1e-6))
    first = int(max(0.0, _first(wave)) * RATE)
    add(wave, roll / np.float32(roll.std() * 4 + 1e-6) * scale, first, float(rng.uniform(0.3, 1.2)))
    if rng.random() < 0.5:
        debris = np.zeros(n, np.float32)
        for _ in range(int(rng.integers(10, 60))):
            t = first + int(abs(rng.normal(0.5, 0.7)) * RATE)
            k = int(rng.uniform(0.003, 0.03) * RATE)
            bit = band(noise(rng, k), 300, float(rng.uniform(1500, 9000)), 1) * decay(k, 0.004)
            add(debris, bit, t, float(rng.uniform(0.2, 1)))
        wave = wave + debris * scale * np.float32(rng.uniform(0.05, 0.25))
    if rng.random() < 0.6:
        wave = np.tanh(wave * np.float32(rng.uniform(1.5, 6)) / scale).astype(np.float32)
    return wave


def _first(wave: Samples) -> float:
    """Second of the first loud sample."""
    loud = np.abs(wave) > 0.1 * np.abs(wave).max(initial=1e-6)
    return float(loud.argmax()) / RATE


def fireworks(rng: np.random.Generator, seconds: float) -> Samples:
    """Rockets that whistle up and burst, strings of crackers, a crackling rain of sparks."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    land = _land(rng, float(rng.uniform(0.8, 2.5)), float(rng.uniform(0.3, 1.2)))
    for _ in range(int(rng.integers(2, 8))):
        at = float(rng.uniform(-0.3, seconds))
        if rng.random() < 0.4:
            m = int(rng.uniform(0.4, 1.2) * RATE)
            rise = np.linspace(rng.uniform(1500, 2500), rng.uniform(2500, 4500), m)
            whistle = tone(rise.astype(np.float32), m) + band(noise(rng, m), 1500, 6000, 1)
            add(out, whistle * np.hanning(m).astype(np.float32), int(at * RATE) - m, 0.04)
        burst = _friedlander(float(np.exp(rng.uniform(np.log(0.002), np.log(0.01)))))
        add(out, burst, int(at * RATE), float(rng.uniform(0.3, 1)))
        if rng.random() < 0.6:
            for _ in range(int(rng.integers(20, 120))):
                k = int(rng.uniform(0.001, 0.006) * RATE)
                when = at + float(rng.uniform(0.1, 1.6))
                snap = noise(rng, k) * decay(k, 0.0008)
                add(out, snap, int(when * RATE), float(rng.uniform(0.01, 0.12)))
    wave = convolve(out, land)
    return band(wave, 40, float(rng.uniform(2500, 12000)), 1)


def thunder(rng: np.random.Generator, seconds: float) -> Samples:
    """A crack that tears, if near, then claps that roll away for seconds."""
    n = round(seconds * RATE)
    near = rng.random()
    at = float(rng.uniform(-0.5, 0.3 * seconds))
    out = np.zeros(n, np.float32)
    for _ in range(int(rng.integers(4, 14))):
        m = int(rng.uniform(0.3, 2.5) * RATE)
        top = float(np.exp(rng.uniform(np.log(120), np.log(300 + 2500 * near))))
        clap = band(noise(rng, m, 2), 20, top, 1)
        clap = clap / np.float32(clap.std() + 1e-6)
        swell = edges_of_clap(m, float(rng.uniform(0.01, 0.3)))
        add(
            out,
            clap * swell,
            int((at + abs(rng.normal(0, 1.3))) * RATE),
            float(rng.uniform(0.3, 1)),
        )
    if near > 0.5:
        m = int(rng.uniform(0.2, 0.7) * RATE)
        tear = band(noise(rng, m), 400, 9000, 1) * wander(rng, m, 60, 0, 1) ** 3
        add(out, tear * decay(m, 0.1), int(at * RATE), float(rng.uniform(0.5, 3)))
    return out


def edges_of_clap(n: int, rise: float) -> Samples:
    """A quick swell of ``rise`` seconds and a slow fall over all of ``n``."""
    t = np.arange(n, dtype=np.float32) / RATE
    return np.asarray(np.minimum(t / np.float32(rise), 1) * np.exp(-4 * t / (n / RATE)), np.float32)
