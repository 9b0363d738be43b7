"""Cameras that are as they should be, and cameras that are not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from av.error import InvalidDataError

from pipeline.config import Camera
from pipeline.doctor.cameras import judge, look_at_cameras
from pipeline.doctor.findings import Finding, Level
from pipeline.doctor.watching import Seen, plans_of, watch
from pipeline.simulate import Fault, HostedCamera, mount, serve
from pipeline.sources import AudioParameters, Opened, SourcePlan, VideoParameters
from tests.pipeline.doctor.boxes import found, level, site_of
from tests.pipeline.simulate.clips import make_clip

SECOND = 1_000_000_000
H264 = VideoParameters("h264", 1920, 1080)
AAC = AudioParameters("aac", 48000, "mono")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "yard.mp4", gop=15)


@pytest.fixture
def camera(clip: Path) -> Iterator[HostedCamera]:
    with serve({"yard": clip}, user="viewer", password="hush") as hosted:
        yield hosted


def look(folder: Path, url: str, more: str = "audio: score", seconds: float = 1.2) -> list[Finding]:
    site = site_of(folder, cameras=f'yard: {{url: "{url}", {more}}}')
    return list(look_at_cameras(site, seconds=seconds))


def test_a_camera_that_is_as_it_should_be(tmp_path: Path, camera: HostedCamera) -> None:
    looked = look(tmp_path, camera.url("yard"))
    # The film grows brighter in silence of its own making.
    assert "h264 160x120, 2" in found(looked, "yard: picture").told
    assert found(looked, "yard: keyframes").told.startswith("one in 0.")
    assert "aac, 48000 Hz" in found(looked, "yard: sound").told
    assert level(looked, "yard: picture") is Level.OK
    assert level(looked, "yard: time stamps") is Level.OK
    assert level(looked, "yard: clock") is Level.OK


def test_a_camera_whose_clock_is_an_hour_ahead(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = SimpleNamespace(time_ns=lambda: time.time_ns() + 3600 * SECOND)
    monkeypatch.setattr(mount, "time", ahead)
    with serve({"yard": clip}) as hosted:
        clock = found(look(tmp_path, hosted.url("yard")), "yard: clock")
    assert clock.level is Level.WARNING
    assert abs(float(clock.told.split()[0]) - 3600) < 2
    assert "ahead" in clock.told


def test_a_wrong_password_is_told_and_not_repeated(tmp_path: Path, camera: HostedCamera) -> None:
    url = camera.url("yard").replace("hush", "sesame")
    (refused,) = look(tmp_path, url)
    assert refused.level is Level.FAILURE
    assert refused.advice == "correct them in its url"
    # The camera's name stands before it, once.
    assert refused.told.startswith("rtsp://***@")
    assert "sesame" not in refused.told


def test_a_camera_that_hangs_up(tmp_path: Path, camera: HostedCamera) -> None:
    camera.set_fault("yard", Fault.DROP)
    (gone,) = look(tmp_path, camera.url("yard"))
    assert gone.level is Level.FAILURE
    assert "hangs up, or does not speak RTSP" in gone.told
    assert "restart the camera" in gone.advice


def test_sound_that_nobody_asked_for_is_not_fetched(tmp_path: Path, camera: HostedCamera) -> None:
    looked = look(tmp_path, camera.url("yard"), "audio: off")
    assert level(looked, "yard: picture") is Level.OK
    assert not [finding for finding in looked if "sound" in finding.check]


def test_both_streams_of_a_camera_are_looked_at(tmp_path: Path, camera: HostedCamera) -> None:
    gone = camera.url("yard").replace("/yard", "/none")
    looked = look(tmp_path, camera.url("yard"), f'analysis_url: "{gone}"')
    assert level(looked, "yard: picture") is Level.OK
    assert "no such path" in found(looked, "yard (analysis_url)").told


def test_a_film_as_a_camera(tmp_path: Path, clip: Path) -> None:
    looked = look(tmp_path, f"file:{clip}", "audio: score, pace: fast")
    assert level(looked, "yard: picture") is Level.OK
    (none,) = look(tmp_path, f"file:{tmp_path / 'none.mp4'}")
    assert none.level is Level.FAILURE


def test_a_few_cameras_at_a_time_and_none_beyond_the_deadline(tmp_path: Path) -> None:
    lock, reading, most = threading.Lock(), [0], [0]

    def hang(plan: SourcePlan, seconds: float, *, stop: object) -> Seen:
        assert callable(stop)
        with lock:
            reading[0] += 1
            most[0] = max(most[0], reading[0])
        while not stop():
            time.sleep(0.01)
        with lock:
            reading[0] -= 1
        return Seen()

    cameras = "\n  ".join(f'c{n}: {{url: "rtsp://192.0.2.1/{n}"}}' for n in range(9))
    looked = list(
        look_at_cameras(site_of(tmp_path, cameras=cameras), watch=hang, deadline_s=0.2, at_once=3)
    )
    assert most[0] == 3
    assert [finding.level for finding in looked] == [Level.SKIPPED] * 9


def test_a_stream_that_cannot_be_read_costs_the_others_nothing(tmp_path: Path) -> None:
    def read(plan: SourcePlan, seconds: float, *, stop: object) -> Seen:
        if plan.camera == "c0":
            raise InvalidDataError(1, "secret words of a library")
        return seen()

    cameras = 'c0: {url: "rtsp://192.0.2.1/0"}\n  c1: {url: "rtsp://192.0.2.1/1"}'
    looked = list(look_at_cameras(site_of(tmp_path, cameras=cameras), watch=read))
    assert "cannot be read (InvalidDataError)" in found(looked, "c0").told
    assert level(looked, "c1: picture") is Level.OK


def seen(**changes: object) -> Seen:
    """Five seconds of a good camera, but for ``changes``."""
    return Seen(
        **{
            "watched_s": 5.0,
            "opened": Opened(H264, AAC),
            "pictures_ns": [k * SECOND // 25 for k in range(125)],
            "keyframes_ns": [0, 2 * SECOND, 4 * SECOND],
            "picture_bytes": 2_500_000,
            "samples": 240_000,
            "peak": 0.1,
            **changes,  # type: ignore[arg-type]
        }
    )


@pytest.mark.parametrize(
    ("changes", "check", "words"),
    [
        pytest.param({"keyframes_ns": [0]}, "keyframes", "1 in 5 s", id="one keyframe"),
        pytest.param(
            {"keyframes_ns": [0, 10 * SECOND]}, "keyframes", "one in 10 s", id="rare keyframes"
        ),
        pytest.param(
            {"pictures_ns": [k * SECOND for k in range(5)]}, "picture", "sample_fps", id="slow"
        ),
        pytest.param({"peak": 0.0}, "sound", "nothing but zeros", id="microphone off"),
        pytest.param({"opened": Opened(H264, None)}, "sound", "carries none", id="no microphone"),
        pytest.param({"samples": 0}, "sound", "none came", id="no sound comes"),
        pytest.param({"jumps": 2}, "time stamps", "2 jumps", id="jumps"),
        pytest.param({"restamped": 3}, "time stamps", "3 replaced", id="wild stamps"),
        pytest.param(
            {"pictures_ns": [k * SECOND // 50 for k in range(100)]},
            "time stamps",
            "too late",
            id="late",
        ),
        pytest.param({"clock_offset_s": -90.0}, "clock", "90.0 s behind", id="clock"),
    ],
)
def test_what_is_wrong_with_a_stream(changes: dict[str, object], check: str, words: str) -> None:
    settings = Camera.model_validate({"url": "rtsp://192.0.2.1/a", "audio": "score"})
    (plan,) = plans_of("yard", settings)
    wrong = [f for f in judge("yard", plan, seen(**changes)) if f.level is not Level.OK]
    assert [f.check for f in wrong] == [f"yard: {check}"]
    assert words in wrong[0].told
    assert all(f.level is Level.OK for f in judge("yard", plan, seen()))


def test_watching_ends_when_it_is_told_to(camera: HostedCamera) -> None:
    settings = Camera.model_validate({"url": camera.url("yard")})
    (plan,) = plans_of("yard", settings)
    assert watch(plan, 60.0, stop=lambda: True).opened is not None
    deadline = time.monotonic() + 10
    while camera.clients("yard"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
