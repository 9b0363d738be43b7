"""Sight and sound against each other, in spaces of four dimensions that are made by hand."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest

from detectors import DETECTORS, ContradictionDetector, DetectorInputError, DetectorStateError
from detectors.base import Subject
from detectors.concepts import ConceptSpace, apart
from pipeline.records import NS_PER_S, WHOLE_VIEW, Embedding, Modality, Quiet, Score

V, A = Modality.VIDEO, Modality.AUDIO
#: Directions of both spaces: two concepts, and two ordinary things.
FIGHT, GLASS, CALM, BUSY = np.eye(4, dtype=np.float32)
NAMES = ("fight", "breaking-glass")


def concepts(modality: Modality) -> ConceptSpace:
    sees = modality is V
    return ConceptSpace(
        [["people fighting"], ["a broken window"]]
        if sees
        else [["shouting", "screaming"], ["glass breaking"]],
        ["an empty yard", "people walking"] if sees else ["silence", "people talking"],
        prompt_vectors=np.stack([FIGHT, GLASS] if sees else [FIGHT, FIGHT + 0.1 * BUSY, GLASS]),
        ordinary_vectors=np.stack([CALM, BUSY]),
        rivals=np.ones((2, 2), bool),
        logit_scale=10.0,
    )


def ordinary(seed: int, n: int = 500) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = np.where(rng.random((n, 1)) < 0.5, CALM, BUSY) + 0.1 * rng.standard_normal((n, 4))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def detector(names: tuple[str, ...] = NAMES) -> ContradictionDetector:
    return ContradictionDetector(
        {m: Subject("yard", "odd", "v1", m, WHOLE_VIEW, f"{m}-model") for m in Modality},
        {m: concepts(m) for m in Modality},
        names,
        {V: ordinary(1), A: ordinary(2)},
        margin=0.5,
    )


class Yard:
    """A camera with a microphone: two pictures a second, a sound each second."""

    def __init__(self, judge: ContradictionDetector | None = None) -> None:
        self.judge = judge or detector()
        self.half_seconds = 0
        self._rng = np.random.default_rng(3)

    def play(
        self, seen: np.ndarray | None, heard: np.ndarray | str | None, seconds: float
    ) -> dict[Modality, list[Score]]:
        """What is scored; None: nothing arrives; "quiet": the gate finds nothing."""
        scores: dict[Modality, list[Score]] = {V: [], A: []}
        for _ in range(round(2 * seconds)):
            self.half_seconds += 1
            at = self.half_seconds * NS_PER_S // 2
            if seen is not None:
                self._give(scores, V, seen, at)
            if self.half_seconds % 2:
                continue
            if isinstance(heard, np.ndarray):
                self._give(scores, A, heard, at)
            elif heard is not None:
                self.judge.quiet(Quiet("yard", WHOLE_VIEW, A, at - NS_PER_S, at, 0.0))
        return scores

    def _give(
        self, scores: dict[Modality, list[Score]], m: Modality, about: np.ndarray, at: int
    ) -> None:
        vector = about + 0.1 * self._rng.standard_normal(4)
        vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        length = 5 * NS_PER_S if m is A else 0
        item = Embedding("yard", WHOLE_VIEW, m, f"{m}-model", at - length, length, 0.0, vector)
        if score := self.judge.score(item):
            scores[m].append(score)

    def live(self) -> None:
        """Ten minutes of an ordinary day, so that the microphone is known to hear."""
        for _ in range(10):
            self.play(CALM, CALM, 40)
            self.play(BUSY, BUSY, 20)


@pytest.fixture(scope="module")
def lived() -> Yard:
    yard = Yard()
    yard.live()
    return yard


@pytest.fixture
def yard(lived: Yard) -> Yard:
    return copy.deepcopy(lived)


def test_glass_is_heard_and_nothing_is_seen(yard: Yard) -> None:
    before = yard.play(CALM, CALM, 20)
    during = yard.play(CALM, GLASS, 4)
    assert not any(s.eligible for m in Modality for s in before[m])
    last = during[A][-1]
    assert last.eligible
    assert last.raw > 2 > max(s.raw for s in before[A])
    assert last.evidence[0].prompt == "glass breaking"
    assert last.evidence[0].margin > 5
    assert last.evidence[-1].margin == 0
    assert last.unusual is not None
    assert last.unusual.parts[0][0] == "breaking-glass"
    assert last.unusual.parts[0][1] == pytest.approx(last.raw, abs=0.01)
    assert last.unusual.words.startswith("sound says 'glass breaking' (leads by ")
    assert "; sight denies breaking glass, which is " in last.unusual.words
    assert last.unusual.words.endswith(" spreads more than usual here")
    # Sight says nothing that sound denies.
    assert not any(s.eligible for s in during[V])


def test_what_is_seen_too_is_no_contradiction(yard: Yard) -> None:
    during = yard.play(FIGHT, FIGHT, 6)
    assert not any(s.eligible for m in Modality for s in during[m][2:])


def test_what_was_seen_a_moment_ago_explains_the_sound(yard: Yard) -> None:
    yard.play(FIGHT, CALM, 1)
    assert not any(s.eligible for s in yard.play(CALM, FIGHT, 3)[A])


@pytest.mark.parametrize("sound", [CALM, "quiet"], ids=["an ordinary sound", "a quiet gate"])
def test_a_fight_is_seen_in_silence(yard: Yard, sound: np.ndarray | str) -> None:
    yard.play(CALM, sound, 20)
    during = yard.play(FIGHT, sound, 5)
    last = during[V][-1]
    assert last.eligible
    assert last.raw > 2
    assert last.unusual is not None
    assert last.unusual.words.startswith("sight says 'people fighting' (leads by ")
    assert "sound denies fight" in last.unusual.words


def test_after_quiet_the_first_sound_is_not_thinned_out(yard: Yard) -> None:
    yard.play(CALM, "quiet", 10)
    (first,) = yard.play(CALM, GLASS, 1)[A]
    assert first.eligible
    assert first.raw > 2


def test_silence_is_no_denial_where_the_microphone_never_heard_anything() -> None:
    yard = Yard()
    yard.play(CALM, CALM, 600)
    assert yard.play(FIGHT, CALM, 5)[V] == []


def test_a_dead_microphone_denies_nothing(yard: Yard) -> None:
    for k in range(10):
        at = (yard.half_seconds // 2 + k) * NS_PER_S
        yard.judge.score(Embedding("yard", WHOLE_VIEW, A, "audio-model", at, NS_PER_S, 0.0, CALM))
    yard.half_seconds += 20
    assert yard.play(FIGHT, "quiet", 5)[V] == []


def test_while_the_other_sense_is_missing_nothing_is_judged(yard: Yard) -> None:
    yard.play(CALM, CALM, 1)
    assert yard.play(None, GLASS, 30)[A][10:] == []
    yard.play(CALM, CALM, 10)
    assert yard.play(FIGHT, None, 30)[V][20:] == []


def test_a_radio_that_plays_fights_all_day_becomes_usual_and_glass_does_not(yard: Yard) -> None:
    first = max(s.raw for s in yard.play(CALM, FIGHT, 10)[A])
    yard.play(CALM, FIGHT, 3600)
    radio = [s.raw for s in yard.play(CALM, FIGHT, 30)[A]]
    assert max(radio) < first / 2
    glass = yard.play(CALM, GLASS, 4)[A][-1]
    assert glass.raw > max(radio) + 1
    assert glass.unusual is not None
    assert glass.unusual.parts[0][0] == "breaking-glass"


def test_an_event_does_not_teach_itself(yard: Yard) -> None:
    events = [max(s.raw for s in yard.play(CALM, GLASS, 10)[A]) for _ in range(5)]
    assert events[-1] > 0.8 * events[0]


def test_what_was_learned_survives_a_restart(yard: Yard) -> None:
    yard.play(CALM, FIGHT, 1200)
    again = Yard(detector())
    again.judge.load(yard.judge.save())
    again.half_seconds = yard.half_seconds
    again._rng.bit_generator.state = yard._rng.bit_generator.state
    # What was heard in the last seconds is not kept, and need not be.
    for one in (yard, again):
        one.play(CALM, CALM, 10)
    before, after = (one.play(CALM, FIGHT, 5) for one in (yard, again))
    assert [s.raw for s in after[A]] == pytest.approx([s.raw for s in before[A]], abs=0.01)
    assert len(again.play(FIGHT, CALM, 5)[V]) == 10


@pytest.mark.parametrize("broken", ["concepts", "usual", "hearing", "version"])
def test_a_state_of_other_concepts_or_without_a_part_is_refused_as_a_whole(
    yard: Yard, broken: str
) -> None:
    state = yard.judge.save()
    fresh = detector()
    known = str(fresh.save())
    with pytest.raises(DetectorStateError):
        fresh.load({k: v for k, v in state.items() if k != broken})
    assert str(fresh.save()) == known
    with pytest.raises(DetectorStateError, match="of other concepts"):
        detector(("brawl", "breaking-glass")).load(state)


def test_stream_time_may_begin_anew(yard: Yard) -> None:
    yard.half_seconds = 0
    yard.play(CALM, CALM, 10)
    assert yard.play(CALM, GLASS, 4)[A][-1].eligible


def test_ordinary_pairs_are_scored_as_the_camera_s_own_would_be() -> None:
    made = detector()
    for modality in Modality:
        raws = made.ordinary(modality)
        assert np.isfinite(raws).all()
        assert np.quantile(raws, 0.99) < 0.5
        assert len(np.unique(raws)) > 1000


def test_two_log_odds_are_joined_as_chances_are() -> None:
    p, q = 0.9, 0.2
    joined = apart(np.array(math.log(p / (1 - p))), np.array(math.log(q / (1 - q))))
    assert float(joined) == pytest.approx(math.log(p * (1 - q) / (1 - p * (1 - q))))
    # The weaker of the two decides, and nothing overflows.
    assert float(apart(np.array(500.0), np.array(-3.0))) == pytest.approx(3.0, abs=1e-6)
    assert float(apart(np.array(-700.0), np.array(-700.0))) == pytest.approx(-700.0)


def test_any_prompt_of_a_concept_suffices_and_an_ordinary_text_of_the_same_is_no_rival() -> None:
    space = ConceptSpace(
        [["a dog", "a hound"]],
        ["a dog", "a yard"],
        prompt_vectors=np.stack([FIGHT, GLASS]),
        ordinary_vectors=np.stack([FIGHT, CALM]),
        rivals=np.array([[False, True]]),
        logit_scale=10.0,
    )
    read = space.read(np.stack([FIGHT, GLASS, CALM]))
    assert read.leads[:, 0] == pytest.approx([10, 10, -10])
    assert space.evidence(GLASS, 0)[0].prompt == "a hound"
    assert space.evidence(GLASS, 0)[1].prompt == "a yard"


@pytest.mark.parametrize(
    "vector",
    [np.full(4, np.nan, np.float32), np.zeros(4, np.float32), np.ones(3, np.float32)],
    ids=["nan", "zeros", "size"],
)
def test_a_vector_that_cannot_be_read_is_an_error_and_is_not_kept(
    yard: Yard, vector: np.ndarray
) -> None:
    bad = Embedding("yard", WHOLE_VIEW, A, "audio-model", 0, NS_PER_S, 0.0, vector)
    known = str(yard.judge.save())
    with pytest.raises(DetectorInputError):
        yard.judge.score(bad)
    assert str(yard.judge.save()) == known


def test_what_is_of_another_camera_view_or_model_is_not_its_own(yard: Yard) -> None:
    other = Embedding("gate", WHOLE_VIEW, A, "audio-model", 0, NS_PER_S, 0.0, GLASS)
    assert yard.judge.score(other) is None
    region = Embedding("yard", "door", V, "video-model", 0, 0, 0.0, GLASS)
    assert yard.judge.score(region) is None
    with pytest.raises(DetectorInputError, match="is of model"):
        yard.judge.score(Embedding("yard", WHOLE_VIEW, A, "x", 0, NS_PER_S, 0.0, GLASS))


def test_a_model_without_ordinary_embeddings_is_refused() -> None:
    with pytest.raises(DetectorInputError, match="ordinary pictures and ordinary sounds"):
        ContradictionDetector(
            {m: Subject("yard", "odd", "v1", m) for m in Modality},
            {m: concepts(m) for m in Modality},
            NAMES,
            {V: ordinary(1), A: np.zeros((0, 4), np.float32)},
            margin=0.5,
        )


def test_the_registry_knows_it() -> None:
    assert DETECTORS["contradiction"] is ContradictionDetector
