"""Nothing of what was under a cover can be had back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.exports.boxes import Box
from pipeline.exports.cover import LEVELS, PLACES, cover, veil

pytestmark = pytest.mark.promise("security 15")


def noise(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (90, 160, 3), np.uint8)


def test_a_covered_part_holds_one_colour_and_the_rest_is_as_it_was() -> None:
    before = noise()
    pixels = before.copy()
    part = cover(pixels, [Box(20, 10, 60, 40), Box(150, 80, 900, 900)])
    assert len(np.unique(pixels[10:40, 20:60].reshape(-1, 3), axis=0)) == 1
    assert len(np.unique(pixels[80:, 150:].reshape(-1, 3), axis=0)) == 1
    untouched = np.ones((90, 160), bool)
    untouched[10:40, 20:60] = untouched[80:, 150:] = False
    assert (pixels[untouched] == before[untouched]).all()
    assert part == pytest.approx((30 * 40 + 10 * 10) / (90 * 160))


def test_who_is_under_it_makes_no_difference_but_a_mean() -> None:
    """Two faces of the same mean colour leave the very same picture."""
    face = noise(2)[:30, :40]
    other = np.ascontiguousarray(face[::-1, ::-1])
    covered = []
    for shown in (face, other):
        pixels = np.full((90, 160, 3), 90, np.uint8)
        pixels[10:40, 20:60] = shown
        cover(pixels, [Box(20, 10, 60, 40)])
        covered.append(pixels)
    assert (covered[0] == covered[1]).all()


def test_a_veil_leaves_sixteen_places_in_coarse_levels() -> None:
    picture = noise(3)
    out = veil(picture)
    assert out.shape == picture.shape
    # No detail finer than a place: neighbours differ by little.
    step = np.abs(np.diff(out.astype(int), axis=1)).max()
    assert step <= 256 // LEVELS * 4
    # And a head of a tenth of the picture's height is a part of one place.
    assert 160 / PLACES > 90 / 10


@given(st.integers(0, 7))
def test_what_a_place_shows_below_its_level_is_gone(lift: int) -> None:
    plain = np.full((90, 160, 3), 64, np.uint8)
    assert (veil(plain + np.uint8(lift)) == veil(plain)).all()
