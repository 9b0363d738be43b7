"""Clips as the line writes them, with somebody in them whose place is known."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
FPS, WIDTH, HEIGHT = 12, 320, 180
#: How large somebody is, and how fast, in pixels and pixels a picture.
ACROSS, TALL, STEP = 24, 60, 3


def backdrop() -> Image:
    """A street without anybody: the same in every picture."""
    size = (HEIGHT // 20, WIDTH // 20, 3)
    blocks = np.random.default_rng(5).integers(60, 120, size, np.uint8)
    return blocks.repeat(20, axis=0).repeat(20, axis=1)


def place_of(number: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of who walks by, in picture ``number``."""
    left = 20 + STEP * number
    return left, 80, left + ACROSS, 80 + TALL


def walker(number: int) -> Image:
    """Somebody in a chequered coat walks by."""
    picture = backdrop()
    left, top, right, bottom = place_of(number)
    coat = ((np.indices((TALL, ACROSS)) // 4).sum(axis=0) % 2 * 235).astype(np.uint8)
    picture[top:bottom, left:right] = coat[:, :, None]
    return picture


def clip(
    path: Path,
    *,
    seconds: float = 4.0,
    paint: Callable[[int], Image] = walker,
    codec: str = "libx264",
    sound: bool = True,
) -> Path:
    """A clip of H.264 and AAC, with words in it that tell where and when it was made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="mp4", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata["title"] = "Mrs Smith"
        out.metadata["location"] = "+38.7-009.1/"
        video = out.add_stream(codec, rate=FPS)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        if codec.startswith("libx264"):
            video.options = {"preset": "ultrafast", "crf": "18"}
        heard = out.add_stream("aac", rate=48_000, layout="mono") if sound else None
        for number in range(round(seconds * FPS)):
            frame = av.VideoFrame.from_ndarray(paint(number), "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if heard is not None:
            samples = (0.3 * np.sin(np.arange(round(seconds * 48_000)) / 20)).astype(np.float32)
            chunk = av.AudioFrame.from_ndarray(samples[None], "flt", "mono")
            chunk.sample_rate, chunk.pts = 48_000, 0
            out.mux(heard.encode(chunk))
            out.mux(heard.encode(None))
    return path


def pictures(path: Path) -> list[Image]:
    """Every picture of a clip, RGB."""
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def detail(part: Image) -> float:
    """How much is to be seen in a part of a picture: its spread of brightness."""
    return float(part.mean(axis=2).std())
