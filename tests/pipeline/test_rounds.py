"""What comes in within a moment is taken in together; after a silence it is taken in at once."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

from pipeline.rounds import Rounds

EVERY_S = 0.2


class Counted(Rounds):
    """Counts its rounds."""

    count = 0

    def _round(self) -> None:
        self.count += 1
        super()._round()


class Pipes:
    """Two pipes that are followed in rounds: what came through them, when and in which round."""

    def __init__(self, rounds: Counted) -> None:
        self.rounds = rounds
        self.heard: list[str] = []
        self.when: list[float] = []
        self.round: list[int] = []
        self.more = False
        self._ends = [os.pipe(), os.pipe()]
        for number, (read, _write) in enumerate(self._ends):
            rounds.add(read, lambda number=number, read=read: self._take(number, read))  # type: ignore[misc]

    def _take(self, number: int, read: int) -> bool:
        self.heard.append(f"{number}: {os.read(read, 99)!r}")
        self.when.append(time.monotonic())
        self.round.append(self.rounds.count)
        more, self.more = self.more, False
        return more

    def say(self, number: int, words: bytes) -> None:
        os.write(self._ends[number][1], words)

    async def until(self, heard: int) -> None:
        """Wait until so much was heard: less long than the longest pause of these tests."""
        async with asyncio.timeout(30):
            while len(self.heard) < heard:
                await asyncio.sleep(0.005)

    def forget(self, number: int) -> None:
        self.rounds.remove(self._ends[number][0])

    def close(self) -> None:
        self.rounds.close()
        for fd in (fd for ends in self._ends for fd in ends):
            os.close(fd)


def tell(scenes: Callable[[Pipes], Awaitable[None]], every_s: float = EVERY_S) -> Pipes:
    async def play() -> Pipes:
        pipes = Pipes(Counted(every_s))
        try:
            await scenes(pipes)
        finally:
            pipes.close()
        return pipes

    return asyncio.run(play())


def test_after_a_silence_nothing_waits() -> None:
    async def scenes(pipes: Pipes) -> None:
        pipes.say(0, b"first")
        await pipes.until(1)

    assert tell(scenes, every_s=60.0).heard == ["0: b'first'"]


def test_what_comes_within_a_moment_is_taken_in_together() -> None:
    async def scenes(pipes: Pipes) -> None:
        pipes.say(0, b"first")
        await pipes.until(1)
        pipes.say(0, b"second, ")
        pipes.say(0, b"third")
        pipes.say(1, b"beside")
        await pipes.until(3)

    pipes = tell(scenes)
    assert pipes.heard == ["0: b'first'", "0: b'second, third'", "1: b'beside'"]
    assert pipes.round == [1, 2, 2]
    assert pipes.when[1] - pipes.when[0] >= EVERY_S - 0.01


def test_one_that_has_more_to_say_is_asked_again_at_once() -> None:
    async def scenes(pipes: Pipes) -> None:
        pipes.more = True
        pipes.say(0, b"much")
        await pipes.until(1)
        pipes.say(0, b"more")
        await pipes.until(2)

    assert tell(scenes, every_s=60.0).heard == ["0: b'much'", "0: b'more'"]


def test_one_that_is_followed_no_more_is_not_asked() -> None:
    async def scenes(pipes: Pipes) -> None:
        pipes.forget(0)
        pipes.forget(0)
        pipes.say(0, b"unheard")
        pipes.say(1, b"heard")
        await pipes.until(1)
        await asyncio.sleep(0.05)

    assert tell(scenes, every_s=0.01).heard == ["1: b'heard'"]


def test_nobody_is_woken_while_nothing_comes() -> None:
    async def scenes(pipes: Pipes) -> None:
        pipes.say(0, b"once")
        await pipes.until(1)
        await asyncio.sleep(0.3)

    pipes = tell(scenes, every_s=0.001)
    assert pipes.heard == ["0: b'once'"]
    # After its pause it looks once more, and then sleeps.
    assert pipes.rounds.count == 2
