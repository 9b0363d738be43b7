"""Surfaces of many kinds, made on the fly: what a memory of ordinary patches is trained on.

A *lot* is a set of pictures of one surface under one camera: they share all that makes the surface
what it is and differ as pictures of one production line or one place do. Surfaces are noise of
several octaves, grain, brushed metal, stripes and weaves (spectral and periodic textures), under
uneven light, as a whole picture or as an object before a background; or pictures of films.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

#: Side of the pictures in pixels.
SIDE = 160


class Dice:
    """Random numbers of one seed on one device."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self.device = device
        self._generator = torch.Generator(device).manual_seed(seed)

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """Uniform in [low, high)."""
        unit = torch.rand(*shape, generator=self._generator, device=self.device)
        return low + (high - low) * unit

    def normal(self, *shape: int) -> Tensor:
        """Standard normal."""
        return torch.randn(*shape, generator=self._generator, device=self.device)

    def below(self, bound: int, *shape: int) -> Tensor:
        """Whole numbers in [0, bound)."""
        return torch.randint(bound, shape, generator=self._generator, device=self.device)

    def chance(self, p: float, *shape: int) -> Tensor:
        """True with probability p."""
        return self.uniform(0.0, 1.0, *shape) < p


@dataclass(frozen=True, slots=True)
class Films:
    """Pictures that may be trained on."""

    #: uint8 (n, SIDE, SIDE, 3).
    pictures: Tensor
    #: int64 (films,): where a film's pictures begin, and how many there are.
    first: Tensor
    count: Tensor


def surfaces(dice: Dice, lots: int, each: int) -> Tensor:
    """Generated pictures in [0, 1], (lots, each, 3, SIDE, SIDE)."""
    shade = _texture(dice, lots, each)
    grey = dice.chance(0.6, lots, 1, 1, 1, 1).float()
    base = dice.uniform(0.15, 0.85, lots, 1, 1, 1, 1)
    tint = dice.normal(lots, 1, 3, 1, 1) * 0.12 * (1 - grey)
    along = 1 + dice.normal(lots, 1, 3, 1, 1) * 0.3 * (1 - grey)
    contrast = 10 ** dice.uniform(-2.0, -0.6, lots, 1, 1, 1, 1)
    out = base + tint + contrast * along * shade[:, :, None]
    out = out * _light(dice, lots, each)[:, :, None].exp()
    return _placed(dice, out).clamp(0, 1)


def films(dice: Dice, source: Films, lots: int, each: int) -> Tensor:
    """Pictures of films, (lots, each, 3, SIDE, SIDE): one part of one film's picture a lot."""
    film = dice.below(len(source.first), lots, 1)
    count = source.count[film]
    step = (dice.uniform(0, 1, lots, each) * count).long().clamp_max(int(count.max()) - 1)
    rows = source.first[film] + torch.minimum(step, count - 1)
    pictures = source.pictures[rows.reshape(-1)].permute(0, 3, 1, 2).float() / 255
    scale = dice.uniform(0.35, 1.0, lots, 1)
    # A tripod that is not quite still, or pictures of a thing that is not put down quite alike.
    shake = dice.uniform(0, 0.04, lots, 1) * dice.chance(0.5, lots, 1)
    middle = [
        (dice.uniform(-1, 1, lots, 1) * (1 - scale)) + shake * dice.normal(lots, each)
        for _ in range(2)
    ]
    theta = torch.zeros(lots * each, 2, 3, device=dice.device)
    mirrored = torch.where(dice.chance(0.5, lots, 1), 1.0, -1.0).expand(lots, each)
    theta[:, 0, 0] = (scale * mirrored).expand(lots, each).reshape(-1)
    theta[:, 1, 1] = scale.expand(lots, each).reshape(-1)
    theta[:, 0, 2], theta[:, 1, 2] = middle[0].reshape(-1), middle[1].reshape(-1)
    grid = functional.affine_grid(theta, [lots * each, 3, SIDE, SIDE], align_corners=False)
    cut = functional.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
    grey = dice.chance(0.4, lots, 1, 1, 1, 1).float()
    out = cut.view(lots, each, 3, SIDE, SIDE)
    return out * (1 - grey) + out.mean(dim=2, keepdim=True) * grey


def taken(dice: Dice, pictures: Tensor) -> Tensor:
    """The pictures (lots, each, 3, H, W) as a camera takes them: gain, gamma, blur, noise."""
    lots, each = pictures.shape[:2]
    wide = (lots, each, 1, 1, 1)
    varies = 10 ** dice.uniform(-2.0, -0.7, lots, 1, 1, 1, 1)
    out = pictures * (varies * dice.normal(*wide)).exp()
    out = out.clamp(1e-4, 1) ** (0.5 * varies * dice.normal(*wide)).exp()
    soft = functional.avg_pool2d(out.flatten(0, 1), 3, 1, 1, count_include_pad=False)
    blur = dice.uniform(0, 1, lots, 1, 1, 1, 1) * dice.chance(0.5, lots, 1, 1, 1, 1)
    out = out + blur * (soft.view_as(out) - out)
    noise = 10 ** dice.uniform(-3.0, -1.5, lots, 1, 1, 1, 1)
    return (out + noise * dice.normal(*out.shape)).clamp(0, 1)


def noise(
    dice: Dice, lots: int, each: int, *, slope: tuple[float, float], stretch: float
) -> Tensor:
    """Fields (lots, each, SIDE, SIDE) of mean 0 and spread 1: power-law spectra, one a lot.

    Args:
        dice: random numbers.
        lots: of surfaces.
        each: pictures a lot.
        slope: range of the spectrum's exponent: 0 is white, 3 is clouds.
        stretch: the most that the field is drawn out along its direction, as a logarithm.
    """
    ky = torch.fft.fftfreq(SIDE, device=dice.device)[:, None] * SIDE
    kx = torch.fft.rfftfreq(SIDE, device=dice.device)[None, :] * SIDE
    turn = _turn(dice, lots)
    drawn = dice.uniform(0.0, stretch, lots, 1, 1).exp()
    u = (kx * turn.cos() + ky * turn.sin()) * drawn
    v = (ky * turn.cos() - kx * turn.sin()) / drawn
    least = 10 ** dice.uniform(0.0, 1.2, lots, 1, 1)
    most = 10 ** dice.uniform(1.0, 2.0, lots, 1, 1)
    square = u * u + v * v
    exponent = dice.uniform(*slope, lots, 1, 1)
    power = (square + least**2) ** (-exponent / 2) * (-square / most**2).exp()
    power[:, 0, 0] = 0
    white = torch.fft.rfft2(dice.normal(lots, each, SIDE, SIDE))
    field = torch.fft.irfft2(white * power[:, None], s=(SIDE, SIDE))
    out: Tensor = field / (field.std(dim=(1, 2, 3), keepdim=True) + 1e-9)
    return out


def grid(device: torch.device) -> tuple[Tensor, Tensor]:
    """Rows and columns (SIDE, SIDE), from -1 to 1."""
    line = torch.linspace(-1, 1, SIDE, device=device)
    y, x = torch.meshgrid(line, line, indexing="ij")
    return y, x


def _turn(dice: Dice, lots: int) -> Tensor:
    """Directions (lots, 1, 1) in radians, half of them upright or level."""
    free = dice.uniform(0, math.pi, lots, 1, 1)
    straight = dice.below(2, lots, 1, 1) * (math.pi / 2) + dice.normal(lots, 1, 1) * 0.03
    return torch.where(dice.chance(0.5, lots, 1, 1), straight, free)


def _texture(dice: Dice, lots: int, each: int) -> Tensor:
    y, x = grid(dice.device)
    clouds = noise(dice, lots, each, slope=(1.5, 3.0), stretch=1.0)
    grain = noise(dice, lots, each, slope=(0.0, 1.5), stretch=0.7)
    brushed = noise(dice, lots, each, slope=(0.3, 2.0), stretch=2.3)
    turn = _turn(dice, lots)[:, None]
    pitch = 10 ** dice.uniform(0.5, 1.6, lots, 1, 1, 1)
    moved = dice.uniform(0, 2 * math.pi, lots, each, 1, 1)
    bent = dice.uniform(0, 2.0, lots, 1, 1, 1) * clouds
    along = (x * turn.cos() + y * turn.sin()) * pitch * math.pi
    across = (y * turn.cos() - x * turn.sin()) * pitch * math.pi
    hard = dice.uniform(0.3, 4.0, lots, 1, 1, 1)
    stripes = torch.tanh(hard * (along + moved + bent).sin())
    weave = torch.tanh(hard * ((along + moved).sin() * (across + 1.7 * moved).sin() + 0.2 * bent))
    parts = torch.stack([clouds, grain, brushed, stripes, weave])
    # Most surfaces are made of one or two of them.
    share = dice.uniform(0, 1, 5, lots, 1, 1, 1) ** 4 + 1e-3
    share[3:] *= dice.chance(0.4, 2, lots, 1, 1, 1)
    mixed = (parts * share).sum(dim=0) / share.square().sum(dim=0).sqrt()
    kind = dice.below(4, lots, 1, 1, 1)
    mixed = torch.where(kind == 1, torch.tanh(2 * mixed), mixed)
    mixed = torch.where(kind == 2, mixed.abs() - 0.8, mixed)
    return torch.where(kind == 3, (mixed.clamp(-3, 2)).exp() - 1, mixed)


def _light(dice: Dice, lots: int, each: int) -> Tensor:
    """Logarithm of the light (lots, each, SIDE, SIDE): most of it is the place's, some changes."""
    y, x = grid(dice.device)
    wide = (lots, 1, 1, 1)
    lamp = dice.normal(*wide) * x + dice.normal(*wide) * y - dice.uniform(0, 2, *wide) * (x**2)
    lamp = lamp - dice.uniform(0, 1, *wide) * (x**2 + y**2)
    blotches = noise(dice, lots, 1, slope=(2.5, 3.5), stretch=1.0)
    fresh = noise(dice, lots, each, slope=(2.5, 3.5), stretch=1.5)
    tilt = dice.normal(lots, each, 1, 1) * x + dice.normal(lots, each, 1, 1) * y
    much = 10 ** dice.uniform(-2.0, -0.5, *wide)
    change = dice.uniform(0, 0.6, *wide)
    return much * (lamp + 0.7 * blotches + change * (fresh + tilt))


def _placed(dice: Dice, surface: Tensor) -> Tensor:
    """Half of the lots as objects that do not fill the picture, before something else."""
    lots, each = surface.shape[:2]
    y, x = grid(dice.device)
    wide = (lots, 1, 1, 1)
    loose = 10 ** dice.uniform(-2.5, -1.0, *wide)
    size = [
        dice.uniform(0.55, 1.05, *wide) + loose * dice.normal(lots, each, 1, 1) for _ in range(2)
    ]
    middle = [loose * dice.normal(lots, each, 1, 1) for _ in range(2)]
    round_ = 2 ** dice.uniform(1.0, 5.0, *wide)
    reach = ((x - middle[0]) / size[0]).abs() ** round_ + (
        (y - middle[1]) / size[1]
    ).abs() ** round_
    reach = reach.clamp(1e-6, 1e6) ** (1 / round_)
    edge = dice.uniform(20, 120, *wide)
    inside = torch.sigmoid((1 - reach) * edge)
    inside = torch.where(dice.chance(0.5, *wide), inside, torch.ones_like(inside))[:, :, None]
    rim = dice.normal(*wide)[:, :, None] * 0.3 * torch.sigmoid((reach - 0.93) * 40)[:, :, None]
    rim = rim * dice.chance(0.5, *wide)[:, :, None]
    behind = dice.uniform(0, 1, lots, 1, 1, 1, 1) ** 2 + 0.02 * noise(
        dice, lots, each, slope=(0.0, 2.0), stretch=0.5
    ).unsqueeze(2)
    return surface * rim.exp() * inside + behind * (1 - inside)
