"""What a canary shows and sounds like, and what it is called. The same on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.base import SAMPLE_RATE

#: Its camera and its rule: the names of a site begin with a letter or a digit.
CAMERA = "_canary"
RULE = "_canary"
#: Number of the card and the sound below: one more with each change of them.
CARD = 1


def canary_id(sent_at: float) -> str:
    """The id of the alert of the canary that was sent then (UTC epoch seconds)."""
    return f"canary-{round(sent_at * 1e6):x}"


def picture(size: tuple[int, int]) -> NDArray[np.uint8]:
    """The card: sky, ground, a house, a sun and stripes, so that it fits no camera's view.

    Args:
        size: (height, width) in pixels.

    Returns:
        uint8 (height, width, 3), RGB.
    """
    height, width = size
    y = (np.arange(height) / height)[:, None]
    x = (np.arange(width) / width)[None, :]
    shown = np.zeros((height, width, 3))
    shown[...] = np.array([90, 150, 230]) + (y * 80)[..., None]
    shown[np.broadcast_to(y > 0.62, (height, width))] = (70, 110, 50)
    shown[(x - 0.8) ** 2 + (y - 0.2) ** 2 < 0.01] = (250, 220, 60)
    shown[(x > 0.2) & (x < 0.55) & (y > 0.38) & (y < 0.75)] = (170, 70, 50)
    shown[(y > 0.2) & (y <= 0.38) & (np.abs(x - 0.375) < (y - 0.2) * 1.2)] = (80, 40, 40)
    shown[(x > 0.27) & (x < 0.36) & (y > 0.46) & (y < 0.57)] = (240, 240, 200)
    shown[(x > 0.43) & (x < 0.5) & (y > 0.54) & (y < 0.75)] = (60, 40, 30)
    shown[(x > 0.65) & (x < 0.95) & (y > 0.7) & (np.floor(x * 40) % 2 == 0)] = (240, 240, 240)
    return shown.clip(0, 255).astype(np.uint8)


def sound(samples: int) -> NDArray[np.float32]:
    """Three rising tones with pauses, and a knock at the end.

    Args:
        samples: how many, at `SAMPLE_RATE`.

    Returns:
        float32 (samples,), within [-1, 1].
    """
    at = np.arange(samples) / SAMPLE_RATE
    length = samples / SAMPLE_RATE
    part = at / length * 4
    within = part % 1
    # A sweep from 400 to 2400 Hz in each of the first three quarters.
    swept = 2 * np.pi * (400 + 1000 * within) * within * length / 4
    tone = 0.4 * np.sin(swept) * np.sin(np.pi * within) ** 2 * (part < 3)
    knock = 0.6 * np.sin(2 * np.pi * 180 * at) * np.exp(-30 * within * length / 4) * (part >= 3)
    heard: NDArray[np.float32] = (tone + knock).astype(np.float32)
    return heard
