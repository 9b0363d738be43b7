"""Alarms: of fire, of burglary, of cars, of clocks, and the beeps of what drives backwards."""

from __future__ import annotations

import numpy as np

from pipeline.scene.acoustics import (
    RATE,
    Samples,
    add,
    band,
    decay,
    edges,
    gate,
    noise,
    partials,
    resonate,
    sharp,
    times,
    tone,
)


def _buzzer(n: int, frequency: Samples | float, hardness: float) -> Samples:
    double = frequency * 2 if isinstance(frequency, float) else frequency * np.float32(2)
    wave: Samples = np.tanh(hardness * tone(frequency, n)) + np.float32(0.3) * tone(double, n)
    return wave


def _turns(n: int, rate: float) -> Samples:
    """A phase in [0, 1) that passes ``rate`` times a second."""
    return np.asarray(np.mod(times(n / RATE)[:n] * np.float32(rate), 1), np.float32)


def fire_alarm(rng: np.random.Generator, seconds: float) -> Samples:
    """A smoke detector's T3 or T4 beeps, a sounder, a two-tone or slow-whoop alarm, or a bell.

    T3 and T4 are the temporal patterns of ISO 8201 (three half-second pulses, a pause) and
    NFPA 72 (four pulses of a tenth); 520 Hz square is NFPA 72's low-frequency signal.
    """
    n = round(seconds * RATE)
    kind = int(rng.choice(8, p=(0.32, 0.14, 0.1, 0.12, 0.08, 0.12, 0.06, 0.06)))
    shift = int(rng.integers(n))
    m = n + shift
    hardness = float(rng.uniform(0.5, 4))
    if kind == 0:
        pitch = float(rng.choice((rng.normal(3100, 120), rng.uniform(2600, 3600), 520.0)))
        stretch = float(rng.uniform(0.75, 1.1))
        mask = gate(m, 0.5 * stretch, 0.5 * stretch) * (_turns(m, 0.25 / stretch) < 0.75)
        return (_buzzer(m, pitch, hardness) * mask).astype(np.float32)[shift:]
    if kind == 1:
        pitch = float(rng.uniform(2600, 3500))
        on = float(rng.uniform(0.06, 0.2))
        mask = gate(m, on, float(rng.uniform(0.5, 1.4)) * on)
        return (_buzzer(m, pitch, hardness) * mask)[shift:]
    if kind == 2:
        period = float(rng.uniform(0.4, 1.0))
        low, high = float(rng.uniform(650, 950)), float(rng.uniform(1000, 1500))
        square = gate(m, period / 2, period / 2, 0.01)
        return _buzzer(m, (low + (high - low) * square).astype(np.float32), hardness)[shift:]
    if kind == 3:
        low, high = float(rng.uniform(800, 2200)), float(rng.uniform(2400, 3000))
        curve = low + (high - low) * _turns(m, float(rng.uniform(1, 8)))
        return _buzzer(m, curve.astype(np.float32), hardness)[shift:]
    if kind == 4:
        sweep = _turns(m, 1 / float(rng.uniform(2.5, 4)))
        pitch_curve = (500 + 700 * np.clip(sweep * 1.15, 0, 1)).astype(np.float32)
        return (_buzzer(m, pitch_curve, 2.0) * (sweep < 0.87))[shift:].astype(np.float32)
    if kind == 5:
        return bell(rng, n)
    if kind == 6:
        # T4: four short pulses, then some seconds of rest.
        period = float(rng.uniform(2.0, 5.5))
        at = _turns(m, 1 / period) * np.float32(period)
        mask = (at < 0.8) * gate(m, 0.1, 0.1)
        return (_buzzer(m, float(rng.uniform(2700, 3500)), hardness) * mask)[shift:].astype(
            np.float32
        )
    # A sounder's steady tone or rough horn.
    horn = sharp(float(rng.uniform(350, 900)), n, 6.0) + sharp(float(rng.uniform(360, 940)), n, 6.0)
    return resonate(horn, rng.uniform(1500, 4000, 2), np.array([700.0, 900.0]), 0.2)


def bell(rng: np.random.Generator, n: int) -> Samples:
    """A gong struck many times a second, float32 (n,)."""
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


def _sweeping(rng: np.random.Generator, n: int, kind: int) -> Samples:
    """One of the tunes that electronic sirens of houses and cars play."""
    low = float(rng.uniform(500, 1600))
    high = low * float(rng.uniform(1.4, 2.6))
    rate = float(rng.uniform(1.5, 9))
    turn = _turns(n, rate)
    curves = (
        low + (high - low) * turn,
        high - (high - low) * turn,
        low + (high - low) * np.abs(2 * turn - 1),
        np.where(turn < 0.5, low, high),
        low + (high - low) * (0.5 - 0.5 * np.cos(2 * np.pi * _turns(n, rate / 8))),
        np.full(n, high),
    )
    wave = sharp(curves[kind].astype(np.float32), n, float(rng.uniform(1, 6)))
    if kind == 5:
        wave = wave * (turn < 0.5)
    return np.asarray(wave, np.float32)


def burglar_alarm(rng: np.random.Generator, seconds: float) -> Samples:
    """A house's siren of small loudspeakers that sweeps fast without end, or a bell box."""
    n = round(seconds * RATE)
    if rng.random() < 0.15:
        return bell(rng, n)
    wave = _sweeping(rng, n, int(rng.integers(6)))
    if rng.random() < 0.35:
        wave = wave + np.float32(rng.uniform(0.3, 0.9)) * _sweeping(rng, n, int(rng.integers(5)))
    return resonate(wave, rng.uniform(1200, 4200, 3), rng.uniform(400, 1200, 3), 0.15)


def car_alarm(rng: np.random.Generator, seconds: float) -> Samples:
    """A parked car's alarm: six tunes in turn, or its horn in a steady beat."""
    n = round(seconds * RATE)
    if rng.random() < 0.4:
        base = float(rng.uniform(320, 520))
        horn = sharp(base, n, 4.0) + sharp(base * float(rng.uniform(1.18, 1.3)), n, 4.0)
        on = float(rng.uniform(0.25, 0.7))
        return band(horn * gate(n, on, on * float(rng.uniform(0.8, 1.3)), 0.015), 250, 6000, 1)
    out = np.zeros(n, np.float32)
    at = -float(rng.uniform(0, 1.5))
    order = rng.permutation(6)
    k = 0
    while at < seconds:
        m = int(rng.uniform(1.0, 2.2) * RATE)
        add(out, _sweeping(rng, m, int(order[k % 6])) * edges(m, 0.01, 0.01), int(at * RATE))
        at, k = at + m / RATE, k + 1
    return resonate(out, rng.uniform(1500, 3500, 2), rng.uniform(500, 1200, 2), 0.2)


def alarm_clock(rng: np.random.Generator, seconds: float) -> Samples:
    """A bedside clock: groups of up to four thin beeps, or a hammer between two bells."""
    n = round(seconds * RATE)
    if rng.random() < 0.3:
        clock = bell(rng, n)
        return band(clock, 1200, 14000, 1)
    shift = int(rng.integers(n))
    m = n + shift
    pitch = float(rng.uniform(1800, 4300))
    beep = float(rng.uniform(0.04, 0.12))
    many = int(rng.choice((1, 2, 3, 4, 4)))
    period = float(rng.choice((0.5, 1.0, 1.0, rng.uniform(0.4, 1.2))))
    many = max(1, min(many, int(period / (2 * beep))))
    at = _turns(m, 1 / period) * np.float32(period)
    mask = (at < many * 2 * beep) * (np.mod(at, 2 * beep) < beep)
    wave = _buzzer(m, pitch, float(rng.uniform(0.5, 5))) * mask
    made: Samples = wave[shift:]
    return made


def reversing_beeps(rng: np.random.Generator, seconds: float) -> Samples:
    """A truck's or fork-lift's warning: one low pitch, as long on as off, now and then as noise."""
    n = round(seconds * RATE)
    shift = int(rng.integers(n))
    on = float(rng.uniform(0.3, 0.6))
    mask = gate(n + shift, on, on * float(rng.uniform(0.8, 1.2)), 0.01)[shift:]
    if rng.random() < 0.15:
        return band(noise(rng, n), 800, 5000, 1) * mask
    beep = sharp(float(rng.uniform(950, 1450)), n, float(rng.uniform(0, 3))) * mask
    engine = band(noise(rng, n, 2), 40, 300, 1)
    return np.asarray(beep + np.float32(rng.uniform(0, 0.15)) * engine, np.float32)
