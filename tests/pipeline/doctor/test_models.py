"""Weights that are missing or changed, wishes that the machine cannot grant."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import Models
from pipeline.decoding_devices import DecoderUnusable
from pipeline.doctor.findings import Level
from pipeline.doctor.models import (
    look_at_cards,
    look_at_decoder,
    look_at_runtime,
    look_at_weights,
    recorded_hashes,
)
from pipeline.encoders.store import LOCK_NAME, record
from tests.pipeline.doctor.boxes import found, level

HUB = "ViT-B-32/laion2b_s34b_b79k"


def test_a_model_from_pull_to_damage(tmp_path: Path) -> None:
    models = Models(sight=HUB)
    missing = found(look_at_weights(models, tmp_path), "sight")
    assert missing.level is Level.FAILURE
    assert missing.advice == f"hearsight models pull {HUB}"

    weights = tmp_path / "w.safetensors"
    weights.write_bytes(b"w" * 100)
    record(tmp_path, HUB, "sight", "file:x.pt", "0" * 64, [weights])
    assert level(look_at_weights(models, tmp_path), "sight") is Level.OK
    assert level(look_at_weights(models, tmp_path), "sound") is Level.OK

    weights.write_bytes(b"x" * 100)
    damaged = found(look_at_weights(models, tmp_path), "sight")
    assert damaged.level is Level.FAILURE
    assert "instead of the pinned" in damaged.told
    assert "models pull" not in damaged.told, "what to do is said once"
    assert damaged.advice == f"delete that file, then: hearsight models pull {HUB}"

    (tmp_path / LOCK_NAME).write_text("{")
    assert level(look_at_weights(models, tmp_path), "sight") is Level.FAILURE


def test_the_hashes_of_a_package_that_is_not_ours_are_none_of_the_embedded() -> None:
    assert recorded_hashes("redis") == {}


def test_the_runtime_that_the_site_asks_for() -> None:
    assert look_at_runtime(Models(device="cpu", runtime="torch")).told == "torch, fp32, on cpu"


def test_a_card_that_torch_cannot_use(tmp_path: Path) -> None:
    card, none = tmp_path / "nvidiactl", tmp_path / "none"
    card.write_text("")
    (unused,) = look_at_cards(Models(), lambda _wish: "cpu", (card,), none)
    assert "nvidia-smi" in unused.advice
    assert not list(look_at_cards(Models(), lambda _wish: "cuda", (card,), none))
    assert not list(look_at_cards(Models(device="cpu"), lambda _wish: "cpu", (card,), none))
    assert not list(look_at_cards(Models(), lambda _wish: "cpu", (none,), none))


def test_a_decoder_that_does_not_work_here() -> None:
    def refuse(wanted: str) -> str:
        raise DecoderUnusable(f"decoder: {wanted} does not work here")

    assert look_at_decoder("vaapi", refuse).level is Level.FAILURE
    assert look_at_decoder("auto", lambda _wish: "cuda").told == "cuda"


@pytest.mark.parametrize("sense", ["sight", "sound"])
def test_the_embedded_pair_is_here(sense: str) -> None:
    assert level(look_at_weights(Models()), sense) is Level.OK
