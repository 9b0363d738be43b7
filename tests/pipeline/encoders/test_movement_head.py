"""What movement adds to an embedding: nothing until it was trained, nothing where nobody knows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pipeline.encoders.embedded_files import DamagedModelError
from pipeline.encoders.movement_head import MovementHead
from pipeline.encoders.movement_reading import MovementReading
from pipeline.movement import DIM


def rows(n: int, dim: int = 16) -> torch.Tensor:
    made = torch.from_numpy(np.random.default_rng(0).normal(size=(n, dim)).astype(np.float32))
    return torch.nn.functional.normalize(made, dim=-1)


def test_untrained_it_changes_nothing() -> None:
    still = rows(3)
    torch.testing.assert_close(MovementHead(16).eval()(still, torch.randn(3, DIM)), still)


def trained() -> MovementHead:
    torch.manual_seed(0)
    head = MovementHead(16)
    for parameter in (head.out.weight, head.up.weight):
        torch.nn.init.normal_(parameter)
    return head.eval().requires_grad_(False)


def test_the_same_picture_that_moved_otherwise_lies_elsewhere() -> None:
    still = rows(1).repeat(2, 1)
    moved = trained()(still, torch.stack([torch.zeros(DIM), torch.ones(DIM)]))
    torch.testing.assert_close(moved.norm(dim=1), torch.ones(2))
    assert (moved[0] @ moved[1]) < 0.999
    assert not torch.allclose(moved, still)


def test_where_nobody_knows_the_picture_speaks_alone() -> None:
    still = rows(2)
    readings = torch.zeros(2, DIM)
    readings[1] = torch.nan
    moved = trained()(still, readings)
    assert not torch.allclose(moved[0], still[0])
    torch.testing.assert_close(moved[1], still[1])


def test_a_reading_beyond_all_that_was_met_counts_as_the_last_that_was() -> None:
    head = trained()
    still = rows(1)
    far, farther = (torch.full((1, DIM), value) for value in (50.0, 5000.0))
    torch.testing.assert_close(head(still, far), head(still, farther))


def test_on_arrays_it_reads_the_same() -> None:
    head = trained()
    still, readings = rows(5), torch.randn(5, DIM, generator=torch.Generator().manual_seed(1)) * 3
    readings[2] = torch.nan
    read = MovementReading({name: value.numpy() for name, value in head.state_dict().items()})
    got = read(still.numpy(), readings.numpy())
    assert got.dtype == np.float32
    torch.testing.assert_close(torch.from_numpy(got), head(still, readings))
    np.testing.assert_array_equal(got[2], still[2].numpy())


def test_weights_of_another_head_are_refused() -> None:
    state = {name: value.numpy() for name, value in trained().state_dict().items()}
    with pytest.raises(DamagedModelError, match="does not fit"):
        MovementReading({**state, "hidden.weight": np.zeros((64, DIM + 1), np.float32)})
    del state["mean"]
    with pytest.raises(DamagedModelError, match="lacks 'mean'"):
        MovementReading(state)
