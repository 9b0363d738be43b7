"""What a rule was taught, laid over its prompts, on vectors whose cosines are known."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import DetectorInputError, DetectorStateError, PromptDetector
from detectors.adapting import (
    AdaptedPrompts,
    Adapter,
    Chain,
    PromptSpace,
    RepeatedFalseAlarms,
    adapter_state,
    anchored,
    load_adapter,
)
from detectors.adapting.cache import fit_repeats, fit_tip
from detectors.adapting.probe import fit_probe
from detectors.adapting.reworded import fit_weights
from pipeline.records import Embedding, Modality

DIM = 12
#: What the rule names (flames, smoke), what is ordinary, and what tells true from false here.
FLAMES, SMOKE, YARD, NIGHT, TELL = np.eye(DIM)[:5]
SPACE = PromptSpace(np.stack([FLAMES, SMOKE, YARD, NIGHT]), 2, 15.0)


def around(*parts: np.ndarray, n: int = 1, noise: float = 0.05, seed: int = 0) -> np.ndarray:
    """Unit rows (n, DIM) about a direction."""
    rows = np.sum(parts, axis=0) + np.random.default_rng(seed).normal(0, noise, (n, DIM))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


ORDINARY = np.concatenate([around(YARD, n=100, noise=0.2), around(NIGHT, n=100, noise=0.2, seed=1)])
#: Here flames are true and smoke is the neighbour's chimney.
TRUE = around(FLAMES, 0.3 * YARD, n=6, seed=2)
FALSE = around(SMOKE, 0.3 * YARD, n=6, seed=3)
EXAMPLES = np.concatenate([TRUE, FALSE])
LABELS = np.array([True] * 6 + [False] * 6)


def lead(adapter: Adapter | None, above: np.ndarray, below: np.ndarray) -> float:
    """By how much one kind scores above another."""

    def score(rows: np.ndarray) -> np.ndarray:
        raw = SPACE.raw(rows)
        return raw if adapter is None else adapter.adjust(rows, raw)

    return float(score(above).mean() - score(below).mean())


def fitted() -> dict[str, Adapter]:
    return {
        "weights": fit_weights(SPACE, EXAMPLES, LABELS),
        "probe": fit_probe(SPACE, EXAMPLES, LABELS, strength=1.0),
        "tip": fit_tip(EXAMPLES, LABELS, ORDINARY, gain=5.0),
        "repeats": fit_repeats(FALSE, SPACE.raw(FALSE), TRUE, ORDINARY, SPACE.raw(ORDINARY)),
    }


@pytest.mark.parametrize("method", list(fitted()))
def test_each_method_tells_new_moments_apart_that_the_prompts_do_not(method: str) -> None:
    new_true = around(FLAMES, 0.3 * YARD, n=50, seed=8)
    new_false = around(SMOKE, 0.3 * YARD, n=50, seed=9)
    assert abs(lead(None, new_true, new_false)) < 1
    assert lead(fitted()[method], new_true, new_false) > 1.5


@pytest.mark.parametrize("method", list(fitted()))
def test_an_adapter_comes_back_from_its_state_as_it_was(method: str) -> None:
    adapter = Chain((anchored(fitted()[method], SPACE, ORDINARY), fitted()["repeats"]))
    back = load_adapter(adapter_state(adapter))
    rows = around(FLAMES, SMOKE, n=20, seed=4)
    raw = SPACE.raw(rows)
    assert back.adjust(rows, raw) == pytest.approx(adapter.adjust(rows, raw), abs=0.05)
    assert back.kind == adapter.kind


@pytest.mark.parametrize("method", ["weights", "probe", "tip"])
def test_anchored_leaves_what_is_ordinary_where_it_was_and_changes_no_order(method: str) -> None:
    adapter = fitted()[method]
    held = anchored(adapter, SPACE, ORDINARY)
    raw = SPACE.raw(ORDINARY)
    assert np.quantile(held.adjust(ORDINARY, raw), [0.5, 0.95]) == pytest.approx(
        np.quantile(raw, [0.5, 0.95])
    )
    rows = around(FLAMES, SMOKE, n=50, noise=0.4, seed=5)
    free = adapter.adjust(rows, SPACE.raw(rows))
    assert (np.argsort(free) == np.argsort(held.adjust(rows, SPACE.raw(rows)))).all()


def test_with_a_strong_prior_weights_say_what_the_prompts_say() -> None:
    held = fit_weights(SPACE, EXAMPLES, LABELS, strength=1e6)
    raw = SPACE.raw(EXAMPLES)
    assert held.adjust(EXAMPLES, raw) == pytest.approx(raw, abs=1e-3)


def test_a_false_alarm_is_forgotten_only_where_it_repeats() -> None:
    memory = fit_repeats(FALSE[:1], SPACE.raw(FALSE[:1]), TRUE, ORDINARY, SPACE.raw(ORDINARY))

    def taken(rows: np.ndarray) -> np.ndarray:
        raw = SPACE.raw(rows)
        return raw - memory.adjust(rows, raw)

    assert taken(around(SMOKE, 0.3 * YARD, n=20, noise=0.02, seed=3)).min() > 2
    assert np.abs(taken(ORDINARY)).max() < 0.5
    # Smoke where nobody saw it yet, and what was confirmed.
    assert taken(around(SMOKE, 1.5 * TELL, n=20, seed=6)).max() < 0.2
    assert taken(TRUE).max() == 0


def test_what_was_confirmed_more_closely_is_not_taken_from() -> None:
    twin = around(SMOKE, 0.3 * YARD, n=1, noise=0.0)
    memory = fit_repeats(FALSE, SPACE.raw(FALSE), twin, ORDINARY, SPACE.raw(ORDINARY))
    raw = SPACE.raw(twin)
    assert memory.adjust(twin, raw) == pytest.approx(raw)


def test_a_taught_detector_says_so_and_judges_eligibility_by_the_taught_score() -> None:
    def score(adapter: Adapter | None) -> tuple[float, bool, float, float]:
        detector = PromptDetector(
            camera="yard",
            rule="fire",
            rule_version="v1",
            modality=Modality.VIDEO,
            prompts=["flames", "smoke"],
            prompt_vectors=np.stack([FLAMES, SMOKE]),
            normal=["a yard", "a night"],
            normal_vectors=np.stack([YARD, NIGHT]),
            logit_scale=15.0,
            margin=0.5,
            adapter=adapter,
        )
        vector = FALSE[0].astype(np.float32)
        seen = detector.score(Embedding("yard", "whole", Modality.VIDEO, "m", 0, 0, 1.0, vector))
        assert seen is not None
        assert detector.score_many(vector[np.newaxis])[0] == pytest.approx(seen.raw)
        assert seen.evidence[-1].margin == 0, "the last is the normal prompt, as ever"
        return seen.raw, seen.eligible, seen.evidence[0].margin, seen.evidence[0].taught

    raw, eligible, margin, taught = score(None)
    assert eligible
    assert taught == 0
    memory = fitted()["repeats"]
    lower, still, less, told = score(memory)
    assert not still
    assert lower - raw == pytest.approx(told)
    assert less - margin == pytest.approx(told)
    assert told < -3


def test_examples_of_one_kind_or_with_holes_are_refused() -> None:
    with pytest.raises(DetectorInputError, match="both kinds"):
        fit_weights(SPACE, TRUE, np.ones(6, bool))
    with pytest.raises(DetectorInputError, match="NaN"):
        fit_tip(np.full((2, DIM), np.nan), np.array([True, False]), ORDINARY)
    with pytest.raises(DetectorInputError, match="something ordinary"):
        fit_repeats(TRUE, SPACE.raw(TRUE), FALSE, np.zeros((0, DIM)), np.zeros(0))
    with pytest.raises(DetectorInputError, match="teach again"):
        AdaptedPrompts("coop", np.full((4, DIM), np.nan), np.zeros(4), 2, 15.0)


def test_another_models_embeddings_are_refused() -> None:
    for adapter in fitted().values():
        with pytest.raises(DetectorInputError, match="another model"):
            adapter.adjust(np.ones((1, DIM + 1)), np.zeros(1))


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"version": 2, "class": "LinearProbe"},
        {"version": 1, "class": "os"},
        {"version": 1, "class": "TipAdapter", "keys": 3},
    ],
)
def test_a_state_that_is_none_is_refused(state: dict[str, object]) -> None:
    with pytest.raises(DetectorStateError):
        load_adapter(state)


def test_a_memory_of_false_alarms_keeps_its_size() -> None:
    back = load_adapter(adapter_state(fit_repeats(
        FALSE, SPACE.raw(FALSE), np.zeros((0, DIM)), ORDINARY, SPACE.raw(ORDINARY)
    )))  # fmt: skip
    assert isinstance(back, RepeatedFalseAlarms)
    assert back.confirmed.shape == (0, DIM)
