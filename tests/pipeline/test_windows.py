"""Arrivals of scores, told as stories, and the windows they close."""

from __future__ import annotations

import math

import pytest

from pipeline.records import Modality, Quiet, Score
from pipeline.windows import NotFiniteError, ScoreWindow, WindowAssembler, WindowSettings

S = 1_000_000_000
V, A = Modality.VIDEO, Modality.AUDIO


def windows_of(*modalities: Modality, length: float = 3, hop: float = 1) -> WindowAssembler:
    settings = WindowSettings(int(length * S), int(hop * S), 2 * S, modalities or (V, A))
    return WindowAssembler("yard", "fire", "v1", settings)


def score(at: float, raw: float, modality: Modality = V, *, long: float = 0) -> Score:
    """A score of something that ends ``at`` seconds."""
    return Score(
        camera="yard",
        view="whole",
        rule="fire",
        rule_version="v1",
        detector="prompts",
        modality=modality,
        pts_ns=int((at - long) * S),
        end_ns=int(at * S),
        captured_at=1000 + at,
        raw=raw,
        eligible=raw > 0,
    )


def quiet(at: float, modality: Modality = A) -> Quiet:
    return Quiet("yard", "whole", modality, int((at - 1) * S), int(at * S), 1000 + at)


def feed(assembler: WindowAssembler, *items: Score | Quiet) -> list[ScoreWindow]:
    return [window for item in items for window in assembler.add(item)]


def ends(windows: list[ScoreWindow]) -> list[float]:
    return [w.end_ns / S for w in windows]


def test_windows_hop_on_a_fixed_grid_from_the_first_full_length_on() -> None:
    closed = feed(windows_of(V), *(score(10.3 + t / 2, -1) for t in range(10)))
    assert ends(closed) == [13, 14]
    assert all(w.end_ns - w.start_ns == 3 * S for w in closed)


def test_a_window_holds_what_ends_in_it() -> None:
    assembler = windows_of(V)
    closed = feed(assembler, *(score(t, t) for t in (1, 2, 3, 4, 5)))
    first = next(w for w in closed if w.end_ns == 4 * S)
    assert first.statistics[V].samples == 3  # (1, 4]: the samples at 2, 3 and 4
    assert first.captured_at == 1004


def test_sound_counts_where_it_ends() -> None:
    # Five seconds of sound that end at 6 s belong to the window (3, 6], though they began at 1 s.
    assembler = windows_of(A)
    closed = feed(assembler, *(score(t, 1, A, long=5) for t in (4, 5, 6)))
    assert closed[-1].end_ns == 6 * S
    assert closed[-1].statistics[A].samples == 3


def test_both_modalities_must_have_passed_the_end() -> None:
    assembler = windows_of()
    assert not feed(assembler, score(1, 0), score(1, 0, A), score(2, 0), score(2, 0, A))
    assert not feed(assembler, score(3, 0), score(3.5, 0))  # the sound of (0, 3] is still to come
    closed = feed(assembler, score(3, 5, A))
    assert ends(closed) == [3]
    assert closed[0].statistics[A].samples == 3


@pytest.mark.promise("fault 12")
def test_sound_that_stops_is_waited_for_and_then_missing() -> None:
    assembler = windows_of()
    both = [x for t in (1, 2, 3) for x in (score(t, 0), score(t, 0, A))]
    assert ends(feed(assembler, *both)) == [3]
    assert feed(assembler, score(4, 0), score(5, 0)) == []  # within the lateness of 2 s
    closed = feed(assembler, *(score(t, 0) for t in (6, 7, 8)))
    assert ends(closed) == [4, 5, 6, 7, 8]
    assert [w.missing for w in closed] == [(), (), (A,), (A,), (A,)]


def test_a_modality_that_never_came_is_not_waited_for() -> None:
    closed = feed(windows_of(), *(score(t, 0) for t in (1, 2, 3, 4)))
    assert ends(closed) == [3, 4]
    assert {w.missing for w in closed} == {(A,)}


def test_what_comes_too_late_is_dropped_and_counted() -> None:
    assembler = windows_of()
    feed(assembler, score(1, 0, A), *(score(t, 0) for t in range(1, 10)))
    assert assembler.late == 0
    assert feed(assembler, score(2, 9, A)) == []
    assert assembler.late == 1
    later = feed(assembler, *(score(t, 0) for t in (10, 11, 12)))
    assert all(A not in w.statistics for w in later)


@pytest.mark.promise("fault 9")
def test_no_window_reaches_across_a_seam_though_time_goes_on() -> None:
    assembler = windows_of(V)
    feed(assembler, *(score(t, 100.0) for t in range(100, 105)))
    # Told before the last samples from before it have come.
    assembler.seam(round(106.5 * S))
    closed = feed(assembler, *(score(t, 100.0 if t < 106.5 else -5.0) for t in range(105, 115)))
    assert ends(closed) == [105, 106, 110, 111, 112, 113, 114]
    assert {w.statistics[V].raw for w in closed} == {100.0, -5.0}
    assert assembler.restarts == 0


@pytest.mark.promise("fault 9")
@pytest.mark.parametrize("to", [200.0, 3.0], ids=["ahead", "back"])
def test_windows_never_merge_across_a_jump(to: float) -> None:
    assembler = windows_of(V)
    feed(assembler, *(score(t, 100.0) for t in range(100, 110)))
    closed = feed(assembler, *(score(to + t, -5.0) for t in range(6)))
    assert assembler.restarts == 1
    assert closed
    assert all(w.statistics[V].raw == -5.0 for w in closed)
    assert all(w.start_ns >= (to - 1) * S for w in closed)


def test_a_gap_shorter_than_a_jump_keeps_the_grid_and_skips_empty_windows() -> None:
    assembler = windows_of(V)
    feed(assembler, *(score(t, 0) for t in (1, 2, 3)))
    closed = feed(assembler, *(score(t, 0) for t in (20, 21, 22, 23)))
    assert assembler.restarts == 0
    assert ends(closed) == [4, 5, 20, 21, 22, 23]


def test_one_odd_frame_of_six_cannot_carry_a_window() -> None:
    def statistic(raws: list[float]) -> float:
        times = [0.5 * (k + 1) for k in range(6)]
        closed = feed(windows_of(V), *map(score, times, raws))
        return closed[-1].statistics[V].raw

    assert statistic([-4, -4, 8, -4, -4, -4]) == pytest.approx(0)
    assert statistic([-4, -4, -4, 8, 8, 8]) == pytest.approx(8)  # half a window suffices


def test_the_window_names_its_peak_and_asks_half_of_the_upper_half_to_be_eligible() -> None:
    closed = feed(windows_of(V), *(score(t / 2, r) for t, r in enumerate([-1, -1, 9, -2, -2, -3])))
    odd = closed[-1].statistics[V]
    assert odd.peak_ns == 1 * S
    assert not odd.eligible  # one of three


def test_quiet_counts_as_the_lowest_recent_score_and_keeps_the_modality_alive() -> None:
    assembler = windows_of(A)
    feed(assembler, *(score(t, r, A) for t, r in ((1, -3), (2, -7), (3, -5))))
    closed = feed(assembler, quiet(4), quiet(5), score(6, 3, A))
    last = closed[-1].statistics[A]
    assert last.raw == pytest.approx((3 - 7) / 2)
    silent = feed(assembler, quiet(7), quiet(8), quiet(9))[-1].statistics[A]
    assert silent.raw == -math.inf
    assert (silent.samples, silent.eligible) == (3, False)


def test_time_that_passes_without_samples_closes_windows() -> None:
    assembler = windows_of(V)
    feed(assembler, *(score(t, 0) for t in (1, 2, 3)))
    assert ends(assembler.advance(7 * S)) == [4, 5]
    assert assembler.advance(6 * S) == []
    assert assembler.advance(500 * S) == []  # not believed: no sample says so


@pytest.mark.parametrize("raw", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused_and_leaves_no_trace(raw: float) -> None:
    assembler = windows_of(V)
    feed(assembler, score(1, 0), score(2, 0))
    with pytest.raises(NotFiniteError, match="camera yard, rule fire"):
        assembler.add(score(2.5, raw))
    closed = feed(assembler, score(3, 0))
    assert closed[0].statistics[V].samples == 3


def test_strangers_are_refused() -> None:
    with pytest.raises(ValueError, match="does not use audio"):
        windows_of(V).add(score(1, 0, A))
    with pytest.raises(ValueError, match="another's"):
        windows_of(V).add(Quiet("gate", "whole", V, 0, 1, 0.0))


def test_memory_is_bounded_by_the_window() -> None:
    assembler = windows_of()
    for t in range(2000):
        assembler.add(score(t / 10, 0))
    assert len(assembler._samples[V]) <= 32 + 20
