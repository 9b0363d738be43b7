"""Texture of patches: direction, size and place of what changes, and little of its light."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from pipeline.encoders.base import BadInputError, NotFiniteError, finite_patches
from pipeline.encoders.embedded_sight import EmbeddedSight, load_embedded_sight
from pipeline.encoders.texture import GRID, NUMBERS, texture

#: Of the finest size: where the means of the differences are, and the greatest of three.
ACROSS, DOWN, CHECKERED, FALLING, RISING = range(5)
MOST_ACROSS = 5


@pytest.fixture(scope="module")
def sight() -> EmbeddedSight:
    return load_embedded_sight(threads=1)


def told(grey: NDArray[np.floating]) -> NDArray[np.float32]:
    """Texture of one grey picture (H, W): (GRID, GRID, NUMBERS)."""
    pixels = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[None, :, :, None], 3, axis=3)
    found: NDArray[np.float32] = texture(torch.from_numpy(pixels))[0].numpy()
    return found


def bars(*, across: int, down: int) -> NDArray[np.float64]:
    """Lines two pixels wide; ``across`` and ``down`` say along which way brightness changes."""
    y, x = np.mgrid[:160, :160]
    return 100.0 + 40 * ((x * across + y * down) // 2 % 2)


def test_patches_come_in_one_pass_with_the_same_embeddings(sight: EmbeddedSight) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 160, 160, 3), dtype=np.uint8)
    rows, patches = sight.encode_with_patches(pixels)
    np.testing.assert_allclose(rows, sight.encode_images(pixels), atol=1e-6)
    assert sight.patch_shape == (GRID, GRID, NUMBERS)
    assert patches.shape == (3, *sight.patch_shape)
    assert patches.dtype == np.float16
    assert sight.encode_with_patches(pixels[:0])[1].shape == (0, *sight.patch_shape)
    with pytest.raises(BadInputError, match="160"):
        sight.encode_with_patches(np.zeros((1, 80, 80, 3), np.uint8))


@pytest.mark.parametrize(
    ("across", "down", "strongest"),
    [(1, 0, ACROSS), (0, 1, DOWN), (1, 1, FALLING), (1, -1, RISING)],
    ids=["upright", "lying", "falling", "rising"],
)
def test_lines_are_told_by_their_direction(across: int, down: int, strongest: int) -> None:
    means = told(bars(across=across, down=down))[4, 4, :5]
    assert int(means.argmax()) == strongest


def test_fine_and_coarse_are_told_apart() -> None:
    y, x = np.mgrid[:160, :160]
    fine = told(100.0 + 40 * ((x + y) % 2))[:, :, CHECKERED].mean()
    coarse = told(100.0 + 40 * ((x // 4 + y // 4) % 2))
    assert fine > coarse[:, :, CHECKERED].mean() + 1
    # Halved twice a chequer of four pixels is one of one pixel.
    assert coarse[:, :, 16 + CHECKERED].mean() > coarse[:, :, CHECKERED].mean() + 1


def test_a_speck_shows_in_its_cell_and_nowhere_else() -> None:
    plain = np.full((160, 160), 120.0)
    speck = plain.copy()
    speck[75:77, 125:127] = 20
    changed = np.abs(told(speck) - told(plain))[:, :, MOST_ACROSS]
    assert np.argwhere(changed > 0.5).tolist() == [[7, 12]]


def test_half_the_light_leaves_differences_nearly_as_they_were() -> None:
    picture = 150 + 30 * np.random.default_rng(1).standard_normal((160, 160))
    bright, dim = told(picture), told(picture / 2)
    assert np.abs(bright - dim)[:, :, :-1].mean() < 0.1
    assert (bright - dim)[:, :, -1].mean() == pytest.approx(np.log(2), abs=0.1)


def test_a_size_that_the_grid_does_not_divide_is_read_alike() -> None:
    rng = np.random.default_rng(2)
    smooth = 120 + 5 * rng.standard_normal((8, 8)).repeat(21, 0).repeat(21, 1)[:160, :160]
    odd = 120 + 5 * rng.standard_normal((8, 8)).repeat(21, 0).repeat(21, 1)[:168, :168]
    assert told(odd).shape == told(smooth).shape == (GRID, GRID, NUMBERS)


def test_what_is_not_finite_in_half_precision_is_refused() -> None:
    with pytest.raises(NotFiniteError, match="models verify"):
        finite_patches(np.full((1, 2, 2, 3), 1e6, np.float32), "some model")
