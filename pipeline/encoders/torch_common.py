"""What all torch-backed encoders share: devices, threads, precision."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.encoders.base import EncoderError
from pipeline.encoders.running import PLAIN, Choice, Running, RuntimeChoiceError, choose

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


_DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def open_runtime(
    device: str, threads: int | None, running: Running = PLAIN
) -> tuple[Runtime, Choice]:
    """Pick the device (``auto``, ``cpu``, ``cuda``, ``cuda:1``) and set torch's CPU threads.

    Threads are a setting of the whole process; ``None`` leaves it as it is.

    Raises:
        DeviceError: no such device here.
        RuntimeChoiceError: it does not run in the precision asked for.
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
    elif chosen.type != "cpu":
        raise DeviceError(f"{device!r} is not supported: use auto, cpu, cuda or cuda:<n>")
    choice = choose(replace(running, runtime="torch"), name)
    if choice.precision == "bf16" and chosen.type == "cpu" and not _cpu_has_bf16():
        raise RuntimeChoiceError(
            "models: precision: bf16, but this CPU has none: write auto or fp32"
        )
    return Runtime(chosen, _DTYPES[choice.precision]), choice


def _cpu_has_bf16() -> bool:
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # noqa: SLF001


def place(model: nn.Module, runtime: Runtime) -> nn.Module:
    """The model in evaluation mode, on its device, in its precision, without gradients."""
    return model.eval().requires_grad_(False).to(device=runtime.device, dtype=runtime.dtype)


def to_numpy(vectors: Tensor) -> NDArray[np.float32]:
    """A float32 copy in main memory."""
    out: NDArray[np.float32] = vectors.float().cpu().numpy()
    return out


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
