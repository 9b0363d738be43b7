"""Short films for tests, cut from generated scenes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from pipeline.scene.compose import compose
from pipeline.scene.render import render
from pipeline.scene.story import StoryEvent
from pipeline.sources import Item, Packet, Packets


def packets_of(items: Iterable[Item]) -> list[Packet]:
    """The encoded packets among what a source yields."""
    return [packet for item in items if isinstance(item, Packets) for packet in item.packets]


def film_of_event(
    seed: int, event: str, folder: Path, *, before_s: float = 12.0, after_s: float = 12.0
) -> tuple[Path, StoryEvent, float]:
    """Cut one event out of a scene; return the film, the event, and its begin within the film."""
    story = compose(seed)
    whole = folder / f"scene-{seed}.mp4"
    if not whole.exists():
        render(story, whole)
    (found,) = (e for e in story.events if e.name == event)
    start = max(0.0, found.start_s - before_s)
    cut = folder / f"{event}-{seed}.mp4"
    copy_stretch(whole, cut, start, found.end_s + after_s)
    return cut, found, found.start_s - start


def copy_stretch(source: Path, target: Path, start_s: float, end_s: float) -> None:
    """Copy packets between two times; pictures begin at a keyframe (each second has one)."""
    with av.open(str(source)) as read, av.open(str(target), "w") as write:
        streams = {s.index: write.add_stream_from_template(s) for s in read.streams}
        began: set[int] = set()
        for packet in read.demux():
            if packet.dts is None or packet.pts is None:
                continue
            at = float(packet.pts * packet.time_base)
            if not start_s <= at < end_s:
                continue
            stream = streams[packet.stream.index]
            if packet.stream.index not in began and not packet.is_keyframe:
                continue
            began.add(packet.stream.index)
            shift = round(start_s / packet.time_base)
            packet.pts -= shift
            packet.dts -= shift
            packet.stream = stream
            write.mux(packet)


def join_clips(
    clips: Sequence[Path], target: Path, *, size: tuple[int, int] = (360, 640), fps: int = 12
) -> None:
    """Encode clips one after another into one H.264 and AAC film; silent ones stay silent.

    Args:
        clips: anything PyAV reads.
        target: an MP4 file.
        size: (H, W) of the film.
        fps: its frames a second; a keyframe every two seconds.
    """
    with av.open(str(target), "w") as out:
        video = out.add_stream("libx264", rate=fps)
        video.width, video.height, video.pix_fmt = size[1], size[0], "yuv420p"
        video.gop_size, video.max_b_frames = 2 * fps, 0
        video.options = {"preset": "veryfast", "crf": "23"}
        sound = out.add_stream("aac", rate=_RATE, layout="mono")
        frames = samples = 0
        for clip in clips:
            pictures, heard = _decoded(clip, size, fps)
            wanted = len(pictures) * _RATE // fps
            heard = np.pad(heard[:wanted], (0, max(0, wanted - len(heard))))
            for pixels in pictures:
                frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
                frame.pts, frames = frames, frames + 1
                out.mux(video.encode(frame))
            for start in range(0, wanted, 1024):
                block = heard[start : start + 1024]
                piece = av.AudioFrame.from_ndarray(block[None], format="fltp", layout="mono")
                piece.sample_rate, piece.pts = _RATE, samples
                samples += block.size
                out.mux(sound.encode(piece))
        out.mux(video.encode(None))
        out.mux(sound.encode(None))


_RATE = 48_000


def _decoded(
    clip: Path, size: tuple[int, int], fps: int
) -> tuple[list[NDArray[np.uint8]], NDArray[np.float32]]:
    pictures: list[NDArray[np.uint8]] = []
    heard: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]
    resampler = av.AudioResampler(format="flt", layout="mono", rate=_RATE)
    with av.open(str(clip)) as container:
        for frame in container.decode():
            if isinstance(frame, av.VideoFrame):
                while len(pictures) <= (frame.time or 0.0) * fps:
                    scaled = frame.reformat(width=size[1], height=size[0], format="rgb24")
                    pictures.append(scaled.to_ndarray())
            elif isinstance(frame, av.AudioFrame):
                heard += [one.to_ndarray()[0] for one in resampler.resample(frame)]
    return pictures, np.concatenate(heard)
