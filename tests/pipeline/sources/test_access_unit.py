"""What an encoded picture's headers say, read from what real encoders wrote."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.access_unit import H264, H265, Facts, reader_of
from pipeline.sources.bits import BadBits, Bits
from tests.pipeline.sources.damaged import film_of

Made = list[tuple[av.Packet, Facts]]


def facts_of(path: Path) -> Made:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        reader = reader_of(stream.codec_context.name, stream.codec_context.extradata or b"")
        assert reader is not None
        packets = [packet for packet in container.demux(stream) if packet.size]
        return [(packet, reader.read(bytes(packet))) for packet in packets]


def test_pictures_that_others_refer_to_are_numbered_one_after_another(tmp_path: Path) -> None:
    made = facts_of(film_of(tmp_path / "film.ts", seconds=2.0))
    numbers = [facts.number for _, facts in made]
    assert all(number is not None for number in numbers)
    # x264 begins anew at each keyframe, of which there is one a second.
    assert [number[0] for number in numbers if number] == [*range(25)] * 2 or [
        number[0] % number[1] for number in numbers if number
    ] == [at % 25 % numbers[0][1] for at in range(50)]  # type: ignore[index]
    assert [facts.fresh for _, facts in made] == [packet.is_keyframe for packet, _ in made]
    assert all(facts.begins and not facts.malformed for _, facts in made)


def test_pictures_between_others_carry_the_number_of_the_next(tmp_path: Path) -> None:
    options = {"preset": "veryfast", "bf": "2", "x264-params": "b-adapt=0:b-pyramid=none"}
    made = facts_of(film_of(tmp_path / "film.ts", seconds=1.0, options=options))
    kinds = [facts.reference for _, facts in made]
    assert kinds.count(False) > 10
    for (_, before), (_, after) in itertools.pairwise(made):
        assert before.number
        assert after.number
        step = (after.number[0] - before.number[0]) % after.number[1]
        assert step == (1 if before.reference else 0)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_slices_are_counted_and_a_first_one_that_is_missing_is_noticed(
    tmp_path: Path, codec: str
) -> None:
    made = facts_of(film_of(tmp_path / "film.ts", codec, seconds=1.0, slices=2))
    assert {facts.slices for _, facts in made} == {2}
    packet = bytes(made[5][0])
    reader = H264() if codec == "libx264" else H265()
    # Cut the first slice out: what is left begins in the middle of a picture.
    starts = [at for at in range(len(packet)) if packet[at : at + 3] == b"\x00\x00\x01"]
    left = reader.read(packet[starts[-1] :])
    assert (left.slices, left.begins) == (1, False)


def test_a_stream_that_is_renewed_piece_by_piece_says_when_it_is_whole(tmp_path: Path) -> None:
    options = {"preset": "veryfast", "bf": "0", "x264-params": "intra-refresh=1"}
    made = facts_of(film_of(tmp_path / "film.ts", seconds=3.0, options=options))
    waits = [facts.recovers_in for packet, facts in made if packet.is_keyframe]
    assert waits[0] == 0, "the first picture is whole"
    assert len(waits) > 1
    assert min(waits[1:]) > 0


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_header_whose_forbidden_bit_is_set_is_none(tmp_path: Path, codec: str) -> None:
    made = facts_of(film_of(tmp_path / "film.ts", codec, seconds=1.0))
    packet = bytearray(bytes(made[3][0]))
    at = packet.rfind(b"\x00\x00\x01") + 3
    packet[at] |= 0x80
    reader = H264() if codec == "libx264" else H265()
    assert reader.read(bytes(packet)).malformed


def test_files_and_other_codecs_are_not_read() -> None:
    assert reader_of("h264", b"\x01\x64\x00\x28") is None, "with lengths in place of start codes"
    assert reader_of("mjpeg", b"") is None


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x00\x00\x01", b"\x00\x00\x00\x01\x67"]))
def test_nothing_that_is_sent_makes_the_reader_fail(data: bytes, start: bytes) -> None:
    for reader in (H264(start + data), H265()):
        reader.read(start + data)
        reader.read(data + start)


@pytest.mark.parametrize("fields", [True, False])
def test_the_two_fields_of_a_picture_may_have_the_same_number(fields: bool) -> None:
    def unit(header: int, *parts: str) -> bytes:
        text = "".join(parts) + "1"
        size = -(-len(text) // 8)
        whole = int(text.ljust(8 * size, "0"), 2).to_bytes(size, "big")
        return b"\x00\x00\x01" + bytes([header]) + whole

    def one(n: int) -> str:
        return f"{n + 1:b}".zfill(2 * len(f"{n + 1:b}") - 1)

    profile = f"{66:08b}{0:08b}{30:08b}"
    size_and_fields = one(5) + one(3) + ("0" if fields else "1")
    sequence = unit(0x67, profile, one(0), one(0), one(2), one(1), "0", size_and_fields)
    picture = unit(0x68, one(0), one(0))
    field = "1" if fields else "0"
    a_slice = unit(0x41, one(0), one(5), one(0), f"{9:04b}", field, "1" * 40)
    facts = H264(sequence + picture).read(a_slice)
    assert facts.number == (9, 16)
    assert facts.field == fields


@given(st.lists(st.integers(0, 2**31), max_size=8))
def test_numbers_come_back_as_they_were_written(numbers: list[int]) -> None:
    text = "".join("0" * (len(f"{n + 1:b}") - 1) + f"{n + 1:b}" for n in numbers)
    raw = int((text + "1").ljust(-(-(len(text) + 1) // 8) * 8, "0") or "0", 2)
    data = raw.to_bytes(-(-(len(text) + 1) // 8), "big")
    # As it is sent: three bytes that look like a start code are kept apart.
    sent = bytearray()
    for byte in data:
        if sent[-2:] == b"\x00\x00" and byte <= 3:
            sent.append(3)
        sent.append(byte)
    bits = Bits(bytes(sent))
    assert [bits.unsigned() for _ in numbers] == numbers


def test_signed_numbers_and_ends() -> None:
    # 1, 010, 011, 00100: 0, 1, -1, 2
    bits = Bits(bytes([0b10100110, 0b01000000]))
    assert [bits.signed() for _ in range(4)] == [0, 1, -1, 2]
    with pytest.raises(BadBits, match="ends too early"):
        bits.take(9)
    with pytest.raises(BadBits, match="too long"):
        Bits(bytes(8)).unsigned()


def test_films_of_the_tests_move(tmp_path: Path) -> None:
    with av.open(str(film_of(tmp_path / "film.ts", seconds=1.0))) as container:
        one, two, *_ = (frame.to_ndarray(format="gray") for frame in container.decode(video=0))
        assert container.streams.video[0].average_rate == Fraction(25)
    assert np.abs(one.astype(int) - two).mean() > 1
