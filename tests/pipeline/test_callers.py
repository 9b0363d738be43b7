"""A flood of connections: most are turned away, and who has asked for something is served."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from pipeline.callers import Callers

Record = Callable[[str, object], None]
LENGTH = [(b"content-length", b"5")]
ASKED = b"GET / HTTP/1.1\r\nHost: console\r\n\r\n"


async def hello(scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": LENGTH})
    await send({"type": "http.response.body", "body": b"hello"})


@asynccontextmanager
async def served(callers: Callers, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """An application behind what bounds its callers; its port."""
    sock = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(hello, log_config=None, lifespan="off", http=callers.protocol(tls))
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield sock.getsockname()[1]
    finally:
        server.should_exit = True
        await task


class Caller:
    """One connection to the console."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(
        cls, port: int, source: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> Caller:
        return cls(
            *await asyncio.open_connection(
                "127.0.0.1", port, local_addr=(source, 0), limit=10_000, ssl=tls
            )
        )

    async def ask(self) -> bytes:
        """The status line of an answer; empty where it was hung up on."""
        self.writer.write(ASKED)
        with contextlib.suppress(ConnectionError):
            status = (await self.reader.readline()).strip()
            if b"200" in status:
                await self.reader.readuntil(b"hello")
            return status
        return b""

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


@pytest.mark.promise("bad input 25")
def test_of_a_flood_from_one_address_most_is_turned_away_and_others_are_served(
    record_property: Record,
) -> None:
    callers = Callers(most=30, most_of_one=20)

    async def story() -> None:
        async with served(callers) as port:
            flood = [await Caller.connect(port, "127.0.0.2") for _ in range(100)]
            answers = [await one.ask() for one in flood]
            assert answers[:20] == [b"HTTP/1.1 200 OK"] * 20
            # Told so, or the connection was reset before it could be read.
            assert set(answers[20:]) <= {b"HTTP/1.1 503 Service Unavailable", b""}
            assert callers.turned_away == 80
            operator = await Caller.connect(port)
            assert await operator.ask() == b"HTTP/1.1 200 OK"
            record_property("measured", "a flood of 100: 80 turned away, another address served")
            # Those who leave make room.
            for one in flood:
                await one.close()
            again = await Caller.connect(port, "127.0.0.2")
            assert await again.ask() == b"HTTP/1.1 200 OK"
            for one in (operator, again):
                await one.close()

    asyncio.run(story())


@pytest.mark.promise("bad input 25")
def test_a_flood_from_everywhere_is_bounded() -> None:
    callers = Callers(most=30, most_of_one=20)

    async def story() -> None:
        async with served(callers) as port:
            flood = [await Caller.connect(port, f"127.0.1.{n}") for n in range(1, 61)]
            answers = [await one.ask() for one in flood]
            assert answers.count(b"HTTP/1.1 200 OK") == 30
            for one in flood:
                await one.close()

    asyncio.run(story())


@pytest.mark.promise("bad input 25")
def test_who_connects_and_asks_for_nothing_is_hung_up_on() -> None:
    callers = Callers(most=3, patience_s=0.2)

    async def story() -> None:
        async with served(callers) as port:
            silent = [await Caller.connect(port) for _ in range(3)]
            silent[1].writer.write(b"GET / HTTP/1.1\r\nHost:")
            asked = await silent[2].ask()
            assert asked == b"HTTP/1.1 200 OK"
            assert await silent[0].reader.read() == b""
            assert await silent[1].reader.read() == b""
            assert await silent[2].ask() == b"HTTP/1.1 200 OK", "it had asked, and stays"
            later = await Caller.connect(port)
            assert await later.ask() == b"HTTP/1.1 200 OK"
            for one in (*silent, later):
                await one.close()

    asyncio.run(story())
