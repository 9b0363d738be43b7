"""Banks of ordinary embeddings: the prior of a rule before its camera has a history.

The embedded pair ships its banks. For any other model the same generated ordinary scenes and
sounds are embedded once with the loaded model and kept in a cache folder.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.base import SAMPLE_RATE, EncoderError, SightEncoder, SoundEncoder
from pipeline.encoders.words import EMBEDDED
from pipeline.scene.concepts import NORMAL_SIGHT, NORMAL_SOUND

#: Seeds from here on are drawn for banks alone: neither trained on nor shown in a demonstration.
SEED = 7_000_000
_BATCH = 16


class BankError(EncoderError):
    """A bank cannot be read or belongs to another model."""


def ordinary_pictures(seed: int, size: tuple[int, int]) -> Iterator[NDArray[np.uint8]]:
    """Endless generated pictures of quiet days, uint8 (H, W, 3), squashed to ``size`` (H, W)."""
    import cv2

    from pipeline.scene.pictures import sample_picture

    at = seed
    while True:
        made = sample_picture(np.random.default_rng(at))
        at += 1
        if made.concepts <= NORMAL_SIGHT:
            squashed = cv2.resize(made.pixels, (size[1], size[0]), interpolation=cv2.INTER_AREA)
            yield squashed.astype(np.uint8, copy=False)


def ordinary_sounds(seed: int, seconds: float) -> Iterator[NDArray[np.float32]]:
    """Endless generated sounds of quiet days, float32 (seconds at 48 kHz,)."""
    from pipeline.scene.sounds import sample_sound

    at = seed
    while True:
        made = sample_sound(np.random.default_rng(at), seconds)
        at += 1
        if made.concepts <= NORMAL_SOUND:
            yield made.samples[: round(seconds * SAMPLE_RATE)].astype(np.float32)


def build_background(
    encoder: SightEncoder | SoundEncoder, seed: int = SEED, n: int = 400
) -> NDArray[np.float32]:
    """Embed ``n`` ordinary items with the loaded model: float32 unit rows (n, dim)."""
    rows: list[NDArray[np.float32]] = []
    if isinstance(encoder, SightEncoder):
        pictures = ordinary_pictures(seed, encoder.image_size)
        for first in range(0, n, _BATCH):
            batch = [next(pictures) for _ in range(min(_BATCH, n - first))]
            rows.append(encoder.encode_images(np.stack(batch)))
    else:
        sounds = ordinary_sounds(seed, encoder.window_s)
        for first in range(0, n, _BATCH):
            some = [next(sounds) for _ in range(min(_BATCH, n - first))]
            rows.append(encoder.encode_sounds(np.stack(some)))
    return np.concatenate(rows)


def background(
    encoder: SightEncoder | SoundEncoder, cache: Path, *, n: int = 400
) -> NDArray[np.float32]:
    """The model's bank: shipped, cached, or embedded now and cached (some seconds on a CPU).

    Raises:
        BankError: the shipped bank is damaged.
    """
    shipped = _shipped(encoder.model_id)
    if shipped is not None:
        return shipped
    name = hashlib.sha256(encoder.model_id.encode()).hexdigest()[:24]
    path = cache / f"background-{name}.npz"
    kept = _read(path, encoder.model_id)
    if kept is not None and len(kept) >= n:
        return kept
    rows = build_background(encoder, n=n)
    cache.mkdir(parents=True, exist_ok=True)
    write_bank(path, encoder.model_id, rows)
    return rows


def write_bank(path: Path, model_id: str, rows: NDArray[np.float32]) -> None:
    """Store unit rows as float16, at once."""
    partial = path.with_suffix(f".{os.getpid()}.part")
    with partial.open("wb") as file:
        np.savez_compressed(file, model=np.array(model_id), rows=rows.astype(np.float16))
    partial.replace(path)


def _shipped(model_id: str) -> NDArray[np.float32] | None:
    """The package's bank, if these are the weights it was made by."""
    path = EMBEDDED / f"{model_id.partition('@')[0]}.background.npz"
    if not path.is_file():
        return None
    rows = _read(path, None)
    if rows is None:
        raise BankError(f"{path} is damaged: reinstall hearsight")
    # A prior of 4,000 rows serves the same weights in bf16 and int8 better than one of 400 would.
    return _read(path, model_id.partition("+")[0])


def _read(path: Path, model_id: str | None) -> NDArray[np.float32] | None:
    """Unit rows of a bank; None where there is none for this model."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if model_id is not None and str(stored["model"]) != model_id:
                return None
            rows = stored["rows"].astype(np.float32)
    except FileNotFoundError:
        return None
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError):
        return None
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    out: NDArray[np.float32] = rows / length
    return out
