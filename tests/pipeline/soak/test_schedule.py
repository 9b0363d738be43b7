"""When something goes wrong in a soak."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from pipeline.soak.schedule import LASTS, OF_CAMERAS, Disturbance, Kind, plan

CAMERAS = ("yard", "gate", "hall")


def test_a_seed_is_a_schedule() -> None:
    assert plan(1, CAMERAS, 7200.0) == plan(1, CAMERAS, 7200.0)
    assert plan(1, CAMERAS, 7200.0) != plan(2, CAMERAS, 7200.0)


def test_one_thing_goes_wrong_at_a_time_and_all_is_over_in_time() -> None:
    planned = plan(3, CAMERAS, 7200.0, every_s=60.0)

    assert all(later.at_s - before.until_s >= 29.9 for before, later in pairwise(planned))
    assert planned[-1].until_s <= 7200.0
    for one in planned:
        shortest, longest = LASTS[one.kind]
        assert shortest <= one.seconds <= longest


def test_a_long_soak_has_its_share_of_each_kind() -> None:
    planned = plan(4, CAMERAS, 24 * 3600.0)

    counts = Counter(one.kind for one in planned)
    assert counts.keys() == set(Kind)
    assert counts[Kind.CUT] > 1.5 * counts[Kind.WORKER_KILLED]
    for one in planned:
        assert (one.target in CAMERAS) is (one.kind in OF_CAMERAS)
    assert {one.target for one in planned if one.target} == set(CAMERAS)


def test_too_short_a_soak_is_a_calm_one() -> None:
    assert plan(1, CAMERAS, 30.0, every_s=120.0) == ()


def test_a_disturbance_reaches_a_little_beyond_its_end() -> None:
    one = Disturbance(100.0, 20.0, Kind.CUT, "yard")

    touched = [one.touches(at, after_s=10.0) for at in (99.0, 100.0, 120.0, 130.0, 131.0)]
    assert touched == [False, True, True, True, False]
