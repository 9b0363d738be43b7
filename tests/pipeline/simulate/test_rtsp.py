"""The protocol itself: who may watch, and what is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path

import av
import pytest

from pipeline.simulate import MediaSource, SimulatedCamera, serve
from pipeline.simulate.server import UnknownMountError
from tests.pipeline.simulate.clips import make_clip, noise, until, watch
from tests.pipeline.simulate.rtsp_client import RtspClient

TCP = "RTP/AVP/TCP;unicast;interleaved=0-1"


def test_only_the_right_password_opens_the_camera(clip: Path) -> None:
    with serve({"yard": clip}, user="guard", password="p@ss:w/rd") as camera:
        with watch(camera.url("yard")) as client:
            assert client.streams.video
        bare = camera.url("yard", credentials=False)
        for url in (bare, bare.replace("rtsp://", "rtsp://guard:wrong@")):
            with pytest.raises(av.error.HTTPUnauthorizedError):
                watch(url)
        with RtspClient(bare) as client:
            status, headers, _ = client.ask("DESCRIBE")
            assert status == 401
            assert headers["www-authenticate"].startswith("Basic")


def test_a_session_by_hand(clip: Path) -> None:
    with serve({"yard": clip}) as camera, RtspClient(camera.url("yard")) as client:
        status, headers, _ = client.ask("OPTIONS")
        assert status == 200
        assert "GET_PARAMETER" in headers["public"]
        status, headers, sdp = client.ask("DESCRIBE", Accept="application/sdp")
        assert (status, headers["content-type"]) == (200, "application/sdp")
        assert "a=rtpmap:96 H264/90000\r\n" in sdp
        assert "a=rtpmap:97 MPEG4-GENERIC/48000/1\r\n" in sdp
        track = f"{client.url}/trackID=0"
        status, headers, _ = client.ask("SETUP", track, Transport=TCP)
        assert status == 200
        session = headers["session"].split(";")[0]
        assert client.ask("PLAY", Session="another")[0] == 454
        status, headers, _ = client.ask("PLAY", Session=session)
        assert (status, "rtptime=" in headers["rtp-info"]) == (200, True)
        assert camera.clients("yard") == 1
        for keepalive in ("GET_PARAMETER", "SET_PARAMETER", "OPTIONS"):
            assert client.ask(keepalive, Session=session)[0] == 200
        assert client.ask("SETUP", track, Transport=TCP)[0] == 455, "it plays"
        assert client.ask("TEARDOWN", Session=session)[0] == 200
        assert camera.clients("yard") == 0


def test_what_cannot_be_served_gets_its_status(clip: Path) -> None:
    with serve({"yard": clip}) as camera, RtspClient(camera.url("yard")) as client:
        url = client.url
        assert client.ask("DESCRIBE", url.replace("yard", "cellar"))[0] == 404
        assert client.ask("SETUP", f"{url}/trackID=9", Transport=TCP)[0] == 404
        assert client.ask("SETUP", f"{url}/trackID=0", Transport="RTP/AVP;multicast")[0] == 461
        assert client.ask("SETUP", f"{url}/trackID=0", Transport="RTP/AVP;client_port=x")[0] == 461
        assert client.ask("PLAY")[0] == 455
        assert client.ask("RECORD")[0] == 501
        with pytest.raises(UnknownMountError, match="cellar"):
            camera.url("cellar")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"OPTIONS\r\n\r\n",
        b"x" * 200_000,
        b"OPTIONS rtsp://[ RTSP/1.0\r\n\r\n",
        b"OPTIONS * RTSP/1.0\r\nContent-Length: 99999999\r\n\r\n",
    ],
    ids=["HTTP", "no URL", "no end", "bad URL", "huge body"],
)
def test_a_client_that_speaks_nonsense_is_shown_out(clip: Path, sent: bytes) -> None:
    with serve({"yard": clip}) as camera:
        with RtspClient(camera.url("yard")) as client:
            try:
                client.socket.sendall(sent)
                first = client.socket.recv(4096)
                rest = client.socket.recv(4096)
            except ConnectionError:
                first, rest = b"", b""
            assert first == b"" or b" 400 " in first.splitlines()[0]
            assert not rest
        with watch(camera.url("yard")) as client:
            assert client.streams.video, "others are served as before"


def test_a_client_that_does_not_read_is_dropped_and_others_stay(tmp_path: Path) -> None:
    loud = make_clip(tmp_path / "loud.mp4", sound=None, gop=1, paint=noise)

    async def story() -> None:
        source = {"yard": MediaSource(loud)}
        async with SimulatedCamera(source, max_backlog_bytes=50_000) as camera:
            url = camera.url("yard")

            def begin() -> RtspClient:
                client = RtspClient(url, receive_buffer=4096)
                client.ask("SETUP", f"{url}/trackID=0", Transport=TCP)
                client.send("PLAY")
                return client

            stuck = await asyncio.to_thread(begin)
            reader = await asyncio.to_thread(watch, url)
            assert camera.clients("yard") == 2
            packets = reader.demux()
            async with asyncio.timeout(60):
                while camera.clients("yard") == 2:
                    await asyncio.to_thread(next, packets)
            assert camera.clients("yard") == 1
            await asyncio.to_thread(next, packets)
            stuck.close()
            reader.close()

    asyncio.run(story())


def test_clients_that_vanish_are_forgotten(clip: Path) -> None:
    with serve({"yard": clip}) as camera:
        url = camera.url("yard")
        client = RtspClient(url)
        client.ask("SETUP", f"{url}/trackID=0", Transport="RTP/AVP;unicast;client_port=40000-40001")
        client.ask("PLAY")
        assert camera.clients("yard") == 1
        client.close()
        assert until(lambda: camera.clients("yard") == 0)
