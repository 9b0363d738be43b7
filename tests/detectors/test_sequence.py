"""What comes after what: each moment may be ordinary, and their order new."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import DetectorInputError
from detectors.sequence import SequenceAutoencoder
from tests.detectors.worlds import direction, moments


def crossing(n: int, *, backwards: bool = False, seed: int = 0):  # type: ignore[no-untyped-def]
    """A barrier that goes through four positions again and again, always the same way round."""
    step = np.arange(n) % 4
    positions = np.stack([direction(0) + 0.8 * direction(1 + k) for k in range(4)])
    return moments(positions[step[::-1] if backwards else step], seed=seed, noise=0.01)


@pytest.fixture(scope="module")
def learned() -> SequenceAutoencoder:
    made = SequenceAutoencoder()
    made.fit(crossing(400))
    return made


def test_the_usual_order_is_usual_and_the_reverse_of_it_is_not(
    learned: SequenceAutoencoder,
) -> None:
    usual = learned.score(crossing(60, seed=1)[4:])
    reverse = learned.score(crossing(60, backwards=True, seed=1)[4:])
    assert reverse.min() > 1.2 * usual.max()


def test_a_picture_outside_of_all_that_was_learned_counts_too(
    learned: SequenceAutoencoder,
) -> None:
    usual = learned.score(crossing(60, seed=2)[4:])
    odd = crossing(60, seed=2)
    odd.vectors[30] = direction(9)
    assert learned.score(odd[30:31])[0] > 2 * usual.max()


def test_the_first_moments_after_a_gap_are_not_judged(learned: SequenceAutoencoder) -> None:
    scores = learned.score(crossing(10))
    assert np.isnan(scores[:4]).all()
    assert np.isfinite(scores[4:]).all()


def test_too_few_sequences_are_named() -> None:
    with pytest.raises(DetectorInputError, match="eight sequences"):
        SequenceAutoencoder().fit(crossing(6))


def test_a_few_sequences_are_not_learned_by_heart() -> None:
    rng = np.random.default_rng(5)

    def anything(n: int, whole: int):  # type: ignore[no-untyped-def]
        """Nothing follows on anything, and most moments come after a gap."""
        some = moments(direction(0) + rng.normal(0, 0.3, (n, 32)), noise=0.0)
        assert some.before is not None
        some.before[: n - whole] = np.nan
        return some

    made = SequenceAutoencoder()
    made.fit(anything(1000, 60))
    fresh = made.score(anything(400, 396)[4:])
    assert np.median(fresh) == pytest.approx(2.0, rel=0.15), "what is new is as far as is usual"


def test_a_new_order_that_stays_is_learned_and_the_old_one_not_forgotten() -> None:
    made = SequenceAutoencoder()
    made.fit(crossing(400))
    new, old = crossing(400, backwards=True, seed=3)[4:], crossing(100, seed=4)[4:]
    before, usual = made.score(new).mean(), made.score(old).mean()
    for _ in range(400):
        made.update(new[:16])
    assert made.score(new).mean() < 0.6 * before
    assert made.score(old).mean() < 1.5 * usual
