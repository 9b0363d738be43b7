"""What a camera does to the light: exposure, colour, darkness, dirt, noise, blur, compression."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from pipeline.scene.canvas import Image, around, crop, pattern


@dataclass(frozen=True, slots=True)
class Lens:
    """One camera's rendering of a scene."""

    exposure: float = 1.0
    gamma: float = 1.0
    #: Gain of red, green and blue.
    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)
    #: Infrared or monochrome: the picture is grey.
    mono: bool = False
    saturation: float = 1.0
    #: Standard deviation of the sensor's noise, in grey levels.
    noise: float = 3.0
    #: Standard deviation of the blur, in thousandths of the frame height.
    blur: float = 0.0
    #: Quality of the lossy compression, 0-100; 0 for none.
    jpeg: int = 0
    #: Text that the camera writes into the picture; "" for none.
    caption: str = ""


def sample_lens(rng: np.random.Generator) -> Lens:
    """A camera off the shelf."""
    warm = rng.normal(0, 0.06)
    mono = bool(rng.random() < 0.05)
    return Lens(
        exposure=float(np.exp(rng.normal(0.0, 0.16))),
        gamma=float(np.exp(rng.normal(0.0, 0.15))),
        cast=(float(1 + warm), float(1 + rng.normal(0, 0.02)), float(1 - warm)),
        mono=mono,
        saturation=float(rng.uniform(0.6, 1.15)),
        noise=float(rng.uniform(1, 9)),
        blur=float(max(0.0, rng.uniform(-1.5, 3.5))),
        jpeg=int(rng.integers(18, 75)) if rng.random() < 0.45 else 0,
        caption=_caption(rng) if rng.random() < 0.35 else "",
    )


def _caption(rng: np.random.Generator) -> str:
    name = ("CAM", "Gate", "Yard", "IPC", "Channel")[int(rng.integers(5))]
    return (
        f"{name} {rng.integers(1, 17):02d}  20{rng.integers(18, 30)}-{rng.integers(1, 13):02d}-"
        f"{rng.integers(1, 29):02d} {rng.integers(24):02d}:{rng.integers(60):02d}"
    )


def expose(pixels: Image, lens: Lens, darkness: float) -> Image:
    """Light and colour, before any lamp: ``darkness`` runs from 0 (day) to 1 (deep night)."""
    gain = lens.exposure * (1 - 0.74 * darkness)
    night = (1 - 0.25 * darkness, 1 - 0.12 * darkness, 1 + 0.12 * darkness)
    gamma = min(lens.gamma, 1.0) if darkness > 0.4 else lens.gamma
    x = np.linspace(0, 1, 256)
    table = np.empty((256, 1, 3), np.uint8)
    for k in range(3):
        curve = np.clip(x * gain * lens.cast[k] * night[k], 0, 1) ** gamma
        table[:, 0, k] = np.clip(curve * 255, 0, 255)
    out = cv2.LUT(pixels, table)
    if lens.mono or abs(lens.saturation - 1) > 0.02:
        grey = cv2.cvtColor(cv2.cvtColor(out, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        keep = 0.0 if lens.mono else lens.saturation
        out = cv2.addWeighted(out, keep, grey, 1 - keep, 0)
    return out.astype(np.uint8, copy=False)


@lru_cache(maxsize=2)
def _grain(height: int, width: int) -> Image:
    rng = np.random.default_rng(41)
    shape = (height + 64, width + 64, 3)
    tinted = rng.normal(0, 22, shape).astype(np.float32)
    plain = rng.normal(0, 22, (*shape[:2], 1)).astype(np.float32)
    return np.clip(128 + plain + 0.5 * tinted, 0, 255).astype(np.uint8)


def capture(pixels: Image, lens: Lens, rng: np.random.Generator) -> Image:
    """What the sensor and the encoder add at the end; ``rng`` draws this frame's noise."""
    out: Image = pixels
    h, w = out.shape[:2]
    sigma = lens.blur * h / 1000
    if sigma > 0.25:
        out = cv2.GaussianBlur(out, (0, 0), sigma).astype(np.uint8, copy=False)
    if lens.caption:
        cv2.putText(
            out,
            lens.caption,
            (int(0.02 * h), int(0.05 * h)),
            cv2.FONT_HERSHEY_SIMPLEX,
            h / 800,
            (235, 235, 235),
            1,
            cv2.LINE_AA,
        )
    if lens.noise > 0.3:
        grain = _grain(h, w)
        y, x = int(rng.integers(64)), int(rng.integers(64))
        patch = grain[y : y + h, x : x + w]
        if lens.mono:
            patch = cv2.merge((patch[:, :, 0],) * 3).astype(np.uint8, copy=False)
        share = lens.noise / 24
        out = cv2.addWeighted(out, 1.0, patch, share, -128 * share).astype(np.uint8, copy=False)
    if lens.jpeg:
        out = _compressed(out, lens.jpeg)
    return out


def _compressed(pixels: Image, quality: int) -> Image:
    ok, data = cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, quality))
    if not ok:
        raise RuntimeError("OpenCV could not encode a JPEG: reinstall opencv-python-headless")
    return cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.uint8, copy=False)


def cover(pixels: Image, rng: np.random.Generator) -> Image:
    """The picture of a lens that something lies over: a hand, cloth, paint, or a cap."""
    h, w = pixels.shape[:2]
    colour = (
        (8.0, 8.0, 9.0),
        (64.0, 54.0, 48.0),
        (150.0, 112.0, 92.0),
        (118.0, 120.0, 122.0),
        (190.0, 188.0, 180.0),
        (30.0, 40.0, 70.0),
    )[int(rng.integers(6))]
    grey = crop(pattern("soft"), rng, (h, w), float(rng.uniform(1.5, 5)))
    sheet = cv2.applyColorMap(grey, around(colour, float(rng.uniform(0.05, 0.5))))
    if rng.random() < 0.5:
        return cv2.GaussianBlur(sheet, (0, 0), h / 40).astype(np.uint8, copy=False)
    behind = cv2.GaussianBlur(cv2.resize(pixels, (w // 8, h // 8)), (0, 0), h / 100)
    behind = cv2.resize(behind, (w, h))
    edge = float(rng.uniform(0.72, 1.0))
    ramp = np.linspace(0, 1, w, dtype=np.float32)[None, :] + grey.astype(np.float32) / 900
    alpha = np.clip((edge + 0.14 - ramp) * 6, 0, 1) * float(rng.uniform(0.93, 1.0))
    if rng.random() < 0.5:
        alpha = np.ascontiguousarray(alpha[:, ::-1])
    alpha = alpha.astype(np.float32)
    return cv2.blendLinear(sheet, behind, alpha, 1 - alpha).astype(np.uint8, copy=False)
