"""The picture tower of the embedded CLIP: a timm trunk, its scales brought together, pooled.

What matters to a camera is often small: a person who lies there is a sixth of the frame wide. The
trunk's last three scales are added up on the grid of the middle one (the idea of feature pyramids,
Lin et al. 2017), and the picture's embedding is read from the mean and the maximum over that grid:
the maximum keeps a single small thing.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

#: Channels of the scales where they are added, and of the map that is pooled.
_LATERAL, CHANNELS = 192, 320
_HIDDEN = 512


class SightTower(nn.Module):
    """Normalised pictures (n, 3, H, W) to features (n, dim).

    Args:
        trunk: timm's RegNet, as open_clip builds it from the config.
        dim: width of the embedding.
    """

    def __init__(self, trunk: Any, dim: int) -> None:
        super().__init__()
        self.trunk = trunk
        widths = [info["num_chs"] for info in trunk.feature_info[-3:]]
        self.fine, self.middle, self.coarse = (
            nn.Conv2d(width, _LATERAL, 1, bias=False) for width in widths
        )
        self.mix = nn.Sequential(
            nn.BatchNorm2d(_LATERAL),
            nn.ReLU(),
            nn.Conv2d(_LATERAL, CHANNELS, 3, padding=1, bias=False),
            nn.BatchNorm2d(CHANNELS),
            nn.ReLU(),
        )
        self.head = nn.Sequential(
            nn.Linear(2 * CHANNELS, _HIDDEN), nn.GELU(), nn.Linear(_HIDDEN, dim)
        )

    def map(self, x: Tensor) -> Tensor:
        """The feature map (n, CHANNELS, H / 16, W / 16)."""
        fine = self.trunk.s2(self.trunk.s1(self.trunk.stem(x)))
        middle = self.trunk.s3(fine)
        coarse = self.trunk.s4(middle)
        size = middle.shape[-2:]
        summed = (
            self.fine(functional.avg_pool2d(fine, 2))
            + self.middle(middle)
            + functional.interpolate(self.coarse(coarse), size=size, mode="nearest")
        )
        out: Tensor = self.mix(summed)
        return out

    def pooled(self, features: Tensor) -> Tensor:
        """The embedding (n, dim) of a feature map."""
        both = torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)
        out: Tensor = self.head(both)
        return out

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return self.pooled(self.map(x))
