"""Evidence on disk: a clip cut from encoded packets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from pipeline.config import Camera
from pipeline.media_folder import MediaError, atomic
from pipeline.recode import add_h264
from pipeline.records import NS_PER_S, Modality
from pipeline.sources.base import AudioParameters, Packet, VideoParameters
from pipeline.sources.picture import mask_pixels
from pipeline.sources.sizes import MAX_PIXELS

#: What browsers play from an MP4 file; everything else is encoded to H.264 and AAC.
_COPIED_VIDEO = frozenset({"h264", "hevc"})
_COPIED_AUDIO = frozenset({"aac"})
_VIDEO_BASE = Fraction(1, 90_000)
#: Encoded sound follows its samples; where more than this is missing (seconds), silence stands.
_GAP_S = 0.2


class NothingHeld(MediaError):
    """The moment is no longer, or not yet, in the ring."""


# --- clip ----------------------------------------------------------------------------------------


def write_clip(path: Path, packets: Sequence[Packet], settings: Camera) -> None:
    """Write an MP4 clip of self-contained packets (see `pipeline.sources.packets`).

    The picture is copied, or encoded anew where the camera has masks or browsers do not play its
    codec; sound is copied if AAC, else encoded to AAC. Pictures whose size or codec differ from
    the first's are left out.

    Raises:
        NothingHeld: there is no packet.
        MediaError: they cannot be written as a clip.
        DiskFull: the disk has no room.
    """
    pictures = alike([p for p in packets if p.modality is Modality.VIDEO])
    sounds = alike([p for p in packets if p.modality is Modality.AUDIO])
    if not pictures and not sounds:
        raise NothingHeld("nothing of the stretch is held any more")
    origin = min(p.pts_ns for p in (pictures or sounds))
    sounds = [p for p in sounds if p.pts_ns >= origin]
    try:
        with (
            atomic(path) as partial,
            av.logging.Capture(),
            av.open(
                str(partial), "w", format="mp4", options={"movflags": "+faststart"}
            ) as container,
        ):
            tracks = []
            if pictures:
                tracks.append(_video_track(container, pictures, origin, settings))
            if sounds:
                tracks.append(_audio_track(container, sounds, origin))
            for packet in _interleaved(tracks):
                container.mux(packet)
    except (FFmpegError, ValueError) as error:
        raise MediaError(f"the clip cannot be written: {error}") from error


def alike(packets: Sequence[Packet]) -> list[Packet]:
    """Those of the packets that are encoded as the first one is."""
    return [p for p in packets if p.parameters == packets[0].parameters]


def _interleaved(tracks: Sequence[Iterator[av.Packet]]) -> Iterator[av.Packet]:
    heads = [(next(track, None), track) for track in tracks]
    while waiting := [(head, track) for head, track in heads if head is not None]:
        _, chosen = min(waiting, key=lambda pair: pair[0].dts * pair[0].time_base)
        for number, (head, track) in enumerate(heads):
            if track is chosen:
                yield head
                heads[number] = (next(track, None), track)


def _video_track(
    container: av.container.OutputContainer,
    packets: Sequence[Packet],
    origin: int,
    settings: Camera,
) -> Iterator[av.Packet]:
    parameters = packets[0].parameters
    assert isinstance(parameters, VideoParameters)
    if settings.masks or parameters.codec not in _COPIED_VIDEO:
        return _encoded_video(container, packets, origin, settings)
    stream = container.add_mux_stream(
        parameters.codec,
        width=parameters.width,
        height=parameters.height,
        time_base=_VIDEO_BASE,
    )
    return _copied_video(stream, packets, origin)


def _copied_video(
    stream: av.stream.Stream, packets: Sequence[Packet], origin: int
) -> Iterator[av.Packet]:
    stamps = [_ticks(p.pts_ns - origin, _VIDEO_BASE) for p in packets]
    # Decode times are rebuilt: packets stand in decode order, so the n-th is decoded when the n-th
    # picture is due, less the deepest reordering. Live streams often carry none.
    due = sorted(stamps)
    depth = max(d - s for d, s in zip(due, stamps, strict=True))
    before = -depth - 1
    for packet, stamp, when in zip(packets, stamps, due, strict=True):
        out = av.Packet(packet.data)
        out.stream = stream
        out.time_base = _VIDEO_BASE
        before = out.dts = max(when - depth, before + 1)
        out.pts = max(stamp, out.dts)
        out.duration = _ticks(packet.duration_ns, _VIDEO_BASE)
        out.is_keyframe = packet.keyframe
        yield out


def _encoded_video(
    container: av.container.OutputContainer,
    packets: Sequence[Packet],
    origin: int,
    settings: Camera,
) -> Iterator[av.Packet]:
    parameters = packets[0].parameters
    assert isinstance(parameters, VideoParameters)
    stream = add_h264(container, parameters.width, parameters.height, _VIDEO_BASE)
    return _encode_pictures(stream, packets, origin, settings)


def _encode_pictures(
    stream: av.VideoStream, packets: Sequence[Packet], origin: int, settings: Camera
) -> Iterator[av.Packet]:
    for pts_ns, pixels in decoded_pictures(packets):
        if pts_ns < origin:
            continue
        mask_pixels(pixels, settings.masks)
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame = frame.reformat(stream.width, stream.height, "yuv420p")
        frame.pts, frame.time_base = _ticks(pts_ns - origin, _VIDEO_BASE), _VIDEO_BASE
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _audio_track(
    container: av.container.OutputContainer, packets: Sequence[Packet], origin: int
) -> Iterator[av.Packet]:
    parameters = packets[0].parameters
    assert isinstance(parameters, AudioParameters)
    base = Fraction(1, parameters.rate)
    if parameters.codec in _COPIED_AUDIO:
        # The muxer takes the decoder's configuration from the ADTS headers.
        copied = container.add_mux_stream(parameters.codec, rate=parameters.rate, time_base=base)
        return _copied_audio(copied, packets, origin, base)
    rate = parameters.rate if parameters.rate >= 16_000 else 16_000
    stream = container.add_stream("aac", rate=rate, layout="mono", bit_rate=64_000)
    return _encode_sound(stream, packets, origin)


def _copied_audio(
    stream: av.stream.Stream, packets: Sequence[Packet], origin: int, base: Fraction
) -> Iterator[av.Packet]:
    before = -1
    for packet in packets:
        out = av.Packet(packet.data)
        out.stream = stream
        out.time_base = base
        before = out.pts = out.dts = max(_ticks(packet.pts_ns - origin, base), before + 1)
        out.duration = _ticks(packet.duration_ns, base)
        out.is_keyframe = True
        yield out


def _encode_sound(
    stream: av.AudioStream, packets: Sequence[Packet], origin: int
) -> Iterator[av.Packet]:
    context = stream.codec_context
    base = Fraction(1, context.sample_rate)
    resampler = av.AudioResampler(
        format=context.format.name, layout=context.layout.name, rate=context.sample_rate
    )
    fifo = av.AudioFifo()
    decoder = _decoder(packets[0])
    start = _ticks(packets[0].pts_ns - origin, base)
    written = 0
    for packet in packets:
        try:
            frames = decoder.decode(av.Packet(packet.data))
        except FFmpegError:
            continue  # one packet of sound is lost to the clip
        gap = _ticks(packet.pts_ns - origin, base) - (start + written + fifo.samples)
        if fifo.samples_written and gap > context.sample_rate * _GAP_S:
            fifo.write(_silence(context, gap))
        for frame in frames:
            frame.pts = None
            for part in resampler.resample(frame):
                part.pts = None
                fifo.write(part)
        while (chunk := fifo.read(context.frame_size or 1024)) is not None:
            chunk.pts, chunk.time_base = start + written, base
            written += chunk.samples
            yield from stream.encode(chunk)
    if (rest := fifo.read(0, partial=True)) is not None:
        rest.pts, rest.time_base = start + written, base
        yield from stream.encode(rest)
    yield from stream.encode(None)


def _silence(context: av.AudioCodecContext, samples: int) -> av.AudioFrame:
    nothing = np.zeros((1, samples), np.float32)
    frame = av.AudioFrame.from_ndarray(nothing, context.format.name, context.layout.name)
    frame.sample_rate, frame.time_base = context.sample_rate, Fraction(1, context.sample_rate)
    return frame


def _ticks(ns: int, base: Fraction) -> int:
    return round(Fraction(ns, NS_PER_S) / base)


# --- pictures ------------------------------------------------------------------------------------


def _decoder(packet: Packet) -> av.CodecContext:
    parameters = packet.parameters
    decoder = av.CodecContext.create(parameters.codec, "r")
    if parameters.extradata:
        decoder.extradata = parameters.extradata
    if isinstance(parameters, AudioParameters):
        decoder.sample_rate, decoder.layout = parameters.rate, parameters.layout
    else:
        decoder.thread_count = 1
        # What is kept was not looked into.
        decoder.options = {"max_pixels": str(MAX_PIXELS)}
    return decoder


def decoded_pictures(packets: Sequence[Packet]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield (pts_ns, uint8 (H, W, 3) RGB) of self-contained picture packets from a keyframe on."""
    if not packets:
        return
    decoder = _decoder(packets[0])
    base = Fraction(1, NS_PER_S)
    for packet in [*packets, None]:
        encoded = None
        if packet is not None:
            encoded = av.Packet(packet.data)
            encoded.pts, encoded.time_base = packet.pts_ns, base
        with av.logging.Capture():
            try:
                frames = decoder.decode(encoded)
            except FFmpegError:
                continue  # a damaged picture: the next may be whole again
        for frame in frames:
            if frame.pts is not None:
                yield frame.pts, frame.to_ndarray(format="rgb24")
