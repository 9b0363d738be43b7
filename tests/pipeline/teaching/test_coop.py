"""Context vectors learned through the text towers of the embedded pair."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from detectors.adapting import PromptSpace
from pipeline.encoders import SightEncoder, SoundEncoder, open_sight, open_sound
from pipeline.encoders.text_tower import TextTower
from pipeline.teaching.coop import CoOp, NoTextTower
from pipeline.teaching.labelled import Labelled, one_window
from pipeline.teaching.methods import Task

TEXTS = ["people fighting", "a violent brawl", "people walking", "an empty street"]


@pytest.fixture(scope="module", params=["sight", "sound"])
def encoder(request: pytest.FixtureRequest) -> SightEncoder | SoundEncoder:
    return open_sight(threads=1) if request.param == "sight" else open_sound(threads=1)


def task(encoder: SightEncoder | SoundEncoder) -> Task:
    """Examples that the plain prompts tell apart badly: what is meant lies near 'walking'."""
    texts = encoder.encode_texts([*TEXTS, "a dog running"])
    rng = np.random.default_rng(3)
    examples: list[Labelled] = []
    for i in range(8):
        towards = texts[4] + texts[2] if i % 2 else texts[0] + texts[3]
        row = towards + rng.normal(0, 0.02, towards.shape)
        row = (row / np.linalg.norm(row)).astype(np.float32)
        examples.append(one_window(f"clip{i}", bool(i % 2), row[np.newaxis]))
    space = PromptSpace(texts[:4].astype(np.float64), 2, encoder.logit_scale)
    return Task(space, examples, texts.astype(np.float64))


def separation(scores: np.ndarray) -> float:
    return float(scores[1::2].mean() - scores[::2].mean())


def test_the_open_way_through_the_tower_gives_what_the_encoder_gives(
    encoder: SightEncoder | SoundEncoder,
) -> None:
    assert isinstance(encoder, TextTower)
    with torch.no_grad():
        rows = encoder.text_rows(TEXTS).numpy()
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert rows == pytest.approx(encoder.encode_texts(TEXTS), abs=1e-5)


def test_a_few_examples_turn_the_prompts_towards_them_and_leave_the_tower_as_it_was(
    encoder: SightEncoder | SoundEncoder,
) -> None:
    before = encoder.encode_texts(TEXTS)
    given = task(encoder)
    adapter = CoOp(encoder, TEXTS)(given)
    rows = np.concatenate([e.rows for e in given.examples])
    plain = given.space.raw(rows)
    assert separation(adapter.adjust(rows, plain)) > separation(plain) + 0.5
    assert (encoder.encode_texts(TEXTS) == before).all()


def test_a_model_without_such_a_tower_says_so() -> None:
    class Closed:
        model_id = "closed@1"

    given = Task(PromptSpace(np.eye(2), 1, 10.0), [], np.eye(2))
    with pytest.raises(NoTextTower, match="teach without CoOp"):
        CoOp(Closed(), ["a", "b"])(given)  # type: ignore[arg-type]
