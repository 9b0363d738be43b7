"""Sounds that people built to be noticed: alarms, sirens, horns, telephones, music."""

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
    times,
    tone,
    wander,
)


def _buzzer(n: int, frequency: Samples | float, hardness: float) -> Samples:
    double = frequency * 2 if isinstance(frequency, float) else frequency * np.float32(2)
    wave: Samples = np.tanh(hardness * tone(frequency, n)) + np.float32(0.3) * tone(double, n)
    return wave


def fire_alarm(rng: np.random.Generator, seconds: float) -> Samples:
    """A smoke detector's T3 or T4 beeps, a sounder, a two-tone or slow-whoop alarm, or a bell.

    T3 is the temporal pattern of ISO 8201: three half-second pulses, then a pause.
    """
    n = round(seconds * RATE)
    kind = int(rng.choice(6, p=(0.38, 0.14, 0.1, 0.12, 0.1, 0.16)))
    shift = int(rng.integers(n))
    if kind == 0:
        pitch = float(rng.choice((rng.normal(3100, 120), rng.uniform(2600, 3600), 520.0)))
        stretch = float(rng.uniform(0.75, 1.1))
        pulse = gate(n + shift, 0.5 * stretch, 0.5 * stretch)
        t = np.mod(times((n + shift) / RATE)[: n + shift], np.float32(4.0 * stretch))
        mask = (t < 3.0 * stretch).astype(np.float32) * pulse
        return (_buzzer(n + shift, pitch, float(rng.uniform(0.5, 4))) * mask)[shift:]
    if kind == 1:
        pitch = float(rng.uniform(2600, 3500))
        on = float(rng.uniform(0.06, 0.2))
        mask = gate(n + shift, on, float(rng.uniform(0.5, 1.4)) * on)
        return (_buzzer(n + shift, pitch, float(rng.uniform(0.5, 4))) * mask)[shift:]
    if kind == 2:
        period = float(rng.uniform(0.4, 1.0))
        low, high = float(rng.uniform(650, 950)), float(rng.uniform(1000, 1500))
        square = gate(n + shift, period / 2, period / 2, 0.01)
        pitches = (low + (high - low) * square).astype(np.float32)
        return _buzzer(n + shift, pitches, float(rng.uniform(1, 4)))[shift:]
    if kind == 3:
        rate = float(rng.uniform(1, 8))
        low, high = float(rng.uniform(800, 2200)), float(rng.uniform(2400, 3000))
        saw = np.mod(times((n + shift) / RATE)[: n + shift] * np.float32(rate), 1)
        pitches = (low + (high - low) * saw).astype(np.float32)
        return _buzzer(n + shift, pitches, float(rng.uniform(1, 4)))[shift:]
    if kind == 4:
        sweep = np.mod(times((n + shift) / RATE)[: n + shift] / np.float32(rng.uniform(2.5, 4)), 1)
        pitch_curve = (500 + 700 * np.clip(sweep * 1.15, 0, 1)).astype(np.float32)
        return (_buzzer(n + shift, pitch_curve, 2.0) * (sweep < 0.87))[shift:].astype(np.float32)
    return _bell(rng, n)


def _bell(rng: np.random.Generator, n: int) -> Samples:
    base = float(rng.uniform(500, 1300))
    ratios = np.array([1.0, 1.58, 2.24, 2.92, 3.4, 4.17, 5.43, 6.8, 8.2])
    m = int(0.5 * RATE)
    lives = rng.uniform(0.03, 0.14, len(ratios))
    strike = partials(rng, base * ratios * rng.uniform(0.99, 1.01, len(ratios)), lives, m)
    strike[:200] += noise(rng, 200) * decay(200, 0.001)
    out = np.zeros(n, np.float32)
    step = 1 / float(rng.uniform(9, 22))
    at = float(rng.uniform(-0.2, 0))
    while at * RATE < n:
        add(out, strike, int(at * RATE), float(rng.uniform(0.8, 1.0)))
        at += step * float(rng.uniform(0.97, 1.03))
    return out


def siren(rng: np.random.Generator, seconds: float) -> Samples:
    """An emergency vehicle: wail, yelp or two-tone horn, with a little Doppler."""
    n = round(seconds * RATE)
    t = times(seconds)[:n] + np.float32(rng.uniform(0, 10))
    low, high = float(rng.uniform(420, 680)), float(rng.uniform(1000, 1600))
    kind = rng.integers(3)
    if kind == 0:
        curve = 0.5 - 0.5 * np.cos(2 * np.pi * t / np.float32(rng.uniform(3, 7)))
    elif kind == 1:
        curve = np.mod(t * np.float32(rng.uniform(2.5, 4.5)), 1.0)
    else:
        low, high = float(rng.uniform(380, 480)), float(rng.uniform(500, 640))
        curve = (np.mod(t / np.float32(rng.uniform(0.8, 1.6)), 1.0) < 0.5).astype(np.float32)
    pitch = (low + (high - low) * curve) * np.linspace(1, rng.uniform(0.94, 1.06), n)
    wave = np.tanh(3 * tone(pitch.astype(np.float32), n))
    return band(wave, 300, float(rng.uniform(2500, 6000)), 1) * wander(rng, n, 0.5, 0.4, 1.0)


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
