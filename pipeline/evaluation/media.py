"""Reads pictures and sound of a file as a camera's worker would: the same scaler, the same cuts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from pipeline.evaluation.errors import UnreadableMedia
from pipeline.gate import GateSettings, SoundGate, repeated
from pipeline.records import NS_PER_S, AudioChunk
from pipeline.sources.base import SAMPLE_RATE, Sound
from pipeline.sources.pace import Pace
from pipeline.sources.picture import Sampler
from pipeline.sources.reader import quiet_libav
from pipeline.sources.sound import ToMono

#: Frames a second that clips are looked at with: what moves is read at a fixed pace.
FRAMES_PER_S = 5.0
#: Distance between windows of sound, seconds: the supervisor's.
SOUND_HOP_S = 1.0
#: Pace of a folder of stills that carries none.
STILLS_PER_S = 25.0
STILLS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"})


def frames(
    path: Path, size: tuple[int, int], fps: float | None = FRAMES_PER_S
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Yield (seconds, uint8 (H, W, 3) RGB) of a clip, or of a folder of stills in natural order.

    Args:
        path: a media file, or a folder of stills.
        size: (H, W) that whole frames are squashed to.
        fps: the first frame of each slot of 1/fps seconds; None: every frame.

    Raises:
        UnreadableMedia: the file cannot be decoded.
    """
    sampler = Sampler(Pace(fps)) if fps is not None else None
    scaler = VideoReformatter()
    for at, frame in _stills(path) if path.is_dir() else _film(path):
        if sampler is None or sampler.due(round(at * NS_PER_S)):
            scaled = scaler.reformat(frame, width=size[1], height=size[0], format="rgb24")
            yield at, np.ascontiguousarray(scaled.to_ndarray())


def sounds(path: Path, window_s: float) -> Iterator[tuple[float, float, NDArray[np.float32]]]:
    """Yield (begin, end, samples) of each window of sound: float32 (window,), 48 kHz mono.

    Windows are those of the product's gate with nothing held back: one a second, the first ones
    shorter and filled by repetition. Begin and end are those of what was heard, in seconds.

    Raises:
        UnreadableMedia: the file cannot be decoded.
    """
    if path.is_dir():
        return
    length = round(window_s * SAMPLE_RATE)
    gate = SoundGate(
        "bench", window_s=window_s, hop_s=SOUND_HOP_S, settings=GateSettings(heartbeat_s=0.0)
    )
    mono, heard, given = ToMono(), 0, 0
    beginning = np.zeros(0, np.float32)
    with _opened(path) as container:
        if not container.streams.audio:
            return
        for frame in container.decode(audio=0):
            samples, _ = mono.convert(frame)
            at_ns = heard * NS_PER_S // SAMPLE_RATE
            heard += samples.size
            if not given:
                beginning = np.concatenate((beginning, samples))
            for chunk in gate.push(Sound(at_ns, 0.0, samples)):
                if isinstance(chunk, AudioChunk):
                    given += 1
                    yield _window(chunk, length)
    for chunk in gate.flush(0.0):
        given += 1
        yield _window(chunk, length)
    if not given and heard >= SAMPLE_RATE // 10:
        yield _window(AudioChunk("bench", 0, 0.0, beginning), length)


def whole_sound(path: Path) -> NDArray[np.float32]:
    """All that a file sounds like: float32 (n,), 48 kHz mono; empty where it has no sound.

    Raises:
        UnreadableMedia: the file cannot be decoded.
    """
    mono = ToMono()
    with _opened(path) as container:
        if not container.streams.audio:
            return np.zeros(0, np.float32)
        parts = [mono.convert(frame)[0] for frame in container.decode(audio=0)]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _window(chunk: AudioChunk, length: int) -> tuple[float, float, NDArray[np.float32]]:
    begin = chunk.pts_ns / NS_PER_S
    return begin, begin + chunk.samples.size / SAMPLE_RATE, repeated(chunk.samples, length)


def length_of(path: Path) -> tuple[int, float]:
    """Frames of a film, and its frames a second: of its header, or counted where it has none.

    Raises:
        UnreadableMedia: the file cannot be decoded, or holds no picture.
    """
    with _opened(path) as container:
        if not container.streams.video:
            raise UnreadableMedia(f"{path} holds no picture")
        stream = container.streams.video[0]
        rate = float(stream.average_rate or stream.guessed_rate or STILLS_PER_S)
        frames_told = int(stream.frames)
        if not frames_told:
            frames_told = sum(1 for packet in container.demux(video=0) if packet.size)
        return frames_told, rate


def picture(path: Path) -> NDArray[np.uint8]:
    """One still as uint8 (H, W, 3) RGB. Raises UnreadableMedia."""
    import cv2

    read = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if read is None:
        raise UnreadableMedia(f"{path} is no picture that can be read")
    return cv2.cvtColor(read, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def stills_in(folder: Path) -> list[Path]:
    """The stills of a folder, so that 2.jpg comes before 10.jpg."""
    found = [p for p in folder.iterdir() if p.suffix.lower() in STILLS]
    return sorted(found, key=natural)


def natural(path: Path) -> tuple[tuple[int, str], ...]:
    """A sort key under which numbers in names count as numbers."""
    parts = re.split(r"(\d+)", path.name)
    return tuple((int(p), "") if p.isdigit() else (-1, p) for p in parts)


def _stills(folder: Path) -> Iterator[tuple[float, av.VideoFrame]]:
    for index, path in enumerate(stills_in(folder)):
        yield index / STILLS_PER_S, av.VideoFrame.from_ndarray(picture(path), format="rgb24")


def _film(path: Path) -> Iterator[tuple[float, av.VideoFrame]]:
    with _opened(path) as container:
        if not container.streams.video:
            return
        container.streams.video[0].thread_type = "AUTO"
        start: float | None = None
        for frame in container.decode(video=0):
            if frame.time is not None:
                start = frame.time if start is None else start
                yield max(0.0, frame.time - start), frame


@contextmanager
def _opened(path: Path) -> Iterator[av.container.InputContainer]:
    quiet_libav()
    try:
        with av.logging.Capture(), av.open(str(path)) as container:
            yield container
    except (FFmpegError, OSError) as error:
        raise UnreadableMedia(f"{path} cannot be read ({type(error).__name__})") from error
