"""Which packets are decoded: the cheapest way to the pictures that are wanted."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pipeline.config import Decode
from pipeline.records import NS_PER_S
from pipeline.sources.looks import LookPlanner
from pipeline.sources.pace import Pace


@dataclass
class Watched:
    decoded: list[int]
    sampled: list[int]


def watch(planner: LookPlanner, *, seconds: float = 24, group: int = 50, fps: int = 25) -> Watched:
    """Show a planner a stream; what it decoded and sampled, by the pictures' numbers."""
    seen = Watched([], [])
    for number in range(round(seconds * fps)):
        pts_ns, keyframe = number * NS_PER_S // fps, number % group == 0
        if keyframe:
            planner.keyframe(pts_ns)
        decode = planner.decode
        if planner.wants(pts_ns, decode, keyframe=keyframe):
            seen.decoded.append(number)
            if planner.samples(pts_ns, decode, keyframe=keyframe):
                seen.sampled.append(number)
    return seen


@pytest.mark.parametrize(
    ("per_second", "movement", "expected"),
    [
        (2.0, False, Decode.SAMPLES),
        (2.0, True, Decode.ALL),
        # Every two seconds: keyframes give as much.
        (0.5, False, Decode.KEYFRAMES),
        (0.5, True, Decode.KEYFRAMES),
        (0.1, True, Decode.KEYFRAMES),
    ],
)
def test_the_pace_and_movement_decide_what_is_decoded(
    per_second: float, movement: bool, expected: Decode
) -> None:
    planner = LookPlanner(Decode.AUTO, Pace(per_second), movement=movement)
    watch(planner)
    assert planner.decode is expected


def test_what_the_site_says_holds() -> None:
    planner = LookPlanner(Decode.KEYFRAMES, Pace(5.0), movement=True)
    assert planner.decode is Decode.KEYFRAMES
    assert watch(planner).sampled == list(range(0, 600, 50))


def test_once_a_second_half_of_each_group_is_left_alone() -> None:
    seen = watch(LookPlanner(Decode.AUTO, Pace(1.0), movement=False))
    # What lies between two keyframes is taken a fifth of a second early: that much less is decoded.
    assert seen.sampled[2:] == [n + k for n in range(50, 600, 50) for k in (0, 20)]
    steady = [n for n in seen.decoded if n >= 100]
    assert len(steady) == pytest.approx(500 * 21 / 50, abs=2)


def test_keyframes_that_drift_take_the_samples_with_them() -> None:
    # 2.08 s apart: a sample that would be due just before a keyframe waits for it.
    seen = watch(LookPlanner(Decode.SAMPLES, Pace(1.0), movement=False), group=52)
    assert seen.sampled[4:8] == [104, 124, 156, 176]


def test_keyframes_beside_the_pace_keep_its_mean() -> None:
    # Wanted every five seconds, to be had every two.
    seen = watch(LookPlanner(Decode.AUTO, Pace(0.2), movement=False), seconds=120)
    assert len(seen.sampled) == pytest.approx(24, abs=1)
    assert set(seen.decoded) <= set(range(0, 3000, 50)) | set(range(51))


def test_a_keyframe_that_stays_away_is_not_waited_for() -> None:
    planner = LookPlanner(Decode.SAMPLES, Pace(1.0), movement=False)
    watch(planner, seconds=8)
    late = [
        n
        for n in range(201, 300)
        if planner.wants(n * NS_PER_S // 25, Decode.SAMPLES, keyframe=False)
    ]
    assert late
    assert late[0] <= 225


def test_a_lowered_pace_turns_to_keyframes_by_itself() -> None:
    pace = Pace(2.0)
    planner = LookPlanner(Decode.AUTO, pace, movement=True)
    watch(planner)
    assert planner.decode is Decode.ALL
    pace.set(0.2)
    assert planner.decode is Decode.KEYFRAMES
