"""The promise: as many incidents a day as the rule allows, on backgrounds of known character."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.stats import norm
from scipy.stats import t as student

from pipeline.calibration import Background, BackgroundSettings, PriorBank

Floats = NDArray[np.float64]
SHAPES: dict[str, Callable[[Floats], Floats]] = {
    "gaussian": lambda z: z,
    "heavy-tailed": lambda z: np.asarray(student.ppf(norm.cdf(z), 4)),
    "skewed": lambda z: np.exp(0.7 * z),
}
LEARN_DAYS, WATCH_DAYS = 3, 60


def ar1(n: int, step_s: float, memory_s: float, rng: np.random.Generator) -> Floats:
    """Gaussian noise of unit variance whose correlation falls by e in ``memory_s``."""
    a = np.exp(-step_s / memory_s)
    steps = rng.standard_normal(n + 500) * np.sqrt(1 - a * a)
    return np.asarray(lfilter([1.0], [1.0, -a], steps))[500:]


def threshold(background: Background, per_day: float) -> float:
    low, high = -10.0, 200.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if background.reading(middle).per_day > per_day else (low, middle)
        )
    return high


def incidents(
    x: Floats, background: Background, per_day: float, hop_s: float, exit_s: float
) -> int:
    """Count what the tracker would: entry at the promise, exit below ten times of it."""
    held = np.flatnonzero(x >= threshold(background, 10 * per_day))
    if held.size == 0:
        return 0
    starts = np.append(0, np.flatnonzero(np.diff(held) * hop_s > exit_s) + 1)
    peaks = np.maximum.reduceat(x[held], starts)
    return int((peaks >= threshold(background, per_day)).sum())


@pytest.mark.parametrize(
    ("shape", "memory_s"),
    [("gaussian", 3.0), ("gaussian", 20.0), ("heavy-tailed", 20.0), ("skewed", 3.0)],
    ids=["gaussian, quick", "gaussian, slow", "heavy-tailed, slow", "skewed, quick"],
)
def test_what_was_learned_keeps_the_promise_within_a_factor_of_two(
    shape: str, memory_s: float
) -> None:
    settings = BackgroundSettings(window_s=4, hop_s=2, gap_s=9)
    rng = np.random.default_rng(17)
    make = SHAPES[shape]
    background = Background(settings, PriorBank(make(rng.standard_normal(1500)), window_s=4))
    for i, value in enumerate(make(ar1(LEARN_DAYS * 43_200, 2, memory_s, rng)).tolist()):
        rare = background.reading(value).p_value < 1e-3
        background.observe(value, i * 2_000_000_000, suspect=rare)
    future = make(ar1(WATCH_DAYS * 43_200, 2, memory_s, rng))
    for promise in (10.0, 1.0):
        seen = incidents(future, background, promise, hop_s=2, exit_s=5) / WATCH_DAYS
        assert promise / 2 <= seen <= promise * 2


@pytest.mark.parametrize("memory_s", [1.0, 5.0, 30.0])
def test_the_prior_alone_raises_fewer_than_promised(memory_s: float) -> None:
    # Scores twice a second; a window's statistic is the mean of the upper half of six.
    settings = BackgroundSettings(window_s=3, hop_s=0.5, gap_s=8)
    rng = np.random.default_rng(5)
    background = Background(settings, PriorBank(rng.standard_normal(1500), window_s=3))
    frames = ar1(10 * 172_800, 0.5, memory_s, rng)
    windows = np.sort(sliding_window_view(frames, 6), axis=1)[:, 3:].mean(axis=1)
    for promise in (10.0, 1.0):
        assert incidents(windows, background, promise, hop_s=0.5, exit_s=5) / 10 <= promise
