"""Simulated cameras: score streams of known character, and the incidents they would raise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.stats import norm
from scipy.stats import t as student

from pipeline.calibration import Background

Floats = NDArray[np.float64]
SHAPES: dict[str, Callable[[Floats], Floats]] = {
    "gaussian": lambda z: z,
    "exponential": lambda z: -np.asarray(norm.logsf(z)) - 1.0,
    "mildly heavy": lambda z: np.asarray(student.ppf(norm.cdf(z), 6)) / np.sqrt(1.5),
    "heavy-tailed": lambda z: np.asarray(student.ppf(norm.cdf(z), 4)),
    "skewed": lambda z: np.exp(0.7 * z),
}
HOP_NS = 2_000_000_000


def ar1(n: int, step_s: float, memory_s: float, rng: np.random.Generator) -> Floats:
    """Gaussian noise of unit variance whose correlation falls by e in ``memory_s``."""
    a = np.exp(-step_s / memory_s)
    steps = rng.standard_normal(n + 500) * np.sqrt(1 - a * a)
    return np.asarray(lfilter([1.0], [1.0, -a], steps))[500:]


def lowest(says: Callable[[float], float], limit: float) -> float:
    """Return the lowest score of which ``says``, which falls, is at most ``limit``."""
    low, high = -10.0, 200.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if says(middle) > limit else (low, middle)
    return high


def threshold(background: Background, per_day: float) -> float:
    """Return the lowest score that reads at most ``per_day``."""
    return lowest(lambda x: background.reading(x).per_day, per_day)


def incidents(x: Floats, enter: float, hold: float, *, hop_s: float, exit_s: float) -> int:
    """Count what the tracker would: an incident is held above ``hold`` and reaches ``enter``."""
    held = np.flatnonzero(x >= hold)
    if held.size == 0:
        return 0
    starts = np.append(0, np.flatnonzero(np.diff(held) * hop_s > exit_s) + 1)
    return int((np.maximum.reduceat(x[held], starts) >= enter).sum())


def learn(background: Background, values: list[float], *, at: int, until: int) -> None:
    """Learn windows ``at`` to ``until``, 2 s apart; what is rare is looked up now and then."""
    while at < until:
        stop = min(until, max(at + 60, at * 5 // 4))
        rare = lowest(lambda x: background.reading(x).p_value, 1e-3)
        for step in range(at, stop):
            background.observe(values[step], step * HOP_NS, suspect=values[step] >= rare)
        at = stop
