"""Towers on CUDA: graphs, pinned memory, and two streams so that copies and sums overlap."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import structlog
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.encoders.running import RuntimeChoiceError

log = structlog.get_logger()

_TORCH_TYPES = {np.uint8: torch.uint8, np.float32: torch.float32}
#: Runs before a capture: libraries choose their kernels and take their memory in these.
_WARM_UP = 3


class CudaEngine:
    """See ``bucket_tower.Engine``.

    Args:
        module: items (n, ...) to rows (n, d), in evaluation mode on its device.
        device: the device.
        shape: of one item.
        dtype: of its numbers: uint8 or float32.
        most: items of the largest batch.
        compiled: the largest batch runs what torch.compile makes of the module; smaller ones, which
            a line with little to do has, run it as it is: each size costs a compilation.
        required: whether a compilation that fails is an error.
    """

    def __init__(
        self,
        module: nn.Module,
        device: torch.device,
        shape: tuple[int, ...],
        dtype: type[np.generic],
        most: int,
        *,
        compiled: bool,
        required: bool,
    ) -> None:
        self._module = module
        self._device = device
        self._dtype = _TORCH_TYPES[dtype]
        self._most = most
        self._compiled = compiled
        self._required = required
        with torch.cuda.device(device):
            self._copying, self._computing = (
                torch.cuda.Stream()  # type: ignore[no-untyped-call]
                for _ in range(2)
            )
            # Waiting threads sleep: the CPU is wanted for decoding.
            self._copied, self._taken, self._back_again = (
                [
                    torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
                    for _ in range(2)
                ]
                for _ in range(3)
            )
            self._pool = torch.cuda.graph_pool_handle()
        self._staged = [self._on_device(shape) for _ in range(2)]
        self._input = self._on_device(shape)
        self._input.zero_()
        torch.cuda.synchronize(device)
        self._host: list[Tensor] = []
        self._back: list[Tensor] = []
        self._graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor]] = {}

    def _on_device(self, shape: tuple[int, ...]) -> Tensor:
        return torch.empty((self._most, *shape), dtype=self._dtype, device=self._device)

    def buffer(self, shape: tuple[int, ...]) -> NDArray[Any]:
        """See ``Engine``."""
        pinned = torch.empty(shape, dtype=self._dtype, pin_memory=True)
        self._host.append(pinned)
        array: NDArray[Any] = pinned.numpy()
        return array

    def capture(self, size: int) -> None:
        """See ``Engine``."""
        fast = torch.backends.mha.get_fastpath_enabled()
        # Attention in its plain form: kernels that torch.compile and a capture are made for.
        torch.backends.mha.set_fastpath_enabled(False)
        try:
            self._capture(size)
        finally:
            torch.backends.mha.set_fastpath_enabled(fast)

    def _capture(self, size: int) -> None:
        items = self._input[:size]
        run = self._runner(size, items)
        with torch.cuda.device(self._device), torch.no_grad():
            self._computing.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self._computing):
                for _ in range(_WARM_UP):
                    run(items)
            self._computing.synchronize()
            graph = torch.cuda.CUDAGraph()
            # Another thread may embed texts meanwhile.
            with torch.cuda.graph(
                graph,
                pool=self._pool,
                stream=self._computing,
                capture_error_mode="thread_local",
            ):
                rows = run(items).float()
        self._graphs[size] = graph, rows
        if not self._back:
            for _ in range(2):
                shape = (self._most, rows.shape[1])
                self._back.append(torch.empty(shape, dtype=torch.float32, pin_memory=True))

    def _runner(self, size: int, items: Tensor) -> Any:
        """The module, compiled for the largest batch."""
        if not self._compiled or size != self._most:
            return self._module
        compiled = torch.compile(self._module, dynamic=False)
        log.info("compiling a model for the device, once", batch=size)
        try:
            with torch.cuda.device(self._device), torch.no_grad():
                compiled(items)
        except RuntimeError as error:
            if "out of memory" in str(error):
                raise
            if self._required:
                raise RuntimeChoiceError(
                    "models: compile: on, but torch could not compile the model "
                    f"({str(error).strip().splitlines()[0][:200]}): write compile: off"
                ) from error
            log.warning("the model is not compiled, it runs as it is", error=str(error)[:500])
            return self._module
        return compiled

    def release(self, size: int) -> None:
        """See ``Engine``."""
        torch.cuda.synchronize(self._device)
        held = self._graphs.pop(size, None)
        del held
        torch.cuda.empty_cache()

    def start(self, turn: int, n: int, size: int) -> None:
        """See ``Engine``."""
        graph, rows = self._graphs[size]
        staged = self._staged[turn]
        with torch.no_grad():
            with torch.cuda.stream(self._copying):
                # Not before the batch that last had this turn was taken from there.
                self._copying.wait_event(self._taken[turn])
                staged[:n].copy_(self._host[turn][:n], non_blocking=True)
                self._copied[turn].record(self._copying)
            with torch.cuda.stream(self._computing):
                self._computing.wait_event(self._copied[turn])
                self._input[:n].copy_(staged[:n], non_blocking=True)
                self._taken[turn].record(self._computing)
                graph.replay()
                self._back[turn][:n].copy_(rows[:n], non_blocking=True)
                self._back_again[turn].record(self._computing)

    def done(self, turn: int) -> bool:
        """See ``Engine``."""
        return bool(self._back_again[turn].query())  # type: ignore[no-untyped-call]

    def rows(self, turn: int, n: int) -> NDArray[np.float32]:
        """See ``Engine``."""
        self._back_again[turn].synchronize()
        out: NDArray[np.float32] = self._back[turn][:n].numpy().copy()
        return out


def may_compile(wanted: str, cache: Path | None) -> bool:
    """Whether torch.compile is to be used, for ``auto``, ``on`` or ``off``; sets its cache up.

    Raises:
        RuntimeChoiceError: ``on``, and Triton or a C compiler is missing.
    """
    if wanted == "off":
        return False
    compiler = os.environ.get("CC") or "cc"
    found = shutil.which(compiler) or shutil.which("gcc") or shutil.which("clang")
    missing = [
        name
        for name, here in (
            ("Triton", importlib.util.find_spec("triton") is not None),
            ("a C compiler", found is not None),
        )
        if not here
    ]
    if missing and wanted == "on":
        raise RuntimeChoiceError(
            f"models: compile: on, but {' and '.join(missing)} is missing: install it, or write "
            "compile: auto, which runs captured graphs without"
        )
    if missing:
        return False
    if cache is not None:
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache / "inductor"))
        os.environ.setdefault("TRITON_CACHE_DIR", str(cache / "triton"))
    return True
