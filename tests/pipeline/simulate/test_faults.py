"""Each fault as a client sees it, and that the camera comes back."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import av
import pytest

from pipeline.simulate import Fault, HostedCamera, serve
from tests.pipeline.simulate.clips import until, watch
from tests.pipeline.simulate.rtsp_client import RtspClient


def comes_back(camera: HostedCamera) -> bool:
    camera.set_fault("yard", Fault.NONE)
    with watch(camera.url("yard")) as client:
        return next(client.demux(video=0)).is_keyframe


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.DRIP])
def test_a_camera_that_does_not_answer_whole_cannot_be_opened(clip: Path, fault: Fault) -> None:
    with serve({"yard": clip}) as camera:
        camera.set_fault("yard", fault)
        began = time.monotonic()
        with pytest.raises((av.FFmpegError, OSError)):
            watch(camera.url("yard"), timeout=1.0)
        assert time.monotonic() - began > 0.9, "it took the connection and kept the client waiting"
        assert comes_back(camera)


def test_a_dripping_camera_sends_single_bytes(clip: Path) -> None:
    with serve({"yard": clip}) as camera, RtspClient(camera.url("yard")) as client:
        camera.set_fault("yard", Fault.DRIP)
        client.send("OPTIONS")
        assert [client.socket.recv(100) for _ in range(4)] == [b"R", b"T", b"S", b"P"]
        camera.set_fault("yard", Fault.NONE)
        assert client.socket.recv(100).startswith(b"/1.0 200 OK"), "and then the rest at once"


@pytest.mark.parametrize("fault", [Fault.NO_MEDIA, Fault.STALL])
def test_a_camera_may_take_play_and_send_no_media(clip: Path, fault: Fault) -> None:
    with serve({"yard": clip}) as camera:
        camera.set_fault("yard", fault)
        with watch(camera.url("yard"), timeout=1.0) as client:
            assert camera.clients("yard") == 1
            with pytest.raises((av.FFmpegError, OSError)):
                next(client.demux())
        assert comes_back(camera)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("fault", [Fault.STALL, Fault.SILENT, Fault.NO_MEDIA, Fault.DRIP])
def test_a_stream_stalls_and_goes_on_with_a_keyframe(
    clip: Path, fault: Fault, transport: str
) -> None:
    pause = 1.0
    with serve({"yard": clip}) as camera, watch(camera.url("yard"), transport) as client:
        packets = client.demux(video=0)
        before = next(packets)
        began = time.monotonic()
        camera.set_fault("yard", fault)
        back = threading.Timer(pause, camera.set_fault, ("yard", Fault.NONE))
        back.start()
        after = before
        for packet in packets:
            if packet.pts is None:
                continue
            gap = 0.0 if after.pts is None else float((packet.pts - after.pts) * packet.time_base)
            if gap > 0.5:
                assert packet.is_keyframe
                # As much of the stream is missing as time went by; a busy machine makes it longer.
                assert pause - 0.3 < gap < time.monotonic() - began + 1.5
                break
            after = packet
        back.join()


def test_a_dropped_camera_closes_its_connections_and_takes_no_new_ones(clip: Path) -> None:
    with serve({"yard": clip}) as camera:
        with watch(camera.url("yard"), timeout=60.0) as client:
            camera.set_fault("yard", Fault.DROP)
            assert camera.clients("yard") == 0
            began = time.monotonic()
            # The reset connection is an end or an error, depending on what was still buffered.
            try:
                for _ in client.demux():
                    pass
            except OSError:
                pass
            assert time.monotonic() - began < 30.0, "it did not wait until it gave up"
        with pytest.raises((av.FFmpegError, OSError)):
            watch(camera.url("yard"), timeout=1.0)
        assert comes_back(camera)


def test_a_drop_leaves_the_other_mounts_alone(clip: Path) -> None:
    with serve({"yard": clip, "gate": clip}) as camera, watch(camera.url("gate")) as client:
        camera.set_fault("yard", Fault.DROP)
        with pytest.raises((av.FFmpegError, OSError)):
            watch(camera.url("yard"), timeout=1.0)
        assert camera.clients("gate") == 1
        assert next(client.demux()).size


def test_the_sound_goes_and_comes_back_while_the_picture_stays(clip: Path) -> None:
    with serve({"yard": clip}) as camera, watch(camera.url("yard")) as client:
        camera.set_fault("yard", Fault.NO_SOUND)
        silent_for, last_sound, last_picture = 0.0, None, 0.0
        for packet in client.demux():
            if packet.pts is None:
                continue
            at = float(packet.pts * packet.time_base)
            if packet.stream.type == "audio":
                if silent_for > 1.0:
                    break
                last_sound = at
                continue
            assert at - last_picture < 0.2 or last_picture == 0.0, "the picture never pauses"
            last_picture = at
            if last_sound is not None:
                silent_for = max(silent_for, at - last_sound)
                if silent_for > 1.0:
                    camera.set_fault("yard", Fault.NONE)
        assert silent_for > 1.0


def test_a_frozen_camera_repeats_one_picture_under_advancing_time(clip: Path) -> None:
    with serve({"yard": clip}) as camera, watch(camera.url("yard")) as client:
        camera.set_fault("yard", Fault.FROZEN)
        # The clip grows brighter with every frame: alike for long means frozen.
        level, since = -1, 0.0
        for frame in client.decode(video=0):
            if frame.time is None:
                continue
            now = round(frame.to_ndarray(format="gray").mean())
            if now != level:
                level, since = now, frame.time
            elif frame.time - since > 1.0:
                break
        camera.set_fault("yard", Fault.NONE)
        levels = {
            round(frame.to_ndarray(format="gray").mean())
            for frame, _ in zip(client.decode(video=0), range(60), strict=False)
        }
        assert len(levels) > 10, "it moves again"


def test_udp_clients_see_faults_too(clip: Path) -> None:
    with serve({"yard": clip}) as camera, watch(camera.url("yard"), "udp", 1.0) as client:
        assert next(client.demux()).size
        camera.set_fault("yard", Fault.STALL)
        with pytest.raises((av.FFmpegError, OSError)):
            for _ in client.demux():
                pass
        camera.set_fault("yard", Fault.DROP)
        assert until(lambda: camera.clients("yard") == 0)
