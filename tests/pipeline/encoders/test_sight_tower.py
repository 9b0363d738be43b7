"""The picture tower: a map of a sixteenth, pooled so that a single small thing counts."""

from __future__ import annotations

import torch

from pipeline.encoders.embedded_sight import build_sight
from pipeline.encoders.sight_tower import CHANNELS, SightTower


def tower() -> SightTower:
    """Random weights, as built for the embedded CLIP."""
    torch.manual_seed(0)
    built = build_sight().eval().visual
    assert isinstance(built, SightTower)
    return built


def test_the_map_has_a_cell_for_every_sixteen_pixels() -> None:
    one = tower()
    with torch.inference_mode():
        features = one.map(torch.zeros(2, 3, 160, 160))
        assert features.shape == (2, CHANNELS, 10, 10)
        assert one(torch.zeros(2, 3, 160, 160)).shape == (2, 256)


def test_one_cell_that_stands_out_changes_the_embedding() -> None:
    one = tower()
    quiet = torch.zeros(1, CHANNELS, 10, 10)
    loud = quiet.clone()
    loud[0, 5, 7, 2] = 100.0
    with torch.inference_mode():
        moved = (one.pooled(loud) - one.pooled(quiet)).norm()
        spread = quiet.clone()
        spread[0, 5] = 1.0  # the same mean, and no cell that stands out
        assert moved > 5 * (one.pooled(spread) - one.pooled(quiet)).norm()
