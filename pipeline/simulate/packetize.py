"""RTP payloads from encoded access units.

H.264 (RFC 6184: single NAL units, STAP-A and FU-A), H.265 (RFC 7798: single NAL units, APs and
FUs), AAC (RFC 3640, mode AAC-hbr), Opus (RFC 7587) and G.711 (RFC 3551). A payload is what follows
the RTP header; the last of a list ends its access unit.
"""

from __future__ import annotations

from enum import StrEnum

from pipeline.simulate import nal

#: Largest payload in bytes: an Ethernet frame less IP, UDP and RTP headers, with room for tunnels.
MAX_PAYLOAD = 1400

_STAP_A, _FU_A = 24, 28
_H265_AP, _H265_FU = 48, 49
_FU_START, _FU_END = 0x80, 0x40
#: AU-size has 13 bits in mode AAC-hbr.
_MAX_AAC_FRAME = (1 << 13) - 1
_AU_HEADER_SECTION = 4


class Codec(StrEnum):
    """Codecs that are carried as they are, by FFmpeg's names."""

    H264 = "h264"
    H265 = "hevc"
    AAC = "aac"
    OPUS = "opus"
    PCMU = "pcm_mulaw"
    PCMA = "pcm_alaw"


def h264_payloads(units: list[bytes], max_payload: int = MAX_PAYLOAD) -> list[bytes]:
    """Payloads of one H.264 access unit, given as NAL units without start codes."""
    payloads: list[bytes] = []
    for group in _grouped(units, max_payload, header_size=1):
        first = group[0]
        if len(group) > 1:
            importance = max(unit[0] & 0x60 for unit in group)
            payloads.append(bytes([importance | _STAP_A]) + _aggregate(group))
        elif len(first) <= max_payload:
            payloads.append(first)
        else:
            indicator = bytes([(first[0] & 0xE0) | _FU_A])
            payloads += _fragments(first[1:], indicator, nal.h264_type(first), max_payload)
    return payloads


def h265_payloads(units: list[bytes], max_payload: int = MAX_PAYLOAD) -> list[bytes]:
    """Payloads of one H.265 access unit, given as NAL units without start codes."""
    payloads: list[bytes] = []
    for group in _grouped(units, max_payload, header_size=2):
        first = group[0]
        if len(group) > 1:
            payloads.append(bytes([_H265_AP << 1, first[1]]) + _aggregate(group))
        elif len(first) <= max_payload:
            payloads.append(first)
        else:
            header = bytes([(first[0] & 0x81) | (_H265_FU << 1), first[1]])
            payloads += _fragments(first[2:], header, nal.h265_type(first), max_payload)
    return payloads


def _grouped(units: list[bytes], max_payload: int, header_size: int) -> list[list[bytes]]:
    """Neighbours that fit in one packet go together, as cameras send their parameter sets."""
    groups: list[list[bytes]] = []
    room = 0
    for unit in units:
        size = len(unit) + 2
        if groups and size <= room:
            groups[-1].append(unit)
            room -= size
        else:
            groups.append([unit])
            room = max_payload - header_size - size
    return groups


def _aggregate(units: list[bytes]) -> bytes:
    return b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


def _fragments(body: bytes, header: bytes, unit_type: int, max_payload: int) -> list[bytes]:
    step = max_payload - len(header) - 1
    cuts = range(0, len(body), step)
    fragments: list[bytes] = []
    for cut in cuts:
        flags = (_FU_START if cut == 0 else 0) | (_FU_END if cut + step >= len(body) else 0)
        fragments.append(header + bytes([flags | unit_type]) + body[cut : cut + step])
    return fragments


def aac_payloads(frame: bytes, max_payload: int = MAX_PAYLOAD) -> list[bytes]:
    """Payloads of one raw AAC frame (no ADTS header): one AU header before each fragment.

    Raises:
        BadBitstreamError: the frame is larger than an AU header can say.
    """
    if len(frame) > _MAX_AAC_FRAME:
        raise nal.BadBitstreamError(f"an AAC frame of {len(frame)} bytes does not fit in RTP")
    # AU-headers-length in bits, then AU-size (13 bits) and AU-index (3 bits, 0).
    header = (16).to_bytes(2, "big") + (len(frame) << 3).to_bytes(2, "big")
    step = max_payload - _AU_HEADER_SECTION
    return [header + frame[cut : cut + step] for cut in range(0, len(frame), step)]


def strip_adts(frame: bytes) -> tuple[bytes, bytes]:
    """Split an AAC frame in ADTS (ISO/IEC 13818-7) into AudioSpecificConfig and raw frame.

    Raises:
        BadBitstreamError: there is no ADTS header.
    """
    if len(frame) < 7 or frame[0] != 0xFF or frame[1] & 0xF6 != 0xF0:
        raise nal.BadBitstreamError("an AAC frame has neither a configuration nor an ADTS header")
    object_type = (frame[2] >> 6) + 1
    rate_index = (frame[2] >> 2) & 0x0F
    channels = ((frame[2] & 0x01) << 2) | (frame[3] >> 6)
    config = (object_type << 11) | (rate_index << 7) | (channels << 3)
    return config.to_bytes(2, "big"), frame[7 if frame[1] & 0x01 else 9 :]
