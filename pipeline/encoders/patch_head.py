"""What each patch of a picture shows, read from the sight model's trunk.

A memory of ordinary patches (PatchCore, Roth et al. 2022) is only as good as the numbers that stand
for a patch. Those of a trunk that was trained to name what a picture shows tell little of scratches
and stains, and a camera sees more of its light than of its subject. So a small head reads all the
trunk's scales, holds each cell against the others of its picture, and is trained for one thing:
that the nearest ordinary patch is near where a patch is ordinary, and far where it is not
(`pipeline.training.patches`). Beside these numbers stand the main directions of the coarsest scale,
held against its picture likewise: they tell a whole that is unusual, where no patch stands out.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

#: Numbers of a patch that are learned, and those of what is around it.
LEARNED, AROUND = 16, 32
NUMBERS = LEARNED + AROUND
#: Pixels of the model's picture from patch to patch.
STRIDE = 16
_FINE, _MIDDLE, _MIXED = 32, 48, 64
#: Spread of the coarsest scale, in its usual spread, below which a picture's cells count as alike.
_LEAST = 0.1


class PatchHead(nn.Module):
    """Maps of a trunk's four scales to vectors (n, rows, cols, NUMBERS) on the third one's grid.

    Args:
        widths: channels of the four scales, finest first; each is half as large as the one before.
    """

    usual: Tensor

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        finest, fine, middle, coarse = widths
        self.finest = nn.Conv2d(finest, _FINE, 2, stride=2)
        self.fine = nn.Conv2d(fine, _FINE, 1)
        self.down = nn.Conv2d(_FINE, _MIDDLE, 2, stride=2)
        self.peaks = nn.Conv2d(_FINE, _MIDDLE, 1)
        self.middle = nn.Conv2d(middle, _MIDDLE, 1)
        self.coarse = nn.Conv2d(coarse, _MIDDLE, 1)
        self.norm = nn.BatchNorm2d(_MIDDLE)
        #: Spread below which a picture's cells count as alike, for each channel.
        self.least = nn.Parameter(torch.full((_MIDDLE, 1, 1), 0.3))
        self.mix = nn.Conv2d(2 * _MIDDLE, _MIXED, 1)
        self.around = nn.Conv2d(_MIXED, _MIXED, 3, padding=1, groups=_MIXED)
        self.again = nn.Conv2d(_MIXED, _MIXED, 1)
        self.out = nn.Conv2d(_MIXED, LEARNED, 1)
        #: Usual spread of the coarsest scale, and its main directions: measured, not trained.
        self.register_buffer("usual", torch.ones(coarse, 1, 1))
        self.directions = nn.Conv2d(coarse, AROUND, 1).requires_grad_(False)

    def forward(self, scales: Sequence[Tensor]) -> Tensor:
        """See the class."""
        around = functional.interpolate(
            self.directions(self.against_others(scales[3])),
            size=scales[2].shape[-2:],
            mode="bilinear",
            align_corners=False,
        )
        return torch.cat([self.learned(scales), around.permute(0, 2, 3, 1)], dim=3)

    def against_others(self, coarse: Tensor) -> Tensor:
        """The coarsest scale (n, c, h, w), each cell held against the others of its picture."""
        spread, mean = torch.std_mean(coarse, dim=(2, 3), keepdim=True, correction=0)
        return (coarse - mean) / (spread + _LEAST * self.usual + 1e-6)

    def learned(self, scales: Sequence[Tensor]) -> Tensor:
        """The learned numbers alone, (n, rows, cols, LEARNED)."""
        finest, fine, middle, coarse = scales
        detail = functional.relu(self.finest(finest) + self.fine(fine))
        known = (
            self.down(detail)
            + self.peaks(functional.max_pool2d(detail, 2))
            + self.middle(middle)
            + functional.interpolate(self.coarse(coarse), size=middle.shape[-2:], mode="nearest")
        )
        known = self.norm(known)
        # How a cell differs from the others of its picture: light and distance fall out.
        spread, mean = torch.std_mean(known, dim=(2, 3), keepdim=True)
        apart = (known - mean) / (spread + self.least.abs() + 1e-3)
        mixed = functional.relu(self.mix(torch.cat([known, apart], dim=1)))
        mixed = mixed + functional.relu(self.again(self.around(mixed)))
        out: Tensor = self.out(mixed)
        return out.permute(0, 2, 3, 1)
