"""Words meet a still tower: what is taught, what is left alone, and what the words learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.encoders.embedded_sight import build_sight
from pipeline.encoders.embedded_sound import build_sound
from pipeline.scene.concepts import NORMAL_SIGHT, NORMAL_SOUND, SIGHT_CONCEPTS, SOUND_CONCEPTS
from pipeline.training import sight, sound
from pipeline.training.align import Alignment, Still, align, features_of
from pipeline.training.data import Shards
from pipeline.training.grammar import Phrase
from pipeline.training.objective import PhraseBook, PhraseSampler
from pipeline.training.sound_data import TEACHER_COLUMNS, SoundShards

CONCEPTS = ("fire", "dog", "car")
OLD = [Phrase(name, (frozenset({name}),)) for name in CONCEPTS]
NEW = [Phrase(f"{one.text}s", one.any_of, line=1) for one in OLD]
WORDS = [one.text for one in (*OLD, *NEW)]
BRIEF = Alignment(steps=2, batch=4, phrases=6)


class Tiny(nn.Module):
    """A tower that tells three concepts apart, and six words that know nothing of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tower = nn.Linear(3, 3, bias=False)
        self.tower.weight.data.copy_(torch.eye(3))
        self.text = nn.Embedding(len(WORDS), 3)
        self.scale = nn.Parameter(torch.tensor(2.3))

    def said(self, texts: list[str]) -> Tensor:
        rows: Tensor = self.text(torch.tensor([WORDS.index(text) for text in texts]))
        return rows


def still(model: Tiny) -> Still:
    """The alignment's view of ``Tiny``; a changed item is a stronger one."""

    def prepare(
        x: NDArray[Any], labels: NDArray[np.float32], rng: np.random.Generator | None
    ) -> tuple[Tensor, NDArray[np.float32]]:
        return torch.from_numpy(x if rng is None else 2 * x), labels

    return Still(model, model.tower, prepare, model.tower, nn.Identity(), model.said, model.scale)


def world() -> Shards:
    """Ninety items, each of one concept, and a label column that no phrase claims."""
    y = np.tile(np.eye(3, dtype=np.float32), (30, 1))
    return Shards((*CONCEPTS, "unclaimed"), y, np.pad(y, ((0, 0), (0, 1))))


def moved(model: nn.Module, before: dict[str, Tensor]) -> set[str]:
    """Names of what differs from ``before``."""
    return {name for name, value in model.state_dict().items() if (value != before[name]).any()}


def copied(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def test_features_are_taken_clean_and_changed_with_their_labels() -> None:
    rows = np.array([0, 1, 5])
    features, labels = features_of(still(Tiny()), world(), rows, np.random.default_rng(0))
    x = world().inputs(rows)
    np.testing.assert_array_equal(features.numpy(), np.concatenate([x, 2 * x]))
    np.testing.assert_array_equal(labels, np.tile(world().labels(rows), (2, 1)))


def test_new_words_are_learned_while_old_ones_keep_their_meaning() -> None:
    torch.manual_seed(1)
    model = Tiny()
    model.text.weight.data[:3] = torch.eye(3)
    sampler = PhraseSampler(PhraseBook((*OLD, *NEW), ("{}",)), pairs=0.0)
    plan = Alignment(steps=300, batch=32, phrases=6, rate=0.05, items=60)
    align(still(model), world(), sampler, CONCEPTS, frozenset(), plan)
    meant = model.said(WORDS).argmax(dim=1)
    assert meant.tolist() == [0, 1, 2, 0, 1, 2]
    torch.testing.assert_close(model.tower.weight.data, torch.eye(3))


def test_the_picture_tower_stays_and_the_words_move() -> None:
    torch.manual_seed(0)
    model = build_sight()
    before = copied(model)
    rng = np.random.default_rng(0)
    labels = np.eye(len(SIGHT_CONCEPTS), dtype=np.float32)[:6]
    labels[0, 20] = np.nan
    pictures = Shards(SIGHT_CONCEPTS, rng.integers(0, 256, (6, 64, 64, 3), np.uint8), labels)
    sampler = PhraseSampler(sight.sight_book())
    align(sight.still_of(model), pictures, sampler, SIGHT_CONCEPTS, NORMAL_SIGHT, BRIEF)
    changed = moved(model, before)
    assert not any(name.startswith("visual.") for name in changed)
    assert {"token_embedding.weight", "text_projection"} <= changed


def test_the_audio_tower_stays_and_its_projection_moves_with_the_words() -> None:
    torch.manual_seed(0)
    model = build_sound()
    before = copied(model)
    rng = np.random.default_rng(0)
    names = (*SOUND_CONCEPTS, *TEACHER_COLUMNS)
    soft = np.zeros((8, len(names)), np.float16)
    soft[np.arange(8), np.arange(8)] = 1
    sounds = SoundShards(names, rng.normal(size=(8, 64, 100)).astype(np.float16), soft)
    sampler = PhraseSampler(sound.sound_book())
    align(sound.still_of(model), sounds, sampler, SOUND_CONCEPTS, NORMAL_SOUND, BRIEF)
    changed = moved(model, before)
    assert not any(name.startswith("audio_branch.") for name in changed)
    assert "token_embedding.weight" in changed
    assert any(name.startswith("audio_projection.") for name in changed)
