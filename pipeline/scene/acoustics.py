"""Building blocks of the synthetic sounds: noise, envelopes, filters, rooms. 48 kHz, float32.

Room responses are exponentially decaying noise with a few early reflections, after Moorer,
"About This Reverberation Business" (1979).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

RATE = 48_000
Samples = NDArray[np.float32]


def times(seconds: float) -> Samples:
    """Sample times in seconds, float32 (n,)."""
    return np.arange(max(1, round(seconds * RATE)), dtype=np.float32) / np.float32(RATE)


@lru_cache(maxsize=4)
def _bank(slope: int) -> Samples:
    """2**19 samples of noise with power 1/f**slope, unit deviation, periodic."""
    n = 1 << 19
    rng = np.random.default_rng(100 + slope)
    spectrum = np.fft.rfft(rng.standard_normal(n))
    frequency = np.arange(len(spectrum), dtype=np.float64)
    frequency[0] = 1.0
    shaped = spectrum / np.maximum(frequency, 12.0) ** (slope / 2)
    shaped[0] = 0
    wave = np.fft.irfft(shaped, n)
    return np.asarray(wave / wave.std(), np.float32)


def noise(rng: np.random.Generator, n: int, slope: int = 0) -> Samples:
    """``n`` samples of white (0), pink (1) or brown (2) noise of unit deviation."""
    bank = _bank(slope)
    start = int(rng.integers(len(bank)))
    if start + n > len(bank):
        repeats = -(-(start + n) // len(bank))
        bank = np.tile(bank, repeats)
    wave: Samples = bank[start : start + n] * np.float32(1 if rng.random() < 0.5 else -1)
    return wave


def band(wave: Samples, low: float, high: float, order: float = 2.0) -> Samples:
    """Keep the frequencies between ``low`` and ``high`` hertz; zero phase, soft edges."""
    n = len(wave)
    size = int(fft.next_fast_len(n, real=True))
    spectrum = fft.rfft(wave, size)
    f = np.arange(len(spectrum), dtype=np.float32) * np.float32(RATE / size)
    f[0] = 1e-3
    power = np.float32(2 * order)
    gain = 1 / np.sqrt((1 + (np.float32(low) / f) ** power) * (1 + (f / np.float32(high)) ** power))
    return np.asarray(fft.irfft(spectrum * gain, size)[:n], np.float32)


def wander(
    rng: np.random.Generator, n: int, rate: float, low: float = 0.0, high: float = 1.0
) -> Samples:
    """A curve that wanders smoothly between ``low`` and ``high``, ``rate`` times a second."""
    knots = max(3, int(n / RATE * rate) + 3)
    values = rng.uniform(low, high, knots)
    x = np.linspace(0, knots - 1.001, n)
    i = x.astype(np.int64)
    t = x - i
    t = t * t * (3 - 2 * t)
    return np.asarray(values[i] * (1 - t) + values[i + 1] * t, np.float32)


def decay(n: int, half_life: float) -> Samples:
    """An exponential that halves every ``half_life`` seconds."""
    curve: Samples = np.exp2(
        -np.arange(n, dtype=np.float32) / np.float32(max(half_life, 1e-4) * RATE)
    )
    return curve


def gate(n: int, on: float, off: float, rise: float = 0.004) -> Samples:
    """Periodic bursts: ``on`` seconds of 1, ``off`` of 0, with edges ``rise`` seconds long."""
    phase = np.mod(np.arange(n, dtype=np.float32) / np.float32(RATE), np.float32(on + off))
    edge = np.float32(max(rise, 1e-4))
    rising, falling = phase / edge, (np.float32(on) - phase) / edge
    bursts = np.clip(rising, 0, 1) * np.clip(falling, 0, 1)
    return np.asarray(bursts, np.float32)


def tone(frequency: Samples | float, n: int, phase: float = 0.0) -> Samples:
    """A sine of constant or varying frequency in hertz."""
    # The phase lives in 32 bits and wraps by itself; the upper bits index a table of sines.
    if isinstance(frequency, np.ndarray):
        steps = (frequency * np.float32(2.0**32 / RATE)).astype(np.uint32)
        turns = np.cumsum(steps, dtype=np.uint32)
    else:
        turns = _counter(n) * np.uint32(round(frequency / RATE * 2**32) % 2**32)
    turns = turns + np.uint32(int(phase * 2**32) % 2**32)
    wave: Samples = _sines()[turns >> np.uint32(32 - _TABLE_BITS)]
    return wave


_TABLE_BITS = 14


@lru_cache(maxsize=1)
def _sines() -> Samples:
    angles = np.arange(1 << _TABLE_BITS) * (2 * np.pi / (1 << _TABLE_BITS))
    return np.asarray(np.sin(angles), np.float32)


@lru_cache(maxsize=1)
def _longest() -> NDArray[np.uint32]:
    return np.arange(10 * RATE, dtype=np.uint32)


def _counter(n: int) -> NDArray[np.uint32]:
    return _longest()[:n] if n <= 10 * RATE else np.arange(n, dtype=np.uint32)


def partials(
    rng: np.random.Generator,
    frequencies: NDArray[np.float64],
    half_lives: NDArray[np.float64],
    n: int,
) -> Samples:
    """Decaying sines of random phase and amplitude: what a struck body rings with."""
    out = np.zeros(n, np.float32)
    for f, h in zip(frequencies, half_lives, strict=True):
        m = min(n, int(9 * h * RATE) + 64)
        amplitude = np.float32(rng.uniform(0.2, 1.0))
        out[:m] += amplitude * decay(m, float(h)) * tone(float(f), m, float(rng.random()))
    return out


def add(out: Samples, part: Samples, start: int, gain: float = 1.0) -> None:
    """Mix ``part`` into ``out`` at sample ``start``; what lies outside is cut."""
    a, b = max(start, 0), min(start + len(part), len(out))
    if b > a:
        out[a:b] += np.float32(gain) * part[a - start : b - start]


def normal(wave: Samples, peak: float = 0.9) -> Samples:
    """The wave scaled to ``peak``; silence stays silent."""
    top = float(np.abs(wave).max(initial=0.0))
    return wave * np.float32(peak / top) if top > 1e-9 else wave


def edges(n: int, rise: float, fall: float) -> Samples:
    """A curve that rises from 0 within ``rise`` seconds and falls back within the last ``fall``."""
    at = np.arange(n, dtype=np.float32)
    up, down = at / np.float32(rise * RATE + 1), at[::-1] / np.float32(fall * RATE + 1)
    return np.asarray(np.minimum(np.minimum(up, down), 1), np.float32)


def sharp(frequency: Samples | float, n: int, hardness: float) -> Samples:
    """A tone with odd harmonics, from a sine (0) to almost a square wave (8)."""
    if hardness <= 0:
        return tone(frequency, n)
    wave: Samples = np.tanh(np.float32(hardness) * tone(frequency, n))
    return wave


def saw(pitch: Samples) -> Samples:
    """A falling sawtooth of varying pitch in hertz: a buzz with every harmonic."""
    steps = (pitch * np.float32(2.0**32 / RATE)).astype(np.uint32)
    turns = np.cumsum(steps, dtype=np.uint32)
    return 1 - turns.astype(np.float32) * np.float32(2.0**-31)


def resonate(
    wave: Samples, centres: NDArray[np.float64], widths: NDArray[np.float64], floor: float = 0.02
) -> Samples:
    """The wave through resonances at ``centres`` hertz, ``widths`` wide, each a bit weaker."""
    n = len(wave)
    size = int(fft.next_fast_len(n, real=True))
    spectrum = fft.rfft(wave, size)
    f = np.arange(len(spectrum), dtype=np.float32) * np.float32(RATE / size)
    gain = np.full(len(f), floor, np.float32)
    for k, (centre, width) in enumerate(zip(centres, widths, strict=True)):
        gain += np.float32(0.75**k) / (1 + ((f - np.float32(centre)) / np.float32(width)) ** 2)
    return np.asarray(fft.irfft(spectrum * gain, size)[:n], np.float32)


def convolve(wave: Samples, response: Samples) -> Samples:
    """The wave as a space with this impulse response lets it be heard, same length."""
    size = int(fft.next_fast_len(len(wave) + len(response), real=True))
    wet = fft.irfft(fft.rfft(wave, size) * fft.rfft(response, size), size)
    return np.asarray(wet[: len(wave)], np.float32)


def room(rng: np.random.Generator, wave: Samples) -> Samples:
    """The wave as heard in a random room or yard, same length."""
    length = float(np.exp(rng.uniform(np.log(0.08), np.log(1.6))))
    n = int(length * RATE)
    tail = noise(rng, n) * decay(n, length / 7)
    tail = band(tail, 120, float(rng.uniform(2500, 12000)), 1)
    response = tail * np.float32(rng.uniform(0.01, 0.08))
    response[0] = 1.0
    for _ in range(int(rng.integers(2, 6))):
        response[int(rng.uniform(0.002, 0.05) * RATE) % n] += rng.uniform(-0.5, 0.5)
    return convolve(wave, response)


def outdoors(rng: np.random.Generator, wave: Samples) -> Samples:
    """The wave from some way off in the open: air that dulls it, walls and trees that echo.

    Air takes the high frequencies first, roughly with their square (ISO 9613-1).
    """
    far = float(rng.uniform(0, 1))
    n = int(rng.uniform(0.4, 1.8) * RATE)
    response = np.zeros(n, np.float32)
    scatter = noise(rng, n) * decay(n, float(rng.uniform(0.05, 0.25)))
    response += scatter * np.float32(far * rng.uniform(0.002, 0.02))
    response[0] = 1.0
    for _ in range(int(rng.integers(1, 7))):
        at = int(np.exp(rng.uniform(np.log(0.01), np.log(n / RATE * 0.9))) * RATE)
        wide = max(1, int(rng.uniform(0.0003, 0.006) * RATE))
        bounce = noise(rng, wide) * np.float32(rng.uniform(0.1, 0.6) / np.sqrt(wide))
        add(response, bounce, at, float(1 - 0.8 * at / n))
    top = float(np.exp(np.log(16000) - far * rng.uniform(0, 2.3)))
    return band(convolve(wave, response), 20, top, 1)


def place(rng: np.random.Generator, wave: Samples) -> Samples:
    """The wave in a random place: dry, in a room, or outdoors."""
    where = rng.random()
    if where < 0.25:
        return wave
    return room(rng, wave) if where < 0.65 else outdoors(rng, wave)
