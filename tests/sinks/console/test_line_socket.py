"""A site comes and goes: it is found again with its new token, or what to do is said."""

from __future__ import annotations

import asyncio
import socket

import anyio
import pytest

from sinks.console.line_client import LineClient, LineUnavailable
from tests.sinks.console.fake_line import FakeLine, asking


def test_a_site_that_never_ran_is_told_with_what_to_do(line: FakeLine) -> None:
    async def story() -> None:
        async with LineClient(line.state_dir) as client:
            with pytest.raises(LineUnavailable, match=r"control\.token.*`hearsight run"):
                await client.site()

    anyio.run(story)


def test_a_site_that_was_killed_is_told_though_its_socket_lies_there(line: FakeLine) -> None:
    async def story() -> None:
        (line.state_dir / "control.token").write_text("old")
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(line.state_dir / "control.sock"))
        async with LineClient(line.state_dir) as client:
            with pytest.raises(LineUnavailable, match=r"nobody listens.*`hearsight run"):
                await client.order("freeze", by="ann")

    anyio.run(story)


def test_a_site_that_was_started_again_is_found_with_its_new_token(line: FakeLine) -> None:
    async def story() -> None:
        line.says("GET /v1/site", {"name": "depot"})
        line.answers["POST /v1/orders"] = (202, {}, b'{"number": 1}')
        async with LineClient(line.state_dir) as client:
            for token in ("first", "second", "third"):
                line.token = token
                async with line.listening():
                    assert await client.order("freeze", by="ann") == 1
                    assert (await client.site())["name"] == "depot"
                with pytest.raises(LineUnavailable):
                    await client.site()
        assert len(line.bodies) == 3, "no order was placed twice"

    anyio.run(story)


def test_a_token_that_stays_wrong_is_told(line: FakeLine) -> None:
    async def story() -> None:
        async with asking(line) as client:
            (line.state_dir / "control.token").write_text("of another site")
            with pytest.raises(LineUnavailable, match="refuses the token"):
                await client.state()

    anyio.run(story)


def test_a_site_that_breaks_off_is_asked_again_but_given_no_order_twice(line: FakeLine) -> None:
    asked: list[str] = []

    async def breaks_off_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.decode().split(" HTTP")[0])
        if len(asked) > 1:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()
        writer.close()

    async def story() -> None:
        (line.state_dir / "control.token").write_text("any")
        path = line.state_dir / "control.sock"
        async with (
            await asyncio.start_unix_server(breaks_off_first, path),
            LineClient(line.state_dir) as client,
        ):
            assert await client.site() == {}
            assert asked == ["GET /v1/site"] * 2
            asked.clear()
            with pytest.raises(LineUnavailable, match="broke off"):
                await client.order("freeze", by="ann")
            assert asked == ["POST /v1/orders"]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("status", "told"), [(500, "answered 500: look in its log"), (503, "too much to do")]
)
def test_a_site_in_trouble_is_told(line: FakeLine, status: int, told: str) -> None:
    async def story() -> None:
        line.answers["GET /v1/state"] = (status, {}, b"oh")
        line.answers["GET /v1/cameras/yard/picture"] = (status, {}, b"oh")
        async with asking(line) as client:
            with pytest.raises(LineUnavailable, match=told):
                await client.state()
            with pytest.raises(LineUnavailable, match=told):
                await client.picture("yard")

    anyio.run(story)


def test_a_site_that_hangs_is_not_waited_for_for_ever(
    line: FakeLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.console.line_client._ANSWER_S", 0.2)

    async def story() -> None:
        (line.state_dir / "control.token").write_text("any")
        with socket.socket(socket.AF_UNIX) as deaf:
            deaf.bind(str(line.state_dir / "control.sock"))
            deaf.listen()
            async with LineClient(line.state_dir) as client:
                with pytest.raises(LineUnavailable, match="does not answer in time"):
                    await client.site()

    anyio.run(story)
