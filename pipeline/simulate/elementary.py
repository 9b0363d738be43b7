"""The encoded packets of one stream of a file, read or made anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

NS_PER_S = 1_000_000_000


class MediaError(ValueError):
    """A file that cannot be played; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class EncodedPacket:
    """One encoded access unit. ``pts_ns`` is None where the file has no time stamp."""

    pts_ns: int | None
    duration_ns: int
    keyframe: bool
    data: bytes


@dataclass(slots=True)
class ElementaryStream:
    """One stream's packets in decoding order, with what its decoder must know beforehand."""

    #: Index in the file, and FFmpeg's name of the codec.
    index: int
    codec: str
    is_video: bool
    #: Sound only: samples per second and channels.
    rate: int = 0
    channels: int = 0
    extradata: bytes = b""
    packets: list[EncodedPacket] = field(default_factory=list)


class ByteBudget:
    """Refuses to hold more than ``limit`` bytes of one file in memory."""

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._used = 0

    def take(self, count: int) -> None:
        """Account for ``count`` bytes.

        Raises:
            MediaError: the limit is passed.
        """
        self._used += count
        if self._used > self._limit:
            raise MediaError(
                f"{self._path}: more than {self._limit / 1e6:.0f} MB of encoded media, which is "
                "kept in memory; cut the file shorter or encode it smaller"
            )


def to_ns(ticks: int, time_base: Fraction) -> int:
    """Ticks of ``time_base`` seconds in nanoseconds, rounded."""
    return round(ticks * time_base * NS_PER_S)


def encoded(packet: av.Packet) -> EncodedPacket:
    """A PyAV packet's content, copied out of FFmpeg's memory."""
    time_base = cast(Fraction, packet.time_base)
    return EncodedPacket(
        pts_ns=None if packet.pts is None else to_ns(packet.pts, time_base),
        duration_ns=to_ns(packet.duration or 0, time_base),
        keyframe=packet.is_keyframe,
        data=bytes(packet),
    )


def read_streams(path: Path, budget: ByteBudget) -> list[ElementaryStream]:
    """The first picture and the first sound of a file, demuxed without decoding.

    Raises:
        MediaError: the file cannot be opened, is broken, has neither, or exceeds the budget.
    """
    if not path.is_file():
        raise MediaError(f"{path}: no such file; give a video or sound file to play")
    try:
        with av.open(str(path)) as container:
            chosen = [*_first_picture(container), *container.streams.audio[:1]]
            if not chosen:
                raise MediaError(f"{path}: has neither picture nor sound")
            streams = {stream.index: _describe(stream) for stream in chosen}
            for packet in container.demux(chosen):
                # An empty packet without a time ends each stream.
                if packet.size:
                    budget.take(packet.size)
                    streams[packet.stream.index].packets.append(encoded(packet))
    except av.FFmpegError as error:
        raise MediaError(f"{path}: not readable as media ({error.strerror})") from error
    found = [stream for stream in streams.values() if stream.packets]
    if not found:
        raise MediaError(f"{path}: holds no media packets")
    return found


def _first_picture(container: av.container.InputContainer) -> Iterable[VideoStream]:
    """A cover picture attached to a sound file is no film."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return [stream]
    return []


def _describe(stream: VideoStream | AudioStream) -> ElementaryStream:
    context = stream.codec_context
    described = ElementaryStream(
        index=stream.index,
        codec=context.name,
        is_video=isinstance(stream, VideoStream),
        extradata=context.extradata or b"",
    )
    if isinstance(stream, AudioStream):
        described.rate = stream.codec_context.sample_rate
        described.channels = stream.codec_context.channels
    return described
