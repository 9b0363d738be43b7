"""Incidents that a stream of statistics would raise, as calibration and the tracker make them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.stats import chi2

from pipeline.calibration import Background, BackgroundSettings, PriorBank
from tests.pipeline.calibration.cameras import lowest

Floats = NDArray[np.float64]
#: Windows hold so many moments, of which the higher two are averaged (`pipeline.windows`).
MOMENTS = 3
#: Of the rule: an incident must last, and ends when ordinary for so long; seconds.
MIN_LENGTH_S, EXIT_S = 1.0, 5.0
#: Quiet moments count as the lowest of so many recent scores.
_RECENT = 128


def window_statistics(scores: Floats) -> Floats:
    """Mean of the upper half of each three consecutive moments, as `pipeline.windows` has it.

    Args:
        scores: (n,) evenly spaced; NaN where the gate was closed.

    Returns:
        (n - 2,), -inf where all three were quiet.
    """
    known = np.isfinite(scores)
    recent = scores[known]
    padded = np.concatenate([np.full(_RECENT - 1, np.inf), recent])
    lowest_of = sliding_window_view(padded, _RECENT).min(axis=1)
    # What a quiet moment counts for is known when its window closes.
    upto = np.maximum(np.cumsum(known) - 1, 0)[MOMENTS - 1 :]
    windows = sliding_window_view(scores, MOMENTS)
    quiet = (lowest_of[upto] if recent.size else np.full(len(upto), -np.inf))[:, np.newaxis]
    windows = np.sort(np.where(np.isfinite(windows), windows, quiet), axis=1)
    half = math.ceil(MOMENTS / 2)
    out: Floats = windows[:, -half:].mean(axis=1)
    out[~sliding_window_view(known, MOMENTS).any(axis=1)] = -np.inf
    return out


@dataclass
class Tracker:
    """`pipeline.incidents.IncidentTracker` over arrays: entry, hysteresis, no cooldown."""

    step_s: float
    open: bool = False
    held_s: float = -math.inf
    begun_s: list[float] = field(default_factory=list)

    def walk(
        self, at: Floats, x: Floats, begin: int, enter: float, hold: float
    ) -> NDArray[np.bool_]:
        """Go on from window ``begin`` to the last; which windows lie in an open incident."""
        back = max(1, math.ceil(MIN_LENGTH_S / self.step_s - 1e-9))
        inside = np.zeros(len(x) - begin, np.bool_)
        for k in range(begin, len(x)):
            if self.open:
                if x[k] >= hold:
                    self.held_s = at[k]
                elif at[k] - self.held_s >= EXIT_S:
                    self.open = False
            elif x[k] >= enter and k >= back and x[k - back] >= enter:
                stretch = x[k - back : k + 1] >= enter
                if stretch.mean() >= 2 / 3:
                    self.open, self.held_s = True, at[k]
                    self.begun_s.append(float(at[k]))
            inside[k - begin] = self.open
        return inside


def incidents(
    at_s: Floats, x: Floats, prior: PriorBank | None, promises: tuple[float, ...], step_s: float
) -> dict[float, list[float]]:
    """Calibrate a stream as it comes, and return when incidents began, by promise a day.

    What is known of a window is what came before it: thresholds are taken anew as the history
    grows. The history doubts what was rare when it came, or lay in an incident of the first
    promise.

    Args:
        at_s: (n,) ends of windows, seconds, evenly spaced.
        x: (n,) statistics; -inf where there was nothing.
        prior: what was known before; None: nothing.
        promises: false incidents a day.
        step_s: between windows.
    """
    window_s = MOMENTS * step_s
    settings = BackgroundSettings(window_s, step_s, window_s + EXIT_S)
    background = Background(settings, prior, seed=3)
    trackers = {p: Tracker(step_s) for p in promises}
    at = 0
    while at < len(x):
        stop = min(len(x), max(at + 100, at * 21 // 20))
        level = _levels(background)
        part, times = x[:stop], at_s[:stop]
        inside = np.zeros(stop - at, np.bool_)
        rare = level(lambda c: c.p_value, 1e-3)
        for k, (promise, tracker) in enumerate(trackers.items()):
            enter, hold = (level(lambda c: c.per_day, r) for r in (promise, 10 * promise))
            found = tracker.walk(times, part, at, enter, hold)
            inside |= found if k == 0 else False
        for k in range(at, stop):
            doubt = bool(inside[k - at]) or x[k] >= rare
            background.observe(float(x[k]), round(at_s[k] * 1e9), suspect=doubt)
        at = stop
    return {p: t.begun_s for p, t in trackers.items()}


def _levels(background: Background) -> Callable[..., float]:
    def level(of: Callable[..., float], limit: float) -> float:
        return lowest(lambda s: of(background.reading(s)), limit)

    return level


def interval(count: int, promised: float) -> tuple[float, float]:
    """95 % of a count by the exact Poisson interval (Garwood 1936), over what is promised."""
    low = chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    return float(low) / promised, float(chi2.ppf(0.975, 2 * count + 2)) / 2 / promised
