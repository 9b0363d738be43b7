"""What each patch of a picture looks like: how much it changes, in which direction, at which size.

Nothing here is trained. A trunk that was trained to name what a picture shows tells little of
scratches and stains; what an undecimated Haar wavelet finds in a cell tells more, for any surface
(steerable and Haar pyramids: Simoncelli & Freeman 1995; Coifman & Donoho 1995). Brightness is taken
as a logarithm, so that a darker picture has the same differences.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

#: Cells a side, and sizes at which differences are taken: each half of the one before.
GRID, LEVELS = 16, 3
#: Differences at each place: across, down and checkered, and then along both diagonals, which are
#: sums of the first two and whose greatest tells nothing new.
_DIFFERENCES, _OWN = 5, 3
#: Of a cell: at each size the means of the differences and the greatest of some; its brightness.
NUMBERS = LEVELS * (_DIFFERENCES + _OWN) + 1
#: Identity of these numbers, for what was learned of them: counted up when they change.
TEXTURE_ID = "texture@1"
#: Levels of grey, and a difference, that count as nothing.
_DARK, _FLAT = 8.0, 0.02
#: Parts of red, green and blue in what is seen as bright (ITU-R BT.601).
_RED, _GREEN, _BLUE = 0.299, 0.587, 0.114


def texture(pixels: Tensor) -> Tensor:
    """Texture of pictures, float32 (n, GRID, GRID, NUMBERS), on their device.

    Args:
        pixels: uint8 (n, H, W, 3) RGB; sides are multiples of 4, and 64 pixels at least.
    """
    red, green, blue = (pixels[..., channel].float() for channel in range(3))
    grey = red.mul_(_RED).add_(green, alpha=_GREEN).add_(blue, alpha=_BLUE)
    light = grey.add_(_DARK).log_().unsqueeze(1)
    told = []
    for level in range(LEVELS):
        if level:
            rows = light[:, :, ::2] + light[:, :, 1::2]
            light = (rows[..., ::2] + rows[..., 1::2]) / 4
        told += [torch.log(cells + _FLAT) for cells in _cells(_differences(light))]
    told.append(functional.adaptive_avg_pool2d(light, GRID))
    return torch.cat(told, dim=1).permute(0, 2, 3, 1)


def _differences(light: Tensor) -> Tensor:
    """Of each four neighbours in maps (n, 1, h, w): absolute differences (n, 5, h, w)."""
    padded = functional.pad(light, (0, 1, 0, 1), mode="replicate")[:, 0]
    across = padded[:, :, 1:] - padded[:, :, :-1]
    down = padded[:, 1:] - padded[:, :-1]
    out = light.new_empty((len(light), _DIFFERENCES, *light.shape[2:]))
    torch.add(across[:, 1:], across[:, :-1], out=out[:, 0])
    torch.add(down[:, :, 1:], down[:, :, :-1], out=out[:, 1])
    torch.sub(across[:, 1:], across[:, :-1], out=out[:, 2])
    out[:, :3] /= 2
    torch.add(out[:, 0], out[:, 1], out=out[:, 3])
    torch.sub(out[:, 0], out[:, 1], out=out[:, 4])
    return out.abs_()


def _cells(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Means of differences (n, 5, h, w) in GRID times GRID cells, and the greatest of three."""
    n, c, h, w = maps.shape
    if h % GRID or w % GRID:
        return (
            functional.adaptive_avg_pool2d(maps, GRID),
            functional.adaptive_max_pool2d(maps[:, :_OWN], GRID),
        )
    # Down and then across: several times as fast on a CPU as a pooling layer.
    down, across = h // GRID, w // GRID
    bands = maps.view(n, c, GRID, down, w)
    mean = bands.sum(dim=3).view(n, c, GRID, GRID, across).sum(dim=4) / (down * across)
    most = bands[:, :_OWN].amax(dim=3).view(n, _OWN, GRID, GRID, across).amax(dim=4)
    return mean, most
