"""Windows of the bench are windows of the product."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.evaluation.scoring import HOP_S, WINDOW_S, in_windows, window_ends
from pipeline.evaluation.tracks import Track
from pipeline.records import NS_PER_S, Modality, Score
from pipeline.windows import WindowAssembler, WindowSettings


def track_of(at_s: np.ndarray) -> Track:
    return Track(at_s, at_s, np.zeros((len(at_s), 1), np.float32))


def score(at_s: float, raw: float, eligible: bool) -> Score:
    at = round(at_s * NS_PER_S)
    return Score(
        "bench", "whole", "bench", "", "prompts", Modality.VIDEO, at, at, 0.0, raw, eligible
    )


def test_the_line_and_the_bench_sum_up_a_stream_alike() -> None:
    rng = np.random.default_rng(1)
    at_s = np.arange(1, 60) / 5
    raw, eligible = rng.normal(size=59), rng.random(59) < 0.4
    settings = WindowSettings(
        round(WINDOW_S * NS_PER_S), round(HOP_S * NS_PER_S), 0, (Modality.VIDEO,)
    )
    line = WindowAssembler("bench", "bench", "", settings)

    closed = [
        w
        for t, r, e in zip(at_s, raw, eligible, strict=True)
        for w in line.add(score(t, r, bool(e)))
    ]
    ours = in_windows(raw, eligible, at_s, window_ends([track_of(at_s)]))

    theirs = {
        w.end_ns / NS_PER_S: w.statistics[Modality.VIDEO]
        for w in closed
        if w.end_ns >= 3 * NS_PER_S
    }
    ends = window_ends([track_of(at_s)])
    assert len(theirs) > 10
    for end, value, met in zip(ends, ours.raw, ours.eligible, strict=True):
        if end in theirs:
            assert value == pytest.approx(theirs[end].raw)
            assert bool(met) == theirs[end].eligible


def test_a_short_clip_is_one_window_with_all_of_it() -> None:
    at_s = np.array([0.0, 0.2, 0.4, 0.6])

    ends = window_ends([track_of(at_s)])
    found = in_windows(np.array([4.0, 1.0, 2.0, 3.0]), np.ones(4, bool), at_s, ends)

    assert ends.tolist() == [0.6]
    assert found.raw.tolist() == [3.5]  # the upper half: 4 and 3


def test_a_sense_that_is_silent_has_no_window() -> None:
    found = in_windows(np.zeros(0), np.zeros(0, bool), np.zeros(0), np.array([3.0, 3.5]))

    assert not found.present
    assert np.isnan(found.highest)
