"""Small films for the tests, and ways to look at what a client receives."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

FPS = 25
RATE = 48_000
WIDTH, HEIGHT = 160, 120


def make_clip(
    path: Path,
    *,
    seconds: float = 2.0,
    picture: str | None = "libx264",
    sound: str | None = "aac",
    gop: int = FPS,
    b_frames: int = 0,
    rate: int = RATE,
    flash_at: float | None = None,
    paint: Callable[[int], NDArray[np.uint8]] | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Path:
    """A clip that grows brighter frame by frame; ``flash_at`` adds a flash and a beep of 0.2 s.

    What ``paint`` gives of a picture's number is of ``size``, width and height.
    """
    with av.open(str(path), "w") as container:
        if picture:
            video = container.add_stream(picture, rate=FPS)
            (video.width, video.height), video.pix_fmt = size, "yuv420p"
            video.codec_context.gop_size = gop
            if picture.startswith("libx26"):
                video.options = {"preset": "ultrafast", "bf": str(b_frames)}
                if picture == "libx265":
                    video.options = {"preset": "ultrafast", "x265-params": "bframes=0:log-level=0"}
        if sound:
            audio = container.add_stream(sound, rate=rate, layout="mono")
        if picture:
            for number in range(round(seconds * FPS)):
                frame = av.VideoFrame.from_ndarray((paint or _grey(flash_at))(number), "rgb24")
                frame.pts, frame.time_base = number, Fraction(1, FPS)
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        if sound:
            samples = _beep(seconds, rate, flash_at)
            for start in range(0, len(samples), 1024):
                piece = samples[None, start : start + 1024]
                chunk = av.AudioFrame.from_ndarray(piece, "s16", "mono")
                chunk.sample_rate, chunk.pts, chunk.time_base = rate, start, Fraction(1, rate)
                container.mux(audio.encode(chunk))
            container.mux(audio.encode(None))
    return path


def _grey(flash_at: float | None) -> Callable[[int], NDArray[np.uint8]]:
    def paint(number: int) -> NDArray[np.uint8]:
        level = 20 + number % 100
        if flash_at is not None and 0 <= number / FPS - flash_at < 0.2:
            level = 250
        return np.full((HEIGHT, WIDTH, 3), level, np.uint8)

    return paint


def _beep(seconds: float, rate: int, flash_at: float | None) -> NDArray[np.int16]:
    times = np.arange(round(seconds * rate)) / rate
    loud = np.full(times.shape, 0.01)
    if flash_at is not None:
        loud[(times >= flash_at) & (times < flash_at + 0.2)] = 0.8
    wave: NDArray[np.int16] = (loud * 32_000 * np.sin(2 * np.pi * 440 * times)).astype(np.int16)
    return wave


def noise(number: int) -> NDArray[np.uint8]:
    """A picture that does not compress."""
    return np.random.default_rng(number).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def watch(url: str, transport: str = "tcp", timeout: float = 3.0) -> av.container.InputContainer:
    """Open a camera as a client does; PyAV gives up after ``timeout`` seconds without data."""
    return av.open(url, options={"rtsp_transport": transport}, timeout=(timeout, timeout))


def until(condition: Callable[[], bool], within_s: float = 30.0) -> bool:
    """Whether ``condition`` comes true in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return condition()
