"""Each fault as a client sees it, and that the camera comes back."""

from __future__ import annotations

import itertools
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from pipeline.simulate import Fault, HostedCamera, MediaSource, serve
from pipeline.simulate.faults import CRASH_AFTER_S
from tests.pipeline.simulate.clips import make_clip, until, watch
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


def test_the_picture_goes_and_comes_back_with_a_keyframe_while_the_sound_stays(clip: Path) -> None:
    with serve({"yard": clip}) as camera, watch(camera.url("yard")) as client:
        camera.set_fault("yard", Fault.NO_PICTURE)
        back = threading.Timer(1.5, camera.set_fault, ("yard", Fault.NONE))
        back.start()
        seen_at, heard_at = None, 0.0
        for packet in client.demux():
            if packet.pts is None:
                continue
            at = float(packet.pts * packet.time_base)
            if packet.stream.type == "audio":
                assert at - heard_at < 0.2 or heard_at == 0.0, "the sound never pauses"
                heard_at = at
                continue
            if seen_at is not None and at - seen_at > 0.5:
                assert packet.is_keyframe
                break
            seen_at = at
        back.join()


def test_a_camera_that_crashes_plays_for_a_while_each_time(clip: Path) -> None:
    with serve({"yard": clip}) as camera:
        for already in (True, False):
            began = time.monotonic()
            with watch(camera.url("yard"), timeout=30.0) as client:
                if already:
                    camera.set_fault("yard", Fault.CRASH)
                try:
                    seen = sum(1 for packet in client.demux(video=0) if packet.size)
                except OSError:
                    seen = 1
            assert seen
            assert time.monotonic() - began >= 0.9 * CRASH_AFTER_S
            assert until(lambda: camera.clients("yard") == 0)


def test_a_redirect_says_where_the_stream_is(clip: Path) -> None:
    with serve({"yard": clip}) as camera, RtspClient(camera.url("yard")) as client:
        camera.redirect("yard", "rtsp://192.0.2.7/admin")
        status, told, _ = client.ask("DESCRIBE")
        assert (status, told["location"]) == (302, "rtsp://192.0.2.7/admin")
        assert comes_back(camera)


# --- time stamps ---------------------------------------------------------------------------------


def stamps(client: RtspClient) -> Iterator[int]:
    """RTP time stamps of the first track, one for each picture."""
    last = None
    for channel, packet in client.media():
        if channel == 0 and (stamp := struct.unpack("!I", packet[4:8])[0]) != last:
            last = stamp
            yield stamp


def steps(client: RtspClient) -> Iterator[int]:
    """From each stamp to the next, in ticks."""
    for before, after in itertools.pairwise(stamps(client)):
        yield (after - before + (1 << 31)) % (1 << 32) - (1 << 31)


def jumps(stepped: Iterator[int], pictures: int) -> list[int]:
    """Steps of more than half an hour among the next ones, in hours."""
    some = itertools.islice(stepped, pictures)
    return [round(step / HOUR) for step in some if abs(step) > HOUR // 2]


TICK = 90_000 // 25
HOUR = 3600 * 90_000


def test_one_picture_is_stamped_hours_off_and_then_all_are(clip: Path) -> None:
    with serve({"yard": clip}) as camera, RtspClient(camera.url("yard")) as client:
        client.play()
        stepped = steps(client)
        assert list(itertools.islice(stepped, 5)) == [TICK] * 5
        camera.send_astray("yard", 3 * 3600)
        assert jumps(stepped, 50) == [3, -3]
        camera.jump("yard", -2 * 3600)
        assert jumps(stepped, 50) == [-2]


def test_time_stamps_wrap_soon_where_they_are_told_to(clip: Path) -> None:
    source = MediaSource(clip, wraps_after_s=1.0)
    with serve({"yard": source}) as camera, RtspClient(camera.url("yard")) as client:
        client.play()
        some = list(itertools.islice(stamps(client), 50))
        (wrap,) = (n for n, (a, b) in enumerate(itertools.pairwise(some)) if b < a)
        assert 5 <= wrap <= 30
        assert some[wrap + 1] < TICK


def test_a_camera_whose_clock_is_set_reports_another_time_for_the_same_stamps(clip: Path) -> None:
    with serve({"yard": clip}) as camera, RtspClient(camera.url("yard")) as client:
        client.play()
        reports = (packet for channel, packet in client.media() if channel == 1)

        def zero() -> float:
            """The camera's time at RTP time 0."""
            seconds, fraction, stamp = struct.unpack("!III", next(reports)[8:20])
            return float(seconds + fraction / (1 << 32) - stamp / 90_000)

        before = zero()
        camera.step_clock("yard", 7200)
        assert round(zero() - before, 3) == 7200


# --- another film in mid-stream ------------------------------------------------------------------


def test_the_film_changes_in_mid_stream_and_nobody_is_told(clip: Path, tmp_path: Path) -> None:
    other = make_clip(tmp_path / "other.mp4", picture="libx265")
    with serve({"yard": clip}) as camera, RtspClient(camera.url("yard")) as client:
        client.play()
        packets = (packet for channel, packet in client.media() if channel == 0)
        kinds = {packet[12] & 31 for packet in itertools.islice(packets, 20)}
        assert kinds <= {1, 5, 24, 28}, "H.264: slices, together or in parts"
        camera.change("yard", other)
        later = list(itertools.islice(packets, 60))[-20:]
        assert {packet[1] & 127 for packet in later} == {96}
        assert {packet[12] >> 1 & 63 for packet in later} <= {0, 1, 19, 20, 48, 49}, "H.265"
        camera.change("yard", MediaSource(clip, payload_type=110))
        later = list(itertools.islice(packets, 60))[-20:]
        assert {packet[1] & 127 for packet in later} == {110}
        status, _, told = client.ask("DESCRIBE")
        assert status == 200
        assert "a=rtpmap:110 H264/90000" in told
