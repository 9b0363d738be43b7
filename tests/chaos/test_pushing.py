"""Cameras that push instead of being pulled: nothing of ours listens to it, or does as it is told.

A camera that can only push needs a media server before Hearsight (deploy/README.md).
"""

from __future__ import annotations

import gc
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import psutil
import pytest

from pipeline.simulate import Fault, serve
from pipeline.sources import CameraSilent, Picture, Sound
from tests.chaos.ingest import Ingest
from tests.chaos.test_attempts import LATE_S, LIMIT_S, Attempt
from tests.chaos.watched import Watched
from tests.pipeline.simulate.clips import HEIGHT, WIDTH, make_clip

Record = Callable[[str, object], None]
WHITE = 255
BACK_S = 15.0


class InnerHost:
    """Where a camera would lead its client; counts who comes."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.setblocking(False)
        self.url = f"rtsp://127.0.0.1:{self._listening.getsockname()[1]}/admin"

    def visits(self) -> int:
        count = 0
        while True:
            try:
                visitor, _ = self._listening.accept()
            except BlockingIOError:
                return count
            visitor.close()
            count += 1

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def inner_host() -> Iterator[InnerHost]:
    host = InnerHost()
    yield host
    host.close()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "yard.mp4")


@pytest.fixture
def white(tmp_path: Path) -> Path:
    return make_clip(
        tmp_path / "white.mp4",
        gop=5,
        paint=lambda _: np.full((HEIGHT, WIDTH, 3), WHITE, np.uint8),
    )


@pytest.mark.promise("fault 1")
@pytest.mark.parametrize("fault", [Fault.UNASKED, Fault.CALLS_BACK])
def test_an_attempt_at_a_camera_that_only_pushes_ends_and_leaves_nothing(
    clip: Path, fault: Fault, record_property: Record
) -> None:
    process = psutil.Process()
    with serve({"yard": clip}) as camera:
        camera.push("yard", fault)
        gc.collect()
        threads, descriptors = process.num_threads(), process.num_fds()
        attempt = Attempt(camera, "yard")
        attempt.start()
        attempt.join(30)
        assert not attempt.is_alive()
        assert attempt.ended_by[0] == CameraSilent.__name__, attempt.ended_by
        assert not attempt.plays.is_set(), "nothing pushed is the camera's"
        assert attempt.took_s < LIMIT_S + LATE_S
        gone_by = time.monotonic() + 5
        while (process.num_threads(), process.num_fds()) != (threads, descriptors):
            assert time.monotonic() < gone_by, (process.num_threads(), process.num_fds())
            time.sleep(0.01)
        called = camera.pushed("yard").called
    assert bool(called) == (fault is Fault.CALLS_BACK)
    record_property(
        "measured", f"{fault}: the attempt ended after {attempt.took_s:.1f} s; nothing left of it"
    )


@pytest.mark.promise("bad input 5")
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_camera_that_gives_orders_is_shown_as_it_is_pulled_and_followed_nowhere(
    clip: Path, white: Path, inner_host: InnerHost, transport: str
) -> None:
    with serve({"yard": clip}) as camera:
        camera.push("yard", Fault.ORDERS, media=white, elsewhere=inner_host.url)
        with Watched(camera.url("yard"), transport=transport) as watched:
            watched.until(lambda: len(watched.of(Picture)) > 40 and len(watched.of(Sound)) > 5)
        # Options are told; to announce, set up, record and go elsewhere is refused.
        answered = camera.pushed("yard").answered
    assert len(answered) > 20
    assert set(answered) == {200, 501}
    assert answered.count(501) == pytest.approx(2 * answered.count(200), abs=4)
    brightest = max(picture.views["whole"].mean() for picture in watched.of(Picture))
    assert brightest < 220, "what was pushed before PLAY is no picture of it"
    assert inner_host.visits() == 0


@pytest.mark.promise("fault 1", "fault 2", "bad input 5")
def test_a_worker_has_no_ear_for_cameras_that_push(
    clip: Path, white: Path, inner_host: InnerHost, tmp_path: Path, record_property: Record
) -> None:
    pushing = {
        "unasked": Fault.UNASKED,
        "orders": Fault.ORDERS,
        "calls-back": Fault.CALLS_BACK,
    }
    with serve({"gate": clip}) as well, ExitStack() as stack:
        cameras = {name: stack.enter_context(serve({name: clip})) for name in pushing}
        for name, fault in pushing.items():
            cameras[name].push(name, fault, media=white, elsewhere=inner_host.url)
        urls = {name: camera.url(name) for name, camera in cameras.items()}
        urls["gate"] = well.url("gate")
        settings = {name: {"url": url, "audio": "record"} for name, url in urls.items()}
        with Ingest(tmp_path, settings) as ingest:
            plays = ("gate", "orders")
            ingest.until(lambda: all(ingest.frames(n) and ingest.heard_sound(n) for n in plays), 30)
            called = cameras["calls-back"].pushed("calls-back").called
            ingest.until(lambda: len(called) == 4, 30)
            ports = {camera.port for camera in (*cameras.values(), well)}
            for one in ingest.process.net_connections("inet"):
                assert one.status != psutil.CONN_LISTEN, one
                assert not one.raddr or one.raddr.port in ports, one
            # At the port that it is connected from; at others this machine may have servers.
            assert not next(iter(called.values())), called
            for name in ("unasked", "calls-back"):
                assert ingest.when(name, "online") is None
                assert not ingest.frames(name)
                assert not ingest.heard_sound(name)
            since = time.monotonic()
            for name in ("unasked", "calls-back"):
                cameras[name].set_fault(name, Fault.NONE)
            ingest.until(lambda: all(ingest.frames(name) for name in settings), BACK_S)
            back_s = time.monotonic() - since
            assert ingest.frames("gate", since)
            assert ingest.frames("orders", since)
    assert inner_host.visits() == 0
    record_property("measured", f"no port open; pulled again, they are shown after {back_s:.1f} s")
