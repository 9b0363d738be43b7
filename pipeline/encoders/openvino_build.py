"""From a torch tower to OpenVINO's graph, and from that to int8. Brings in torch."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from typing import Any

import numpy as np
import structlog
import torch

from pipeline.encoders.openvino_import import nncf, openvino
from pipeline.encoders.openvino_tower import ConversionError, TowerSource
from pipeline.encoders.running import Precision

log = structlog.get_logger()

#: Items that a model is quantised by.
CALIBRATION = 128
#: Cosine of a row before and after its conversion in single precision, at least.
_SAME = 0.9999
#: Operations of a convolutional tower that stay in floating point.
_EXACT = frozenset({"MatMul", "Add", "AvgPool"})


def build(source: TowerSource, precision: Precision) -> Any:
    """The tower as an ``openvino.Model``: (n, ...) of any n to float32 rows (n, d).

    Normalisation is a part of the graph: bytes go in. In int8 the model is quantised after
    training (Jacob et al. 2018; nncf, with bias correction), by items that the project's own
    generators make, so that no pictures of anybody are needed.

    Raises:
        ConversionError: OpenVINO's rows are not those of torch.
    """
    log.info("converting a model, once", model=source.name, precision=precision)
    module = source.module().eval().requires_grad_(False)
    model = _convert(source, module)
    _prove(source, module, model)
    if precision != "int8":
        return model
    # Its bars are for terminals, and this runs in a process that logs.
    nncf().set_log_level(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()):
        return _quantised(model, source)


def _quantised(model: Any, source: TowerSource) -> Any:
    library = nncf()
    presets, transformer = library.QuantizationPreset, source.transformer
    ranges = library.quantization.range_estimator.RangeEstimatorParametersSet
    return library.quantize(
        model,
        library.Dataset(list(source.samples(CALIBRATION))),
        preset=presets.MIXED if transformer else presets.PERFORMANCE,
        model_type=library.ModelType.TRANSFORMER if transformer else None,
        ignored_scope=library.IgnoredScope(names=_kept(model, source)),
        subset_size=CALIBRATION,
        # Layer after layer: a convolution's mean is what int8 loses first.
        fast_bias_correction=transformer,
        # What real pictures hold goes beyond the generated ones' mean extremes: what is cut off
        # there costs more than a coarser step.
        advanced_parameters=None
        if transformer
        else library.AdvancedQuantizationParameters(
            activations_range_estimator_params=ranges.MINMAX
        ),
    )


def _kept(model: Any, source: TowerSource) -> list[str]:
    """What of a graph is not quantised.

    Of any tower the first convolutions: they read inputs of a wide range. Of a convolutional one
    its head, which makes the embedding, and what adds and averages, whose rounding every layer
    after it inherits. All of it is cheap.
    """
    ops = [(op.get_type_name(), op.get_friendly_name()) for op in model.get_ordered_ops()]
    first = [name for kind, name in ops if kind in ("Convolution", "GroupConvolution")]
    rest = [] if source.transformer else [name for kind, name in ops if kind in _EXACT]
    return first[: source.keep] + rest


def _convert(source: TowerSource, module: Any) -> Any:
    ov = openvino()
    example = torch.from_numpy(np.concatenate(list(source.samples(2))))
    fast = torch.backends.mha.get_fastpath_enabled()
    # The fast path is one fused operation, which OpenVINO does not know.
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad(), warnings.catch_warnings():
            # Shapes other than the batch are fixed, and `_prove` tries another batch.
            warnings.filterwarnings("ignore", category=torch.jit._trace.TracerWarning)  # noqa: SLF001
            warnings.filterwarnings("ignore", message="`torch.jit")
            warnings.filterwarnings("ignore", message="torch.meshgrid")
            traced = torch.jit.trace(module, example, check_trace=False)  # type: ignore[no-untyped-call]
            return ov.convert_model(traced, input=ov.PartialShape([-1, *source.partial]))
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def _prove(source: TowerSource, module: Any, model: Any) -> None:
    """Compare both on another number of items than the one traced."""
    items = np.concatenate(list(source.samples(3)))
    with torch.inference_mode():
        wanted = module(torch.from_numpy(items)).float().numpy()
    compiled = openvino().Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    got = np.asarray(compiled(items)[0])
    length = np.linalg.norm(wanted, axis=1) * np.linalg.norm(got, axis=1)
    alike = (wanted * got).sum(axis=1) / length if got.shape == wanted.shape else np.zeros(1)
    if not (alike >= _SAME).all():
        raise ConversionError(
            f"OpenVINO gives other numbers than torch for {source.name} "
            f"(cosine {alike.min():.4f}): write runtime: torch"
        )
