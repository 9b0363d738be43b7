"""What throats do without words: cries, shouts, laughter, coughs, sneezes; and hands that clap.

A buzz with every harmonic through a few resonances (Fant's source and filter, 1960). A scream's
roughness is a modulation of 30 to 150 Hz (Arnal et al., "Human screams occupy a privileged niche
in the communication soundscape", 2015).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.scene.acoustics import (
    RATE,
    Samples,
    add,
    band,
    convolve,
    decay,
    edges,
    noise,
    resonate,
    saw,
    tone,
    wander,
)

#: First three resonances in hertz of open vowels: a, e, o, ai.
_OPEN = np.array([(850, 1250, 2800), (600, 1800, 2600), (550, 950, 2500), (750, 1600, 2600)])


def _rough(rng: np.random.Generator, n: int, depth: float) -> Samples:
    """A fast unsteady modulation around 1."""
    rate = float(rng.uniform(30, 150)) * wander(rng, n, 8, 0.8, 1.2)
    return 1 + np.float32(depth) * tone(rate.astype(np.float32), n) * wander(rng, n, 6, 0.1, 1)


def _cry(
    rng: np.random.Generator,
    pitch: Samples,
    vowel: NDArray[np.float64],
    breath: float,
    rough: float,
    open_: float = 0.5,
) -> Samples:
    """One voiced breath: buzz and breath noise through the mouth.

    Args:
        rng: what varies.
        pitch: hertz per sample.
        vowel: centres of the resonances in hertz.
        breath: strength of noise beside the buzz.
        rough: depth of the roughness.
        open_: how bright the source is: 0 dull, 1 pressed.
    """
    n = len(pitch)
    jitter = 1 + wander(rng, n, 60, -0.012, 0.012)
    source = saw(pitch * jitter)
    source = source * np.float32(open_) + (1 - np.float32(open_)) * tone(pitch * jitter, n)
    source = source * _rough(rng, n, rough) + np.float32(breath) * noise(rng, n)
    return resonate(source, vowel, vowel * rng.uniform(0.08, 0.2, len(vowel)), 0.04)


def scream(rng: np.random.Generator, seconds: float) -> Samples:
    """One to three long high cries of a woman, a child or a man: rough and unsteady."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    at = float(rng.uniform(0, max(0.05, 0.5 * seconds)))
    base = float(np.exp(rng.uniform(np.log(380), np.log(1500))))
    for _ in range(int(rng.integers(1, 4))):
        m = int(rng.uniform(0.4, 2.0) * RATE)
        x = np.linspace(0, 1, m)
        arc = 1 + rng.uniform(0, 0.5) * np.sin(np.pi * x**0.8) - rng.uniform(0.05, 0.35) * x**3
        curve = base * float(rng.uniform(0.9, 1.1)) * arc * (1 + wander(rng, m, 25, -0.03, 0.03))
        vowel = _OPEN[int(rng.integers(4))] * rng.uniform(1.0, 1.35)
        wave = _cry(
            rng,
            curve.astype(np.float32),
            vowel,
            float(rng.uniform(0.08, 0.6)),
            float(rng.uniform(0.0, 0.9)),
            float(rng.uniform(0.5, 1)),
        )
        if rng.random() < 0.6:
            wave = np.tanh(wave / np.float32(wave.std() * rng.uniform(0.5, 2) + 1e-6))
        wave = wave / np.float32(np.abs(wave).max(initial=1e-6)) * edges(m, 0.05, 0.15)
        add(out, wave.astype(np.float32), int(at * RATE))
        at += m / RATE + float(rng.uniform(0.1, 0.6))
    return out


def shouting(rng: np.random.Generator, seconds: float) -> Samples:
    """A person, or two, who shout words: loud open syllables far above the pitch of talk."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    for _ in range(int(rng.choice((1, 1, 2)))):
        base = float(np.exp(rng.uniform(np.log(190), np.log(560))))
        size = 1.0 if base < 300 else 1.17
        at = float(rng.uniform(-0.3, 0.5 * seconds))
        press = float(rng.uniform(0.6, 1))
        while at < seconds:
            for _ in range(int(rng.integers(1, 6))):
                m = int(rng.uniform(0.1, 0.5) * RATE)
                x = np.linspace(0, 1, m)
                arc = 1 + rng.uniform(0, 0.35) * np.sin(np.pi * x) - rng.uniform(0, 0.25) * x
                curve = (base * rng.uniform(0.85, 1.25) * arc).astype(np.float32)
                vowel = _OPEN[int(rng.integers(4))] * size * rng.uniform(0.9, 1.1, 3)
                wave = _cry(rng, curve, vowel, 0.12, float(rng.uniform(0, 0.5)), press)
                wave = wave / np.float32(np.abs(wave).max(initial=1e-6)) * edges(m, 0.02, 0.06)
                add(out, wave, int(at * RATE), float(rng.uniform(0.5, 1)))
                if rng.random() < 0.4:
                    c = int(rng.uniform(0.02, 0.08) * RATE)
                    hiss = band(noise(rng, c), 1500, 8000, 1) * np.hanning(c).astype(np.float32)
                    add(out, hiss, int(at * RATE) - c, float(rng.uniform(0.05, 0.25)))
                at += m / RATE * float(rng.uniform(0.9, 1.2))
            at += float(rng.uniform(0.1, 1.0))
    return out


def baby_cry(rng: np.random.Generator, seconds: float) -> Samples:
    """An infant: cries of about a second on 350 to 600 Hz that rise, fall, break, with gasps."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    base = float(rng.uniform(330, 620))
    at = float(rng.uniform(-0.8, 0.6))
    nasal = np.array([1100.0, 2600.0, 3800.0]) * rng.uniform(0.85, 1.2)
    while at < seconds:
        m = int(rng.uniform(0.35, 1.7) * RATE)
        x = np.linspace(0, 1, m)
        arc = 0.75 + rng.uniform(0.2, 0.4) * np.sin(np.pi * np.minimum(1, x * 1.15)) ** 0.6
        vibrato = 1 + 0.02 * np.sin(2 * np.pi * rng.uniform(4, 8) * x * m / RATE)
        curve = (base * rng.uniform(0.92, 1.1) * arc * vibrato).astype(np.float32)
        wave = _cry(rng, curve, nasal, 0.1, float(rng.uniform(0, 0.7)), float(rng.uniform(0.4, 1)))
        wave = wave / np.float32(np.abs(wave).max(initial=1e-6)) * edges(m, 0.06, 0.12)
        if rng.random() < 0.3:
            wave = wave * (0.6 + 0.4 * tone(float(rng.uniform(5, 12)), m))
        add(out, wave.astype(np.float32), int(at * RATE), float(rng.uniform(0.5, 1)))
        at += m / RATE
        k = int(rng.uniform(0.12, 0.35) * RATE)
        gasp = band(noise(rng, k), 700, 5000, 1) * np.hanning(k).astype(np.float32)
        add(out, gasp, int(at * RATE), float(rng.uniform(0.02, 0.15)))
        at += k / RATE + float(rng.uniform(0, 0.4))
    return out


def laughter(rng: np.random.Generator, seconds: float) -> Samples:
    """Bursts of ha-ha, four or five a second, that sink and run out of breath."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    for _ in range(int(rng.choice((1, 1, 2, 3)))):
        base = float(np.exp(rng.uniform(np.log(140), np.log(520))))
        at = float(rng.uniform(-0.5, 0.4 * seconds))
        vowel = _OPEN[int(rng.integers(4))] * rng.uniform(0.95, 1.2)
        while at < seconds:
            step, high = float(rng.uniform(0.15, 0.25)), base * float(rng.uniform(1, 1.6))
            for k in range(int(rng.integers(4, 14))):
                m = int(step * rng.uniform(0.4, 0.75) * RATE)
                sink = high * (0.96**k) * np.linspace(1.05, 0.9, m)
                wave = _cry(rng, sink.astype(np.float32), vowel, 0.35, 0.15, 0.6)
                wave = wave / np.float32(np.abs(wave).max(initial=1e-6)) * edges(m, 0.02, 0.04)
                add(out, wave, int(at * RATE), float(rng.uniform(0.6, 1)) * 0.95**k)
                at += step * float(rng.uniform(0.9, 1.1))
            at += float(rng.uniform(0.3, 1.0))
    return out


def _burst(rng: np.random.Generator, m: int, low: float, high: float) -> Samples:
    throat = np.array([rng.uniform(450, 900), rng.uniform(1100, 1900), rng.uniform(2300, 3400)])
    return resonate(band(noise(rng, m), low, high, 1), throat, throat * 0.25, 0.15)


def cough(rng: np.random.Generator, seconds: float) -> Samples:
    """One to six coughs: an opening blast, a breathy middle, often a voiced end."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    at = float(rng.uniform(0, 0.6 * seconds))
    base = float(rng.uniform(110, 330))
    for _ in range(int(rng.integers(1, 7))):
        m = int(rng.uniform(0.2, 0.45) * RATE)
        wave = _burst(rng, m, 150, 6000) * decay(m, float(rng.uniform(0.03, 0.09)))
        wave = wave / np.float32(np.abs(wave).max(initial=1e-6))
        if rng.random() < 0.7:
            k = m // 2
            curve = np.linspace(base * 1.3, base * 0.8, k).astype(np.float32)
            voiced = _cry(rng, curve, _OPEN[2].astype(np.float64), 0.5, 0.4, 0.7)
            voiced = voiced / np.float32(np.abs(voiced).max(initial=1e-6)) * edges(k, 0.03, 0.1)
            add(wave, voiced, m // 3, float(rng.uniform(0.1, 0.5)))
        add(out, wave, int(at * RATE), float(rng.uniform(0.5, 1)))
        at += float(rng.uniform(0.25, 0.8))
    return out


def sneeze(rng: np.random.Generator, seconds: float) -> Samples:
    """A breath drawn in, often voiced, then one explosive hiss with a cry in it."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    at = float(rng.uniform(0, 0.6 * seconds))
    for _ in range(int(rng.choice((1, 1, 1, 2)))):
        draw = int(rng.uniform(0.2, 0.9) * RATE)
        inward = band(noise(rng, draw), 500, 5000, 1) * np.linspace(0, 1, draw, dtype=np.float32)
        add(out, inward, int(at * RATE), float(rng.uniform(0.02, 0.15)))
        base = float(rng.uniform(180, 520))
        if rng.random() < 0.5:
            curve = np.linspace(base, base * 1.3, draw // 2).astype(np.float32)
            ah = _cry(rng, curve, _OPEN[0].astype(np.float64), 0.4, 0.1, 0.4)
            ah = ah / np.float32(np.abs(ah).max(initial=1e-6)) * edges(len(ah), 0.05, 0.05)
            add(out, ah, int(at * RATE) + draw // 2, float(rng.uniform(0.05, 0.3)))
        at += draw / RATE
        m = int(rng.uniform(0.25, 0.55) * RATE)
        hiss = band(noise(rng, m), float(rng.uniform(700, 2500)), 12000, 1)
        wave = hiss * decay(m, float(rng.uniform(0.04, 0.12))) * edges(m, 0.005, 0.05)
        curve = np.linspace(base * 1.6, base * 0.8, m).astype(np.float32)
        cry = _cry(rng, curve, _OPEN[1].astype(np.float64), 0.5, 0.2, 0.7) * decay(m, 0.07)
        wave = wave / np.float32(np.abs(wave).max(initial=1e-6))
        cry = cry / np.float32(np.abs(cry).max(initial=1e-6))
        add(out, wave + np.float32(rng.uniform(0.1, 1)) * cry, int(at * RATE), 1.0)
        at += m / RATE + float(rng.uniform(0.3, 1.0))
    return out


def applause(rng: np.random.Generator, seconds: float) -> Samples:
    """Few or many hands that clap: each its own pitch and pace."""
    n = round(seconds * RATE)
    hits = np.zeros(n, np.float32)
    many = int(np.exp(rng.uniform(np.log(2), np.log(90))))
    out = np.zeros(n, np.float32)
    for _ in range(3):
        hits[:] = 0
        for _ in range(-(-many // 3)):
            pace = float(rng.uniform(0.16, 0.32))
            when = np.cumsum(rng.normal(pace, 0.02, int(seconds / pace) + 2)) - pace
            inside = (when > 0) & (when < seconds - 0.01)
            hits[(when[inside] * RATE).astype(np.int64)] += np.float32(rng.uniform(0.2, 1))
        m = int(0.03 * RATE)
        clap = resonate(
            noise(rng, m) * decay(m, float(rng.uniform(0.001, 0.004))),
            rng.uniform(700, 2600, 2),
            np.array([400.0, 800.0]),
            0.15,
        )
        out += convolve(hits, clap)
    return out


def cheering(rng: np.random.Generator, seconds: float) -> Samples:
    """A crowd that is glad: many drawn-out open cries at once, whistles and hands among them."""
    n = round(seconds * RATE)
    out = np.zeros(n, np.float32)
    voices = []
    for _ in range(6):
        m = int(rng.uniform(0.5, 1.6) * RATE)
        base = float(np.exp(rng.uniform(np.log(220), np.log(800))))
        x = np.linspace(0, 1, m)
        curve = base * (1 + rng.uniform(-0.1, 0.3) * np.sin(np.pi * x))
        vowel = _OPEN[int(rng.integers(4))] * rng.uniform(0.95, 1.25)
        wave = _cry(rng, curve.astype(np.float32), vowel, 0.3, 0.2, float(rng.uniform(0.3, 0.9)))
        voices.append(wave / np.float32(wave.std() + 1e-6) * edges(m, 0.2, 0.3))
    for _ in range(int(rng.integers(10, 30))):
        one = voices[int(rng.integers(len(voices)))]
        add(out, one, int(rng.uniform(-0.5, seconds) * RATE), float(rng.uniform(0.1, 1)))
    roar = resonate(noise(rng, n), np.array([700.0, 1200.0, 2600.0]), np.array([300.0, 400, 700]))
    out += roar / np.float32(roar.std() + 1e-6) * wander(rng, n, 1, 0.3, 1.2)
    if rng.random() < 0.6:
        clapping = applause(rng, seconds)
        out += clapping / np.float32(clapping.std() + 1e-6) * np.float32(rng.uniform(0.2, 0.8))
    return out
