"""A head learns what movement tells, and trusts a picture of an unknown place little."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from pipeline.encoders.movement_head import MovementHead
from pipeline.movement import DIM
from pipeline.scene.concepts import SIGHT_CONCEPTS
from pipeline.training import bank
from pipeline.training.bank import sight_bank
from pipeline.training.evaluation import auc
from pipeline.training.grammar import Phrase
from pipeline.training.movement import Lesson, Seen, learn
from pipeline.training.movement_items import quiet_moments
from pipeline.training.objective import PhraseBook, PhraseSampler
from tests.pipeline.encoders.fakes import FakeSight, row_of

FIGHT, EMPTY = "people fighting", "an empty street"
BOOK = PhraseBook(
    (
        Phrase(FIGHT, (frozenset({"people_fighting"}),)),
        Phrase(EMPTY, (frozenset({"empty_scene"}),)),
    ),
    ("{}",),
)


class Sight(FakeSight):
    """Knows two phrases, at right angles."""

    dim = 16

    def encode_texts(self, prompts: Sequence[str]) -> NDArray[np.float32]:
        axes = np.eye(self.dim, dtype=np.float32)
        return np.stack([axes[0 if "fight" in prompt else 1] for prompt in prompts])


def seen(rng: np.random.Generator, *, told_by_picture: bool, told_by_movement: bool) -> Seen:
    """Sixty moments of twenty films, half of them fights."""
    films = np.repeat(np.arange(20), 3)
    fights = films % 2 == 0
    labels = np.full((60, len(SIGHT_CONCEPTS)), np.nan, np.float32)
    labels[:, SIGHT_CONCEPTS.index("people_fighting")] = fights
    labels[:, SIGHT_CONCEPTS.index("empty_scene")] = ~fights
    rows = np.stack([row_of(f"place {film}", 16) for film in films])
    rows[:, 0] += np.where(fights, 0.8, 0) if told_by_picture else 0
    readings = rng.normal(size=(60, DIM)).astype(np.float32)
    readings[:, 5] += np.where(fights, 3, -3) if told_by_movement else 0
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return Seen(torch.from_numpy(unit), torch.from_numpy(readings), labels, films)


def says_fight(head: MovementHead, one: Seen) -> NDArray[np.float32]:
    """By how much each moment fits the fight better than the empty street."""
    rows = head(one.rows, one.readings).detach().numpy()
    return np.asarray(rows[:, 0] - rows[:, 1], np.float32)


@pytest.fixture(scope="module")
def taught() -> MovementHead:
    rng = np.random.default_rng(1)
    stories = seen(rng, told_by_picture=True, told_by_movement=False)
    real = seen(rng, told_by_picture=True, told_by_movement=True)
    return learn(Sight(), stories, real, PhraseSampler(BOOK), Lesson(steps=250, batch=64))


def fights(one: Seen) -> NDArray[np.bool_]:
    return one.labels[:, SIGHT_CONCEPTS.index("people_fighting")] == 1


def test_movement_tells_what_pictures_of_unknown_places_do_not(taught: MovementHead) -> None:
    new = seen(np.random.default_rng(2), told_by_picture=False, told_by_movement=True)
    scores = says_fight(taught, new)
    assert auc(scores, fights(new)) > 0.97
    alone = np.asarray(new.rows[:, 0] - new.rows[:, 1], np.float32)
    assert auc(alone, fights(new)) < 0.7, "the pictures would tell"


def test_the_same_lesson_gives_the_same_head(taught: MovementHead) -> None:
    rng = np.random.default_rng(1)
    stories = seen(rng, told_by_picture=True, told_by_movement=False)
    real = seen(rng, told_by_picture=True, told_by_movement=True)
    again = learn(Sight(), stories, real, PhraseSampler(BOOK), Lesson(steps=250, batch=64))
    for one, other in zip(taught.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_without_real_clips_the_generated_world_teaches(taught: MovementHead) -> None:
    rng = np.random.default_rng(3)
    stories = seen(rng, told_by_picture=False, told_by_movement=True)
    head = learn(Sight(), stories, None, PhraseSampler(BOOK), Lesson(steps=250, batch=64))
    scores = says_fight(head, stories)
    assert scores[fights(stories)].mean() > scores[~fights(stories)].mean() + 0.3


def test_half_of_sight_s_bank_is_of_quiet_films_and_all_of_it_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bank, "quiet_moments", partial(quiet_moments, seconds=14.0))

    class Mover(FakeSight):
        reads_movement = True
        image_size = (160, 160)

        def with_movement(
            self, rows: NDArray[np.float32], readings: NDArray[np.float32]
        ) -> NDArray[np.float32]:
            assert np.isfinite(readings).all()
            return rows

    rows = sight_bank(Mover(), rows=24, films=1)
    assert rows.shape == (24, Mover.dim)
