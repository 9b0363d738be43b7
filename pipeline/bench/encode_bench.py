"""The report of ``hearsight bench encode``."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from pipeline.bench import clips as playing
from pipeline.bench import encode
from pipeline.bench.drive import drive
from pipeline.bench.errors import BenchError
from pipeline.bench.machine import describe
from pipeline.bench.report import Figure, Report
from pipeline.bench.runtimes import has_int8

Say = Callable[[str], None]
#: So often the line and its limit are measured, one after the other.
_PAIRS = 5


def run(
    command: Sequence[str],
    *,
    seconds: float = 10.0,
    clips: int | None = None,
    own: Path | None = None,
    say: Say = lambda _text: None,
) -> Report:
    """Encoders beside the limit on ready tensors; int8; on CUDA half precision and clips.

    Args:
        command: for the report.
        seconds: how long each part is measured.
        clips: cameras that play clips; None: two a core where there is CUDA, else none.
        own: a clip in place of the film.
        say: told how far it is.
    """
    cuda = encode.has_cuda()
    report = Report("encode", describe(gpu=True), command)
    embedded = {"sight": "embedded", "sound": "embedded"}
    say("the embedded pair: in the line, and on ready tensors")
    _beside_limit(report, embedded, seconds, cuda)
    _sound(report)
    with encode.random_vit() as folder, encode.environment(HEARSIGHT_MODELS=str(folder)):
        vit = {"sight": encode.VIT, "sound": "embedded"}
        if has_int8():
            say("ViT-B/32: int8 beside fp32")
            _int8(report, vit)
        else:
            report.notes.append(
                "int8_vs_fp32 was not measured: OpenVINO is not installed (make setup-edge)"
            )
        if cuda:
            say("ViT-B/32 on CUDA")
            _half(report, vit, seconds)
    count = clips if clips is not None else 2 * (os.cpu_count() or 1) if cuda else 0
    if count:
        say(f"15 s clips, {count} at once")
        _clips(report, count, seconds, own)
    return report


def _beside_limit(report: Report, models: dict[str, Any], seconds: float, cuda: bool) -> None:
    """In the line, over the same encoder on ready tensors: by wall time on CUDA, else CPU time.

    Alternately, at the batch that is best on ready tensors: a machine that others use, too, gives
    now more and now less.
    """
    name = "encode_vs_limit"
    best = encode.limit(encode.sight, models, by_cpu=not cuda).size
    pairs = [
        (
            drive(models, seconds / _PAIRS),
            encode.limit(
                encode.sight,
                models,
                smallest=best,
                largest=best,
                by_cpu=not cuda,
                each_s=seconds / _PAIRS,
            ),
        )
        for _ in range(_PAIRS)
    ]
    rates = [
        (driven.per_s, limit.per_s) if cuda else (driven.per_cpu_s, limit.per_cpu_s)
        for driven, limit in pairs
    ]
    ratio = median(inside / alone for inside, alone in rates)
    report.figures.append(
        Figure(name, ratio, target=0.95, note=f"median of {_PAIRS} alternate pairs")
    )
    unit = "pictures/s" if cuda else "pictures/CPU s"
    inside, alone = (median(some) for some in zip(*rates, strict=True))
    report.figures.append(Figure(f"{name}_pictures", inside, unit, limit=alone))
    report.samples[f"{name}_batch_of_{best}"] = (
        "ms",
        [took for _, limit in pairs for took in limit.batch_ms],
    )
    report.details[name] = [{"line": driven, "limit": limit} for driven, limit in pairs]


def _sound(report: Report) -> None:
    best = encode.limit(encode.sound, largest=16)
    ready = encode.limit(encode.sound, False, largest=16)
    report.figures.append(
        Figure("sound_windows", ready.per_cpu_s, "windows/CPU s", baseline=best.per_cpu_s)
    )
    report.details["sound"] = {"from_samples": best, "from_log_mel": ready}


def _int8(report: Report, vit: dict[str, Any]) -> None:
    rates = {}
    for precision in ("fp32", "int8"):
        # Beside what people write otherwise: torch.
        runtime = "torch" if precision == "fp32" else "openvino"
        models = vit | {"device": "cpu", "precision": precision, "runtime": runtime}
        try:
            rates[precision] = encode.limit(encode.sight, models, largest=16)
        except Exception as error:
            raise BenchError(f"ViT-B/32 in {precision}: {error}") from error
    report.figures.append(
        Figure(
            "int8_vs_fp32",
            rates["int8"].per_cpu_s / rates["fp32"].per_cpu_s,
            target=3.5,
            note="speed; accuracy: hearsight evaluate",
        )
    )
    report.details["int8_vs_fp32"] = rates


def _half(report: Report, vit: dict[str, Any], seconds: float) -> None:
    """The line on CUDA beside compiled bfloat16 on tensors that lie ready on the device."""
    driven = drive(vit | {"device": "cuda", "batch": 256}, seconds)
    compiled = encode.can_compile()
    if not compiled:
        report.notes.append(
            "torch.compile needs Triton and a C compiler, which are not here: the limit is "
            "bfloat16 without it"
        )
    # One batch: torch tunes each size anew, for minutes.
    limit = encode.limit(encode.compiled_vit, compiled, smallest=256, largest=256, by_cpu=False)
    report.figures.append(Figure("cuda_vs_compiled_bf16", driven.per_s / limit.per_s, target=0.8))
    report.figures.append(Figure("cuda_pictures", driven.per_s, "pictures/s", limit=limit.per_s))
    report.details["cuda"] = {"line": driven, "limit": limit, "compiled": compiled}


def _clips(report: Report, count: int, seconds: float, own: Path | None) -> None:
    told = playing.measure(count, max(seconds, 10.0), own=own)
    report.figures.append(
        Figure(
            "clips_stream_s_per_s",
            told.stream_s_per_s,
            "s/s",
            baseline=playing.PUBLISHED,
            note=f"baseline: Cosmos-Embed1 on an H100, published; {count} clips at once",
        )
    )
    report.details["clips"] = told
