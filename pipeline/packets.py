"""Several messages in one packet: to send and to wake costs more than most messages do.

A packet is a msgpack array of messages. Where messages gather, one packet takes them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from pipeline.messages import BAD_BYTES, AnyMessage, MalformedMessage, from_plain

#: Bytes of a packet at most: below what Linux lets through with its default socket buffers.
MAX_PACKET = 192 << 10
#: Bytes in front of the messages at most.
_HEAD = 3
#: Messages of a packet at most.
_MOST = 1024

_decoder = msgspec.msgpack.Decoder(list[AnyMessage], dec_hook=from_plain)


def pack(encoded: Sequence[bytes]) -> bytes:
    """Return the packet of some encoded messages, 65,535 at most."""
    count = len(encoded)
    head = bytes((0x90 | count,)) if count < 16 else b"\xdc" + count.to_bytes(2, "big")
    return head + b"".join(encoded)


def unpack(packet: bytes) -> list[AnyMessage]:
    """Return the messages of a packet.

    Raises:
        MalformedMessage: the bytes are no packet, or one of them is no message.
    """
    try:
        return _decoder.decode(packet)
    except BAD_BYTES as error:
        raise MalformedMessage(str(error)) from error


def fits(encoded: bytes) -> bool:
    """Whether a message can travel at all."""
    return len(encoded) + _HEAD <= MAX_PACKET


def first_packet(encoded: Iterable[bytes]) -> list[bytes]:
    """As many messages as fit into one packet, from the first on; one that fits into none alone."""
    chosen: list[bytes] = []
    size = _HEAD
    for one in encoded:
        size += len(one)
        if chosen and (size > MAX_PACKET or len(chosen) == _MOST):
            break
        chosen.append(one)
    return chosen


def packets(encoded: Sequence[bytes]) -> Iterator[list[bytes]]:
    """The messages in their order, in as few packets as there can be."""
    begin = 0
    while begin < len(encoded):
        chosen = first_packet(encoded[begin : begin + _MOST])
        yield chosen
        begin += len(chosen)
