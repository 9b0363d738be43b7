"""Embeddings of an invented camera, and an archive that holds them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from pipeline.archive import ArchiveWriter
from pipeline.metrics import Recorder
from pipeline.records import NS_PER_S, Embedding, Modality, Quiet

MODELS = {Modality.VIDEO: "ViT-B-32/laion@1", Modality.AUDIO: "clap@1"}
DIM = 64
#: 2025-10-09T08:53:20Z: half past an hour and some minutes.
NOON = 1_760_000_000.0
JPEG = b"\xff\xd8 a picture \xff\xd9"


def unit(seed: int, dim: int = DIM) -> np.ndarray:
    row = np.random.default_rng(seed).normal(size=dim)
    return (row / np.linalg.norm(row)).astype(np.float32)


def seen(at_s: float, seed: int = 1, *, camera: str = "yard", view: str = "whole") -> Embedding:
    """A picture at ``at_s`` of stream time; one in ten comes with a thumbnail."""
    return Embedding(
        camera,
        view,
        Modality.VIDEO,
        MODELS[Modality.VIDEO],
        round(at_s * NS_PER_S),
        0,
        NOON + at_s,
        unit(seed),
        thumbnail=JPEG if at_s % 10 == 0 else b"",
    )


def heard(at_s: float, seed: int = 2, *, camera: str = "yard") -> Embedding:
    """Five seconds of sound from ``at_s`` on."""
    begin = round(at_s * NS_PER_S)
    wall = NOON + at_s + 5
    model = MODELS[Modality.AUDIO]
    return Embedding(camera, "whole", Modality.AUDIO, model, begin, 5 * NS_PER_S, wall, unit(seed))


def silence(at_s: float, *, camera: str = "yard") -> Quiet:
    begin = round(at_s * NS_PER_S)
    return Quiet(camera, "whole", Modality.AUDIO, begin, begin + NS_PER_S, NOON + at_s + 1)


def writer(root: Path, *, run: str = "00000001", **settings: object) -> ArchiveWriter:
    recorder = settings.pop("recorder", None) or Recorder()
    return ArchiveWriter(
        root,
        MODELS,
        reserve_mb=settings.pop("reserve_mb", 0),  # type: ignore[arg-type]
        recorder=recorder,  # type: ignore[arg-type]
        run=run,
        **settings,  # type: ignore[arg-type]
    )


def archive(
    root: Path, items: Iterable[Embedding | Quiet], *, every: int = 20, **more: object
) -> None:
    """Write ``items``, a block per ``every`` of them."""
    pen = writer(root, **more)
    for number, item in enumerate(items, 1):
        pen.append(item)
        if number % every == 0:
            pen.flush()
    pen.flush()


def files(root: Path) -> list[Path]:
    return sorted(root.rglob("*.seg"))
