"""The supervisor talks with a process that may be slow, silent, talkative, confused or gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from structlog.testing import capture_logs

from pipeline import talk
from pipeline.channel import Channel
from pipeline.messages import AnyMessage, Heartbeat, Stop, encode
from pipeline.packets import MAX_PACKET
from pipeline.rounds import Rounds
from pipeline.talk import Talk

#: So many characters fill most of a packet.
LARGE = MAX_PACKET * 3 // 4


class Pair:
    """A talk, and the end of a process that is not there."""

    def __init__(self, bound: int = 10_000, rounds: Rounds | None = None) -> None:
        ours, theirs = Channel.pair()
        self.far = Channel(theirs)
        self.heard: list[AnyMessage] = []
        self.packets: list[int] = []
        self.dropped = 0
        self.talk = Talk(
            Channel(ours), "judge", bound, heard=self.hear, dropped=self.drop, rounds=rounds
        )

    def hear(self, messages: Sequence[AnyMessage]) -> None:
        self.heard += messages
        self.packets.append(len(messages))

    def drop(self, messages: int) -> None:
        self.dropped += messages

    def say(self, *numbers: int) -> None:
        for number in numbers:
            self.talk.write(encode(Heartbeat(number)), kept=False)

    def arrived(self) -> list[list[AnyMessage]]:
        """What has come to the process, packet by packet."""
        came = []
        while True:
            try:
                packet = self.far.take()
            except BlockingIOError:
                return came
            assert packet is not None
            came.append(packet)

    def numbers(self) -> list[int]:
        return [message.progress for message in self.heard if isinstance(message, Heartbeat)]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.005)


def play(scene: Callable[[Pair], Awaitable[None]], bound: int = 10_000) -> None:
    defects: list[object] = []

    async def told() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, defect: defects.append(defect))
        pair = Pair(bound)
        try:
            await scene(pair)
        finally:
            pair.far.close()
            pair.talk.close()

    asyncio.run(told())
    assert defects == []


# --- what is said --------------------------------------------------------------------------------


def test_what_is_said_in_one_turn_travels_together() -> None:
    async def scene(pair: Pair) -> None:
        pair.say(1, 2, 3)
        assert pair.arrived() == [], "more may be said in this turn"
        await asyncio.sleep(0)
        assert pair.arrived() == [[Heartbeat(1), Heartbeat(2), Heartbeat(3)]]
        pair.say(4)
        await asyncio.sleep(0)
        assert pair.arrived() == [[Heartbeat(4)]]

    play(scene)


def test_when_enough_waits_it_is_sent_at_once() -> None:
    async def scene(pair: Pair) -> None:
        pair.say(*range(talk._ENOUGH))
        (packet,) = pair.arrived()
        assert len(packet) == talk._ENOUGH

    play(scene)


def test_one_that_takes_nothing_is_not_waited_for_and_hears_all_once_it_does() -> None:
    async def scene(pair: Pair) -> None:
        words = []
        while len(words) < 10 or not pair.talk._writing:
            words.append(Stop(str(len(words)) + " " * LARGE))
            pair.talk.write(encode(words[-1]), kept=False)
            await asyncio.sleep(0)
        words.append(Stop("goodbye"))
        pair.talk.write(encode(words[-1]), kept=False)
        came = pair.arrived()
        assert 0 < sum(map(len, came)) < len(words), "its socket is full"
        while sum(map(len, came)) < len(words):
            await asyncio.sleep(0.005)
            came += pair.arrived()
        assert [message for packet in came for message in packet] == words
        assert pair.dropped == 0
        # Nobody is woken any more for a socket that has room.
        assert not asyncio.get_running_loop().remove_writer(pair.talk._fd)

    play(scene)


def test_one_that_is_behind_loses_the_oldest_that_may_be_lost() -> None:
    async def scene(pair: Pair) -> None:
        while not pair.talk._writing:
            pair.talk.write(encode(Stop(" " * LARGE)), kept=False)
            await asyncio.sleep(0)
        waiting = len(pair.talk._queue)
        pair.dropped = 0
        pair.talk.write(encode(Stop("kept")), kept=True)
        pair.say(*range(10))
        assert pair.dropped == waiting + 11 - 4
        came: list[AnyMessage] = []
        while pair.talk._writing:
            came += [message for packet in pair.arrived() for message in packet]
            await asyncio.sleep(0.005)
        came += [message for packet in pair.arrived() for message in packet]
        assert came[-4:] == [Stop("kept"), Heartbeat(7), Heartbeat(8), Heartbeat(9)]

    play(scene, bound=4)


def test_one_that_is_gone_is_talked_to_in_vain() -> None:
    async def scene(pair: Pair) -> None:
        pair.far.close()
        pair.say(1)
        await asyncio.sleep(0)
        pair.say(2)

    play(scene)


def test_after_the_end_nothing_is_written_though_something_waited() -> None:
    async def scene(pair: Pair) -> None:
        pair.say(1)
        pair.talk.close()
        await asyncio.sleep(0)
        assert pair.far.take() is None

    play(scene)


# --- what is heard -------------------------------------------------------------------------------


def test_what_a_process_says_is_heard_packet_by_packet() -> None:
    async def scene(pair: Pair) -> None:
        for number in (1, 2):
            pair.far.post(Heartbeat(number))
        pair.far.flush()
        pair.far.send(Heartbeat(3))
        await pair.until(lambda: len(pair.heard) == 3)
        assert pair.numbers() == [1, 2, 3]
        assert pair.packets == [2, 1]

    play(scene)


def test_a_packet_that_is_not_understood_is_told_and_costs_no_other() -> None:
    async def scene(pair: Pair) -> None:
        with capture_logs() as said:
            pair.far._socket.send(b"\xc1 no message")
            pair.far.send(Heartbeat(7))
            await pair.until(lambda: bool(pair.heard))
        assert pair.numbers() == [7]
        assert [(line["event"], line["process"]) for line in said] == [
            ("packet not understood", "judge")
        ]

    play(scene)


def test_one_that_says_much_lets_others_speak_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "_AT_A_TIME", 3)

    async def scene(pair: Pair) -> None:
        for number in range(5):
            pair.far.send(Heartbeat(number))
        assert pair.talk.read(), "there is more"
        assert pair.numbers() == [0, 1, 2]
        assert not pair.talk.read()
        assert pair.numbers() == [0, 1, 2, 3, 4]

    play(scene)


def test_what_was_said_last_is_heard_and_the_end_wakes_nobody() -> None:
    async def scene(pair: Pair) -> None:
        pair.far.send(Heartbeat(1))
        pair.far.close()
        await pair.until(lambda: bool(pair.heard))
        await asyncio.sleep(0.02)
        assert not asyncio.get_running_loop().remove_reader(pair.talk._fd)

    async def at_the_end() -> None:
        pair = Pair()
        pair.far.send(Heartbeat(2))
        pair.talk.close()
        assert pair.numbers() == [2]
        pair.far.close()

    play(scene)
    asyncio.run(at_the_end())


def test_in_rounds_it_is_heard_with_the_others() -> None:
    async def scene() -> None:
        rounds = Rounds(0.2)
        pairs = [Pair(rounds=rounds) for _ in range(2)]
        pairs[0].far.send(Heartbeat(1))
        await pairs[0].until(lambda: pairs[0].numbers() == [1])
        for pair in pairs:
            pair.far.send(Heartbeat(2))
        await asyncio.sleep(0.02)
        assert pairs[1].numbers() == [], "a round was just now"
        await pairs[1].until(lambda: pairs[1].numbers() == [2])
        assert pairs[0].numbers() == [1, 2]
        for pair in pairs:
            pair.talk.close()
            pair.far.close()
        rounds.close()

    asyncio.run(scene())
