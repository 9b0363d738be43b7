"""A rule's words against ordinary words, on vectors whose cosines are known."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import DETECTORS, DetectorInputError, PromptDetector
from pipeline.records import Embedding, Modality

FIRE, SMOKE, YARD, NIGHT = np.eye(4, dtype=np.float32)


def detector(margin: float = 0.5, model: str | None = None) -> PromptDetector:
    return PromptDetector(
        camera="yard",
        rule="fire",
        rule_version="v1",
        modality=Modality.VIDEO,
        prompts=["flames", "smoke"],
        prompt_vectors=np.stack([FIRE, SMOKE]),
        normal=["an empty yard", "a yard at night"],
        normal_vectors=np.stack([YARD, NIGHT]),
        logit_scale=10.0,
        margin=margin,
        model=model,
    )


def embedding(vector: np.ndarray, **other: object) -> Embedding:
    fields: dict[str, object] = {
        "camera": "yard",
        "view": "whole",
        "modality": Modality.VIDEO,
        "model": "m",
        "pts_ns": 7,
        "duration_ns": 3,
        "captured_at": 1.5,
    }
    return Embedding(**{**fields, **other}, vector=vector)  # type: ignore[arg-type]


def test_one_prompt_that_fits_suffices() -> None:
    only_smoke = detector().score(embedding(0.1 * YARD + SMOKE))
    assert only_smoke is not None
    assert only_smoke.raw > 5
    assert only_smoke.eligible
    best, other, nearest = only_smoke.evidence
    assert best.prompt == "smoke"
    assert best.margin == pytest.approx(10 * (best.similarity - nearest.similarity))
    assert other.prompt == "flames"
    assert (nearest.prompt, nearest.margin) == ("an empty yard", 0.0)


def test_raw_is_the_log_odds_of_a_softmax_over_all_prompts() -> None:
    vector = np.array([0.5, 0.1, 0.3, 0.2], dtype=np.float32)
    logits = 10 * vector / np.linalg.norm(vector)
    softmax = np.exp(logits) / np.exp(logits).sum()
    score = detector().score(embedding(vector))
    assert score is not None
    expected = np.log((softmax[0] + softmax[1]) / (softmax[2] + softmax[3]))
    assert score.raw == pytest.approx(expected, rel=1e-5)


def test_the_ordinary_is_not_eligible_however_many_prompts_half_fit() -> None:
    # Both prompts reach half of the cosine: together they may win the odds, but none beats night.
    score = detector().score(embedding(FIRE + SMOKE + 1.01 * NIGHT))
    assert score is not None
    assert score.raw > 0
    assert not score.eligible


def test_the_lead_must_reach_the_margin() -> None:
    vector = FIRE + 0.9 * YARD  # leads by 10 * 0.1 / 1.345 = 0.74 logits
    lenient, strict = detector(0.7).score(embedding(vector)), detector(0.8).score(embedding(vector))
    assert lenient is not None
    assert strict is not None
    assert (lenient.eligible, strict.eligible) == (True, False)


@pytest.mark.parametrize(
    "other",
    [{"camera": "gate"}, {"view": "door"}, {"modality": Modality.AUDIO}],
    ids=["camera", "view", "modality"],
)
def test_what_is_not_its_own_is_left_alone(other: dict[str, object]) -> None:
    assert detector().score(embedding(FIRE, **other)) is None


def test_a_score_carries_time_and_names_on() -> None:
    score = detector().score(embedding(FIRE))
    assert score is not None
    assert (score.pts_ns, score.end_ns, score.captured_at) == (7, 10, 1.5)
    assert (score.rule, score.rule_version, score.detector) == ("fire", "v1", "prompts")


@pytest.mark.promise("bad input 19")
@pytest.mark.parametrize(
    "vector",
    [np.full(4, np.nan), np.array([np.inf, 0, 0, 0]), np.zeros(4), np.ones(3)],
    ids=["nan", "infinite", "zeros", "size"],
)
def test_a_vector_that_cannot_be_read_is_an_error_that_names_the_camera(vector: np.ndarray) -> None:
    with pytest.raises(DetectorInputError, match="camera yard, rule fire"):
        detector().score(embedding(vector))


def test_an_embedding_of_another_model_is_refused() -> None:
    with pytest.raises(DetectorInputError, match=r"model m.*of other"):
        detector(model="other").score(embedding(FIRE))


def test_a_bank_is_scored_as_its_embeddings_would_be_one_by_one() -> None:
    bank = np.random.default_rng(1).standard_normal((50, 4)).astype(np.float32)
    singly = [detector().score(embedding(v)) for v in bank]
    assert detector().score_many(bank) == pytest.approx([s.raw for s in singly if s])


def test_prompts_and_vectors_must_match() -> None:
    with pytest.raises(DetectorInputError, match="2 texts, but vectors of shape"):
        PromptDetector(
            camera="c",
            rule="r",
            rule_version="v",
            modality=Modality.AUDIO,
            prompts=["a", "b"],
            prompt_vectors=np.stack([FIRE]),
            normal=["n"],
            normal_vectors=np.stack([YARD]),
            logit_scale=1.0,
            margin=0.0,
        )


def test_the_registry_knows_it() -> None:
    assert DETECTORS["prompts"] is PromptDetector
