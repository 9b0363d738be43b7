"""A process's end of its socket: messages go one by one, or together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.channel import Channel, ChannelClosed
from pipeline.messages import Failed, Heartbeat, Outboxed, Ready


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    here, there = (Channel(end) for end in Channel.pair())
    yield here, there
    here.close()
    there.close()


def test_what_is_posted_goes_in_one_packet_once_it_is_flushed(
    ends: tuple[Channel, Channel],
) -> None:
    here, there = ends
    for number in range(3):
        here.post(Heartbeat(number))
    assert there.receive(timeout_s=0.0) is None
    assert here.send(Ready())
    assert here.flush() == 0
    assert there.take() == [Ready()]
    assert there.take() == [Heartbeat(0), Heartbeat(1), Heartbeat(2)]
    assert here.flush() == 0
    with pytest.raises(BlockingIOError):
        there.take()


def test_a_packet_is_received_message_by_message(ends: tuple[Channel, Channel]) -> None:
    here, there = ends
    here.post(Ready())
    here.post(Outboxed())
    here.flush()
    assert there.receive() == Ready()
    assert there.receive() == Outboxed()
    assert there.receive(timeout_s=0.0) is None


def test_what_finds_no_room_is_counted_message_by_message(ends: tuple[Channel, Channel]) -> None:
    here, there = ends
    said = Failed("x" * 60_000)
    sent = lost = 0
    while not lost:
        for _ in range(5):
            here.post(said)
        lost = here.flush()
        sent += 5 - lost
    heard = 0
    while there.receive(timeout_s=0.0) == said:
        heard += 1
    assert heard == sent
    assert here.flush() == 0, "what is lost is not sent later"


def test_too_large_a_message_is_refused_before_it_is_sent(ends: tuple[Channel, Channel]) -> None:
    here, _ = ends
    for way in (here.send, here.post):
        with pytest.raises(ValueError, match=r"Failed of \d+ bytes is too large"):
            way(Failed("x" * 200_000))


def test_the_end_of_the_other_side_shows_on_both_ways(ends: tuple[Channel, Channel]) -> None:
    here, there = ends
    here.send(Ready())
    here.close()
    assert there.receive() == Ready()
    with pytest.raises(ChannelClosed):
        there.receive()
    there.post(Outboxed())
    with pytest.raises(ChannelClosed):
        there.flush()
