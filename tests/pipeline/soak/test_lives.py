"""What of a process is judged: its lives, once each has settled."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.soak.lives import cut, settled


def life(pid: int, begin: int, end: int, value: float = 50.0) -> list[tuple[float, int, float]]:
    return [(float(at), pid, value) for at in range(begin, end, 10)]


def test_a_stretch_becomes_its_median() -> None:
    """Of ten minutes each sample stands for one of two stretches; a burst is in neither median."""
    at_s = np.arange(0.0, 610.0, 10.0)
    values = np.where(at_s < 300, 3.0, 4.0)
    values[5:8] = 900.0

    made = cut(at_s, values)

    assert made.at_s.tolist() == pytest.approx([145.0, 450.0])
    assert made.values.tolist() == [3.0, 4.0]
    assert (made.begins_s, made.ends_s, made.seconds) == (0.0, 600.0, 600.0)


def test_what_is_taken_for_a_moment_and_given_back_is_not_held() -> None:
    """A buffer that is there at two looks of five, or at three: the median cannot decide."""
    at_s = np.arange(0.0, 3000.0, 10.0)
    look = np.arange(300)
    taken = look % 5 < np.where(at_s // 300 % 2, 3, 2)

    held = cut(at_s, 60.0 + 8.0 * taken + 0.001 * look, 0.25)

    assert np.ptp(cut(at_s, 60.0 + 8.0 * taken).values) == 8.0
    assert np.diff(held.values) == pytest.approx(np.full(9, 0.03), abs=0.01)


def test_what_was_not_seen_for_a_while_leaves_no_stretch() -> None:
    at_s = np.array([*np.arange(0.0, 300.0, 10.0), *np.arange(1200.0, 1500.0, 10.0)])

    assert len(cut(at_s, at_s).at_s) == 2
    assert len(cut(at_s[:0], at_s[:0]).at_s) == 0


def test_a_successor_settles_as_long_as_the_first_one_did() -> None:
    """The second life is killed before it has settled, the third is not."""
    points = [*life(1, 0, 3000), *life(2, 3010, 3800), *life(3, 3820, 6000)]

    found = settled(points, settle_s=900.0)

    spans = [(one.begins_s, one.ends_s) for one in found]
    assert spans == [(900.0, 2990.0), (3820.0 + 900.0, 5990.0)]


def test_one_stretch_alone_tells_of_no_growth() -> None:
    assert settled(life(1, 0, 1300), settle_s=900.0) == []
    assert len(settled(life(1, 0, 1500), settle_s=900.0)) == 1
    assert settled([], settle_s=900.0) == []
