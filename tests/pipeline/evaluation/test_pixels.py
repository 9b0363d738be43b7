"""Pixels are counted as by hand; windows cover a picture as they should."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.evaluation import pixels
from pipeline.evaluation.windows2d import BOXES, CELLS, harmonic_map, mean_map


def half_marked() -> np.ndarray:
    mask = np.zeros((10, 10), bool)
    mask[:, :5] = True
    return mask


def test_scores_that_follow_the_mask_are_perfect() -> None:
    counts = pixels.count([half_marked().astype(float)], [half_marked()])

    assert pixels.pixel_auroc(counts) == 1.0
    assert pixels.pro(counts) == pytest.approx(1.0)


def test_scores_that_say_nothing_are_at_chance() -> None:
    counts = pixels.count([np.zeros((10, 10))], [half_marked()])

    assert pixels.pixel_auroc(counts) == 0.5
    assert pixels.pro(counts) == pytest.approx(0.15)  # the triangle under y = x up to 0.3, by 0.3


def test_small_and_large_defects_count_alike_for_overlap() -> None:
    mask = np.zeros((10, 10), bool)
    mask[0, 0] = True  # one pixel, found
    mask[5:, :] = True  # fifty, missed
    scores = np.where(np.arange(100).reshape(10, 10) == 0, 1.0, 0.0)

    counts = pixels.count([scores], [mask])

    # Half of the regions at once, and the rest as the false positives come.
    assert pixels.pro(counts) == pytest.approx((0.5 * 0.3 + 0.5 * 0.3**2 / 2) / 0.3)
    # 1 of 51 defective pixels above all others, 50 tied with them.
    assert pixels.pixel_auroc(counts) == pytest.approx((1 + 50 * 0.5) / 51)


def test_a_resample_of_one_picture_is_that_picture() -> None:
    rng = np.random.default_rng(0)
    maps = [rng.random((10, 10)) for _ in range(3)]
    masks = [half_marked(), half_marked().T, half_marked()]
    together, alone = pixels.count(maps, masks), pixels.count(maps, masks)
    weights = np.array([[0.0, 1.0, 0.0]])

    one = pixels.PixelCounts(
        *(getattr(alone, f)[1:2] for f in ("defective", "other", "overlap", "regions"))
    )
    assert pixels.pixel_auroc_figure(together)(weights)[0] == pytest.approx(pixels.pixel_auroc(one))
    assert pixels.pro_figure(together)(weights)[0] == pytest.approx(pixels.pro(one))


def test_there_is_one_whole_nine_halves_and_twenty_five_thirds() -> None:
    assert [sum(b.scale == s for b in BOXES) for s in range(3)] == [1, 9, 25]
    assert all(b.top + b.side <= CELLS and b.left + b.side <= CELLS for b in BOXES)


def test_the_harmonic_mean_believes_the_window_that_finds_nothing() -> None:
    sure = np.full(len(BOXES), 0.5)
    assert harmonic_map(sure) == pytest.approx(np.full((CELLS, CELLS), 0.5))
    doubted = np.where([b.scale == 0 for b in BOXES], 0.1, 0.9)

    # 3 / (1 / 0.1 + 2 / 0.9)
    assert harmonic_map(doubted)[0, 0] == pytest.approx(0.2454545, abs=1e-6)
    assert mean_map(doubted)[0, 0] == pytest.approx((0.1 + 0.9 + 0.9) / 3)


def test_a_corner_is_covered_by_one_window_of_a_scale() -> None:
    corner = np.array([0.9 if b.scale == 0 or (b.top, b.left) == (0, 0) else 0.1 for b in BOXES])

    found = harmonic_map(corner)

    assert found[0, 0] == pytest.approx(0.9)
    assert found[6, 6] < 0.2
