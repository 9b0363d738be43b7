"""A flood of handshakes that nobody ends: bounded in number and in time, before any request."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from pipeline.callers import Callers
from tests.certificates import certificate
from tests.pipeline.test_callers import ASKED, Caller, served

OK = b"HTTP/1.1 200 OK"
#: How a ClientHello begins: a record of the handshake, 512 bytes of which never come.
HALF_A_HELLO = bytes.fromhex("160301020001000001fc0303")


class House:
    """A server that speaks TLS, and browsers that trust it.

    Args:
        callers: what bounds them.
        folder: for the certificate.
    """

    def __init__(self, callers: Callers, folder: Path) -> None:
        self.callers = callers
        key, cert = certificate(folder, "console")
        self._own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._own.load_cert_chain(cert, key)
        self.trust = ssl.create_default_context(cafile=str(cert))
        self.port = 0

    async def browser(self, source: str = "127.0.0.1") -> Caller:
        """Somebody who speaks TLS."""
        return await Caller.connect(self.port, source, self.trust)

    async def stranger(self, source: str = "127.0.0.1") -> Caller:
        """Somebody who connects, and no more."""
        return await Caller.connect(self.port, source)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Serve."""
        async with served(self.callers, self._own) as self.port:
            yield


async def hung_up(caller: Caller) -> bool:
    """Wait until the server ends a connection: with a word of TLS at most."""
    with contextlib.suppress(ConnectionError):
        said = await asyncio.wait_for(caller.reader.read(), 30)
        return b"HTTP" not in said
    return True


def told(callers: Callers, folder: Path, story: Callable[[House], Awaitable[None]]) -> None:
    house = House(callers, folder)

    async def all_of_it() -> None:
        async with house.open():
            await story(house)

    asyncio.run(all_of_it())


def test_requests_are_answered_and_no_word_is_lost(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        for _ in range(20):
            browser = await house.browser()
            assert await browser.ask() == OK
            assert await browser.ask() == OK
            await browser.close()

    told(Callers(), tmp_path, story)


@pytest.mark.promise("bad input 25")
def test_of_a_flood_of_handshakes_most_is_turned_away_and_others_are_served(
    tmp_path: Path,
) -> None:
    async def story(house: House) -> None:
        flood = [await house.stranger("127.0.0.2") for _ in range(100)]
        for one in flood[::2]:
            with contextlib.suppress(ConnectionError):
                one.writer.write(HALF_A_HELLO)
        # Those beyond its share are hung up on at once, though they never said a word.
        assert all([await hung_up(one) for one in flood[20:]])
        assert house.callers.turned_away == 80
        operator = await house.browser()
        assert await operator.ask() == OK
        for one in (operator, *flood):
            await one.close()

    told(Callers(most=30, most_of_one=20, patience_s=60), tmp_path, story)


@pytest.mark.promise("bad input 25")
def test_a_handshake_that_does_not_end_is_ended(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        silent = [await house.stranger() for _ in range(2)]
        half = await house.stranger()
        half.writer.write(HALF_A_HELLO)

        async def drip() -> None:
            with contextlib.suppress(ConnectionError):
                while True:
                    half.writer.write(b"x")
                    await half.writer.drain()
                    await asyncio.sleep(0.05)

        dripping = asyncio.create_task(drip())
        for one in (*silent, half):
            assert await hung_up(one)
        dripping.cancel()
        # They have made room.
        operators = [await house.browser() for _ in range(3)]
        assert [await one.ask() for one in operators] == [OK] * 3
        for one in (*operators, *silent, half):
            await one.close()

    told(Callers(most=3, patience_s=0.5), tmp_path, story)


def test_who_shakes_hands_and_asks_for_nothing_is_hung_up_on(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        silent = await house.browser()
        assert await silent.reader.read() == b""
        later = await house.browser()
        assert await later.ask() == OK
        for one in (silent, later):
            await one.close()

    told(Callers(most=1, patience_s=1.0), tmp_path, story)


def test_nothing_is_answered_in_the_clear(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        plain = await house.stranger()
        plain.writer.write(ASKED)
        assert await hung_up(plain)
        await plain.close()

    told(Callers(), tmp_path, story)
