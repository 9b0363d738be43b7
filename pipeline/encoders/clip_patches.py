"""Patches of open_clip's picture towers: a map from two thirds of the way up.

Early layers know edges and late ones the whole picture; those between tell parts from one another
(as in PatchCore, Roth et al. 2022). Wide maps are brought to fewer numbers by a fixed random
projection, which keeps distances nearly as they are (Johnson & Lindenstrauss 1984).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from pipeline.encoders.base import EncoderError

#: Numbers of a patch, and patches a side, at most.
MOST_NUMBERS, MOST_SIDE = 48, 16
_SEED = 20_260_101


class ClipPatches(nn.Module):
    """Reads embeddings and patches off a tower in one pass.

    Args:
        visual: open_clip's picture tower, in its place and precision.
        size: (H, W) of its pictures.
        like: any tensor on its device, in its precision.

    Raises:
        EncoderError: the tower shows none of its maps.
    """

    projection: Tensor

    def __init__(self, visual: Any, size: tuple[int, int], like: Tensor) -> None:
        super().__init__()
        # Not a part of this module: it has a place and a precision already.
        self._visual = [visual]
        blank = torch.zeros((1, 3, *size), device=like.device, dtype=like.dtype)
        try:
            with torch.inference_mode():
                maps = visual.forward_intermediates(blank, intermediates_only=True)
        except (AttributeError, NotImplementedError, TypeError, AssertionError) as error:
            raise EncoderError(
                f"{type(visual).__name__} shows none of its maps, so no rule can learn what is "
                "normal by patches: choose a ViT or ResNet CLIP, such as ViT-B-32"
            ) from error
        maps = maps["image_intermediates"]
        self._index = round(2 / 3 * (len(maps) - 1))
        _, width, rows, cols = maps[self._index].shape
        self._grid = min(rows, MOST_SIDE), min(cols, MOST_SIDE)
        numbers = min(width, MOST_NUMBERS)
        if numbers == width:
            projection = torch.eye(width)
        else:
            drawn = torch.Generator().manual_seed(_SEED)
            projection = torch.randn(width, numbers, generator=drawn) / numbers**0.5
        self.register_buffer("projection", projection.to(like.device))
        self.shape = (*self._grid, numbers)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Of normalised pictures (n, 3, H, W): rows (n, d), patches (n, rows, cols, numbers)."""
        # All maps, not the one alone: open_clip 3.3 stops a ResNet at the last map asked for.
        read = self._visual[0].forward_intermediates(pictures)
        chosen = read["image_intermediates"][self._index]
        grid = functional.adaptive_avg_pool2d(chosen.float(), self._grid)
        cells = functional.normalize(grid.permute(0, 2, 3, 1), dim=-1)
        return read["image_features"], cells @ self.projection
