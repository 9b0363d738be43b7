"""One event is one moment, however long it lasts and however ragged it is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pipeline.archive.moments import Peak, peaks_of

AT = np.arange(600.0)


def fits(*events: tuple[int, int, float]) -> np.ndarray:
    """Ten minutes in which nothing fits but ``events``: begin, end, and how well at the middle."""
    found = np.full(600, 0.1, np.float32)
    for begin, end, height in events:
        found[begin : end + 1] = 0.8 * height
        found[(begin + end) // 2] = height
    return found


def test_an_event_is_one_moment_with_its_begin_and_end() -> None:
    (peak, *rest) = peaks_of(AT, fits((100, 200, 0.9)), 5, above=0.2)
    assert rest == []
    assert (peak.at, peak.begin, peak.end) == (150.0, 100.0, 200.0)
    assert peak.similarity == pytest.approx(0.9)


def test_two_events_are_two_and_the_better_comes_first() -> None:
    peaks = peaks_of(AT, fits((100, 110, 0.6), (300, 310, 0.9)), 5, above=0.2)
    assert [peak.at for peak in peaks] == [305.0, 105.0]
    assert len(peaks_of(AT, fits((100, 110, 0.6), (300, 310, 0.9)), 1)) == 1


def test_a_short_gap_does_not_end_an_event_and_a_long_one_does() -> None:
    ragged = fits((100, 150, 0.9))
    ragged[120:125] = 0.1
    assert [(p.begin, p.end) for p in peaks_of(AT, ragged, 5, above=0.2)] == [(100.0, 150.0)]
    ragged[120:140] = 0.1
    assert len(peaks_of(AT, ragged, 5, above=0.2)) == 2


def test_where_nothing_stands_out_moments_are_still_apart() -> None:
    flat = np.full(600, 0.3, np.float32)
    (peak,) = peaks_of(AT, flat, 5)
    assert (peak.begin, peak.end) == (0.0, 599.0)
    falling = np.linspace(0.9, 0.1, 600).astype(np.float32)
    peaks = peaks_of(AT, falling, 50)
    spans = sorted((p.begin, p.end) for p in peaks)
    gaps = [later[0] - sooner[1] for sooner, later in itertools.pairwise(spans)]
    assert len(peaks) > 1
    assert min(gaps) > 10


def test_nothing_has_no_moment() -> None:
    assert peaks_of(np.zeros(0), np.zeros(0, np.float32), 5) == []


def test_events_that_touch_are_the_same() -> None:
    before, after = Peak(0.5, 10.0, 0.0, 20.0), Peak(0.6, 35.0, 29.0, 40.0)
    assert before.meets(after)
    assert after.meets(before)
    assert not before.meets(Peak(0.6, 35.0, 31.0, 40.0))
    before.take_in(after)
    assert (before.begin, before.end) == (0.0, 40.0)
