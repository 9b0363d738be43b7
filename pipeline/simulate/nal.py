"""NAL units of H.264 and H.265: where they begin, and where their parameter sets lie.

Byte streams carry start codes (ITU-T H.264 and H.265, annex B); MP4 and Matroska carry lengths and
keep the parameter sets in a configuration record (ISO/IEC 14496-15).
"""

from __future__ import annotations

import re
from collections.abc import Callable

_START_CODE = re.compile(rb"\x00\x00\x01")

H264_IDR, H264_SPS, H264_PPS, H264_AUD, H264_FILLER = 5, 7, 8, 9, 12
H265_VPS, H265_SPS, H265_PPS, H265_AUD, H265_FILLER = 32, 33, 34, 35, 38

_AVCC_HEADER = 6
_HVCC_HEADER = 23


class BadBitstreamError(ValueError):
    """An access unit or a configuration record that is not what its codec prescribes."""


def h264_type(nal: bytes) -> int:
    """``nal_unit_type`` of an H.264 NAL unit."""
    return nal[0] & 0x1F


def h265_type(nal: bytes) -> int:
    """``nal_unit_type`` of an H.265 NAL unit."""
    return (nal[0] >> 1) & 0x3F


def split_annexb(data: bytes) -> list[bytes]:
    """NAL units between start codes, without trailing zero bytes."""
    starts = [match.end() for match in _START_CODE.finditer(data)]
    ends = [start - 3 for start in starts[1:]] + [len(data)]
    units = (data[start:end].rstrip(b"\x00") for start, end in zip(starts, ends, strict=True))
    return [unit for unit in units if unit]


def split_length_prefixed(data: bytes, length_size: int) -> list[bytes]:
    """NAL units each behind a big-endian length of ``length_size`` bytes.

    Raises:
        BadBitstreamError: a length points past the end.
    """
    units: list[bytes] = []
    at = 0
    while at < len(data):
        body = at + length_size
        size = int.from_bytes(data[at:body], "big")
        if body + size > len(data):
            raise BadBitstreamError(f"a NAL unit of {size} bytes runs past its access unit")
        if size:
            units.append(data[body : body + size])
        at = body + size
    return units


def split(data: bytes, length_size: int | None) -> list[bytes]:
    """NAL units of an access unit; ``length_size`` None means start codes."""
    return split_annexb(data) if length_size is None else split_length_prefixed(data, length_size)


def read_h264_config(extradata: bytes) -> tuple[int | None, tuple[bytes, ...]]:
    """Length size (None: start codes) and parameter sets (SPS first) of an H.264 stream.

    Raises:
        BadBitstreamError: the configuration record is cut short.
    """
    if extradata[:1] != b"\x01":
        found = split_annexb(extradata)
        return None, _in_order(found, h264_type, (H264_SPS, H264_PPS))
    if len(extradata) <= _AVCC_HEADER:
        raise BadBitstreamError("the avcC record is cut short")
    sets: list[bytes] = []
    at = _AVCC_HEADER
    at = _read_sets(extradata, at, extradata[5] & 0x1F, sets)
    _read_sets(extradata, at + 1, extradata[at] if at < len(extradata) else 0, sets)
    return (extradata[4] & 0x03) + 1, _in_order(sets, h264_type, (H264_SPS, H264_PPS))


def read_h265_config(extradata: bytes) -> tuple[int | None, tuple[bytes, ...]]:
    """Length size (None: start codes) and parameter sets (VPS, SPS, PPS) of an H.265 stream.

    Raises:
        BadBitstreamError: the configuration record is cut short.
    """
    kinds = (H265_VPS, H265_SPS, H265_PPS)
    if extradata[:1] != b"\x01":
        return None, _in_order(split_annexb(extradata), h265_type, kinds)
    if len(extradata) < _HVCC_HEADER:
        raise BadBitstreamError("the hvcC record is cut short")
    sets: list[bytes] = []
    at = _HVCC_HEADER
    for _ in range(extradata[22]):
        count = int.from_bytes(extradata[at + 1 : at + 3], "big")
        at = _read_sets(extradata, at + 3, count, sets)
    return (extradata[21] & 0x03) + 1, _in_order(sets, h265_type, kinds)


def _read_sets(record: bytes, at: int, count: int, into: list[bytes]) -> int:
    """Read ``count`` sets behind 16-bit lengths from ``at``; the position behind them."""
    for _ in range(count):
        size = int.from_bytes(record[at : at + 2], "big")
        body = record[at + 2 : at + 2 + size]
        if len(body) != size or not size:
            raise BadBitstreamError("a parameter set runs past its configuration record")
        into.append(body)
        at += 2 + size
    return at


def _in_order(
    units: list[bytes], kind: Callable[[bytes], int], wanted: tuple[int, ...]
) -> tuple[bytes, ...]:
    return tuple(unit for want in wanted for unit in units if kind(unit) == want)
