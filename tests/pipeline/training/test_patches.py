"""How patches are taught: surfaces, flaws in them, and a short lesson."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from pipeline.encoders.patch_head import AROUND, PatchHead
from pipeline.training.flaws import SHAPES, flaw
from pipeline.training.patches import (
    Judge,
    Lesson,
    Task,
    answers,
    distances,
    learn,
    load_tower,
    loss_of,
    make_task,
    measure_around,
)
from pipeline.training.surfaces import SIDE, Dice, Films, surfaces

CPU = torch.device("cpu")
SMALL = Lesson(steps=2, lots=2, known=2, judged=2, checks=1)


def test_a_seed_makes_the_same_surfaces_and_pictures_of_a_lot_belong_together() -> None:
    made = surfaces(Dice(5, CPU), 4, 2)
    assert torch.equal(made, surfaces(Dice(5, CPU), 4, 2))
    assert made.shape == (4, 2, 3, SIDE, SIDE)
    assert made.min() >= 0
    assert made.max() <= 1
    tone = made.mean(dim=(3, 4))
    within = (tone[:, 0] - tone[:, 1]).abs().mean()
    between = (tone[:, 0] - tone[:, 0].roll(1, 0)).abs().mean()
    assert within < between / 2


@pytest.mark.parametrize("shape", range(SHAPES))
def test_a_flaw_changes_what_it_covers_and_nothing_else(shape: int) -> None:
    plain = torch.full((6, 3, SIDE, SIDE), 0.5)
    wanted = torch.tensor([True] * 5 + [False])
    made = flaw(Dice(1, CPU), plain, torch.full((6,), shape), wanted)
    changed = (made.pictures - plain).abs().mean(dim=1)
    assert changed[made.cover < 1e-3].max() < 1e-3
    assert changed[5].max() == 0
    assert made.cover[5].max() == 0
    assert made.plain[5]
    assert (made.cover[:5].flatten(1).max(dim=1).values > 0.5).float().mean() >= 0.6


def test_a_cell_is_flawed_ordinary_or_neither() -> None:
    cover = torch.zeros(1, 2, SIDE, SIDE)
    cover[0, 0, 20:30, 20:30] = 1.0
    cover[0, 0, 100:102, 100] = 1.0  # too little to say
    task = Task(torch.zeros(1, 4, 3, SIDE, SIDE), cover, torch.tensor([[True, False]]))
    flawed, ordinary = answers(task, 10)
    assert flawed[0, 0].nonzero().tolist() == [[1, 1]]
    assert not ordinary[0, 0, 1, 1]
    assert not ordinary[0, 0, 6, 6]
    assert ordinary[0, 0].sum() == 98
    # A flaw that cannot be seen makes its picture say nothing.
    assert not flawed[0, 1].any()
    assert not ordinary[0, 1].any()


def test_the_loss_falls_where_flaws_are_further_away() -> None:
    cover = torch.zeros(1, 1, SIDE, SIDE)
    cover[0, 0, 16:32, 16:32] = 1.0
    task = Task(torch.zeros(1, 2, 3, SIDE, SIDE), cover, torch.tensor([[True]]))
    vectors = torch.zeros(1, 2, 10, 10, 4)
    blind = loss_of(Judge(), vectors, task, 1)
    told = vectors.clone()
    told[0, 1, 1, 1] = 3.0
    assert distances(told, 1)[0, 0, 1, 1] == pytest.approx(6.0, rel=1e-3)
    assert loss_of(Judge(), told, task, 1) < blind


def test_a_lesson_teaches_the_head_and_leaves_the_tower(
    capsys: pytest.CaptureFixture[str],
) -> None:
    torch.manual_seed(0)
    tower = load_tower()
    before = tower.state_dict()["mix.2.weight"].clone()
    head = PatchHead(tower.trunk_widths)
    start = head.out.weight.detach().clone()
    shown = np.random.default_rng(0).integers(0, 255, (4, SIDE, SIDE, 3), dtype=np.uint8)
    source = Films(torch.from_numpy(shown), torch.tensor([0, 2]), torch.tensor([2, 2]))
    (taught,) = learn([head], tower, CPU, source, replace(SMALL, filmed=0.5))
    assert not torch.equal(taught.out.weight, start)
    assert torch.equal(tower.state_dict()["mix.2.weight"], before)
    assert "held out" in capsys.readouterr().out
    measure_around(taught, tower, source)
    task = make_task(Dice(3, CPU), SMALL, source)
    scales = tower.scales(task.pictures[0] - 0.5)
    with torch.no_grad():
        around = taught(scales)[..., -AROUND:]
        brighter = taught([*scales[:3], 2 * scales[3] + 1])[..., -AROUND:]
    assert torch.isfinite(around).all()
    # Light and contrast of the whole picture fall out of it, nearly.
    assert (around - brighter).abs().mean() < 0.3 * around.abs().mean()
