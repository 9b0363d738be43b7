"""A CLIP of open_clip's, full size, on its way through the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.encoders import open_sight
from pipeline.encoders.base import BadInputError
from pipeline.encoders.checkpoints import WrongModelError, write_safetensors
from pipeline.encoders.clip_hub import UnknownModelError, build_clip, split_name
from pipeline.encoders.pull import pull
from pipeline.encoders.store import HashMismatchError, verify

NAME = "ViT-B-32/laion2b_s34b_b79k"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Random weights in the layout of ``open_clip_model.safetensors``."""
    path = tmp_path_factory.mktemp("clip") / "open_clip_model.safetensors"
    torch.manual_seed(0)
    write_safetensors(build_clip("ViT-B-32").state_dict(), path)
    yield path
    path.unlink()


def test_a_model_is_pulled_pinned_loaded_and_embeds(weights: Path, tmp_path: Path) -> None:
    entry = pull(NAME, file=weights, models_dir=tmp_path)
    assert entry.source == "file:open_clip_model.safetensors"
    encoder = open_sight(NAME, models_dir=tmp_path)
    assert encoder.model_id == f"{NAME}@{entry.sha256[:12]}"
    assert encoder.image_size == (224, 224)
    assert encoder.dim == 512
    rng = np.random.default_rng(0)
    pictures = encoder.encode_images(rng.integers(0, 255, (2, 224, 224, 3), dtype=np.uint8))
    texts = encoder.encode_texts(["people fighting", "an empty yard"])
    np.testing.assert_allclose(np.linalg.norm(pictures, axis=1), 1, rtol=1e-5)
    assert texts.shape == (2, 512)
    assert not np.allclose(texts[0], texts[1])
    with pytest.raises(BadInputError):
        encoder.encode_images(np.zeros((1, 160, 160, 3), np.uint8))

    # One byte changes on the disk: the next start refuses, and says what to do.
    stored = tmp_path / "ViT-B-32--laion2b_s34b_b79k.safetensors"
    with stored.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    assert not verify(NAME, models_dir=tmp_path)[0].ok
    with pytest.raises(HashMismatchError, match="models pull"):
        open_sight(NAME, models_dir=tmp_path)
    stored.unlink()


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    write_safetensors({"visual.proj": torch.zeros(3, 3)}, path)
    with pytest.raises(WrongModelError, match="not ViT-B-32"):
        pull(NAME, file=path, models_dir=tmp_path)


@pytest.mark.parametrize("name", ["ViT-B-32", "ViT-Z/laion2b", "laion2b_s34b_b79k"])
def test_a_name_that_is_no_model_says_how_names_look(name: str) -> None:
    with pytest.raises(UnknownModelError, match="ViT-B-32/laion2b_s34b_b79k"):
        split_name(name)


def test_a_tag_that_the_hub_lacks_lists_the_tags(tmp_path: Path) -> None:
    with pytest.raises(UnknownModelError, match="laion2b_s34b_b79k"):
        pull("ViT-B-32/never-trained", models_dir=tmp_path)


def test_a_model_that_needs_more_from_the_hub_is_refused() -> None:
    with pytest.raises(UnknownModelError, match="hub"):
        build_clip("ViT-B-16-SigLIP")
