"""Words meet a still tower: what is taught, what is left alone, and what a quiet clip claims."""

from __future__ import annotations

import numpy as np
import torch

from pipeline.encoders.embedded_sound import build_sound
from pipeline.scene.concepts import SOUND_CONCEPTS
from pipeline.training.objective import PhraseSampler
from pipeline.training.sound import sound_book
from pipeline.training.sound_align import Alignment, align
from pipeline.training.sound_data import TEACHER_COLUMNS, SoundShards, hushed


def little_set() -> SoundShards:
    """Eight noisy clips, each of one concept."""
    rng = np.random.default_rng(0)
    names = (*SOUND_CONCEPTS, *TEACHER_COLUMNS)
    soft = np.zeros((8, len(names)), np.float16)
    soft[np.arange(8), np.arange(8)] = 1
    return SoundShards(names, rng.normal(size=(8, 64, 100)).astype(np.float16), soft)


def test_the_audio_tower_stays_and_the_words_move() -> None:
    torch.manual_seed(0)
    model = build_sound()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    plan = Alignment(steps=2, batch=4, phrases=6)
    align(model, little_set(), PhraseSampler(sound_book()), plan)
    moved = {name for name, value in model.state_dict().items() if (value != before[name]).any()}
    assert not any(name.startswith("audio_branch.") for name in moved)
    assert "token_embedding.weight" in moved
    assert any(name.startswith("audio_projection.") for name in moved)


def test_a_mix_is_only_as_silent_as_its_loudest_part() -> None:
    soft = np.zeros((1, len(SOUND_CONCEPTS) + 527), np.float32)
    soft[0, SOUND_CONCEPTS.index("silence")] = 1.0
    soft[0, SOUND_CONCEPTS.index("rain")] = 0.75
    assert hushed(soft)[0, SOUND_CONCEPTS.index("silence")] == 0.25
