"""The objective: overlapping labels, alarms over ordinary things, and what lowers the loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pipeline.training.evaluation import auc
from pipeline.training.grammar import Phrase
from pipeline.training.objective import (
    OVERSHADOWED,
    PhraseBook,
    PhraseSampler,
    contrastive_loss,
    known_loss,
    overshadow,
    targets,
)

FIRE = Phrase("a fire", (frozenset({"fire"}),))
CAR = Phrase("a car", (frozenset({"car"}),))
BOOK = PhraseBook((FIRE, CAR, *(Phrase(f"car {k}", CAR.any_of) for k in range(50))), ("{}",))


def test_phrases_are_drawn_in_balance_over_what_they_claim() -> None:
    drawn = PhraseSampler(BOOK, pairs=0.0).draw(np.random.default_rng(0), 100)
    assert sum(phrase.any_of == FIRE.any_of for phrase in drawn) == 50


def test_a_line_of_few_words_is_drawn_as_often_as_one_of_many() -> None:
    many = tuple(Phrase(f"flames {k}", FIRE.any_of, line=1) for k in range(50))
    sampler = PhraseSampler(PhraseBook((FIRE, *many), ("{}",)), pairs=0.0)
    drawn = sampler.draw(np.random.default_rng(0), 200)
    assert 80 < sum(phrase.text == "a fire" for phrase in drawn) < 120


def test_pairs_claim_both_halves() -> None:
    drawn = PhraseSampler(BOOK, pairs=1.0).draw(np.random.default_rng(0), 40)
    assert any(phrase.any_of == (frozenset({"fire", "car"}),) for phrase in drawn)


def test_the_ordinary_steps_back_where_something_alarming_is() -> None:
    labels = np.array([[1, 1], [0, 1], [0.5, 1]], np.float32)
    soft = overshadow(labels, ["fire", "car"], frozenset({"car"}))
    middle = 1 - 0.5 * (1 - OVERSHADOWED)
    expected = np.array([[1, OVERSHADOWED], [0, 1], [0.5, middle]])
    np.testing.assert_allclose(soft, expected, rtol=1e-6)


def test_the_loss_falls_as_true_pairs_come_closer() -> None:
    wanted = targets([FIRE, CAR], ["fire", "car"], np.eye(2, dtype=np.float32))
    scale, bias = torch.tensor(10.0), torch.tensor(-3.0)
    apart = contrastive_loss(torch.zeros(2, 2), scale, bias, wanted)
    close = contrastive_loss(torch.eye(2), scale, bias, wanted)
    wrong = contrastive_loss(1 - torch.eye(2), scale, bias, wanted)
    assert close < apart < wrong


def test_an_item_that_nothing_describes_does_not_spoil_the_loss() -> None:
    wanted = torch.zeros(3, 4)
    loss = contrastive_loss(torch.zeros(3, 4), torch.tensor(10.0), torch.tensor(-3.0), wanted)
    assert torch.isfinite(loss)


def test_what_nobody_knows_pulls_nowhere() -> None:
    wanted = torch.tensor([[1.0, float("nan"), 0.0]])
    cosines = torch.zeros(1, 3, requires_grad=True)
    contrastive_loss(cosines, torch.tensor(10.0), torch.tensor(-3.0), wanted).backward()
    assert cosines.grad is not None
    assert cosines.grad[0, 0] < 0 < cosines.grad[0, 2]
    assert cosines.grad[0, 1] == 0
    logits = torch.zeros(2, requires_grad=True)
    known_loss(logits, torch.tensor([float("nan"), 1.0])).backward()
    assert logits.grad is not None
    assert logits.grad[0] == 0 > logits.grad[1]
    assert known_loss(torch.zeros(2), torch.full((2,), float("nan"))) == 0


def test_an_unknown_alarm_does_not_overshadow() -> None:
    soft = overshadow(np.array([[np.nan, 1]], np.float32), ["fire", "car"], frozenset({"car"}))
    np.testing.assert_array_equal(soft, [[np.nan, 1]])


@pytest.mark.parametrize(
    ("scores", "expected"), [([0, 1, 2, 3], 1.0), ([3, 2, 1, 0], 0.0), ([1, 1, 1, 1], 0.5)]
)
def test_auc(scores: list[float], expected: float) -> None:
    positive = np.array([False, False, True, True])
    assert auc(np.array(scores, np.float32), positive) == pytest.approx(expected)


def test_auc_of_one_class_is_not_a_number() -> None:
    assert np.isnan(auc(np.zeros(3, np.float32), np.ones(3, bool)))
