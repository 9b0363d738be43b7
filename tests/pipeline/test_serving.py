"""A server inside somebody's event loop: it ends when it is told to, whatever its clients do."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from pipeline import serving
from pipeline.serving import AppServer
from pipeline.sockets import unix_socket


@pytest.fixture
def path(short_tmp: Path) -> Path:
    return short_tmp / "x.sock"


def endless() -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.get("/")
    async def drip() -> StreamingResponse:
        async def chunks() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 1000
                await asyncio.sleep(0.01)

        return StreamingResponse(chunks())

    return app


def test_one_who_never_has_enough_does_not_keep_it_from_ending(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_FINISH_S", 0.2)

    async def story() -> None:
        server = AppServer(endless(), lambda: unix_socket(path))
        await server.start()
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://x") as client,
            client.stream("GET", "/") as answer,
        ):
            await anext(answer.aiter_raw())
            began = time.monotonic()
            await server.stop()
            assert time.monotonic() - began < 30

    asyncio.run(story())


def test_unasked_it_sleeps_and_told_to_stop_it_does_at_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    async def counted(self: uvicorn.Server, counter: int) -> bool:
        looks.append(counter)
        return await uvicorn.Server.on_tick(self, counter)

    monkeypatch.setattr(serving._Embedded, "on_tick", counted)
    monkeypatch.setattr(serving, "_TICK_S", 60.0)

    async def story() -> None:
        server = AppServer(FastAPI(openapi_url=None), lambda: unix_socket(path))
        await server.start()
        await asyncio.sleep(0.5)
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            answer = await client.get("/")
            assert answer.status_code == 404
            assert answer.headers["date"].endswith("GMT")
        assert looks == [0]
        began = time.monotonic()
        await server.stop()
        assert time.monotonic() - began < 30

    asyncio.run(story())


def test_more_at_once_than_it_takes_are_told_to_come_again(path: Path) -> None:
    async def story() -> None:
        server = AppServer(endless(), lambda: unix_socket(path), concurrency=3)
        await server.start()
        idle = [socket.socket(socket.AF_UNIX) for _ in range(3)]
        try:
            for one in idle:
                one.connect(str(path))
            # Once it has taken in all three.
            async with asyncio.timeout(30):
                while len(server._server.server_state.connections) < 3:  # type: ignore[union-attr]
                    await asyncio.sleep(0.01)
            transport = httpx.AsyncHTTPTransport(uds=str(path))
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                assert (await client.get("/")).status_code == 503
        finally:
            for one in idle:
                one.close()
            await server.stop()

    asyncio.run(story())


def test_a_folder_that_is_not_there_is_told() -> None:
    with pytest.raises(Exception, match="No such file or directory: give this user the right"):
        unix_socket(Path("/nowhere/at/all.sock"))
