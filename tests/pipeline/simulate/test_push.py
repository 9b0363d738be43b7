"""What a pushing camera sends, seen by a client that takes down all of it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from pipeline.simulate import Fault, MediaSource, serve
from pipeline.simulate.media import load_film
from pipeline.simulate.push import Push, call_back
from tests.pipeline.simulate.clips import until
from tests.pipeline.simulate.rtsp_client import RtspClient

METHODS = ["OPTIONS", "ANNOUNCE", "SETUP", "RECORD", "GET_PARAMETER", "REDIRECT"]


def test_media_come_before_anything_was_asked_and_no_answer(clip: Path) -> None:
    with serve({"yard": clip}) as camera:
        camera.push("yard", Fault.UNASKED)
        with RtspClient(camera.url("yard")) as client:
            assert client.socket.recv(1) == b"$"
            client.send("OPTIONS")
            heard = b""
            while len(heard) < 200_000:
                heard += client.socket.recv(65_536)
            assert b"RTSP/1.0" not in heard


def test_orders_come_with_each_answer_and_the_client_s_answers_are_kept(clip: Path) -> None:
    with serve({"yard": clip}) as camera:
        camera.push("yard", Fault.ORDERS, elsewhere="rtsp://192.0.2.7/admin")
        with RtspClient(camera.url("yard")) as client:
            client.send("OPTIONS")
            heard = b""
            while b"Public:" not in heard:
                heard += client.socket.recv(65_536)
            asked = re.findall(rb"(?m)^([A-Z_]+) rtsp://\S+ RTSP/1\.0\r\n", heard)
            assert [method.decode() for method in asked] == METHODS
            assert b"Location: rtsp://192.0.2.7/admin\r\n" in heard
            assert b"m=video" in heard, "the description of what it announces"
            assert b"$\0" in heard, "and media that nobody has asked for"
            client.socket.sendall(b"RTSP/1.0 501 Not Implemented\r\nCSeq: 1\r\n\r\n")
            client.send("OPTIONS")
            assert until(lambda: camera.pushed("yard").answered == [501])


def test_it_calls_back_and_says_whether_anything_listens(clip: Path) -> None:
    push = Push(load_film(MediaSource(clip)), "rtsp://192.0.2.7/admin")
    heard = bytearray()

    async def story() -> tuple[int, bool]:
        over = asyncio.Event()

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.extend(await reader.read())
            writer.close()
            over.set()

        server = await asyncio.start_server(take, "127.0.0.1", 0)
        async with server:
            port: int = server.sockets[0].getsockname()[1]
            await call_back(push, "127.0.0.1", port, "rtsp://127.0.0.1/yard")
            await over.wait()
        taken = push.called[port]
        await call_back(push, "127.0.0.1", port, "rtsp://127.0.0.1/yard")
        return port, taken

    port, taken = asyncio.run(story())
    assert taken
    assert b"ANNOUNCE rtsp://127.0.0.1/yard RTSP/1.0\r\n" in heard
    assert b"RECORD" in heard
    assert b"$\0" in heard
    assert not push.called[port], "nothing listens there any more"
