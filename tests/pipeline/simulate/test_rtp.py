"""RTP numbers wrap, and reports tie RTP time to wall time."""

from __future__ import annotations

import struct

from pipeline.simulate.rtp import RtpSender

NS = 1_000_000_000


def sender(first_timestamp: int = 0, sequence: int = 0) -> RtpSender:
    return RtpSender(
        ssrc=7,
        payload_type=96,
        clock_rate=90_000,
        first_timestamp=first_timestamp,
        epoch_ns=1_000 * NS,
        sequence=sequence,
    )


def test_a_packet_carries_marker_type_number_stamp_and_source() -> None:
    packet = sender(first_timestamp=5, sequence=9).packet(b"data", 2 * NS, marker=True)
    assert struct.unpack("!BBHII", packet[:12]) == (0x80, 0x80 | 96, 9, 180_005, 7)
    assert packet[12:] == b"data"


def test_numbers_and_stamps_wrap() -> None:
    late = sender(first_timestamp=(1 << 32) - 90_000, sequence=0xFFFF)
    late.packet(b"", 0, marker=False)
    packet = late.packet(b"", NS, marker=False)
    assert struct.unpack("!HI", packet[2:8]) == (0, 0)


def test_a_report_gives_wall_time_and_rtp_time_of_one_moment_and_what_was_sent() -> None:
    reporting = sender(first_timestamp=100)
    reporting.packet(b"four", 0, marker=False)
    report = reporting.report(NS + NS // 2)
    kind, words = struct.unpack("!BH", report[1:4])
    assert (kind, words) == (200, 6)
    seconds, fraction, stamp, packets, octets = struct.unpack("!IIIII", report[8:28])
    assert seconds - 2_208_988_800 == 1_001
    assert fraction == 1 << 31
    assert (stamp, packets, octets) == (100 + 135_000, 1, 4)
    assert len(report) % 4 == 0


def test_goodbye_names_the_source() -> None:
    assert sender().goodbye(0).endswith(b"\x81\xcb\x00\x01\x00\x00\x00\x07")


def test_stamps_jump_and_begin_anew_where_they_are_told_to() -> None:
    told = sender(first_timestamp=5)
    told.wrap_at(3 * NS)
    assert (told.timestamp(3 * NS), told.timestamp(2 * NS)) == (0, (1 << 32) - 90_000)
    told.jump(-90_000)
    assert told.timestamp(4 * NS) == 0
