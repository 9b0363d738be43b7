"""A story as a film: H.264 and AAC in an MP4 file."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer

from pipeline.scene.acoustics import RATE, Samples
from pipeline.scene.story import Story

_BLOCK = 1024


def render(
    story: Story,
    path: Path,
    *,
    size: tuple[int, int] = (360, 640),
    fps: int = 12,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write ``story`` to ``path`` as an MP4 of ``size`` = (H, W), both even.

    A keyframe each second and no B-frames, as cameras send. ``progress`` is called with the part
    done, 0 to 1. Raises ``ValueError`` for an odd size, and PyAV's errors for an unwritable path.
    """
    if size[0] % 2 or size[1] % 2:
        raise ValueError(f"H.264 in yuv420p needs even sides, got {size}: choose even ones")
    frames = round(story.seconds * fps)
    sound = story.sound()
    with av.open(str(path), "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=fps)
        video.width, video.height = size[1], size[0]
        video.pix_fmt = "yuv420p"
        video.gop_size = fps
        video.max_b_frames = 0
        video.options = {"preset": "veryfast", "crf": "23", "tune": "zerolatency"}
        video.time_base = Fraction(1, fps)
        audio = container.add_stream("aac", rate=RATE, layout="mono")
        audio.bit_rate = 96_000
        written = 0
        for k in range(frames):
            t = k / fps
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(story.frame(t, size)), "rgb24")
            frame.pts = k
            frame.time_base = Fraction(1, fps)
            container.mux(video.encode(frame))
            # Sound keeps pace with the picture, so that a reader finds both side by side.
            written = _write_sound(container, audio, sound, written, round((t + 1 / fps) * RATE))
            if progress is not None:
                progress((k + 1) / frames)
        _write_sound(container, audio, sound, written, len(sound), last=True)
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def _write_sound(
    container: OutputContainer,
    stream: AudioStream,
    sound: Samples,
    start: int,
    stop: int,
    *,
    last: bool = False,
) -> int:
    """Encode whole blocks of ``sound`` from ``start`` up to ``stop``; returns where it got to."""
    while start < stop and (last or start + _BLOCK <= stop):
        block = sound[start : min(start + _BLOCK, stop)]
        frame = av.AudioFrame.from_ndarray(block[None, :], format="fltp", layout="mono")
        frame.sample_rate = RATE
        frame.pts = start
        frame.time_base = Fraction(1, RATE)
        container.mux(stream.encode(frame))
        start += len(block)
    return start
