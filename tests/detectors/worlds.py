"""Moments of a made-up camera: what is normal there is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.base import BEFORE, Moments
from pipeline.records import NS_PER_S, Embedding, Modality

MONDAY_NOON = 1_760_356_800.0
DIM = 32


def unit(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def direction(seed: int) -> NDArray[np.float32]:
    return unit(np.random.default_rng(1000 + seed).normal(size=DIM))


def moments(
    centres: NDArray[np.floating],
    *,
    noise: float = 0.02,
    seed: int = 0,
    hours: NDArray[np.floating] | float = 12.0,
    change: NDArray[np.floating] | None = None,
    patches: NDArray[np.floating] | None = None,
) -> Moments:
    """Noisy unit rows about ``centres`` (n, d), one every ten seconds, each of its own past."""
    rng = np.random.default_rng(seed)
    n = len(centres)
    rows = unit(centres + rng.normal(0, noise, centres.shape))
    before = np.full((n, BEFORE, centres.shape[1]), np.nan, np.float16)
    for back in range(1, BEFORE + 1):
        before[back:, BEFORE - back] = rows[:-back]
    return Moments(
        rows,
        MONDAY_NOON + 10.0 * np.arange(n),
        np.broadcast_to(np.asarray(hours, np.float32), (n,)).copy(),
        None if patches is None else patches.astype(np.float16),
        None if change is None else change.astype(np.float32),
        before,
    )


def still(n: int, seed: int = 0, **more: object) -> Moments:
    """A scene that stays as it is."""
    return moments(np.tile(direction(0), (n, 1)), seed=seed, **more)  # type: ignore[arg-type]


def picture(row: NDArray[np.floating], at_s: float, thumbnail: bytes = b"") -> Embedding:
    """What camera ``yard`` sees at a second of its stream, by the model ``clip@1``."""
    return Embedding(
        camera="yard",
        view="whole",
        modality=Modality.VIDEO,
        model="clip@1",
        pts_ns=round(at_s * NS_PER_S),
        duration_ns=0,
        captured_at=1_760_000_000.0 + at_s,
        vector=unit(row),
        thumbnail=thumbnail,
    )
