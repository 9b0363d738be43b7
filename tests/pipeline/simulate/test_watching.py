"""Clients that behave watch cameras that behave."""

from __future__ import annotations

import time
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.simulate import MediaSource, Start, serve
from tests.pipeline.simulate.clips import FPS, HEIGHT, RATE, WIDTH, make_clip, until, watch

BOTH_TRANSPORTS = pytest.mark.parametrize("transport", ["tcp", "udp"])


@BOTH_TRANSPORTS
def test_picture_and_sound_arrive_in_real_time_and_time_goes_on_over_loops(
    clip: Path, transport: str
) -> None:
    with (
        serve({"yard": clip}, start=Start.PLAY) as camera,
        watch(camera.url("yard"), transport) as client,
    ):
        video, audio = client.streams.video[0], client.streams.audio[0]
        assert (video.width, video.height) == (WIDTH, HEIGHT)
        assert (audio.codec_context.name, audio.rate) == ("aac", RATE)
        seen: dict[str, list[float]] = {"video": [], "audio": []}
        started = camera.started_ns("yard")
        assert started is not None
        for packet in client.demux():
            # FFmpeg leaves the first picture of any RTSP stream without a time stamp.
            if packet.pts is not None:
                at = float(packet.pts * packet.time_base)
                seen[packet.stream.type].append(at)
                if at > 4.5:
                    break
        # Past the second loop of two seconds: stream time is not ahead of life, and not at half its
        # pace; a busy machine may read late.
        assert 4.0 < (time.monotonic_ns() - started) / 1e9 < 8.5
    for kind, step in (("video", 1 / FPS), ("audio", 1024 / RATE)):
        gaps = np.diff(seen[kind])
        assert gaps.min() > 0, kind
        assert gaps.max() < step + 0.1, kind
        assert np.median(gaps) == pytest.approx(step, abs=0.001), kind


@BOTH_TRANSPORTS
def test_flash_and_beep_stay_together(clip: Path, transport: str) -> None:
    flash, beep = -1.0, -1.0
    with (
        serve({"yard": clip}, start=Start.PLAY) as camera,
        watch(camera.url("yard"), transport) as client,
    ):
        for frame in client.decode():
            if isinstance(frame, av.VideoFrame) and flash < 0:
                if frame.to_ndarray(format="gray").mean() > 180:
                    assert frame.time is not None
                    flash = frame.time
            elif isinstance(frame, av.AudioFrame) and beep < 0:
                loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.3)
                if loud.size:
                    assert frame.time is not None
                    beep = frame.time + loud[0] / frame.sample_rate
            if min(flash, beep) >= 0:
                break
    assert flash == pytest.approx(1.0, abs=0.15)
    assert abs(flash - beep) < 0.1


def test_sound_and_picture_of_h265_and_g711_can_be_watched_too(tmp_path: Path) -> None:
    yard = make_clip(tmp_path / "yard.mov", picture="libx265", sound="pcm_alaw", rate=8000)
    with serve({"yard": yard}) as camera, watch(camera.url("yard")) as client:
        names = {stream.codec_context.name for stream in client.streams}
        assert names == {"hevc", "pcm_alaw"}
        kinds = set()
        for frame in client.decode():
            kinds.add(type(frame))
            if len(kinds) == 2:
                break


def test_time_goes_on_unwatched_and_a_late_client_starts_at_a_keyframe(clip: Path) -> None:
    with serve({"yard": clip}) as camera:
        started = camera.started_ns("yard")
        assert started is not None, "the camera runs though nobody watches"
        for _ in range(2):
            with watch(camera.url("yard")) as client:
                first = next(client.demux(video=0))
                assert first.is_keyframe
            assert until(lambda: camera.clients("yard") == 0)


def test_two_clients_and_two_cameras_at_once(clip: Path, tmp_path: Path) -> None:
    hall = make_clip(tmp_path / "hall.mp4", picture=None)
    with (
        serve({"yard": clip, "hall": hall}) as camera,
        watch(camera.url("yard")) as first,
        watch(camera.url("yard"), "udp") as second,
        watch(camera.url("hall")) as third,
    ):
        assert (camera.clients("yard"), camera.clients("hall")) == (2, 1)
        assert not third.streams.video
        for client in (first, second, third):
            packets = [packet for packet, _ in zip(client.demux(), range(40), strict=False)]
            assert sum(packet.size for packet in packets) > 0


def test_a_film_that_plays_once_begins_with_its_first_client_and_ends(tmp_path: Path) -> None:
    short = make_clip(tmp_path / "short.mp4", seconds=1.0)
    with serve({"yard": short}, loop=False, start=Start.PLAY) as camera:
        assert camera.started_ns("yard") is None
        with watch(camera.url("yard")) as client:
            pictures = sum(1 for packet in client.demux(video=0) if packet.size)
        assert pictures == FPS
        with pytest.raises(av.FFmpegError):
            watch(camera.url("yard"))


def test_each_mount_may_have_its_own_way(clip: Path) -> None:
    with serve({"now": clip, "later": MediaSource(clip, start=Start.PLAY)}) as camera:
        assert camera.started_ns("now") is not None
        assert camera.started_ns("later") is None
