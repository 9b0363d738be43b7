"""Pictures and sounds by which models are quantised: the generators' own, of all they can make.

Seeds are theirs alone: neither trained on, nor in a bank, nor shown in a demonstration.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.log_mel import RATE

_SEED = 7_500_000


def some_pictures(n: int, size: tuple[int, int]) -> Iterator[NDArray[np.uint8]]:
    """``n`` pictures of quiet and of other days, uint8 (H, W, 3), squashed to ``size`` (H, W)."""
    import cv2

    from pipeline.scene.pictures import sample_picture

    for seed in range(_SEED, _SEED + n):
        pixels = sample_picture(np.random.default_rng(seed)).pixels
        squashed = cv2.resize(pixels, (size[1], size[0]), interpolation=cv2.INTER_AREA)
        yield squashed.astype(np.uint8, copy=False)


def some_sounds(n: int, length: int) -> Iterator[NDArray[np.float32]]:
    """``n`` sounds of quiet and of other days, float32 (length,) at 48 kHz."""
    from pipeline.scene.sounds import sample_sound

    for seed in range(_SEED, _SEED + n):
        made = sample_sound(np.random.default_rng(seed), length / RATE)
        yield made.samples[:length].astype(np.float32)
