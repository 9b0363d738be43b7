"""Engines and what they drive: vehicles, aircraft, saws, drills, fans.

A combustion engine is a train of unequal pulses at its firing rate through the resonances of its
exhaust and body.
"""

from __future__ import annotations

import numpy as np

from pipeline.scene.acoustics import (
    RATE,
    Samples,
    add,
    band,
    decay,
    edges,
    noise,
    partials,
    resonate,
    saw,
    tone,
    wander,
)


def _unit(wave: Samples) -> Samples:
    return wave / np.float32(wave.std() + 1e-6)


def _firing(rng: np.random.Generator, rate: Samples, cylinders: int, sharpness: float) -> Samples:
    """Pulses at ``rate`` hertz; every ``cylinders``-th is alike, and none quite the same."""
    turns = np.cumsum(rate.astype(np.float64)) / RATE
    which = turns.astype(np.int64)
    phase = (turns - which).astype(np.float32)
    each = rng.uniform(0.6, 1.0, cylinders)
    stroke = each[which % cylinders] * rng.uniform(0.85, 1.0, int(which[-1]) + 1)[which]
    pulse = np.exp(-np.float32(sharpness) * phase) * stroke.astype(np.float32)
    return np.asarray(pulse - pulse.mean(), np.float32)


def _pass(rng: np.random.Generator, n: int, odds: float) -> Samples:
    """How loud something is that drives by, or stays."""
    if rng.random() > odds:
        return np.ones(n, np.float32)
    x = np.linspace(-1, 1, n, dtype=np.float32) - np.float32(rng.uniform(-0.7, 0.7))
    return np.asarray(1 / (0.15 + (rng.uniform(1.2, 3) * x) ** 2), np.float32)


def car_engine(rng: np.random.Generator, seconds: float) -> Samples:
    """A car that idles, starts or drives past: firing pulses, tyres, swelling and fading."""
    n = round(seconds * RATE)
    base = float(rng.uniform(24, 110))
    rate = wander(rng, n, 0.5, 0.8, 1.3) * np.float32(base)
    engine = resonate(
        _firing(rng, rate, 4, float(rng.uniform(4, 12))),
        np.array([rng.uniform(70, 180), rng.uniform(250, 700)]),
        np.array([60.0, 200.0]),
        0.03,
    )
    tyres = band(noise(rng, n, 1), 150, float(rng.uniform(900, 3500)), 1)
    wave = _unit(engine) * np.float32(rng.uniform(0.2, 1)) + _unit(tyres) * np.float32(
        rng.uniform(0.1, 1.0)
    )
    return wave * _pass(rng, n, 0.6)


def motorcycle(rng: np.random.Generator, seconds: float) -> Samples:
    """One or two cylinders, open exhaust, revved up and down, or passing."""
    n = round(seconds * RATE)
    base = float(rng.uniform(25, 130))
    rate = wander(rng, n, float(rng.uniform(0.4, 1.5)), 0.7, 2.2) * np.float32(base)
    pulses = _firing(rng, rate, int(rng.integers(1, 3)), float(rng.uniform(6, 16)))
    body = np.array([rng.uniform(120, 300), rng.uniform(500, 1100), rng.uniform(1500, 2600)])
    wave = resonate(pulses, body, body * 0.4, 0.06)
    return np.asarray(np.tanh(_unit(wave)) * _pass(rng, n, 0.5), np.float32)


def truck(rng: np.random.Generator, seconds: float) -> Samples:
    """A diesel that knocks, with the hiss of its air brakes now and then."""
    n = round(seconds * RATE)
    rate = wander(rng, n, 0.5, 0.8, 1.4) * np.float32(rng.uniform(18, 55))
    knock = _firing(rng, rate, 6, float(rng.uniform(8, 20)))
    engine = resonate(knock, np.array([60.0, 130, 420]), np.array([40.0, 70, 250]), 0.02)
    rattle: Samples = band(noise(rng, n), 800, 3000, 1) * np.clip(knock, 0, 1)
    wave = _unit(engine) + _unit(rattle) * np.float32(rng.uniform(0.05, 0.3))
    wave = wave + _unit(band(noise(rng, n, 1), 60, 900, 1)) * np.float32(rng.uniform(0.1, 0.7))
    wave = wave * _pass(rng, n, 0.5)
    if rng.random() < 0.3:
        m = int(rng.uniform(0.2, 0.7) * RATE)
        hiss = band(noise(rng, m), 2500, 12000, 1) * edges(m, 0.01, 0.2)
        add(wave, hiss, int(rng.uniform(0, seconds) * RATE), float(wave.std()) * 2)
    return np.asarray(wave, np.float32)


def train(rng: np.random.Generator, seconds: float) -> Samples:
    """Wheels over joints in pairs, a long rumble, screeching flanges, sometimes a horn."""
    n = round(seconds * RATE)
    rumble = _unit(band(noise(rng, n, 2), 30, float(rng.uniform(300, 900)), 1))
    rumble += _unit(band(noise(rng, n, 1), 300, 3500, 1)) * np.float32(rng.uniform(0.1, 0.6))
    out = rumble * wander(rng, n, 0.6, 0.6, 1)
    gap, at = float(rng.uniform(0.35, 1.0)), float(rng.uniform(-0.3, 0.3))
    m = int(0.12 * RATE)
    while at < seconds:
        for k in (0.0, float(rng.uniform(0.1, 0.16))):
            clack = partials(rng, rng.uniform(150, 2200, 6), rng.uniform(0.006, 0.03, 6), m)
            add(out, clack, int((at + k) * RATE), float(rng.uniform(0.5, 1.5)))
        at += gap * float(rng.uniform(0.95, 1.05))
    if rng.random() < 0.3:
        squeal = tone(wander(rng, n, 2, 0.98, 1.02) * np.float32(rng.uniform(2000, 5500)), n)
        out += squeal * wander(rng, n, 2, 0, 0.5) ** 2
    if rng.random() < 0.35:
        m = int(rng.uniform(0.6, 2.0) * RATE)
        chord = sum(saw(np.full(m, f, np.float32)) for f in rng.uniform(250, 560, 3))
        horn = band(np.asarray(chord, np.float32), 200, 3000, 1) * edges(m, 0.06, 0.15)
        add(out, horn, int(rng.uniform(-0.3, seconds) * RATE), float(rng.uniform(0.5, 1.5)))
    return out


def helicopter(rng: np.random.Generator, seconds: float) -> Samples:
    """Blades that slap the air ten to thirty times a second, over a turbine."""
    n = round(seconds * RATE)
    rate = wander(rng, n, 0.4, 0.97, 1.03) * np.float32(rng.uniform(9, 30))
    turns = (np.cumsum(rate.astype(np.float64)) / RATE) % 1.0
    slap = np.exp(-np.asarray(turns, np.float32) * np.float32(rng.uniform(2.5, 9)))
    air = band(noise(rng, n, 1), 30, float(rng.uniform(300, 2500)), 1)
    wave = _unit(air * slap) + _unit(band((slap - slap.mean()), 15, 200, 1)) * np.float32(
        rng.uniform(0.2, 1)
    )
    whine = tone(float(rng.uniform(500, 2500)), n) + band(noise(rng, n), 500, 4000, 1)
    wave = wave + _unit(whine) * np.float32(rng.uniform(0.02, 0.3))
    wave = wave * wander(rng, n, 0.4, 0.5, 1)
    return band(wave, 20, float(np.exp(rng.uniform(np.log(500), np.log(8000)))), 1)


def aircraft(rng: np.random.Generator, seconds: float) -> Samples:
    """A jet's broad roar whose pitch falls as it passes, or a propeller's drone."""
    n = round(seconds * RATE)
    if rng.random() < 0.6:
        roar = _unit(band(noise(rng, n, 1), 60, float(rng.uniform(600, 5000)), 1))
        if rng.random() < 0.5:
            pitch = np.linspace(1.1, 0.9, n) * rng.uniform(900, 3500)
            roar = roar + tone(pitch.astype(np.float32), n) * np.float32(rng.uniform(0.05, 0.4))
    else:
        pitch = wander(rng, n, 0.4, 0.97, 1.03) * np.float32(rng.uniform(55, 150))
        drone = saw(pitch) + saw(pitch * np.float32(rng.uniform(1.005, 1.03)))
        roar = _unit(resonate(drone, np.array([200.0, 500]), np.array([120.0, 300]), 0.05))
        roar = roar + _unit(band(noise(rng, n, 1), 60, 1200, 1)) * np.float32(0.4)
    return roar * wander(rng, n, 0.4, 0.3, 1)


def _two_stroke(rng: np.random.Generator, n: int, low: float, high: float) -> Samples:
    """A small engine that races and drops."""
    revs = wander(rng, n, float(rng.uniform(0.5, 2)), low, high)
    pulses = _firing(rng, revs, 1, float(rng.uniform(4, 12)))
    body = np.array([rng.uniform(250, 500), rng.uniform(900, 1800), rng.uniform(2500, 4500)])
    return _unit(resonate(pulses, body, body * 0.35, 0.1))


def chainsaw(rng: np.random.Generator, seconds: float) -> Samples:
    """A two-stroke that screams and bogs down in wood, or idles between cuts."""
    n = round(seconds * RATE)
    base = float(rng.uniform(60, 140))
    wave = _two_stroke(rng, n, base, base * float(rng.uniform(1.2, 2.4)))
    rasp = _unit(band(noise(rng, n), 1200, 9000, 1)) * wander(rng, n, 2, 0.05, 0.7)
    return np.tanh(wave + rasp) * wander(rng, n, 1, 0.6, 1)


def lawn_mower(rng: np.random.Generator, seconds: float) -> Samples:
    """A four-stroke at a steady pace with the swish of its blade."""
    n = round(seconds * RATE)
    base = float(rng.uniform(22, 60))
    pulses = _firing(rng, wander(rng, n, 0.5, 0.96, 1.05) * np.float32(base), 2, 8.0)
    body = np.array([rng.uniform(150, 350), rng.uniform(600, 1200), 2500.0])
    blade = band(noise(rng, n), 400, 4500, 1) * (1 + 0.4 * tone(base, n))
    wave = _unit(resonate(pulses, body, body * 0.4, 0.05)) + _unit(blade) * np.float32(
        rng.uniform(0.2, 0.8)
    )
    return wave * wander(rng, n, 0.4, 0.5, 1)


def power_drill(rng: np.random.Generator, seconds: float) -> Samples:
    """A commutator motor that whines up under the trigger; a percussion drill hammers as well."""
    n = round(seconds * RATE)
    on = np.clip(wander(rng, n, float(rng.uniform(0.5, 1.5)), -0.6, 1.8), 0, 1)
    pitch = (120 + on * np.float32(rng.uniform(250, 1100))).astype(np.float32)
    whine = saw(pitch) + 0.6 * saw(pitch * np.float32(rng.uniform(2.5, 6)))
    body = np.array([rng.uniform(700, 1500), rng.uniform(2200, 4200), rng.uniform(5000, 8000)])
    wave = _unit(resonate(whine + 0.4 * noise(rng, n), body, body * 0.3, 0.1))
    if rng.random() < 0.45:
        blows = _firing(rng, np.full(n, rng.uniform(12, 45), np.float32), 1, 14.0)
        wave = wave * np.float32(0.4) + _unit(blows * noise(rng, n)) * np.float32(1.2)
    return wave * on


def vacuum_cleaner(rng: np.random.Generator, seconds: float) -> Samples:
    """A steady rush of air over a motor's whine, moved about the floor."""
    n = round(seconds * RATE)
    rush = _unit(band(noise(rng, n), 200, float(rng.uniform(3000, 9000)), 1))
    base = float(rng.uniform(200, 700))
    whine = np.zeros(n, np.float32)
    steady = wander(rng, n, 0.7, 0.985, 1.015)
    for k in range(1, 5):
        whine += tone(steady * np.float32(k * base), n) * np.float32(rng.uniform(0.2, 1) / k)
    wave = rush + whine * np.float32(rng.uniform(0.2, 1.2))
    return wave * wander(rng, n, 1, 0.6, 1)


def tyre_squeal(rng: np.random.Generator, seconds: float) -> Samples:
    """Tyres that slide: one or two harsh gliding tones in a hiss, half a second or more."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    m = min(n, int(rng.uniform(0.5, 2.5) * RATE))
    curve = np.linspace(1.1, rng.uniform(0.7, 1), m) * rng.uniform(500, 1600)
    squeal = saw((curve * (1 + wander(rng, m, 40, -0.02, 0.02))).astype(np.float32))
    squeal = squeal + np.float32(0.8) * saw((curve * rng.uniform(1.2, 1.6)).astype(np.float32))
    wave = _unit(band(squeal, 500, 6000, 1)) + _unit(band(noise(rng, m), 500, 7000, 1)) * (
        np.float32(rng.uniform(0.2, 0.7))
    )
    add(out, wave * edges(m, 0.08, 0.25), int(rng.uniform(0, max(0.1, seconds - m / RATE)) * RATE))
    return out


def crash(rng: np.random.Generator, seconds: float) -> Samples:
    """A collision: one crushing blow of sheet metal, parts that bounce and roll."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    at = int(rng.uniform(0.05, max(0.2, seconds - 1.2)) * RATE)
    m = int(1.2 * RATE)
    blow = band(noise(rng, m), 40, float(rng.uniform(1500, 6000)), 1)
    blow = _unit(blow) * decay(m, float(rng.uniform(0.03, 0.12))) * wander(rng, m, 60, 0.3, 1)
    sheet = partials(rng, rng.uniform(90, 3500, 24), rng.uniform(0.02, 0.15, 24), m)
    add(out, blow * 2 + sheet, at)
    for _ in range(int(rng.integers(4, 20))):
        part = partials(rng, rng.uniform(300, 6000, 4), rng.uniform(0.01, 0.06, 4), RATE // 4)
        later = at + int(abs(rng.normal(0.3, 0.5)) * RATE)
        add(out, part, later, float(rng.uniform(0.1, 0.6)))
    return np.tanh(out)
