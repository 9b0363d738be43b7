"""Sound on which fronts are held against each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pipeline.log_mel import RATE, MelFront, RollingMel


def stream(seconds: int) -> NDArray[np.float32]:
    """Rumble, hiss, beeps and digital silence, one after the other and together."""
    rng = np.random.default_rng(7)
    at = np.arange(seconds * RATE)
    rumble = np.cumsum(rng.standard_normal(at.size))
    rumble -= np.repeat(rumble.reshape(-1, RATE // 20).mean(axis=1), RATE // 20)
    heard = 0.2 * rumble / np.abs(rumble).max() + 0.01 * rng.standard_normal(at.size)
    heard += 0.6 * np.sin(0.21 * at) * (at // 30_000 % 3 == 0)
    heard[at // 70_000 % 4 == 1] = 0.0
    out: NDArray[np.float32] = heard.clip(-1, 1).astype(np.float32)
    return out


def hold_against(
    front: MelFront, own: Callable[[NDArray[np.float32]], NDArray[np.float32]], tolerance: float
) -> None:
    """Windows of a stream, each of which the model's ``own`` front makes a picture of as well."""
    heard, rolling = stream(front.window // RATE + 7), RollingMel(front)
    # A second on each; some were held back; one lies off the grid; one is far away.
    after = np.array([0, RATE, 3 * RATE, 3 * RATE + 77, front.window // 2])
    for end in (front.window + after).tolist():
        window = heard[end - front.window : end]
        made = rolling.window(window, end)
        assert made.shape == front.shape
        np.testing.assert_allclose(made, own(window), atol=tolerance)
