"""What a figure was measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

_PACKAGES = ("hearsight", "torch", "openvino", "av", "opencv-python-headless", "numpy", "redis")


def describe(*, gpu: bool = False) -> dict[str, Any]:
    """CPU, cores, memory in GB, system and versions; with ``gpu`` the CUDA device, if any."""
    told: dict[str, Any] = {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
    }
    if gpu:
        told["gpu"] = _gpu()
    return told


def in_words(machine: dict[str, Any]) -> str:
    """The machine in a line."""
    gpu = f", {machine['gpu']}" if machine.get("gpu") else ""
    return f"{machine['cores']} x {machine['cpu']}{gpu}, {machine['memory_gb']:.0f} GB"


def _cpu() -> str:
    """The CPU's name, with what of it models use."""
    name, flags = platform.processor() or platform.machine(), ""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                name = value.strip()
            elif key.strip() == "flags":
                flags = value
    except OSError:
        return name
    told = (("avx2", "AVX2"), ("avx512f", "AVX-512"), ("avx512_vnni", "VNNI"), ("amx_int8", "AMX"))
    able = [word for flag, word in told if flag in flags.split()]
    return f"{name} ({', '.join(able)})" if able else name


def _gpu() -> str | None:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
