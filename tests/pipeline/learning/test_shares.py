"""Days of ordinary life leave a normal as wide as it was: what is rare but right is learned too."""

from __future__ import annotations

import numpy as np

from detectors.base import Moments
from detectors.density import HourlyGaussian
from detectors.normal import LearnedNormal
from pipeline.learning.adaptation import Adaptation, Pending
from pipeline.learning.drift import Drift
from pipeline.learning.quarantine import Quarantine
from pipeline.records import NS_PER_S

STEP_S, DAY = 10.0, 8640


def ordinary(n: int, rng: np.random.Generator) -> np.ndarray:
    """Unit rows (n, 16); one in thirty has a visitor in it, along directions of their own."""
    rows = rng.normal(0, 0.05, (n, 16))
    rows[:, 0] += 1
    visited = rng.random(n) < 1 / 30
    rows[visited, 8:] += rng.normal(0, 0.25, (int(visited.sum()), 8))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def moments(rows: np.ndarray) -> Moments:
    n = len(rows)
    return Moments(rows, STEP_S * np.arange(n), np.zeros(n, np.float32))


def live(
    days: float, rng: np.random.Generator, normal: LearnedNormal, adaptation: Adaptation
) -> None:
    """Ordinary days, each moment judged by how rare it is among all of its kind."""
    rows = ordinary(round(days * DAY), rng)
    known = np.sort(normal.score(moments(ordinary(4000, rng))))
    for k in range(0, len(rows), 16):
        scores = normal.score(moments(rows[k : k + 16]))
        for j, score in enumerate(scores):
            at = round((k + j + 1) * STEP_S * NS_PER_S)
            one = moments(rows[k + j : k + j + 1])
            adaptation.scored(Pending(at, one, STEP_S, b"", float(score)))
            p = (1 + len(known) - int(np.searchsorted(known, score))) / (1 + len(known))
            watched_s = (k + j + 1) * STEP_S
            adaptation.judged(at, at, p, in_incident=False, watched_s=watched_s, learn=True)


def test_visitors_are_no_rarer_after_three_days_than_after_the_first() -> None:
    rng = np.random.default_rng(6)
    normal = LearnedNormal([HourlyGaussian()])
    rows = ordinary(2000, rng)
    normal.fit_held_out(moments(rows))
    adaptation = Adaptation(normal, Quarantine(86_400.0, 0.1), Drift.of(rows))
    later = moments(ordinary(20_000, rng))
    before = np.quantile(normal.score(later), 0.999)
    live(3, rng, normal, adaptation)
    after = np.quantile(normal.score(later), 0.999)
    assert adaptation.taken > 20_000
    assert after < 1.15 * before, "a normal that learns the commonest alone grows narrow"


def test_what_stays_just_this_side_of_doubt_gets_no_more_than_its_share() -> None:
    rng = np.random.default_rng(7)
    normal = LearnedNormal([HourlyGaussian()])
    rows = ordinary(2000, rng)
    normal.fit_held_out(moments(rows))
    adaptation = Adaptation(normal, Quarantine(86_400.0, 0.1), Drift.of(rows))
    live(0.5, rng, normal, adaptation)
    before = adaptation.taken
    one = moments(ordinary(1, rng))
    for k in range(1000):
        at_s = DAY * STEP_S + STEP_S * (k + 1)
        at = round(at_s * NS_PER_S)
        adaptation.scored(Pending(at, one, STEP_S, b"", 2.0))
        adaptation.judged(at, at, 0.01, in_incident=False, watched_s=at_s, learn=True)
    assert adaptation.taken - before < 100
