"""Makes a stream anew where RTP cannot carry it: H.264 without B-frames, or AAC."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from pipeline.simulate.elementary import (
    NS_PER_S,
    ByteBudget,
    ElementaryStream,
    MediaError,
    encoded,
    to_ns,
)
from pipeline.simulate.packetize import Codec

_VIDEO_CLOCK = 90_000
_SOUND_RATE = 48_000
_DEFAULT_FPS = 25
#: Seconds between keyframes: a client that joins waits no longer than this for its first picture.
_KEYFRAME_EVERY_NS = NS_PER_S


def transcode(path: Path, stream: ElementaryStream, budget: ByteBudget) -> ElementaryStream:
    """``stream`` of the file at ``path``, decoded and encoded again, with its time stamps.

    Raises:
        MediaError: nothing of it can be decoded, or the result exceeds the budget.
    """
    try:
        made = _picture(path, stream, budget) if stream.is_video else _sound(path, stream, budget)
    except av.FFmpegError as error:
        message = f"{path}: {stream.codec} cannot be converted ({error.strerror})"
        raise MediaError(message) from error
    if not made.packets:
        raise MediaError(f"{path}: nothing in its {stream.codec} stream can be decoded")
    return made


def _frames(path: Path, index: int) -> Iterator[av.VideoFrame | av.AudioFrame]:
    """Decoded frames; a packet that does not decode is left out."""
    with av.open(str(path)) as container:
        for packet in container.demux(container.streams[index]):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                continue
            for frame in frames:
                if isinstance(frame, (av.VideoFrame, av.AudioFrame)):
                    yield frame


def _picture(path: Path, stream: ElementaryStream, budget: ByteBudget) -> ElementaryStream:
    made = ElementaryStream(stream.index, Codec.H264, is_video=True)
    encoder: VideoCodecContext | None = None
    last_ns, last_key_ns = -1, -_KEYFRAME_EVERY_NS
    step_ns = NS_PER_S // _DEFAULT_FPS
    first_ns: int | None = None
    for frame in _frames(path, stream.index):
        assert isinstance(frame, av.VideoFrame)
        if encoder is None:
            encoder = _picture_encoder(frame)
        if frame.pts is None:
            at_ns = last_ns + step_ns if first_ns is not None else 0
        else:
            at_ns = to_ns(frame.pts, cast(Fraction, frame.time_base))
        if first_ns is None:
            first_ns = at_ns
            last_ns, last_key_ns = at_ns - 1, at_ns - _KEYFRAME_EVERY_NS
        if at_ns <= last_ns:
            continue
        picture = frame.reformat(encoder.width, encoder.height, "yuv420p")
        picture.pts = round(at_ns * _VIDEO_CLOCK / NS_PER_S)
        picture.time_base = Fraction(1, _VIDEO_CLOCK)
        # A decoded frame remembers its type, and the encoder would obey it.
        picture.pict_type = PictureType.NONE
        if at_ns - last_key_ns >= _KEYFRAME_EVERY_NS:
            picture.pict_type = PictureType.I
            last_key_ns = at_ns
        last_ns = at_ns
        _collect(made, encoder.encode(picture), budget)
    if encoder is not None:
        _collect(made, encoder.encode(None), budget)
        made.extradata = encoder.extradata or b""
    return made


def _picture_encoder(frame: av.VideoFrame) -> VideoCodecContext:
    encoder = cast(VideoCodecContext, av.CodecContext.create("libx264", "w"))
    # 4:2:0 has one chroma sample for two luma samples each way: sizes are even.
    encoder.width, encoder.height = max(2, frame.width & ~1), max(2, frame.height & ~1)
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, _VIDEO_CLOCK)
    encoder.framerate = Fraction(_DEFAULT_FPS)
    encoder.options = {"preset": "ultrafast", "crf": "23", "forced-idr": "1", "bf": "0"}
    encoder.gop_size = 10 * _DEFAULT_FPS
    encoder.flags |= Flags.global_header
    encoder.open()
    return encoder


def _sound(path: Path, stream: ElementaryStream, budget: ByteBudget) -> ElementaryStream:
    layout = "mono" if stream.channels == 1 else "stereo"
    encoder = cast(AudioCodecContext, av.CodecContext.create("aac", "w"))
    encoder.sample_rate = _SOUND_RATE
    encoder.layout = layout
    encoder.format = "fltp"
    encoder.time_base = Fraction(1, _SOUND_RATE)
    encoder.flags |= Flags.global_header
    encoder.open()
    resampler = av.AudioResampler("fltp", layout, _SOUND_RATE, frame_size=encoder.frame_size)
    made = ElementaryStream(
        stream.index, Codec.AAC, is_video=False, rate=_SOUND_RATE, channels=encoder.channels
    )
    made.extradata = encoder.extradata or b""
    origin: int | None = None
    samples = 0
    for frame in _resampled(_frames(path, stream.index), resampler):
        if origin is None:
            origin = (
                0
                if frame.pts is None
                else round(
                    to_ns(frame.pts, cast(Fraction, frame.time_base)) * _SOUND_RATE / NS_PER_S
                )
            )
        # Counted, not taken over: one sample lost in rounding would be heard as a click.
        frame.pts = origin + samples
        frame.time_base = Fraction(1, _SOUND_RATE)
        samples += frame.samples
        _collect(made, encoder.encode(frame), budget)
    _collect(made, encoder.encode(None), budget)
    return made


def _resampled(
    frames: Iterator[av.VideoFrame | av.AudioFrame], resampler: av.AudioResampler
) -> Iterator[av.AudioFrame]:
    for frame in frames:
        assert isinstance(frame, av.AudioFrame)
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def _collect(made: ElementaryStream, packets: list[av.Packet], budget: ByteBudget) -> None:
    for packet in packets:
        budget.take(packet.size)
        made.packets.append(encoded(packet))
