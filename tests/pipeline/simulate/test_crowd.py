"""Many cameras from few films: what a client gets is a camera like any other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.simulate.crowd import Crowd, Played
from pipeline.simulate.media import MediaSource, load_film
from pipeline.simulate.programme import Programme, Strip
from tests.pipeline.simulate.clips import make_clip
from tests.pipeline.simulate.rtsp_client import RtspClient


@contextmanager
def crowd(*played: Played) -> Iterator[tuple[Crowd, list[str], asyncio.AbstractEventLoop]]:
    loop = asyncio.new_event_loop()
    served = None

    async def begin() -> Crowd:
        made = Crowd(played)
        await made.start()
        return made

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        served = asyncio.run_coroutine_threadsafe(begin(), loop).result(60)
        yield served, served.urls(), loop
    finally:
        if served is not None:
            asyncio.run_coroutine_threadsafe(served.stop(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def strip(path: Path) -> Strip:
    return Strip(load_film(MediaSource(path)))


def stamps(data: memoryview, channel: int) -> tuple[list[int], list[int]]:
    """Sequence numbers and time stamps of the packets of a channel."""
    sequence, times, at = [], [], 0
    while at < len(data):
        assert data[at] == ord("$")
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == channel:
            sequence.append(int.from_bytes(data[at + 6 : at + 8], "big"))
            times.append(int.from_bytes(data[at + 8 : at + 12], "big"))
        at += 4 + size
    return sequence, times


def test_packets_are_numbered_on_and_time_goes_on_from_film_to_film(clip: Path) -> None:
    film = strip(clip)
    programme = Programme([film])

    rounds = [stamps(programme.packets(number), channel=0) for number in range(3)]

    numbers = [number for sequence, _ in rounds for number in sequence]
    assert numbers == list(range(len(numbers)))
    times = [time for _, ticks in rounds for time in ticks]
    assert times == sorted(times)
    period = film.film.duration_ns * 90_000 // 1_000_000_000
    assert np.diff([ticks[0] for _, ticks in rounds]).tolist() == pytest.approx([period] * 2, abs=1)


def test_a_warm_up_lasts_until_it_is_ended(tmp_path: Path, clip: Path) -> None:
    busy, quiet = strip(make_clip(tmp_path / "busy.mp4", seconds=1.0)), strip(clip)
    programme = Programme([quiet], warm_up=[busy])

    assert [programme.showing(n).strip for n in range(3)] == [busy] * 3
    programme.go()
    programme.go()

    assert [programme.showing(n).strip for n in range(5)] == [busy] * 3 + [quiet] * 2
    assert programme.showing(4).start_ns == 3 * busy.film.duration_ns + quiet.film.duration_ns


def test_cameras_end_their_warm_up_in_waves(tmp_path: Path, clip: Path) -> None:
    busy = make_clip(tmp_path / "busy.mp4", seconds=1.0)
    wave = Played(2, (clip,), (busy,))
    with crowd(wave, wave) as (served, _, loop):

        async def go() -> list[int]:
            served.go(2)
            # How long what each shows in a while is.
            shown = [one.showing(99).strip.film for one in served._programmes.values()]
            return [round(film.duration_ns / 1e9) for film in shown]

        told = asyncio.run_coroutine_threadsafe(go(), loop).result(60)
    assert told == [2, 2, 1, 1]


def test_cameras_give_picture_and_sound_in_step_from_a_keyframe_on(clip: Path) -> None:
    with crowd(Played(3, (clip,))) as (_, urls, _loop):
        assert len(set(urls)) == 3
        for url in urls[:2]:
            with av.open(url, options={"rtsp_transport": "tcp"}, timeout=10.0) as container:
                seen: dict[str, float] = {}
                first = None
                for packet in container.demux():
                    if packet.pts is None:
                        continue
                    kind = packet.stream.type
                    if kind == "video" and first is None:
                        first = packet.is_keyframe
                    seen[kind] = float(packet.pts * packet.time_base)
                    if len(seen) == 2 and max(seen.values()) > 0.5:
                        break
                assert seen["video"] == pytest.approx(seen["audio"], abs=0.2)


def test_who_wants_the_sound_alone_gets_it_alone(clip: Path) -> None:
    options = {"rtsp_transport": "tcp", "allowed_media_types": "audio"}
    with (
        crowd(Played(1, (clip,))) as (_, urls, _loop),
        av.open(urls[0], options=options, timeout=10.0) as container,
    ):
        frames = container.decode(container.streams.audio[0])
        assert next(frames).sample_rate == 48_000
        assert not container.streams.video


def test_what_is_not_served_is_refused(clip: Path) -> None:
    with crowd(Played(1, (clip,))) as (_, urls, _loop), RtspClient(urls[0]) as client:
        assert client.ask("DESCRIBE", urls[0].replace("camera-1", "camera-2"))[0] == 404
        udp = "RTP/AVP;unicast;client_port=5000-5001"
        assert client.ask("SETUP", f"{urls[0]}/trackID=0", Transport=udp)[0] == 461
        assert client.ask("SETUP", f"{urls[0]}/trackID=7", Transport="RTP/AVP/TCP")[0] == 404
