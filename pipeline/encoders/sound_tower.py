"""The light audio tower of the embedded CLAP: log-mel, residual convolutions, pooling over time.

It stands where laion_clap's CLAP has its ``audio_branch`` and answers to the same call. Fully
convolutional: any length of sound from 0.1 s works.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from pipeline.encoders.mel import LogMel

#: Channels after each halving of time and frequency.
WIDTHS = (24, 64, 128, 256)
#: Width of the embedding that goes into CLAP's audio projection.
OUT = 2 * WIDTHS[-1]


class Residual(nn.Module):
    """Two 3x3 convolutions and a shortcut (He et al. 2015, basic block)."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False),
            nn.BatchNorm2d(after),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or before != after:
            self.shortcut = nn.Sequential(
                nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after)
            )

    def fuse(self) -> None:
        """Take every normalisation into the convolution before it: the same sums, faster."""
        self.body = nn.Sequential(
            _fused(self.body[0], self.body[1]), nn.ReLU(), _fused(self.body[3], self.body[4])
        )
        if isinstance(self.shortcut, nn.Sequential):
            self.shortcut = _fused(self.shortcut[0], self.shortcut[1])

    def forward(self, x: Tensor) -> Tensor:
        """(n, before, bands, columns) to (n, after, bands / stride, columns / stride)."""
        return torch.relu(self.body(x) + self.shortcut(x))


def _fused(convolution: nn.Module, normalisation: nn.Module) -> nn.Module:
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(normalisation, nn.BatchNorm2d)
    return fuse_conv_bn_eval(convolution, normalisation)


class SoundTower(nn.Module):
    """Samples (n, samples) or log-mel (n, 64, columns) to features (n, OUT)."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = LogMel()
        first, *rest = WIDTHS
        blocks: list[nn.Module] = [
            nn.Conv2d(1, first, 5, 2, 2, bias=False),
            nn.BatchNorm2d(first),
            nn.ReLU(),
        ]
        before = first
        for width in rest:
            blocks += [Residual(before, width, 2), Residual(width, width, 1)]
            before = width
        self.body = nn.Sequential(*blocks)

    def single_front(self) -> None:
        """Compute the mel picture in single precision whatever the rest runs in."""
        self.mel.float()

    def prepare_to_run(self) -> None:
        """Lay a trained tower out for speed; it cannot be trained after that."""
        first, normalisation, *rest = self.body
        for block in rest:
            if isinstance(block, Residual):
                block.fuse()
        body = nn.Sequential(_fused(first, normalisation), *rest)
        self.body = body.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def features(self, mel: Tensor) -> Tensor:
        """Mean over frequency, then mean and maximum over time: a short event keeps its peak."""
        dtype = self.get_parameter("body.0.weight").dtype
        x = self.body(mel.unsqueeze(1).to(dtype)).mean(dim=2)
        return torch.cat([x.mean(dim=2), x.amax(dim=2)], dim=1)

    def forward(
        self, x: dict[str, Tensor], mixup_lambda: Tensor | None = None, device: Any = None
    ) -> dict[str, Tensor]:
        """laion_clap's call: a dict with ``waveform`` (n, samples), answered by ``embedding``.

        Or with ``mel`` (n, 64, columns), for which somebody else did the first step.
        """
        del mixup_lambda
        given = x["mel"] if "mel" in x else x["waveform"]
        if device is not None:
            given = given.to(device)
        return {"embedding": self.features(given if "mel" in x else self.mel(given))}
