"""What comes in within a moment is taken in together; after a silence it is taken in at once."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

from pipeline.rounds import Rounds

EVERY_S = 0.2


class Pipes:
    """Two pipes that are followed in rounds, and when what came through them."""

    def __init__(self, rounds: Rounds) -> None:
        self.rounds = rounds
        self.heard: list[tuple[float, str]] = []
        self.more = False
        self._began = time.monotonic()
        self._ends = [os.pipe(), os.pipe()]
        for number, (read, _write) in enumerate(self._ends):
            rounds.add(read, lambda number=number, read=read: self._take(number, read))  # type: ignore[misc]

    def _take(self, number: int, read: int) -> bool:
        self.heard.append((time.monotonic() - self._began, f"{number}: {os.read(read, 99)!r}"))
        more, self.more = self.more, False
        return more

    def say(self, number: int, words: bytes) -> None:
        os.write(self._ends[number][1], words)

    def forget(self, number: int) -> None:
        self.rounds.remove(self._ends[number][0])

    def close(self) -> None:
        self.rounds.close()
        for fd in (fd for ends in self._ends for fd in ends):
            os.close(fd)


def tell(scenes: Callable[[Pipes], Awaitable[None]], every_s: float = EVERY_S) -> Pipes:
    async def play() -> Pipes:
        pipes = Pipes(Rounds(every_s))
        try:
            await scenes(pipes)
        finally:
            pipes.close()
        return pipes

    return asyncio.run(play())


def test_what_comes_within_a_moment_is_taken_in_together() -> None:
    async def scenes(pipes: Pipes) -> None:
        pipes.say(0, b"first")
        await asyncio.sleep(EVERY_S / 4)
        pipes.say(0, b"second, ")
        await asyncio.sleep(EVERY_S / 4)
        pipes.say(0, b"third")
        pipes.say(1, b"beside")
        await asyncio.sleep(1.5 * EVERY_S)

    pipes = tell(scenes)
    assert [words for _, words in pipes.heard] == [
        "0: b'first'",
        "0: b'second, third'",
        "1: b'beside'",
    ]
    at = [when for when, _ in pipes.heard]
    assert at[0] < EVERY_S / 2, "after a silence nothing waits"
    assert at[1] >= EVERY_S - 0.01
    assert at[2] - at[1] < EVERY_S / 2, "in the same round"


def test_one_that_has_more_to_say_is_asked_again_at_once() -> None:
    async def scenes(pipes: Pipes) -> None:
        pipes.more = True
        pipes.say(0, b"much")
        await asyncio.sleep(0.05)
        pipes.say(0, b"more")
        await asyncio.sleep(0.1)

    pipes = tell(scenes, every_s=60.0)
    assert [words for _, words in pipes.heard] == ["0: b'much'", "0: b'more'"]


def test_one_that_is_followed_no_more_is_not_asked() -> None:
    async def scenes(pipes: Pipes) -> None:
        pipes.forget(0)
        pipes.forget(0)
        pipes.say(0, b"unheard")
        pipes.say(1, b"heard")
        await asyncio.sleep(0.05)

    pipes = tell(scenes, every_s=0.01)
    assert [words for _, words in pipes.heard] == ["1: b'heard'"]


def test_nobody_is_woken_while_nothing_comes() -> None:
    async def scenes(pipes: Pipes) -> None:
        pipes.say(0, b"once")
        await asyncio.sleep(0.05)
        before = os.times()
        await asyncio.sleep(0.3)
        after = os.times()
        assert after.user + after.system - before.user - before.system < 0.05

    assert len(tell(scenes, every_s=0.001).heard) == 1
