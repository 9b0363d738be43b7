"""The embedded model's patches: one pass, a grid, and a scratch where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from pipeline.encoders.base import BadInputError, NotFiniteError, finite_patches
from pipeline.encoders.embedded_files import MissingModelError
from pipeline.encoders.embedded_sight import PATCHES_FILE, EmbeddedSight, load_embedded_sight
from pipeline.encoders.patch_head import AROUND, LEARNED, PatchHead
from pipeline.training.common import save_half

WIDTHS = (24, 56, 152, 368)


@pytest.fixture(scope="module")
def sight() -> EmbeddedSight:
    return load_embedded_sight(threads=1)


def surface(n: int, seed: int) -> NDArray[np.uint8]:
    """Brushed metal: grey lines down the picture, each picture with lines of its own."""
    rng = np.random.default_rng(seed)
    lines = rng.normal(0, 10, (n, 1, 160, 1)) + rng.normal(0, 4, (n, 160, 160, 1))
    return np.clip(120 + lines, 0, 255).repeat(3, axis=3).astype(np.uint8)


def test_patches_come_in_one_pass_with_the_same_embeddings(sight: EmbeddedSight) -> None:
    pixels = surface(3, 0)
    rows, patches = sight.encode_with_patches(pixels)
    np.testing.assert_allclose(rows, sight.encode_images(pixels), atol=1e-6)
    assert sight.patch_shape == (10, 10, LEARNED + AROUND)
    assert patches.shape == (3, *sight.patch_shape)
    assert patches.dtype == np.float16
    assert sight.encode_with_patches(pixels[:0])[1].shape == (0, *sight.patch_shape)
    with pytest.raises(BadInputError, match="160"):
        sight.encode_with_patches(np.zeros((1, 80, 80, 3), np.uint8))


def test_a_scratch_is_far_from_all_that_was_seen_and_its_place_is_known(
    sight: EmbeddedSight,
) -> None:
    bank = sight.encode_with_patches(surface(12, 1))[1][..., :LEARNED].astype(np.float32)
    pixels = surface(8, 2)
    for one in pixels[4:]:
        for k in range(40):
            one[100 + k // 2, 30 + k : 34 + k] = 20
    asked = sight.encode_with_patches(pixels)[1][..., :LEARNED].astype(np.float32)
    apart = np.linalg.norm(asked[:, :, :, None] - bank.reshape(1, 1, 1, -1, LEARNED), axis=-1).min(
        axis=-1
    )
    assert apart[4:].max(axis=(1, 2)).min() > 1.5 * apart[:4].max()
    for one in apart[4:]:
        row, col = np.unravel_index(one.argmax(), one.shape)
        assert 6 <= row <= 7
        assert 1 <= col <= 5


def test_other_weights_have_another_name(sight: EmbeddedSight, tmp_path: Path) -> None:
    torch.manual_seed(0)
    other = tmp_path / "patches.safetensors"
    save_half(PatchHead(WIDTHS), other)
    again = load_embedded_sight(threads=1, patches=other)
    assert again.model_id == sight.model_id
    assert again.patch_id != sight.patch_id
    assert sight.patch_id == load_embedded_sight(threads=1, movement=None).patch_id


def test_a_package_without_them_says_so(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match="patches"):
        load_embedded_sight(threads=1, patches=tmp_path / "patches.safetensors")


def test_the_file_is_small() -> None:
    assert PATCHES_FILE.stat().st_size < 300_000


def test_what_is_not_finite_in_half_precision_is_refused() -> None:
    with pytest.raises(NotFiniteError, match="models verify"):
        finite_patches(np.full((1, 2, 2, 3), 1e6, np.float32), "some model")
