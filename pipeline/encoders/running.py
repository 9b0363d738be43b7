"""On what and how precisely a model runs: a site's wishes, set against what the machine has.

Imports no deep-learning library.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.config import Models
from pipeline.encoders.base import EncoderError

Runtime = Literal["torch", "openvino"]
Precision = Literal["fp32", "fp16", "bf16", "int8"]


#: What an identity ends in. That of int8 is counted up with the way of quantising.
_MARKS: dict[Precision, str] = {"bf16": "+bf16", "int8": "+int8-2"}


class RuntimeChoiceError(EncoderError):
    """A site asks for a runtime or a precision that this machine or device has not."""


@dataclass(frozen=True, slots=True)
class Running:
    """How one model is to run, before the machine was asked.

    Args:
        runtime: ``auto``, ``torch`` or ``openvino``.
        precision: ``auto``, ``fp32``, ``bf16``, ``fp16`` or ``int8``.
        compiled: ``auto``, ``on`` or ``off``: torch.compile on CUDA.
        batch: most items of one batch.
        cache: folder of converted, quantised and compiled models; None: they are made anew.
    """

    runtime: str = "torch"
    precision: str = "auto"
    compiled: str = "off"
    batch: int = 32
    cache: Path | None = None


#: In torch, as precisely as the device is used by default.
PLAIN = Running()


@dataclass(frozen=True, slots=True)
class Choice:
    """What a model runs in."""

    runtime: Runtime
    precision: Precision

    def names(self, model_id: str) -> str:
        """A model's identity in this precision.

        Vectors of single precision are the same in both runtimes (to 1e-6), and those of half
        precision on CUDA keep their scores; what else rounds gives other vectors, which no
        calibration, normal or archive of the first may be set against.
        """
        return model_id + _MARKS.get(self.precision, "")


def threads_of(settings: Models) -> int:
    """CPU threads for each model: by default one fewer than the cores this process may use."""
    return settings.threads or max(1, len(os.sched_getaffinity(0)) - 1)


def running_of(settings: Models, device: str, cache: Path | None) -> Running:
    """The way that a site's ``models:`` ask for, on a device as of `pick_device`."""
    # More would only push each other out of a processor's caches.
    batch = settings.batch or (16 if device == "cpu" else 32)
    return Running(settings.runtime, settings.precision, settings.compile, batch, cache)


def openvino_is_here() -> bool:
    """Whether OpenVINO is installed; nothing is imported."""
    return importlib.util.find_spec("openvino") is not None


def choose(running: Running, device: str) -> Choice:
    """What ``running`` comes to on a device (``cpu``, ``cuda``, ``cuda:1``).

    CUDA: torch in half precision. A CPU: OpenVINO where it is installed, else torch, and single
    precision, which keeps every vector; less is asked for by name.

    Raises:
        RuntimeChoiceError: they do not go together, or OpenVINO is not installed.
    """
    runtime, precision = running.runtime, running.precision
    if device.startswith("cuda"):
        if runtime == "openvino" or precision == "int8":
            raise RuntimeChoiceError(
                "models: OpenVINO and int8 run on the CPU: write device: cpu, or leave runtime "
                "and precision at auto for CUDA"
            )
        if precision in ("auto", "fp16"):
            return Choice("torch", "fp16")
        return Choice("torch", "bf16" if precision == "bf16" else "fp32")
    if precision == "fp16":
        raise RuntimeChoiceError(
            "models: fp16 runs on CUDA alone: write precision: bf16, int8 or auto for a CPU"
        )
    wants = runtime == "openvino" or precision == "int8"
    if wants and runtime == "torch":
        raise RuntimeChoiceError("models: int8 needs runtime: openvino (or auto)")
    here = openvino_is_here()
    if wants and not here:
        raise RuntimeChoiceError(
            "models: OpenVINO is not installed: `make setup-edge` (or `pip install "
            "'hearsight[edge]'`), or write runtime: torch and a precision other than int8"
        )
    if runtime == "auto" and here:
        runtime = "openvino"
    chosen: Precision = "fp32"
    if precision in ("bf16", "int8"):
        chosen = "bf16" if precision == "bf16" else "int8"
    return Choice("openvino" if runtime == "openvino" else "torch", chosen)


def pick_device(wanted: str) -> str:
    """Return ``cpu`` or ``cuda`` for a site's ``device``.

    Raises:
        RuntimeChoiceError: CUDA is asked for and not there.
    """
    if wanted == "cpu" or (wanted == "auto" and not _has_cuda_driver()):
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        raise RuntimeChoiceError("device: cuda, but no CUDA device is usable: write auto or cpu")
    return "cpu"


def _has_cuda_driver() -> bool:
    """Whether it is worth two seconds to ask torch for a CUDA device."""
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True
