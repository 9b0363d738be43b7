"""Clips encoded anew: their pictures as H.264, which every browser plays, their sound as it was."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import av
from av.error import FFmpegError

from pipeline.media_folder import MediaError


def refuse_longer(clip: av.container.InputContainer, max_s: float) -> None:
    """Raise MediaError where a clip lasts more than so many seconds."""
    length_s = (clip.duration or 0) / 1_000_000
    if length_s > max_s:
        raise MediaError(f"it lasts {length_s:.0f} s, more than {max_s:.0f} s")


def sound_of(clip: av.container.InputContainer) -> av.AudioStream | None:
    """The sound that can be copied, which is AAC; None where there is none."""
    return next((s for s in clip.streams.audio if s.codec_context.name == "aac"), None)


def add_h264(
    out: av.container.OutputContainer,
    width: int,
    height: int,
    time_base: Fraction | None,
    *,
    threads: int = 1,
) -> av.VideoStream:
    """Add a picture track to a file.

    Args:
        out: the file.
        width: pixels; made even, as H.264 wants it.
        height: likewise.
        time_base: in which its pictures' times are told.
        threads: that encode them.
    """
    track = out.add_stream("libx264", options={"preset": "veryfast", "crf": "26"})
    track.width, track.height = (max(2, side // 2 * 2) for side in (width, height))
    track.pix_fmt = "yuv420p"
    track.codec_context.time_base = time_base
    track.codec_context.thread_count = threads
    return track


def decoded(packet: av.Packet) -> list[av.VideoFrame]:
    """The pictures of a packet; none of a damaged one: the next may be whole again."""
    try:
        pictures: list[av.VideoFrame] = packet.decode()
    except FFmpegError:
        return []
    return pictures


def pass_on(packet: av.Packet, track: av.stream.Stream, out: av.container.OutputContainer) -> None:
    """Copy a packet into a track of another file."""
    if packet.dts is not None:
        packet.stream = track
        out.mux(packet)


def recode(
    clip: av.container.InputContainer,
    out: av.container.OutputContainer,
    track: av.VideoStream,
    change: Callable[[av.VideoFrame], av.VideoFrame],
    heard: av.AudioStream | None,
) -> int:
    """Write a clip's pictures, each changed, and its sound; return how many pictures there were.

    Args:
        clip: with pictures.
        out: the other file.
        track: of the pictures in it, see `add_h264`; they are scaled to its size.
        change: makes of each picture what is shown; its time stays.
        heard: the sound that is copied; None: none is.

    Raises:
        MediaError: not one picture can be decoded.
        FFmpegError: nothing can be read or written.
    """
    seen = clip.streams.video[0]
    copied = None if heard is None else out.add_stream_from_template(heard)
    pictures = 0
    for packet in clip.demux([s for s in (seen, heard) if s is not None]):
        if copied is not None and packet.stream is heard:
            pass_on(packet, copied, out)
            continue
        for frame in decoded(packet):
            if frame.pts is None:
                continue
            made = change(frame).reformat(track.width, track.height, "yuv420p")
            made.pts, made.time_base = frame.pts, seen.time_base
            out.mux(track.encode(made))
            pictures += 1
    if not pictures:
        raise MediaError("not one of its pictures can be decoded")
    out.mux(track.encode(None))
    return pictures
