"""What all torch-backed encoders share: devices, threads, precision, hashing of weights."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.encoders.base import EncoderError

#: Mean and standard deviation of OpenAI CLIP's training pictures, in [0, 1] RGB.
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


class DeviceError(EncoderError):
    """The asked-for device is not there."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """Where and how a model runs: half precision on CUDA, single on a CPU."""

    device: torch.device
    dtype: torch.dtype


def open_runtime(device: str, threads: int | None) -> Runtime:
    """Pick the device (``auto``, ``cpu``, ``cuda``, ``cuda:1``) and set torch's CPU threads.

    Threads are a setting of the whole process; ``None`` leaves it as it is.

    Raises:
        DeviceError: no such device here.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    name = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    try:
        chosen = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(f"{device!r} is no device: use auto, cpu, cuda or cuda:<n>") from error
    if chosen.type == "cuda":
        if not torch.cuda.is_available():
            raise DeviceError(
                f"{device!r} was asked for but torch sees no CUDA device: "
                "check the driver, or set device: cpu"
            )
        if (chosen.index or 0) >= torch.cuda.device_count():
            raise DeviceError(f"{device!r}: this machine has {torch.cuda.device_count()} of them")
        return Runtime(chosen, torch.float16)
    if chosen.type != "cpu":
        raise DeviceError(f"{device!r} is not supported: use auto, cpu, cuda or cuda:<n>")
    return Runtime(chosen, torch.float32)


def place(model: nn.Module, runtime: Runtime) -> nn.Module:
    """The model in evaluation mode, on its device, in its precision, without gradients."""
    return model.eval().requires_grad_(False).to(device=runtime.device, dtype=runtime.dtype)


def to_numpy(vectors: Tensor) -> NDArray[np.float32]:
    """A float32 copy in main memory."""
    out: NDArray[np.float32] = vectors.float().cpu().numpy()
    return out


def file_sha256(path: Path) -> str:
    """Hex digest of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


class PixelNorm(nn.Module):
    """uint8 (n, H, W, 3) on any device to normalised (n, 3, H, W) in channels-last memory."""

    mean: Tensor
    std: Tensor

    def __init__(self, mean: tuple[float, ...] = CLIP_MEAN, std: tuple[float, ...] = CLIP_STD):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1) * 255, persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1) * 255, persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """The permuted view of (n, H, W, 3) already is channels-last."""
        return (pixels.permute(0, 3, 1, 2).to(self.mean.dtype) - self.mean) / self.std
