"""Who looks at a camera is shown its newest picture, and waits for the first one only."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest

from pipeline.live_pictures import LivePictures, NoPicture
from pipeline.messages import LivePicture, StoreRef
from pipeline.slots import SlotStore


class Wall:
    """Live pictures of one camera, its worker played by the test, on a clock of its own."""

    def __init__(self, stack: ExitStack) -> None:
        fd = SlotStore.create("live", slots=3, slot_bytes=1000)
        stack.callback(os.close, fd)
        self.store = stack.enter_context(SlotStore(fd, slots=3, slot_bytes=1000))
        self.now, self.online = 100.0, True
        self.told: list[float] = []
        self.pictures = LivePictures(
            {"yard": StoreRef(fd, 3, 1000)},
            lambda camera: self.told.append(self.now),
            lambda camera: self.online,
            patience_s=60.0,
            clock=lambda: self.now,
        )
        stack.callback(self.pictures.close)

    def patience(self, seconds: float) -> None:
        """So long is a picture waited for from now on: never over in these tests, unless told."""
        self.pictures._patience_s = seconds

    def makes(self, text: bytes, at: float = 1.0, *, told: bool = True) -> None:
        """The worker makes a picture, and word of it comes or does not."""
        slot, generation = self.store.write(np.frombuffer(text, np.uint8))
        if told:
            self.pictures.took(LivePicture("yard", slot, generation, len(text), 1, at))

    async def look(self) -> tuple[bytes, float]:
        return await self.pictures.newest("yard")


@pytest.fixture
def wall() -> Iterator[Wall]:
    with ExitStack() as stack:
        yield Wall(stack)


def test_the_first_to_look_waits_for_a_picture(wall: Wall) -> None:
    async def story() -> None:
        looking = asyncio.create_task(wall.look())
        await asyncio.sleep(0.01)
        assert not looking.done()
        assert wall.told == [100.0]
        wall.makes(b"one", 1.5)
        assert await looking == (b"one", 1.5)

    asyncio.run(story())


def test_whoever_looks_on_gets_the_newest_at_once(wall: Wall) -> None:
    async def story() -> None:
        wall.makes(b"one")
        await wall.look()
        wall.makes(b"two", 2.0)
        async with asyncio.timeout(30):
            assert await wall.look() == (b"two", 2.0)
            assert await wall.look() == (b"two", 2.0)

    asyncio.run(story())


def test_the_worker_is_told_again_in_time_and_not_at_each_look(wall: Wall) -> None:
    async def story() -> None:
        wall.makes(b"one")
        for _ in range(100):
            await wall.look()
            wall.now += 0.25
        assert 5 <= len(wall.told) <= 8
        assert max(b - a for a, b in zip(wall.told, wall.told[1:], strict=False)) < 10

    asyncio.run(story())


def test_who_comes_back_after_a_while_is_not_shown_the_past(wall: Wall) -> None:
    async def story() -> None:
        wall.makes(b"before the break")
        await wall.look()
        wall.now += 60
        looking = asyncio.create_task(wall.look())
        await asyncio.sleep(0.01)
        wall.makes(b"now", 60.0)
        assert await looking == (b"now", 60.0)

    asyncio.run(story())


def test_a_camera_that_is_offline_is_not_waited_for(wall: Wall) -> None:
    async def story() -> None:
        wall.online = False
        async with asyncio.timeout(30):
            with pytest.raises(NoPicture, match="yard has sent no picture yet"):
                await wall.look()
            wall.makes(b"its last", 3.0)
            wall.now += 60
            assert await wall.look() == (b"its last", 3.0), "the time on it says how old it is"

    asyncio.run(story())


def test_a_camera_that_makes_none_is_waited_for_once(wall: Wall) -> None:
    async def story() -> None:
        wall.patience(0.05)
        with pytest.raises(NoPicture):
            await wall.look()
        wall.patience(9.0)
        wall.now += 9.5
        async with asyncio.timeout(5):
            with pytest.raises(NoPicture):
                await wall.look()

    asyncio.run(story())


def test_a_picture_that_was_written_over_is_not_shown_in_halves(wall: Wall) -> None:
    """Word of three newer ones was lost: the next that is told of is shown."""

    async def story() -> None:
        wall.makes(b"old")
        assert await wall.look() == (b"old", 1.0)
        for _ in range(3):
            wall.makes(b"xyz", told=False)
        looking = asyncio.create_task(wall.look())
        await asyncio.sleep(0.01)
        wall.makes(b"new", 5.0)
        assert await looking == (b"new", 5.0)
        for _ in range(3):
            wall.makes(b"xyz", told=False)
        wall.patience(0.05)
        with pytest.raises(NoPicture):
            await wall.look()

    asyncio.run(story())


def test_two_who_look_at_once_both_see_it(wall: Wall) -> None:
    async def story() -> None:
        looking = [asyncio.create_task(wall.look()) for _ in range(5)]
        await asyncio.sleep(0.01)
        wall.makes(b"one")
        assert await asyncio.gather(*looking) == [(b"one", 1.0)] * 5

    asyncio.run(story())


def test_a_camera_without_a_picture_has_none(wall: Wall) -> None:
    with pytest.raises(NoPicture, match="attic only the sound"):
        asyncio.run(wall.pictures.newest("attic"))
