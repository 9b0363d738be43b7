"""Sounds that people built to be noticed: horns, telephones, bells, whistles, music."""

from __future__ import annotations

import numpy as np

from pipeline.scene.acoustics import (
    RATE,
    Samples,
    add,
    band,
    decay,
    gate,
    noise,
    partials,
    tone,
    wander,
)


def car_horn(rng: np.random.Generator, seconds: float) -> Samples:
    """One or two blasts of two tones a third apart."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    base = float(rng.uniform(330, 460))
    at = float(rng.uniform(0, max(0.01, seconds - 1)))
    for _ in range(int(rng.integers(1, 4))):
        m = int(rng.uniform(0.12, 0.9) * RATE)
        blast = np.tanh(4 * tone(base, m)) + np.tanh(4 * tone(base * 1.25, m))
        edge = np.minimum(np.arange(m), np.arange(m)[::-1]) / (0.012 * RATE)
        add(out, (blast * np.clip(edge, 0, 1)).astype(np.float32), int(at * RATE))
        at += m / RATE + float(rng.uniform(0.08, 0.3))
    return band(out, 250, 6000, 1)


def phone_ring(rng: np.random.Generator, seconds: float) -> Samples:
    """An old double ring, a warble, or a tune of few notes."""
    n = round(seconds * RATE)
    kind = rng.integers(3)
    shift = int(rng.integers(n))
    if kind == 0:
        warble = gate(n + shift, 0.025, 0.025, 0.006)
        ring = tone(float(rng.uniform(380, 480)), n + shift) + tone(
            float(rng.uniform(900, 1300)), n + shift
        )
        return (ring * warble * gate(n + shift, 1.0, 2.0, 0.02))[shift:]
    if kind == 1:
        pitch = 800 + 500 * gate(n + shift, 0.05, 0.05, 0.002)
        return (tone(pitch, n + shift) * gate(n + shift, 0.8, 1.4, 0.02))[shift:]
    out = np.zeros(n, np.float32)
    notes = 880 * 2 ** (rng.choice((0, 2, 4, 7, 9, 12), 8) / 12)
    step, at = float(rng.uniform(0.1, 0.2)), float(rng.uniform(-1, 0.3))
    for k in range(int(seconds / step) + 8):
        if k % 12 < 8:
            pitch_hz = float(notes[k % 8])
            note = partials(
                rng, np.array([pitch_hz, 2 * pitch_hz]), np.array([0.06, 0.03]), RATE // 3
            )
            add(out, note, int((at + k * step) * RATE))
    return out


def doorbell(rng: np.random.Generator, seconds: float) -> Samples:
    """Ding-dong: two struck bars a third apart, a buzzer, or a short tune."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    at = float(rng.uniform(0, 0.5 * seconds))
    if rng.random() < 0.2:
        m = int(rng.uniform(0.3, 1.0) * RATE)
        buzz = np.tanh(4 * tone(float(rng.choice((50.0, 60.0, 100.0, 120.0))), m))
        add(out, band(buzz, 200, 5000, 1), int(at * RATE))
        return out
    base = float(rng.uniform(450, 1100))
    ratios = (1.0, 0.8) if rng.random() < 0.7 else tuple(rng.choice((1, 0.75, 0.8, 0.67, 1.2), 4))
    ring = float(rng.uniform(0.08, 0.4))
    for _ in range(int(rng.integers(1, 3))):
        for ratio in ratios:
            bars = base * ratio * np.array([1.0, 2.76, 5.4])
            note = partials(rng, bars, ring * np.array([1, 0.5, 0.2]), int(2.0 * RATE))
            add(out, note, int(at * RATE))
            at += float(rng.uniform(0.3, 0.7))
        at += float(rng.uniform(0.3, 1.0))
    return out


def church_bell(rng: np.random.Generator, seconds: float) -> Samples:
    """A large bell, or several in turn: hum, prime, tierce, quint, nominal, dying over seconds."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    primes = np.exp(rng.uniform(np.log(180), np.log(800), int(rng.integers(1, 4))))
    ratios = np.array([0.5, 1.0, 1.19, 1.5, 2.0, 2.51, 2.66, 3.01, 4.1])
    at, step, k = float(rng.uniform(-1.5, 0.5)), float(rng.uniform(0.5, 2.2)), 0
    while at < seconds:
        lives = np.array([1.6, 1.1, 0.8, 0.6, 0.5, 0.3, 0.25, 0.2, 0.12]) * rng.uniform(0.5, 1.3)
        stroke = partials(rng, primes[k % len(primes)] * ratios, lives, int(4 * RATE))
        add(out, stroke, int(at * RATE), float(rng.uniform(0.7, 1)))
        at, k = at + step * float(rng.uniform(0.97, 1.03)), k + 1
    return out


def whistle(rng: np.random.Generator, seconds: float) -> Samples:
    """A referee's pea whistle, a plain one, or lips."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    pitch = float(rng.uniform(1100, 4200))
    trill = float(rng.uniform(20, 60)) if rng.random() < 0.5 else 0.0
    at = float(rng.uniform(0, 0.5 * seconds))
    for _ in range(int(rng.integers(1, 5))):
        m = int(rng.uniform(0.15, 1.2) * RATE)
        curve = pitch * wander(rng, m, 4, 0.94, 1.08)
        blow = tone(curve, m) + np.float32(0.5) * tone(curve * np.float32(1.02), m)
        if trill:
            blow = blow * (0.6 + 0.4 * tone(trill, m))
        air = band(noise(rng, m), 1500, 9000, 1)
        edge = np.minimum(np.arange(m), np.arange(m)[::-1]) / (0.02 * RATE)
        wave = (blow + np.float32(0.1) * air) * np.clip(edge, 0, 1).astype(np.float32)
        add(out, wave.astype(np.float32), int(at * RATE), float(rng.uniform(0.7, 1)))
        at += m / RATE + float(rng.uniform(0.1, 0.8))
    return out


def music(rng: np.random.Generator, seconds: float) -> Samples:
    """Chords, a bass, a melody and often a beat, from a random key and tempo."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    beat = 60 / float(rng.uniform(70, 140))
    root = 110 * 2 ** (rng.integers(12) / 12)
    scale = np.array((0, 2, 4, 5, 7, 9, 11) if rng.random() < 0.6 else (0, 2, 3, 5, 7, 8, 10))
    hold = float(rng.uniform(0.08, 0.5))
    bright = int(rng.integers(2, 6))
    harmonics = np.arange(1, bright + 1)
    drums = rng.random() < 0.65
    start = -float(rng.uniform(0, beat * 4))
    degree = 0
    for k in range(int(seconds / beat) + 6):
        at = int((start + k * beat) * RATE)
        if k % 4 == 0:
            degree = int(rng.integers(7))
            m = int(4 * beat * RATE)
            pad = np.zeros(m, np.float32)
            for third in (0, 2, 4):
                step = scale[(degree + third) % 7] + 12 * ((degree + third) // 7)
                pad += tone(root * 2 ** (step / 12), m)
                pad += np.float32(0.4) * tone(root * 2 ** (1 + step / 12), m)
            edge = np.minimum(np.arange(m), np.arange(m)[::-1]) / (0.05 * RATE)
            add(out, (pad * np.clip(edge, 0, 1)).astype(np.float32), at, 0.16)
        bass = root / 2 * 2 ** (scale[degree % 7] / 12)
        add(
            out,
            partials(rng, np.array([bass, 2 * bass]), np.array([0.2, 0.1]), int(beat * RATE)),
            at,
            0.5,
        )
        for half in (0, beat / 2):
            if rng.random() < 0.6:
                pitch = root * 4 * 2 ** (scale[int(rng.integers(7))] / 12)
                lives = hold / harmonics**0.7
                note = partials(rng, pitch * harmonics, lives, int(0.8 * RATE))
                add(out, note, at + int(half * RATE), 0.3)
        if drums:
            m = int(0.15 * RATE)
            hit = noise(rng, m) * decay(m, 0.02) if k % 2 else tone(60.0, m) * decay(m, 0.05) * 2
            add(out, hit, at, 0.5)
            add(out, noise(rng, m // 4) * decay(m // 4, 0.006), at + int(beat / 2 * RATE), 0.25)
    return out
