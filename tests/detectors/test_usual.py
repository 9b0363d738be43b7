"""What is usual at a camera: learned slowly, and not from an event."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.base import DetectorStateError
from detectors.usual import Usual


def usual() -> Usual:
    return Usual(np.array([0.0, -5.0]), np.array([1.0, 2.0]))


def test_it_begins_with_what_is_known_beforehand() -> None:
    assert usual().standard(np.array([2.0, -5.0])) == pytest.approx([2.0, 0.0])


def test_what_goes_on_for_an_hour_becomes_usual() -> None:
    rng = np.random.default_rng(0)
    learned = usual()
    for _ in range(7200):
        learned.take(np.array([6.0, -5.0]) + rng.standard_normal(2) * [0.5, 2.0])
    assert abs(learned.standard(np.array([6.0, -5.0]))).max() < 0.7


@pytest.mark.parametrize("wildness", [20.0, 1e6], ids=["wild", "absurd"])
def test_an_event_of_half_a_minute_teaches_next_to_nothing_however_wild(wildness: float) -> None:
    rng = np.random.default_rng(0)
    learned = usual()
    for _ in range(7200):
        learned.take(rng.standard_normal(2) * [1.0, 2.0] + [0.0, -5.0])
    before = learned.standard(np.array([4.0, 3.0]))
    for _ in range(60):
        learned.take(np.array([wildness, wildness]))
    assert learned.standard(np.array([4.0, 3.0])) == pytest.approx(before, rel=0.05)


def test_on_a_camera_where_nothing_varies_a_breath_is_no_mountain() -> None:
    learned = usual()
    for _ in range(50_000):
        learned.take(np.array([0.0, -5.0]))
    assert learned.standard(np.array([0.5, -5.0]))[0] == pytest.approx(1.0)


def test_what_was_learned_is_kept() -> None:
    learned = usual()
    for _ in range(100):
        learned.take(np.array([1.0, -4.0]))
    again = usual()
    again.load(learned.save())
    for one in (learned, again):
        one.take(np.array([3.0, 0.0]))
    assert again.mean == pytest.approx(learned.mean)
    assert again.spread == pytest.approx(learned.spread)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"mean": np.zeros(3), "spread": np.ones(3), "n": 1},
        {"mean": np.zeros(2), "spread": np.zeros(2), "n": 1},
        {"mean": np.full(2, np.nan), "spread": np.ones(2), "n": 1},
        {"mean": np.zeros(2), "spread": np.ones(2), "n": "many"},
    ],
    ids=["empty", "of three", "no spread", "nan", "no count"],
)
def test_another_state_is_refused_and_changes_nothing(state: dict[str, object]) -> None:
    learned = usual()
    with pytest.raises(DetectorStateError):
        learned.load(state)
    assert learned.standard(np.array([1.0, -5.0])) == pytest.approx([1.0, 0.0])
