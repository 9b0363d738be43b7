"""Several ideas of normal become one: each on the scale of what it had not learned from."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import NORMALITIES, DetectorInputError, DetectorStateError, Moments, learned_normal
from detectors.base import State
from detectors.change import ChangeNormal
from detectors.memory import MomentMemory
from detectors.normal import LearnedNormal
from pipeline.records import Modality, Unusual
from tests.detectors.worlds import direction, moments, still


class Told:
    """A normality whose scores are written down beforehand, by the sign of the first number."""

    def __init__(self, name: str, scores: dict[bool, float], spread: float = 1.0) -> None:
        self.name = name
        self._scores = scores
        self._spread = spread
        self.updates = 0

    def fit(self, normal: Moments) -> None:
        pass

    def update(self, normal: Moments) -> None:
        self.updates += len(normal)

    def score(self, moments: Moments) -> np.ndarray:
        base = np.where(moments.vectors[:, 0] > 0, self._scores[True], self._scores[False])
        wobble = self._spread * np.sin(moments.captured_at)
        return base + wobble

    def explain(self, moment: Moments) -> Unusual:
        return Unusual((), f"{self.name} says so", np.ones((2, 2), np.float32))

    def save(self) -> State:
        return {"version": 1}

    def load(self, state: State) -> None:
        pass


def two_sided() -> tuple[np.ndarray, np.ndarray]:
    plus = np.zeros(32)
    plus[0] = 1.0
    return plus, -plus


def test_the_most_surprised_member_decides_whatever_its_scores_look_like() -> None:
    plus, minus = two_sided()
    small = Told("small", {True: 0.001, False: 0.010}, spread=0.0005)
    large = Told("large", {True: 5e6, False: 5e6}, spread=1e5)
    normal = LearnedNormal([small, large])
    normal.fit(moments(np.tile(plus, (200, 1))))
    usual = normal.score(moments(np.tile(plus, (50, 1)), seed=1))
    odd = normal.score(moments(np.tile(minus, (5, 1)), seed=2))
    assert np.quantile(usual, 0.5) < 1.0
    assert (odd > 4).all()
    told = normal.explain(moments(np.tile(minus, (1, 1))))
    assert [name for name, _ in told.parts] == ["small", "large"]
    assert told.words == "small says so"
    assert told.heat is not None


def test_a_usual_moment_is_not_explained() -> None:
    plus, _ = two_sided()
    normal = LearnedNormal([Told("one", {True: 0.0, False: 9.0})])
    normal.fit(moments(np.tile(plus, (100, 1))))
    quiet = moments(np.tile(plus, (1, 1)))
    told = normal.explain(quiet, {"one": np.array([0.3])})
    assert told.words == ""
    assert told.heat is None


def test_rarity_means_the_same_share_of_ordinary_moments() -> None:
    normal = learned_normal(Modality.VIDEO)
    held_out = normal.fit_held_out(still(240))
    assert len(held_out) == 240
    # Three members, the highest counts: about three times as many as one alone would give.
    for rarity in (1.0, 1.5):
        share = float((held_out >= rarity).mean())
        assert 10**-rarity * 0.5 < share < 10**-rarity * 5, rarity


class Improving(Told):
    """A normality that finds everything less far with all that it learns, to half as far."""

    def __init__(self) -> None:
        super().__init__("improving", {True: 0.0, False: 0.0})
        self._rng = np.random.default_rng(7)

    def score(self, moments: Moments) -> np.ndarray:
        share = max(0.5, 1 - self.updates / 20_000)
        return share * self._rng.gamma(4.0, 1.0, len(moments))


def test_ordinary_moments_are_as_rare_after_days_of_learning_as_on_the_first() -> None:
    plus, _ = two_sided()
    normal = LearnedNormal([Improving()])
    normal.fit(moments(np.tile(plus, (600, 1))))
    batch, many = moments(np.tile(plus, (64, 1))), moments(np.tile(plus, (20_000, 1)))
    for days in (0, 10):
        for _ in range(days * 8640 // 64):
            normal.update(batch)
        scores = normal.score(many)
        for level in (0.5, 1.0, 2.0):
            share = float((scores >= level).mean())
            assert 10**-level / 2 < share < 10**-level * 2, (days, level)


def test_a_moment_that_nobody_could_judge_counts_as_the_most_usual() -> None:
    change = np.random.default_rng(3).random((60, 8, 8))
    known = still(60, change=change)
    normal = LearnedNormal([ChangeNormal()])
    held_out = normal.fit_held_out(Moments.joined([known, still(180)]))
    assert len(held_out) == 240
    assert (held_out == held_out.min()).sum() >= 180


def test_a_bank_of_moments_stays_as_large_as_the_first_stretch_made_it() -> None:
    rng = np.random.default_rng(8)
    around = lambda n: moments(direction(0) + rng.normal(0, 0.3, (n, 32)))  # noqa: E731
    long, short = MomentMemory(), MomentMemory()
    long.fit(around(300))
    short.fit(around(20))
    for _ in range(20):
        for memory in (long, short):
            memory.update(around(40))
    rows = lambda memory: len(memory.save()["bank"]["rows"])  # noqa: E731
    assert rows(long) == 300
    assert 20 < rows(short) <= 200
    again = MomentMemory()
    again.load(long.save())
    again.update(around(40))
    assert rows(again) == 300


def test_a_member_that_cannot_judge_this_camera_is_left_out() -> None:
    normal = learned_normal(Modality.VIDEO)
    normal.fit(still(100))
    assert "change" not in normal.rarities(still(3)), "nobody measured change"
    with_change = still(100, change=np.ones((100, 8, 8)))
    measured = learned_normal(Modality.VIDEO)
    measured.fit(with_change)
    assert "change" in measured.rarities(with_change[:3])


def test_too_few_moments_teach_nothing_and_are_named() -> None:
    with pytest.raises(DetectorInputError, match="5 moments are too few"):
        learned_normal(Modality.AUDIO).fit(still(5))


def test_what_was_taught_is_the_same_after_a_restart() -> None:
    normal = learned_normal(Modality.VIDEO)
    normal.fit(still(120, change=np.random.default_rng(0).random((120, 8, 8))))
    again = learned_normal(Modality.VIDEO)
    again.load(normal.save())
    odd = moments(np.tile(direction(5), (4, 1)), change=np.full((4, 8, 8), 9.0))
    assert again.score(odd) == pytest.approx(normal.score(odd), rel=1e-2)
    nearest = again.explain(odd).nearest
    assert nearest is not None
    assert nearest.captured_at == pytest.approx(normal.explain(odd).nearest.captured_at)  # type: ignore[union-attr]


def test_a_state_of_an_older_release_lacks_a_member_which_stays_silent() -> None:
    older = LearnedNormal([MomentMemory()])
    older.fit(still(120))
    newer = learned_normal(Modality.VIDEO)
    newer.load(older.save())
    odd = moments(np.tile(direction(5), (2, 1)))
    assert list(newer.rarities(odd)) == ["distance"]
    assert (newer.score(odd) > 3).all()


@pytest.mark.parametrize("wrong", [{}, {"version": 9}, {"version": 1, "members": 3, "album": {}}])
def test_a_state_that_is_none_is_refused(wrong: State) -> None:
    with pytest.raises(DetectorStateError, match="cannot be read"):
        learned_normal(Modality.VIDEO).load(wrong)


@pytest.mark.parametrize(
    ("modality", "make"),
    [(m, make) for m, every in NORMALITIES.items() for make in every],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_every_member_fits_updates_scores_saves_and_loads(modality: Modality, make: type) -> None:
    grid = np.random.default_rng(1).random((80, 8, 8))
    patches = np.random.default_rng(2).normal(size=(80, 4, 4, 16))
    normal = still(80, change=grid, patches=patches)
    member = make()
    assert np.isnan(member.score(normal)).all(), "unlearned it says nothing"
    member.fit(normal)
    before = member.score(normal[10:20])
    assert np.isfinite(before).all()
    member.update(normal[20:40])
    loaded = make()
    loaded.load(member.save())
    assert loaded.score(normal[10:20]) == pytest.approx(member.score(normal[10:20]), rel=2e-2)
    with pytest.raises(DetectorStateError):
        make().load({"version": 77})
    assert member.name in {m().name for m in NORMALITIES[modality]}


def test_moments_of_which_less_is_known_join_the_others() -> None:
    known, unknown = still(3, change=np.ones((3, 8, 8))), still(2)
    joined = Moments.joined([unknown, known])
    assert joined.change is not None
    assert np.isnan(joined.change[:2]).all()
    assert (joined.change[2:] == 1).all()
    assert Moments.joined([unknown, unknown]).change is None


def test_the_first_frames_of_a_camera_do_not_silence_a_member() -> None:
    change = np.random.default_rng(3).random((60, 8, 8))
    normal = learned_normal(Modality.VIDEO)
    normal.fit(Moments.joined([still(2), still(60, change=change)]))
    assert "change" in normal.rarities(still(3, change=change[:3]))
