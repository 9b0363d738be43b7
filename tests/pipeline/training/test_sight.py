"""The sight trainer's side: targets of the map."""

from __future__ import annotations

import numpy as np
import torch

from pipeline.training.generated import PLACED
from pipeline.training.sight import maps_of


def test_a_thing_fills_a_cell_touches_it_or_leaves_it() -> None:
    cells = np.zeros((1, 20, 20), np.uint16)
    bit = 1 << PLACED.index("dog")
    cells[0, 4:6, 4:7] = bit
    maps = maps_of(cells, np.zeros(1, np.uint16))
    assert maps.shape == (1, len(PLACED), 10, 10)
    dog = maps[0, PLACED.index("dog")]
    assert dog[2, 2] == 1
    assert dog[2, 3] == 1
    assert dog.sum() == 2
    cells[0, 5, 6] = 0
    assert torch.isnan(maps_of(cells, np.zeros(1, np.uint16))[0, PLACED.index("dog"), 2, 3])


def test_an_unknown_place_is_left_open_everywhere() -> None:
    cells = np.zeros((1, 20, 20), np.uint16)
    hidden = np.array([1 << PLACED.index("car")], np.uint16)
    maps = maps_of(cells, hidden)
    assert torch.isnan(maps[0, PLACED.index("car")]).all()
    assert (maps[0, PLACED.index("dog")] == 0).all()
