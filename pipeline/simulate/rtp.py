"""RTP and RTCP packets (RFC 3550)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

RTP_HEADER = 12
_VERSION = 2 << 6
_SENDER_REPORT, _SOURCE_DESCRIPTION, _BYE = 200, 202, 203
#: Seconds from 1900 (NTP) to 1970 (Unix).
_NTP_EPOCH = 2_208_988_800
_NS_PER_S = 1_000_000_000
_MASK_16, _MASK_32 = 0xFFFF, 0xFFFFFFFF


@dataclass(slots=True)
class RtpSender:
    """Numbers, stamps and counts the packets of one track for one client.

    ``first_timestamp`` is the RTP time of media time 0. Wall time is media time plus
    ``epoch_ns`` (nanoseconds since 1970), the same for all tracks of a client: by it a client
    puts sound and picture in step.
    """

    ssrc: int
    payload_type: int
    clock_rate: int
    first_timestamp: int
    epoch_ns: int
    sequence: int = 0
    packets: int = field(default=0, init=False)
    octets: int = field(default=0, init=False)

    def timestamp(self, at_ns: int) -> int:
        """RTP time stamp (32 bits, wraps) of media time ``at_ns``."""
        ticks = (at_ns * self.clock_rate + _NS_PER_S // 2) // _NS_PER_S
        return (self.first_timestamp + ticks) & _MASK_32

    def wrap_at(self, at_ns: int) -> None:
        """Let the RTP time begin anew from 0 at media time ``at_ns``."""
        self.jump(-self.timestamp(at_ns))

    def jump(self, ticks: int) -> None:
        """Stamp everything from now on so many ticks of the clock later than before."""
        self.first_timestamp = (self.first_timestamp + ticks) & _MASK_32

    def packet(self, payload: bytes, at_ns: int, *, marker: bool) -> bytes:
        """One RTP packet; advances the sequence number and the counts."""
        kind = self.payload_type | (0x80 if marker else 0)
        header = struct.pack(
            "!BBHII", _VERSION, kind, self.sequence, self.timestamp(at_ns), self.ssrc
        )
        self.sequence = (self.sequence + 1) & _MASK_16
        self.packets += 1
        self.octets += len(payload)
        return header + payload

    def report(self, at_ns: int) -> bytes:
        """Sender report and source description: which wall time the RTP time stands for."""
        seconds, nanoseconds = divmod(self.epoch_ns + at_ns, _NS_PER_S)
        report = struct.pack(
            "!BBHIIIIII",
            _VERSION,
            _SENDER_REPORT,
            6,
            self.ssrc,
            (seconds + _NTP_EPOCH) & _MASK_32,
            (nanoseconds << 32) // _NS_PER_S,
            self.timestamp(at_ns),
            self.packets & _MASK_32,
            self.octets & _MASK_32,
        )
        name = b"camera"
        item = struct.pack("!IBB", self.ssrc, 1, len(name)) + name
        # The list of items ends with at least one zero byte, padded to 32 bits.
        item += bytes(4 - len(item) % 4)
        header = struct.pack("!BBH", _VERSION | 1, _SOURCE_DESCRIPTION, len(item) // 4)
        return report + header + item

    def goodbye(self, at_ns: int) -> bytes:
        """The last report and BYE."""
        return self.report(at_ns) + struct.pack("!BBHI", _VERSION | 1, _BYE, 1, self.ssrc)
