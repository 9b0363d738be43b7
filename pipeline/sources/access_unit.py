"""What an encoded picture says of itself in its headers, without being decoded.

Only Annex B streams of H.264 and H.265 are read, which is how cameras' streams come: a picture's
first slice, its count of slices, its number among the pictures that others refer to (frame_num,
ITU-T H.264, 7.4.3), and after how many pictures a stream without whole keyframes is exact again
(recovery point, H.264 D.2.8).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.sources.bits import BadBits, Bits

_START = b"\x00\x00\x01"
#: Of a unit so much is looked at: more than any header of a slice up to what is wanted.
_HEADER = 32
#: And of a parameter set or a message to the decoder.
_MOST_SET = 512
_SLICE, _IDR, _SEI, _SPS, _PPS = 1, 5, 6, 7, 8
_RECOVERY_POINT = 6
#: Profiles whose parameter sets describe their colours (H.264, 7.3.2.1.1).
_HIGH = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_H265_SLICES = range(32)


class Facts(NamedTuple):
    """What one packet's headers say."""

    #: Slices of the picture; 0: none was found.
    slices: int
    #: Whether it begins with the picture's first slice.
    begins: bool
    #: frame_num, and how many numbers there are; None: it says nothing that can be held against it.
    number: tuple[int, int] | None = None
    #: Whether the next one may have the same number: it may be the other field of the picture.
    field: bool = False
    #: Whether later pictures may refer to it.
    reference: bool = True
    #: Whether nothing before it is referred to any more.
    fresh: bool = False
    #: Pictures after this one until the stream is exact.
    recovers_in: int = 0
    #: Whether a unit's header is none.
    malformed: bool = False


@dataclass(frozen=True, slots=True)
class _Sequence:
    """What of a sequence parameter set is needed."""

    numbers: int
    gaps: bool
    separate_planes: bool
    fields: bool


def units(data: bytes) -> Iterator[int]:
    """Where the NAL units of an Annex B packet begin, after their start codes."""
    at = data.find(_START)
    while at >= 0:
        yield at + 3
        at = data.find(_START, at + 3)


class H264:
    """Reads the headers of one H.264 stream.

    Args:
        extradata: parameter sets in Annex B that came with the description, or nothing.
    """

    def __init__(self, extradata: bytes = b"") -> None:
        self._sequences: dict[int, _Sequence | None] = {}
        self._pictures: dict[int, int] = {}
        self._latest: dict[int, bytes] = {}
        self.read(extradata)

    def read(self, data: bytes) -> Facts:
        """Read a packet's headers; what cannot be read is left out or called malformed."""
        slices, first, recovers_in, malformed = 0, -1, 0, False
        for at in units(data):
            if at >= len(data):
                break
            header = data[at]
            malformed = malformed or header >= 0x80
            kind = header & 31
            if kind in (_SLICE, _IDR):
                slices += 1
                first = at if first < 0 else first
            elif kind in (_SPS, _PPS):
                self._learn(data[at : at + _MOST_SET], kind)
            elif kind == _SEI and slices == 0:
                recovers_in = max(recovers_in, _recovery(data[at + 1 : at + _MOST_SET]))
        if first < 0:
            return Facts(0, begins=True, malformed=malformed)
        fresh = data[first] & 31 == _IDR
        try:
            begins, number, field = self._slice(Bits(data[first + 1 : first + _HEADER]))
        except BadBits:
            return Facts(slices, begins=False, fresh=fresh, malformed=True)
        reference = bool(data[first] & 0x60)
        recovers_in = 0 if fresh else recovers_in
        return Facts(slices, begins, number, field, reference, fresh, recovers_in, malformed)

    def _slice(self, bits: Bits) -> tuple[bool, tuple[int, int] | None, bool]:
        """Whether it is a picture's first, the number, and whether it is of one field."""
        begins = bits.unsigned() == 0
        bits.unsigned()  # slice_type
        sequence = self._sequences.get(self._pictures.get(bits.unsigned(), -1))
        if sequence is None or sequence.gaps:
            return begins, None, False
        if sequence.separate_planes:
            bits.take(2)
        number = bits.take(sequence.numbers)
        return begins, (number, 1 << sequence.numbers), sequence.fields and bits.flag()

    def _learn(self, unit: bytes, kind: int) -> None:
        """Parameter sets are repeated again and again: the same is not read twice."""
        end = unit.find(_START, 1)
        unit = unit[: end if end >= 0 else len(unit)].rstrip(b"\x00")
        if self._latest.get(kind) == unit:
            return
        self._latest[kind] = unit
        try:
            if kind == _SPS:
                number, sequence = _read_sequence(unit)
                self._sequences[number] = sequence
            else:
                bits = Bits(unit[1:])
                picture = bits.unsigned()
                self._pictures[picture] = bits.unsigned()
        except BadBits:
            # The decoder says what it thinks of it; numbers of its pictures are not known.
            self._sequences.clear()


def _read_sequence(unit: bytes) -> tuple[int, _Sequence]:
    bits = Bits(unit[1:])
    profile = bits.take(8)
    bits.take(16)
    name = bits.unsigned()
    planes = False
    if profile in _HIGH:
        chroma = bits.unsigned()
        planes = chroma == 3 and bits.flag()
        bits.unsigned()
        bits.unsigned()
        bits.flag()
        if bits.flag():
            _skip_scaling(bits, 12 if chroma == 3 else 8)
    numbers = bits.unsigned() + 4
    _skip_order(bits)
    bits.unsigned()  # max_num_ref_frames
    gaps = bits.flag()
    bits.unsigned()  # width
    bits.unsigned()  # height
    return name, _Sequence(min(numbers, 16), gaps, planes, fields=not bits.flag())


def _skip_scaling(bits: Bits, lists: int) -> None:
    for one in range(lists):
        if not bits.flag():
            continue
        last = following = 8
        for _ in range(16 if one < 6 else 64):
            if following:
                following = (last + bits.signed()) % 256
            last = following or last


def _skip_order(bits: Bits) -> None:
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.flag()
        bits.signed()
        bits.signed()
        for _ in range(min(bits.unsigned(), 255)):
            bits.signed()


def _recovery(message: bytes) -> int:
    """Pictures until a stream is exact, of its messages to the decoder; 0 where none says so."""
    at = 0
    data = message.replace(b"\x00\x00\x03", b"\x00\x00")
    while at + 2 <= len(data):
        kind = size = 0
        while at < len(data) and data[at] == 0xFF:
            kind, at = kind + 255, at + 1
        kind, at = kind + data[at] if at < len(data) else -1, at + 1
        while at < len(data) and data[at] == 0xFF:
            size, at = size + 255, at + 1
        if at >= len(data):
            return 0
        size, at = size + data[at], at + 1
        if kind == _RECOVERY_POINT:
            try:
                return Bits(data[at : at + size]).unsigned()
            except BadBits:
                return 0
        if data[at + size : at + size + 3] in (b"", b"\x80", b"\x00\x00\x01"):
            return 0
        at += size
    return 0


class H265:
    """Reads the headers of one H.265 stream; which pictures are missing its decoder tells."""

    def read(self, data: bytes) -> Facts:
        """Read a packet's headers."""
        slices, first, malformed = 0, -1, False
        for at in units(data):
            if at + 2 >= len(data):
                break
            header = data[at]
            # nuh_temporal_id_plus1 is never 0.
            malformed = malformed or header >= 0x80 or not data[at + 1] & 7
            base = not header & 1 and not data[at + 1] & 0xF8
            if (header >> 1) & 0x3F in _H265_SLICES and base:
                slices += 1
                first = at if first < 0 else first
        if first < 0:
            return Facts(0, begins=True, malformed=malformed)
        return Facts(slices, begins=data[first + 2] >= 0x80, malformed=malformed)


def reader_of(codec: str, extradata: bytes) -> H264 | H265 | None:
    """What reads a codec's headers; None where nothing is known of them, as in files."""
    if extradata[:1] == b"\x01":
        return None
    if codec == "h264":
        return H264(extradata)
    return H265() if codec == "hevc" else None
