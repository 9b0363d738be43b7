"""Encoded access units become RTP payloads, by the RFC of each codec."""

from __future__ import annotations

import pytest

from pipeline.simulate import nal
from pipeline.simulate.packetize import aac_payloads, h264_payloads, h265_payloads, strip_adts

SPS, PPS = b"\x67\x42\xc0\x1e", b"\x68\xce\x0f\xc8"


def test_start_codes_of_both_lengths_part_nal_units() -> None:
    data = b"\x00\x00\x00\x01" + SPS + b"\x00\x00\x01" + PPS + b"\x00\x00\x00\x01\x65abc"
    assert nal.split_annexb(data) == [SPS, PPS, b"\x65abc"]


def test_lengths_part_nal_units_and_one_that_runs_out_is_refused() -> None:
    assert nal.split_length_prefixed(b"\x00\x02ab\x00\x01c", 2) == [b"ab", b"c"]
    with pytest.raises(nal.BadBitstreamError, match="past its access unit"):
        nal.split_length_prefixed(b"\x00\x00\x00\x09ab", 4)


def test_avcc_record_tells_length_size_and_parameter_sets() -> None:
    record = b"\x01\x42\xc0\x1e\xff\xe1\x00\x04" + SPS + b"\x01\x00\x04" + PPS
    assert nal.read_h264_config(record) == (4, (SPS, PPS))
    with pytest.raises(nal.BadBitstreamError, match="parameter set"):
        nal.read_h264_config(record[:-2])


def test_small_nal_units_travel_together() -> None:
    (payload,) = h264_payloads([SPS, PPS])
    assert payload[0] & 0x1F == 24, "STAP-A"
    assert payload[1:] == b"\x00\x04" + SPS + b"\x00\x04" + PPS


def test_a_nal_unit_that_stands_alone_is_its_own_payload() -> None:
    assert h264_payloads([b"\x65abc"]) == [b"\x65abc"]


@pytest.mark.parametrize("size", [101, 102, 199, 1000])
def test_a_large_h264_nal_unit_is_cut_and_can_be_put_together_again(size: int) -> None:
    unit = b"\x65" + bytes(range(256)) * 4
    unit = unit[:size]
    pieces = h264_payloads([unit], max_payload=100)
    assert all(len(piece) <= 100 for piece in pieces)
    assert all(piece[0] == (0x60 | 28) for piece in pieces)
    assert [piece[1] & 0x80 for piece in pieces] == [0x80] + [0] * (len(pieces) - 1)
    assert [piece[1] & 0x40 for piece in pieces] == [0] * (len(pieces) - 1) + [0x40]
    header = bytes([(pieces[0][0] & 0xE0) | (pieces[0][1] & 0x1F)])
    assert header + b"".join(piece[2:] for piece in pieces) == unit


def test_a_large_h265_nal_unit_is_cut_and_can_be_put_together_again() -> None:
    unit = bytes([19 << 1, 0x01]) + bytes(range(250))
    pieces = h265_payloads([unit], max_payload=100)
    assert all(len(piece) <= 100 for piece in pieces)
    assert {(piece[0] >> 1) & 0x3F for piece in pieces} == {49}
    assert {piece[2] & 0x3F for piece in pieces} == {19}
    assert b"".join(piece[3:] for piece in pieces) == unit[2:]


def test_an_aac_frame_says_its_whole_size_before_each_fragment() -> None:
    (whole,) = aac_payloads(b"x" * 300)
    assert whole[:4] == b"\x00\x10" + (300 << 3).to_bytes(2, "big")
    cut = aac_payloads(b"x" * 300, max_payload=104)
    assert [len(piece) for piece in cut] == [104, 104, 104]
    assert {piece[:4] for piece in cut} == {whole[:4]}
    with pytest.raises(nal.BadBitstreamError, match="does not fit"):
        aac_payloads(b"x" * 9000)


def test_an_adts_header_becomes_the_configuration() -> None:
    # AAC-LC, 48 kHz (index 3), one channel, without CRC.
    config, frame = strip_adts(b"\xff\xf1\x4c\x40\x01\x7f\xfcframe")
    assert (config, frame) == (b"\x11\x88", b"frame")
    with pytest.raises(nal.BadBitstreamError, match="ADTS"):
        strip_adts(b"no header here")
