"""Patches of open_clip's towers, tiny ones with random weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import open_clip
import pytest
import torch

from pipeline.encoders.base import BadInputError, EncoderError
from pipeline.encoders.clip_hub import ClipSight
from pipeline.encoders.clip_patches import MOST_NUMBERS, ClipPatches
from pipeline.encoders.torch_common import PixelNorm, Runtime

SIDE = 64
TEXT: dict[str, Any] = {
    "context_length": 16,
    "vocab_size": 49408,
    "width": 32,
    "heads": 2,
    "layers": 1,
}
VIT: dict[str, Any] = {"image_size": SIDE, "layers": 4, "width": 64, "head_width": 32}
RESNET: dict[str, Any] = {"image_size": SIDE, "layers": [1, 1, 1, 1], "width": 16}


def sight(vision: dict[str, Any]) -> ClipSight:
    torch.manual_seed(0)
    model = (
        open_clip.CLIP(embed_dim=32, vision_cfg=vision, text_cfg=TEXT).eval().requires_grad_(False)
    )
    tokenizer = open_clip.SimpleTokenizer(context_length=16)
    cpu = Runtime(torch.device("cpu"), torch.float32)
    return ClipSight(model, tokenizer, PixelNorm(), "tiny@000000000000", cpu)


@pytest.mark.parametrize(
    ("vision", "grid"),
    [(VIT | {"patch_size": 16}, (4, 4)), (RESNET, (4, 4)), (VIT | {"patch_size": 3}, (16, 16))],
    ids=["transformer", "resnet", "more patches than are kept"],
)
def test_one_pass_gives_the_same_rows_and_a_grid_of_patches(
    vision: dict[str, Any], grid: tuple[int, int]
) -> None:
    encoder = sight(vision)
    pixels = np.random.default_rng(0).integers(0, 255, (3, SIDE, SIDE, 3), dtype=np.uint8)
    rows, patches = encoder.encode_with_patches(pixels)
    np.testing.assert_allclose(rows, encoder.encode_images(pixels), atol=1e-5)
    assert encoder.patch_shape == (*grid, MOST_NUMBERS)
    assert patches.shape == (3, *grid, MOST_NUMBERS)
    assert patches.dtype == np.float16
    # Another process draws the same projection: what was learned stays readable.
    again = sight(vision)
    np.testing.assert_array_equal(again.encode_with_patches(pixels)[1], patches)
    assert encoder.encode_with_patches(pixels[:0])[1].shape == (0, *grid, MOST_NUMBERS)


def test_the_patch_that_changed_is_the_one_that_tells() -> None:
    encoder = sight(VIT | {"patch_size": 16})
    plain = np.full((1, SIDE, SIDE, 3), 90, np.uint8)
    marked = plain.copy()
    marked[0, 48:, :16] = 250
    moved = encoder.encode_with_patches(marked)[1] - encoder.encode_with_patches(plain)[1]
    apart = np.linalg.norm(moved[0].astype(np.float32), axis=-1)
    assert np.unravel_index(apart.argmax(), apart.shape) == (3, 0)


def test_a_batch_of_another_size_is_refused() -> None:
    with pytest.raises(BadInputError, match="64"):
        sight(VIT | {"patch_size": 16}).encode_with_patches(np.zeros((1, 32, 32, 3), np.uint8))


def test_a_tower_that_shows_no_maps_says_so() -> None:
    with pytest.raises(EncoderError, match="ViT-B-32"):
        ClipPatches(torch.nn.Identity(), (SIDE, SIDE), torch.zeros(1))
