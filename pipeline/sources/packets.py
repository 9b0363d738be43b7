"""Encoded packets that need nothing but themselves to be decoded.

A ring outlives the connection that filled it, so its packets carry what a decoder must know:
parameter sets in front of each keyframe (ITU-T H.264 and H.265, Annex B), an ADTS header on AAC
(ISO/IEC 14496-3, 1.A.2).
"""

from __future__ import annotations

import av
from av.bitstream import BitStreamFilterContext

from pipeline.sources.base import AudioParameters, VideoParameters

_ANNEX_B = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}
_ADTS_HEADER = 7


def video_parameters(stream: av.VideoStream) -> VideoParameters:
    """Describe a picture stream."""
    context = stream.codec_context
    keep = context.extradata if context.name not in _ANNEX_B else None
    return VideoParameters(context.name, context.width, context.height, keep)


def audio_parameters(stream: av.AudioStream) -> AudioParameters:
    """Describe a sound stream."""
    context = stream.codec_context
    keep = context.extradata if context.name != "aac" else None
    return AudioParameters(context.name, context.sample_rate, context.layout.name, keep)


class SelfContained:
    """Rewrites one stream's packets."""

    def __init__(self, stream: av.VideoStream | av.AudioStream) -> None:
        self._codec = stream.codec_context.name
        self._extradata = stream.codec_context.extradata or b""
        self._filter: BitStreamFilterContext | None = None
        if self._codec in _ANNEX_B and self._extradata[:1] == b"\x01":
            self._filter = BitStreamFilterContext(_ANNEX_B[self._codec], stream)

    def convert(self, packet: av.Packet) -> bytes:
        """Return the packet's bytes in self-contained form; empty where it yields none."""
        if self._filter is not None:
            copy = av.Packet(bytes(packet))
            copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
            copy.is_keyframe = packet.is_keyframe
            return b"".join(bytes(out) for out in self._filter.filter(copy))
        data = bytes(packet)
        if self._codec in _ANNEX_B:
            bare = packet.is_keyframe and not has_parameter_sets(data, self._codec)
            return self._extradata + data if bare else data
        if self._codec == "aac" and len(self._extradata) >= 2:
            return adts_header(self._extradata, len(data)) + data
        return data


def has_parameter_sets(data: bytes, codec: str) -> bool:
    """Whether an Annex B access unit begins with its sequence parameter set."""
    position = data.find(b"\x00\x00\x01")
    while 0 <= position < len(data) - 3:
        header = data[position + 3]
        kind = header & 31 if codec == "h264" else (header >> 1) & 63
        if kind == (7 if codec == "h264" else 33):
            return True
        if kind in (1, 5) if codec == "h264" else kind < 32:
            return False  # the picture itself: what follows is large and no parameter set
        position = data.find(b"\x00\x00\x01", position + 3)
    return False


def adts_header(config: bytes, payload: int) -> bytes:
    """ADTS header for ``payload`` bytes of AAC with an AudioSpecificConfig.

    Explicitly signalled SBR is left to implicit signalling: the core is named.
    """
    kind = config[0] >> 3
    index = (config[0] & 7) << 1 | config[1] >> 7
    channels = (config[1] >> 3) & 15
    profile = (2 if kind not in (1, 2, 3, 4) else kind) - 1
    size = payload + _ADTS_HEADER
    return bytes(
        (
            0xFF,
            0xF1,
            profile << 6 | index << 2 | channels >> 2,
            (channels & 3) << 6 | size >> 11,
            (size >> 3) & 0xFF,
            (size & 7) << 5 | 0x1F,
            0xFC,
        )
    )
