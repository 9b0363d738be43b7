"""A small bank covers many rows, takes in what is new and forgets what never comes again."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import DetectorStateError
from detectors.coreset import Bank, greedy_coreset


def blobs(n: int, places: list[float], seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = np.array(places)[rng.integers(len(places), size=n)]
    return (np.stack([centres, np.zeros(n)], axis=1) + rng.normal(0, 0.05, (n, 2))).astype(
        np.float32
    )


def test_a_coreset_reaches_rare_places_that_a_random_sample_misses() -> None:
    rows = np.concatenate([blobs(2000, [0.0]), blobs(3, [10.0])])
    chosen = greedy_coreset(rows, 10)
    assert len(set(chosen.tolist())) == 10
    assert (rows[chosen, 0] > 5).any()
    assert greedy_coreset(rows[:5], 10).tolist() == [0, 1, 2, 3, 4]


def test_new_places_enter_and_places_that_never_come_again_leave() -> None:
    bank = Bank(40)
    bank.fit(blobs(400, [0.0, 5.0]), np.arange(400.0))
    for day in range(1, 30):
        at = day * 86_400.0 + np.arange(50.0)
        bank.update(blobs(50, [0.0, 9.0], seed=day), at)
    assert len(bank) == 40
    near = lambda place: float(bank.distances(np.array([[place, 0.0]], np.float32))[0])  # noqa: E731
    assert near(9.0) < 0.3
    assert near(0.0) < 0.3
    assert near(5.0) > 1.0, "it has not come for a month"


def test_the_bank_never_grows_beyond_its_size() -> None:
    bank = Bank(25)
    rng = np.random.default_rng(1)
    for step in range(60):
        bank.update(rng.normal(size=(20, 4)).astype(np.float32) * step, np.full(20, float(step)))
    assert len(bank) == 25


def test_a_row_is_not_its_own_neighbour_where_that_is_asked() -> None:
    bank = Bank(10)
    rows = np.array([[0, 0], [3, 0], [0, 4]], np.float32)
    bank.fit(rows, np.zeros(3))
    assert bank.distances(rows).tolist() == pytest.approx([0, 0, 0], abs=1e-3)
    assert bank.distances(rows, skip_same=True).tolist() == pytest.approx([3, 3, 4])
    assert bank.distances(rows[:1], neighbours=3)[0] == pytest.approx((0 + 3 + 4) / 3)


@pytest.mark.parametrize("wrong", [{}, {"rows": [[1.0]], "seen_at": [1.0, 2.0], "reach": 0.0}])
def test_a_damaged_bank_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(DetectorStateError, match="a bank cannot be read"):
        Bank(5).load(wrong)
