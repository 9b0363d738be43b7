"""Towers on OpenVINO's CPU runtime, in single precision, bf16 or int8."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from pipeline.encoders.base import EncoderError
from pipeline.encoders.openvino_cache import ModelCache
from pipeline.encoders.openvino_import import openvino
from pipeline.encoders.running import Precision, RuntimeChoiceError
from pipeline.encoders.towers import Pending, Rooms

log = structlog.get_logger()


class ConversionError(EncoderError):
    """A model does not survive its conversion."""


class TowerSource(Protocol):
    """A tower that can be converted: its weights are opened only if they must be."""

    @property
    def name(self) -> str:
        """Its identity, with its weights' digest."""
        ...

    def module(self) -> Any:
        """The torch module, in single precision on the CPU: items (n, ...) to rows (n, d)."""
        ...

    def samples(self, n: int) -> Iterable[NDArray[Any]]:
        """Batches of one item each, such as the model meets, to quantise it by."""
        ...

    def facts(self) -> dict[str, Any]:
        """What must be known of the model without opening it, as JSON holds it."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one item."""
        ...

    @property
    def partial(self) -> tuple[int, ...]:
        """The same, with -1 for a side that may be of any length."""
        ...

    @property
    def dtype(self) -> type[np.generic]:
        """Of its numbers."""
        ...

    @property
    def transformer(self) -> bool:
        """Whether it is one: attention is quantised differently."""
        ...

    @property
    def keep(self) -> int:
        """How many of its first convolutions are not quantised, where they lose the most."""
        ...


@dataclass(frozen=True, slots=True)
class _Machine:
    """What compiled models depend on."""

    core: Any
    version: str
    cpu: str
    able: tuple[str, ...]


def _machine() -> _Machine:
    ov = openvino()
    core = ov.Core()
    able = tuple(sorted(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")))
    return _Machine(core, ov.__version__, core.get_property("CPU", "FULL_DEVICE_NAME"), able)


class OpenVinoTower:
    """See ``Tower``. Batches are worked on by OpenVINO's threads while Python goes on.

    Args:
        compiled: an ``openvino.CompiledModel`` of one input (n, ...) and one output (n, d).
        shape: of one item.
        dtype: of its numbers.
        most: items of a batch.
    """

    def __init__(
        self, compiled: Any, shape: tuple[int, ...], dtype: type[np.generic], most: int
    ) -> None:
        self._tensor = openvino().Tensor
        self._requests = [compiled.create_infer_request() for _ in range(2)]
        self._rooms = Rooms(shape, dtype, most)

    def room(self, n: int) -> NDArray[Any]:
        """See ``Tower``."""
        return self._rooms.room(n)

    def begin(self, items: NDArray[Any]) -> Pending:
        """See ``Tower``."""
        request = self._requests[self._rooms.filled()]
        # Of a batch nobody waited for; its memory must not be read any more.
        request.wait()
        items = np.ascontiguousarray(items)
        request.set_input_tensor(self._tensor(items, shared_memory=True))
        request.start_async()
        return _Started(request, items)

    def shrink(self, most: int) -> None:
        """See ``Tower``: OpenVINO holds nothing for larger ones."""


class _Started:
    """A batch that OpenVINO works on; keeps its items alive."""

    def __init__(self, request: Any, items: NDArray[Any]) -> None:
        self._request = request
        self._items = items

    @property
    def ready(self) -> bool:
        """See ``Pending``."""
        return bool(self._request.wait_for(0))

    def result(self) -> NDArray[np.float32]:
        """See ``Pending``."""
        self._request.wait()
        rows: NDArray[np.float32] = np.array(self._request.get_output_tensor(0).data, np.float32)
        return rows


def open_tower(
    source: TowerSource,
    precision: Precision,
    *,
    threads: int | None,
    most: int,
    cache: Path | None,
) -> tuple[OpenVinoTower, dict[str, Any]]:
    """A tower, from the cache where it holds one; and what is known of its model.

    The first time the model is converted from torch and proven against it, quantised for int8
    (some seconds for the embedded pair, a minute for a ViT-B/32), compiled, and kept. After that
    neither torch nor the weights are opened.

    Args:
        source: the model.
        precision: fp32, bf16 or int8.
        threads: CPU threads; None: as many as there are cores.
        most: items of a batch.
        cache: folder of such models; None: nothing is kept.

    Raises:
        RuntimeChoiceError: OpenVINO or nncf is not here, or the CPU has no bf16.
        ConversionError: OpenVINO makes something else of the model.
    """
    machine = _machine()
    if precision == "bf16" and "BF16" not in machine.able:
        raise RuntimeChoiceError(
            f"models: precision: bf16, but this CPU ({machine.cpu}) has none: write auto or int8"
        )
    config = _config(precision, threads, machine)
    store = ModelCache(cache / "openvino") if cache is not None else None
    entry = Path()
    if store is not None:
        entry = store.path(
            f"{source.name}+{precision}",
            openvino=machine.version,
            cpu=machine.cpu,
            able=machine.able,
            threads=threads,
        )
        kept = store.read(entry)
        if kept is not None:
            compiled = _import(machine, entry, config)
            shape = tuple(int(side) for side in kept["shape"])
            return OpenVinoTower(compiled, shape, source.dtype, most), kept["facts"]
    from pipeline.encoders.openvino_build import build

    model, facts = build(source, precision), source.facts()
    compiled = machine.core.compile_model(model, "CPU", config)
    if store is not None:

        def fill(folder: Path) -> None:
            openvino().save_model(model, folder / "model.xml", compress_to_fp16=False)
            (folder / "compiled.blob").write_bytes(compiled.export_model().getvalue())

        try:
            store.write(entry, {"shape": source.shape, "facts": facts}, fill)
        except OSError as error:
            log.warning("a converted model is not kept", entry=str(entry), error=str(error))
    return OpenVinoTower(compiled, source.shape, source.dtype, most), facts


def _import(machine: _Machine, entry: Path, config: dict[str, Any]) -> Any:
    """The compiled model of a proven entry; compiled again where OpenVINO refuses its blob."""
    blob = (entry / "compiled.blob").read_bytes()
    try:
        return machine.core.import_model(blob, "CPU", config)
    except RuntimeError as error:
        log.warning("a compiled model is compiled anew", entry=str(entry), error=str(error))
        return machine.core.compile_model(entry / "model.xml", "CPU", config)


def _config(precision: Precision, threads: int | None, machine: _Machine) -> dict[str, Any]:
    # What int8 leaves as it is runs in bf16 where the CPU can: that loses far less.
    half = precision != "fp32" and "BF16" in machine.able
    return {
        "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        # Threads tied to cores get in the way of the workers that decode there.
        "ENABLE_CPU_PINNING": False,
        **({} if threads is None else {"INFERENCE_NUM_THREADS": threads}),
    }
