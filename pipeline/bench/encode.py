"""Encoders alone and in the line: pictures a second beside the same model on ready tensors."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.children import ENVIRONMENT

#: The model that int8 and compiled half precision are measured on, with weights drawn at random:
#: speed does not depend on what they say, and nothing need be fetched.
VIT = "ViT-B-32/laion2b_s34b_b79k"
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True, slots=True)
class Best:
    """The best batch of a model on ready tensors. Rates are pictures (or windows) a second."""

    size: int
    per_s: float
    per_cpu_s: float
    #: Milliseconds of wall time of each batch of the best size.
    batch_ms: tuple[float, ...]


def limit(
    open_and_feed: Callable[..., tuple[Callable[[Any], Any], Callable[[int], Any]]],
    *arguments: Any,
    smallest: int = 1,
    largest: int = 64,
    by_cpu: bool = True,
    each_s: float = 1.0,
) -> Best:
    """Measure a model in a process of its own.

    Args:
        open_and_feed: picklable; returns the function that embeds a batch, and one that makes a
            batch of a size.
        arguments: handed to it.
        smallest: batch that is tried; where a model is compiled, it is for each batch anew.
        largest: likewise.
        by_cpu: choose the batch by CPU time; else by wall time.
        each_s: how long a batch is tried.
    """
    with environment(**ENVIRONMENT), get_context("spawn").Pool(1) as pool:
        return pool.apply(_limit, (open_and_feed, arguments, smallest, largest, by_cpu, each_s))


def _limit(
    open_and_feed: Any,
    arguments: tuple[Any, ...],
    smallest: int,
    largest: int,
    by_cpu: bool,
    each_s: float,
) -> Best:
    encode, feed = open_and_feed(*arguments)
    found: list[Best] = []
    for size in (size for size in _SIZES if smallest <= size <= largest):
        batch = feed(size)
        encode(batch)
        encode(batch)
        took: list[float] = []
        began, used = time.monotonic(), time.process_time()
        while (last := time.monotonic()) - began < each_s or len(took) < 3:
            encode(batch)
            took.append(1e3 * (time.monotonic() - last))
        wall, cpu = time.monotonic() - began, time.process_time() - used
        count = size * len(took)
        found.append(Best(size, count / wall, count / max(cpu, 1e-9), tuple(took)))
    return max(found, key=lambda best: best.per_cpu_s if by_cpu else best.per_s)


def sight(models: dict[str, Any]) -> Any:
    """For `limit`: a sight model as a site's ``models:`` run it, on ready pictures."""
    from pipeline.bench.runtimes import open_sight_as

    encoder = open_sight_as(models)
    rng = np.random.default_rng(0)
    height, width = encoder.image_size

    def feed(size: int) -> Any:
        return rng.integers(0, 255, (size, height, width, 3), np.uint8)

    return encoder.encode_images, feed


def sound(window: bool = True) -> Any:
    """For `limit`: the embedded sound model; ``window``: from samples, else from ready log-mel."""
    from pipeline.encoders import open_sound

    encoder = open_sound(threads=1)
    rng = np.random.default_rng(0)

    def samples(size: int) -> Any:
        count = round(encoder.window_s * 48_000)
        return rng.uniform(-0.1, 0.1, (size, count)).astype(np.float32)

    def mel(size: int) -> Any:
        shape = (size, *encoder.front.shape)
        return rng.standard_normal(shape).astype(np.float32)

    return (encoder.encode_sounds, samples) if window else (encoder.encode_mel, mel)


def compiled_vit(compiled: bool) -> Any:
    """For `limit`: ViT-B/32 through open_clip on CUDA in bfloat16, tensors ready on the device."""
    import open_clip
    import torch

    torch.manual_seed(0)
    model: Any = open_clip.create_model("ViT-B-32").visual.eval().to("cuda", torch.bfloat16)
    if compiled:
        model = torch.compile(model, mode="max-autotune-no-cudagraphs")

    def encode(batch: Any) -> None:
        with torch.inference_mode():
            model(batch)
            torch.cuda.synchronize()

    def feed(size: int) -> Any:
        return torch.randn((size, 3, 224, 224), device="cuda", dtype=torch.bfloat16)

    return encode, feed


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Processes that are started meanwhile have these variables."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def random_vit() -> Iterator[Path]:
    """A folder of models that holds ViT-B/32 with weights drawn from seed 0."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    from pipeline.encoders.pull import pull

    with tempfile.TemporaryDirectory(prefix="hearsight-bench-") as name:
        torch.manual_seed(0)
        weights = Path(name) / "random.safetensors"
        model: Any = open_clip.create_model("ViT-B-32")
        save_file({k: v.contiguous() for k, v in model.state_dict().items()}, weights)
        folder = Path(name) / "models"
        try:
            pull(VIT, file=weights, models_dir=folder)
        finally:
            weights.unlink()
        yield folder


def can_compile() -> bool:
    """Whether ``torch.compile`` can work for CUDA here."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    return compiler is not None and importlib.util.find_spec("triton") is not None


def has_cuda() -> bool:
    """Whether torch can use a CUDA device."""
    import torch

    return bool(torch.cuda.is_available())
