"""A file as a film that a camera can play: RTP payloads in the order of their times."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

import structlog

from pipeline.simulate import nal
from pipeline.simulate.elementary import (
    NS_PER_S,
    ByteBudget,
    ElementaryStream,
    EncodedPacket,
    MediaError,
    read_streams,
)
from pipeline.simulate.packetize import (
    Codec,
    aac_payloads,
    h264_payloads,
    h265_payloads,
    strip_adts,
)
from pipeline.simulate.transcode import transcode

#: A film is kept in memory, encoded; one that is larger is refused.
MAX_FILM_BYTES = 256_000_000

_FIRST_DYNAMIC_TYPE = 96
_VIDEO_CLOCK = 90_000
_OPUS_CLOCK = 48_000
_STATIC_TYPES = {Codec.PCMU: 0, Codec.PCMA: 8}
_G711_RATE = 8_000
#: G.711 goes out in packets of 20 ms.
_G711_PER_S = 50

_log = structlog.get_logger(__name__)


class Start(StrEnum):
    """When a mount's film begins."""

    SERVER = "server"
    PLAY = "play"


@dataclass(frozen=True, slots=True)
class MediaSource:
    """What one mount plays, and how."""

    path: Path
    #: Over and over with continuous time stamps, or once: then RTCP BYE, and the end.
    loop: bool = True
    #: With the server, or with the first client that plays.
    start: Start = Start.SERVER
    #: A picture with rarer keyframes is encoded anew, or who joins would wait that long.
    max_keyframe_gap_s: float = 5.0
    #: The RTP time begins anew from 0 so long after a client's PLAY, as it does each 13 h 14 m of
    #: a clock of 90 kHz; None: long after any test.
    wraps_after_s: float | None = None
    #: RTP payload type of the picture; that of sound is fixed, or 96 and its position.
    payload_type: int = 96


@dataclass(frozen=True, slots=True)
class Track:
    """One stream as its SDP describes it."""

    codec: Codec
    payload_type: int
    clock_rate: int
    #: 0 for a picture.
    channels: int
    #: Parameter sets (VPS, SPS, PPS as the codec has them) or the AudioSpecificConfig.
    config: tuple[bytes, ...]

    @property
    def is_video(self) -> bool:
        """Whether the track is a picture."""
        return self.channels == 0


@dataclass(frozen=True, slots=True)
class MediaUnit:
    """One access unit, ready for RTP."""

    #: Position of its track in ``Film.tracks``.
    track: int
    #: Time from the start of the film.
    at_ns: int
    is_video: bool
    keyframe: bool
    #: Whether the last packet carries the RTP marker.
    marker: bool
    payloads: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Film:
    """A whole file in memory. ``duration_ns`` is the period with which it loops."""

    tracks: tuple[Track, ...]
    units: tuple[MediaUnit, ...]
    duration_ns: int
    #: Where the file's own time 0 lies: an encoder's priming sound comes before it.
    file_zero_ns: int = 0


def load_film(source: MediaSource, max_bytes: int = MAX_FILM_BYTES) -> Film:
    """Read a file; streams that RTP cannot carry as they are get encoded anew first.

    Raises:
        MediaError: the file is missing, unreadable, empty, or larger than ``max_bytes``.
    """
    streams: list[ElementaryStream] = []
    for stream in read_streams(source.path, ByteBudget(source.path, max_bytes)):
        reason = _unfit(stream, source.max_keyframe_gap_s)
        if reason:
            _log.info("encoding_anew", path=str(source.path), codec=stream.codec, reason=reason)
            budget = ByteBudget(source.path, max_bytes)
            streams.append(transcode(source.path, stream, budget))
        else:
            streams.append(stream)
    origin = min(_time(stream.packets[0]) for stream in streams)
    tracks: list[Track] = []
    units: list[MediaUnit] = []
    for position, stream in enumerate(streams):
        kind = source.payload_type if stream.is_video else _FIRST_DYNAMIC_TYPE + position
        try:
            track, packed = _pack(stream, position, kind)
        except nal.BadBitstreamError as error:
            raise MediaError(f"{source.path}: {error}") from error
        tracks.append(track)
        units += packed
    shifted = [_shift(unit, -origin) for unit in units]
    shifted.sort(key=lambda unit: (unit.at_ns, unit.track))
    duration = max(_end(stream) for stream in streams) - origin
    return Film(tuple(tracks), tuple(shifted), max(duration, 1), -origin)


def _unfit(stream: ElementaryStream, max_keyframe_gap_s: float) -> str | None:
    """Why a stream cannot go out as it is, or None."""
    if stream.codec not in set(Codec):
        return "RTP does not carry this codec here"
    times = [packet.pts_ns for packet in stream.packets]
    if any(time is None for time in times):
        return "packets without time stamps"
    if any(later <= earlier for earlier, later in pairwise(map(_time, stream.packets))):
        return "B-frames, or time stamps that go back"
    if not stream.is_video:
        return None
    if not stream.packets[0].keyframe:
        return "does not begin with a keyframe"
    keys = [_time(packet) for packet in stream.packets if packet.keyframe]
    gaps = (later - earlier for earlier, later in pairwise([*keys, _end(stream)]))
    if max(gaps) > max_keyframe_gap_s * NS_PER_S:
        return f"keyframes more than {max_keyframe_gap_s:g} s apart"
    sets = _read_config(stream)[1]
    if len(sets) < (2 if stream.codec == Codec.H264 else 3):
        return "no parameter sets"
    return None


def _pack(
    stream: ElementaryStream, position: int, payload_type: int
) -> tuple[Track, list[MediaUnit]]:
    codec = Codec(stream.codec)
    if stream.is_video:
        length_size, sets = _read_config(stream)
        track = Track(codec, payload_type, _VIDEO_CLOCK, 0, sets)
        units = [_pack_picture(p, position, codec, length_size, sets) for p in stream.packets]
        return track, [unit for unit in units if unit.payloads]
    if codec is Codec.AAC:
        return _pack_aac(stream, position, payload_type)
    if codec is Codec.OPUS:
        # RFC 7587: always said to be 48 kHz and two channels.
        track = Track(codec, payload_type, _OPUS_CLOCK, 2, ())
        return track, [_sound_unit(position, _time(p), (p.data,)) for p in stream.packets]
    if stream.rate == _G711_RATE and stream.channels == 1:
        payload_type = _STATIC_TYPES[codec]
    track = Track(codec, payload_type, stream.rate, stream.channels, ())
    return track, _pack_g711(stream, position)


def _pack_picture(
    packet: EncodedPacket,
    position: int,
    codec: Codec,
    length_size: int | None,
    sets: tuple[bytes, ...],
) -> MediaUnit:
    units = nal.split(packet.data, length_size)
    if codec is Codec.H264:
        units = [u for u in units if nal.h264_type(u) not in (nal.H264_AUD, nal.H264_FILLER)]
        has_sets = any(nal.h264_type(unit) == nal.H264_SPS for unit in units)
    else:
        units = [u for u in units if nal.h265_type(u) not in (nal.H265_AUD, nal.H265_FILLER)]
        has_sets = any(nal.h265_type(unit) == nal.H265_SPS for unit in units)
    if packet.keyframe and not has_sets:
        # Cameras repeat them with each keyframe: who lost a packet can recover.
        units = [*sets, *units]
    pack = h264_payloads if codec is Codec.H264 else h265_payloads
    return MediaUnit(position, _time(packet), True, packet.keyframe, True, tuple(pack(units)))


def _pack_aac(
    stream: ElementaryStream, position: int, payload_type: int
) -> tuple[Track, list[MediaUnit]]:
    config = stream.extradata
    units: list[MediaUnit] = []
    for packet in stream.packets:
        frame = packet.data
        if not stream.extradata:
            config, frame = strip_adts(frame)
        units.append(_sound_unit(position, _time(packet), tuple(aac_payloads(frame)), marker=True))
    return Track(Codec.AAC, payload_type, stream.rate, stream.channels, (config,)), units


def _pack_g711(stream: ElementaryStream, position: int) -> list[MediaUnit]:
    """Cut into 20 ms: a file's packets may be of any length."""
    step = max(1, stream.rate // _G711_PER_S) * stream.channels
    units: list[MediaUnit] = []
    for packet in stream.packets:
        for cut in range(0, len(packet.data), step):
            offset_ns = cut // stream.channels * NS_PER_S // stream.rate
            payload = packet.data[cut : cut + step]
            units.append(_sound_unit(position, _time(packet) + offset_ns, (payload,)))
    return units


def _sound_unit(
    position: int, at_ns: int, payloads: tuple[bytes, ...], *, marker: bool = False
) -> MediaUnit:
    return MediaUnit(position, at_ns, False, False, marker, payloads)


def _shift(unit: MediaUnit, by_ns: int) -> MediaUnit:
    return MediaUnit(
        unit.track, unit.at_ns + by_ns, unit.is_video, unit.keyframe, unit.marker, unit.payloads
    )


def _read_config(stream: ElementaryStream) -> tuple[int | None, tuple[bytes, ...]]:
    if stream.codec == Codec.H264:
        return nal.read_h264_config(stream.extradata)
    return nal.read_h265_config(stream.extradata)


def _time(packet: EncodedPacket) -> int:
    return packet.pts_ns or 0


def _end(stream: ElementaryStream) -> int:
    """Time at which the last packet ends; a packet that tells no duration lasts as its like."""
    last = stream.packets[-1]
    if last.duration_ns or len(stream.packets) == 1:
        return _time(last) + last.duration_ns
    first = stream.packets[0]
    return _time(last) + (_time(last) - _time(first)) // (len(stream.packets) - 1)
