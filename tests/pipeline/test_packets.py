"""Several messages in one packet come out as they went in, in their order."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.messages import Heartbeat, MalformedMessage, Outboxed, Ready, Stop, encode
from pipeline.packets import MAX_PACKET, first_packet, fits, pack, packets, unpack


@pytest.mark.parametrize("count", [0, 1, 15, 16, 1000])
def test_all_come_out_in_their_order(count: int) -> None:
    sent = [Heartbeat(number) for number in range(count)]
    assert unpack(pack([encode(message) for message in sent])) == sent


def test_kinds_mix() -> None:
    sent = [Ready(), Outboxed(), Stop("enough")]
    assert unpack(pack([encode(message) for message in sent])) == sent


#: A message with a value that nobody asked for, which nests without end.
ENDLESS = b"\x82\xa4type\xa5Ready\xa1x" + b"\x91" * 100_000


@pytest.mark.parametrize(
    "packet",
    [b"", b"\x91", encode(Ready()), pack([b"\xc1"]), pack([encode(Ready())])[:-1], pack([ENDLESS])],
)
def test_bytes_that_are_no_packet_are_refused_by_name(packet: bytes) -> None:
    with pytest.raises(MalformedMessage):
        unpack(packet)


@example([MAX_PACKET // 2, MAX_PACKET // 2 - 2])
@given(st.lists(st.integers(1, MAX_PACKET - 3), max_size=40))
def test_they_fill_packets_that_are_not_too_large(sizes: list[int]) -> None:
    messages = [b"x" * size for size in sizes]
    cut = list(packets(messages))
    assert [message for packet in cut for message in packet] == messages
    assert all(len(pack(packet)) <= MAX_PACKET for packet in cut)
    for packet, following in itertools.pairwise(cut):
        # Room is kept for the longest head; that of a few messages is two bytes shorter.
        longest = len(pack([*packet, following[0]])) + 2
        assert longest > MAX_PACKET, "one more had found room"


def test_what_is_too_large_is_known_before_it_is_sent() -> None:
    largest = b"x" * (MAX_PACKET - 3)
    assert fits(largest)
    assert not fits(largest + b"x")
    assert first_packet([largest + b"x", b"y"]) == [largest + b"x"], "nothing is left behind"
