"""Flaws for pictures of surfaces, and where they are.

A flaw is a shape filled with something that is not there otherwise. Shapes: holes, cracks and
scratches (random walks), stains (thresholded noise; DRAEM, Zavrtanik, Kristan & Skocaj 2021), bands
and plates, large ovals, bites out of an edge. Fills: another brightness, a flat colour, another
picture (DRAEM), another part of the same one (CutPaste, Li et al. 2021), another sharpness or
contrast, grain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from pipeline.training.surfaces import SIDE, Dice, grid, noise

#: Shapes: hole, crack, stain, band, oval, bite.
SHAPES = 6
_HOLE, _CRACK, _STAIN, _BAND, _OVAL, _BITE = range(SHAPES)
#: Fills: brightness, flat colour, another picture, another part, another contrast, grain.
_FILLS = 6
#: How often a shape (rows) has a fill (columns): large ones are seldom plain, small ones mostly.
_USUAL = (
    (0.35, 0.40, 0.05, 0.05, 0.05, 0.10),
    (0.45, 0.40, 0.05, 0.00, 0.05, 0.05),
    (0.35, 0.10, 0.20, 0.10, 0.15, 0.10),
    (0.50, 0.02, 0.08, 0.10, 0.20, 0.10),
    (0.45, 0.05, 0.15, 0.10, 0.15, 0.10),
    (0.20, 0.50, 0.15, 0.05, 0.05, 0.05),
)
#: Steps of a crack.
_STEPS = 40
#: Mean difference that a flaw makes at least, in [0, 1]: less is not seen.
_LEAST = 0.02


@dataclass(frozen=True, slots=True)
class Flawed:
    """Pictures with flaws."""

    #: (n, 3, SIDE, SIDE) in [0, 1].
    pictures: Tensor
    #: float32 (n, SIDE, SIDE) in [0, 1]: how much of a flaw covers a pixel.
    cover: Tensor
    #: bool (n,): the flaw can be seen; where there is none, True.
    plain: Tensor


def flaw(dice: Dice, pictures: Tensor, shape: Tensor, wanted: Tensor) -> Flawed:
    """Give pictures (n, 3, SIDE, SIDE) a flaw of a shape (n,), where it is ``wanted`` (n,)."""
    n = len(pictures)
    masks = torch.stack(
        [_hole(dice, n), _crack(dice, n), _stain(dice, n), _band(dice, n), _oval(dice, n)]
    )
    masks = torch.cat([masks, _bite(dice, n)[None]])
    alpha = masks[shape, torch.arange(n, device=dice.device)] * wanted[:, None, None]
    usual = torch.tensor(_USUAL, device=dice.device).cumsum(dim=1)
    fill = (dice.uniform(0, 1, n, 1) > usual[shape]).sum(dim=1).clamp_max(_FILLS - 1)
    filled = _filled(dice, pictures, shape)[fill, torch.arange(n, device=dice.device)]
    opaque = dice.uniform(0.35, 1.3, n, 1, 1, 1).clamp_max(1.0)
    weight = alpha[:, None] * opaque
    out = (pictures * (1 - weight) + filled * weight).clamp(0, 1)
    core = (alpha > 0.5).float()
    change = ((out - pictures).abs().mean(dim=1) * core).sum(dim=(1, 2))
    seen = change / core.sum(dim=(1, 2)).clamp_min(1) > _LEAST
    return Flawed(out, alpha, seen | ~wanted)


def _filled(dice: Dice, pictures: Tensor, shape: Tensor) -> Tensor:
    """(fills, n, 3, SIDE, SIDE)."""
    n = len(pictures)
    wide = (n, 1, 1, 1)
    large = ((shape == _BAND) | (shape == _OVAL)).float().view(wide)
    sign = torch.where(dice.chance(0.6, *wide), -1.0, 1.0)
    much = dice.uniform(0.08, 0.4, *wide) * large + dice.uniform(0.15, 0.9, *wide) * (1 - large)
    brighter = pictures * (1 + sign * much)
    tone = torch.where(
        dice.chance(0.6, *wide), dice.uniform(0, 0.15, *wide), dice.uniform(0, 1, *wide)
    )
    flat = (tone + 0.1 * dice.normal(n, 3, 1, 1) * dice.chance(0.3, *wide)).expand_as(pictures)
    other = pictures.roll(max(1, n // 2 + 1), 0)
    away = [int(k) for k in dice.below(SIDE // 2, 2)]
    part = pictures.roll((away[0] + SIDE // 4, away[1] + SIDE // 4), (2, 3)).transpose(2, 3)
    small = functional.avg_pool2d(pictures, 9, 1, 4, count_include_pad=False)
    factor = torch.where(
        dice.chance(0.6, *wide), dice.uniform(0, 0.5, *wide), dice.uniform(1.6, 3.0, *wide)
    )
    sharper = small + factor * (pictures - small)
    grain = noise(dice, n, 1, slope=(0.0, 2.0), stretch=1.5)
    grained = pictures + dice.uniform(0.04, 0.25, *wide) * grain
    return torch.stack([brighter, flat, other, part, sharper, grained])


def _oval(dice: Dice, n: int) -> Tensor:
    radius = 10 ** dice.uniform(-0.75, -0.15, n, 1, 1)
    return _ellipse(dice, n, radius, rough=0.15, soft=(6.0, 60.0))


def _hole(dice: Dice, n: int) -> Tensor:
    radius = 10 ** dice.uniform(-1.9, -0.9, n, 1, 1)
    return _ellipse(dice, n, radius, rough=0.25, soft=(1.5, 4.0), by_radius=True)


def _ellipse(
    dice: Dice,
    n: int,
    radius: Tensor,
    *,
    rough: float,
    soft: tuple[float, float],
    by_radius: bool = False,
) -> Tensor:
    y, x = grid(dice.device)
    wide = (n, 1, 1)
    turn = dice.uniform(0, math.pi, *wide)
    longer = dice.uniform(0, 1.0, *wide).exp()
    dy, dx = y - dice.uniform(-0.95, 0.95, *wide), x - dice.uniform(-0.95, 0.95, *wide)
    u = (dx * turn.cos() + dy * turn.sin()) / longer
    v = dy * turn.cos() - dx * turn.sin()
    reach = (u**2 + v**2).sqrt() / radius
    uneven = noise(dice, n, 1, slope=(2.0, 3.0), stretch=0.3)[:, 0]
    hardness = dice.uniform(*soft, *wide)
    if not by_radius:
        hardness = hardness * radius.clamp_min(0.1) * 2
    return torch.sigmoid((1 + rough * uneven - reach) * hardness * 2)


def _crack(dice: Dice, n: int) -> Tensor:
    y, x = grid(dice.device)
    wander = dice.normal(n, _STEPS).mul(dice.uniform(0.02, 0.5, n, 1)).cumsum(dim=1)
    heading = dice.uniform(0, 2 * math.pi, n, 1) + wander
    step = 10 ** dice.uniform(-2.1, -1.2, n, 1)
    px = dice.uniform(-0.95, 0.95, n, 1) + (heading.cos() * step).cumsum(dim=1)
    py = dice.uniform(-0.95, 0.95, n, 1) + (heading.sin() * step).cumsum(dim=1)
    near = torch.full((n, SIDE, SIDE), 100.0, device=dice.device)
    for k in range(_STEPS - 1):
        ax, ay, bx, by = (
            v[:, None, None] for v in (px[:, k], py[:, k], px[:, k + 1], py[:, k + 1])
        )
        ex, ey = bx - ax, by - ay
        along = (((x - ax) * ex + (y - ay) * ey) / (ex**2 + ey**2 + 1e-9)).clamp(0, 1)
        near = torch.minimum(near, (x - ax - along * ex) ** 2 + (y - ay - along * ey) ** 2)
    width = 10 ** dice.uniform(-2.15, -1.5, n, 1, 1)
    return torch.sigmoid((width - near.sqrt()) * SIDE * dice.uniform(0.7, 2.0, n, 1, 1))


def _stain(dice: Dice, n: int) -> Tensor:
    field = noise(dice, n, 1, slope=(1.8, 3.2), stretch=0.8)[:, 0]
    window = _ellipse(dice, n, 10 ** dice.uniform(-0.8, 0.2, n, 1, 1), rough=0.0, soft=(3.0, 10.0))
    hard = dice.uniform(3.0, 30.0, n, 1, 1)
    return torch.sigmoid((field * window - dice.uniform(0.3, 1.0, n, 1, 1)) * hard) * window


def _band(dice: Dice, n: int) -> Tensor:
    y, x = grid(dice.device)
    wide = (n, 1, 1)
    free = dice.uniform(0, 2 * math.pi, *wide)
    turn = torch.where(
        dice.chance(0.75, *wide),
        dice.below(4, *wide) * (math.pi / 2) + 0.06 * dice.normal(*wide),
        free,
    )
    uneven = noise(dice, n, 1, slope=(2.0, 3.0), stretch=0.3)[:, 0] * dice.uniform(0, 0.1, *wide)
    along, across = x * turn.cos() + y * turn.sin(), y * turn.cos() - x * turn.sin()
    hard = 10 ** dice.uniform(0.9, 2.0, *wide)
    start = dice.uniform(-0.6, 0.9, *wide)
    end = torch.where(dice.chance(0.6, *wide), 9.0, start + dice.uniform(0.1, 0.8, *wide))
    side = torch.where(dice.chance(0.5, *wide), 9.0, dice.uniform(-0.6, 0.9, *wide))
    return (
        torch.sigmoid((along + uneven - start) * hard)
        * torch.sigmoid((end - along - uneven) * hard)
        * torch.sigmoid((side - across + uneven) * hard)
    )


def _bite(dice: Dice, n: int) -> Tensor:
    """Along the border of the picture."""
    y, x = grid(dice.device)
    wide = (n, 1, 1)
    turn = dice.below(4, *wide) * (math.pi / 2)
    along, across = x * turn.cos() + y * turn.sin(), y * turn.cos() - x * turn.sin()
    start = 1 - 10 ** dice.uniform(-1.6, -0.5, *wide)
    middle, half = dice.uniform(-1, 1, *wide), 10 ** dice.uniform(-1.3, -0.2, *wide)
    bulge = (1 - ((across - middle) / half) ** 2).clamp(-1, 1)
    uneven = 0.05 * noise(dice, n, 1, slope=(1.8, 3.0), stretch=0.3)[:, 0]
    reach = along + uneven - 1 + (1 - start) * bulge
    inside = (bulge > 0).float()
    return torch.sigmoid(reach * dice.uniform(30, 120, *wide)) * inside
