"""Towers that torch runs: plainly on a CPU, as captured graphs on CUDA."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.encoders.bucket_tower import BucketTower
from pipeline.encoders.running import PLAIN, Running
from pipeline.encoders.torch_common import PixelNorm, Runtime, to_numpy
from pipeline.encoders.towers import CallTower, Tower


class FromPixels(nn.Module):
    """uint8 (n, H, W, 3) to rows (n, d): the normalisation stands before the tower.

    Args:
        visual: takes normalised (n, 3, H, W).
        norm: in the tower's place and precision.
    """

    def __init__(self, visual: nn.Module, norm: PixelNorm) -> None:
        super().__init__()
        self.norm = norm
        self.visual = visual

    def forward(self, pixels: Tensor) -> Tensor:
        """See the class."""
        rows: Tensor = self.visual(self.norm(pixels))
        return rows


def torch_tower(
    module: nn.Module,
    runtime: Runtime,
    shape: tuple[int, ...],
    dtype: type[np.generic],
    running: Running = PLAIN,
) -> Tower:
    """The tower of a module that stands on its device already: items (n, ...) to rows (n, d).

    Args:
        module: in evaluation mode.
        runtime: where it stands.
        shape: of one item.
        dtype: of its numbers.
        running: its batches, and whether torch may compile it for CUDA.

    Raises:
        RuntimeChoiceError: it is to be compiled, and cannot be.
        RuntimeError: "out of memory", for a single item.
    """
    if runtime.device.type == "cuda":
        from pipeline.encoders.cuda_engine import CudaEngine, may_compile

        engine = CudaEngine(
            module,
            runtime.device,
            shape,
            dtype,
            running.batch,
            compiled=may_compile(running.compiled, running.cache),
            required=running.compiled == "on",
        )
        return BucketTower(engine, shape, dtype, running.batch)

    def run(items: NDArray[Any]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return to_numpy(module(torch.from_numpy(items)))

    return CallTower(run, shape, dtype, running.batch)
