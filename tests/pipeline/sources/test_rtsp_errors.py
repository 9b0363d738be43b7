"""What is said of a camera that cannot be watched: what to do, and no credentials."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.config import Camera
from pipeline.simulate import Fault, serve
from pipeline.sources import (
    CameraRefused,
    CameraSilent,
    CameraUnreachable,
    SourceError,
    SourcePlan,
    open_source,
)
from tests.pipeline.simulate.clips import make_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "yard.mp4")


def trouble(url: str) -> SourceError:
    """What opening ``url`` ends with."""
    settings = Camera.model_validate({"url": url, "audio": "record"})
    source = open_source(SourcePlan("yard", settings, (128, 128), True))
    with pytest.raises(SourceError) as caught:
        next(iter(source.run()))
    return caught.value


@contextmanager
def answering(reply: bytes) -> Iterator[int]:
    """A server that answers everything with ``reply`` and hangs up; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                with client:
                    client.recv(1000)
                    client.sendall(reply)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_host_that_nobody_knows() -> None:
    error = trouble("rtsp://viewer:hush@camera.invalid/stream1")
    assert isinstance(error, CameraUnreachable)
    assert str(error) == (
        "yard at rtsp://***@camera.invalid/stream1: nobody knows a host of that name: correct it, "
        "or write the camera's IP address"
    )


def test_a_port_at_which_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = trouble(f"rtsp://viewer:hush@127.0.0.1:{port}/stream1")
    assert isinstance(error, CameraUnreachable)
    assert "nothing listens at that port" in str(error)
    assert "hush" not in str(error)


def test_a_server_that_is_no_camera() -> None:
    with answering(b"HTTP/1.0 400 Bad Request\r\n\r\n") as port:
        error = trouble(f"rtsp://127.0.0.1:{port}/stream1")
    assert isinstance(error, CameraUnreachable)
    assert "does not speak RTSP" in str(error)


@pytest.mark.parametrize("login", ["", "viewer:wr%40ng@"])
def test_a_password_that_is_wrong_or_missing(clip: Path, login: str) -> None:
    with serve({"yard": clip}, user="viewer", password="right") as camera:
        error = trouble(camera.url("yard", credentials=False).replace("//", f"//{login}"))
    assert isinstance(error, CameraRefused)
    assert "correct them in its url" in str(error)
    assert "wr" not in str(error).replace("write", "")


def test_a_path_that_the_camera_does_not_have(clip: Path) -> None:
    with serve({"yard": clip}) as camera:
        error = trouble(camera.url("yard") + "2")
    assert isinstance(error, CameraUnreachable)
    assert "the camera knows no such path" in str(error)


@pytest.mark.promise("fault 1")
def test_a_camera_that_takes_the_connection_and_says_nothing(clip: Path) -> None:
    with serve({"yard": clip}) as camera:
        camera.set_fault("yard", Fault.SILENT)
        error = trouble(camera.url("yard"))
    assert isinstance(error, CameraSilent)
    assert "no media within 3 s: check that the camera streams, that this is its" in str(error)


def test_a_file_or_a_folder_that_is_not_there(tmp_path: Path) -> None:
    for url in (f"file:{tmp_path}/none.mp4", f"images:{tmp_path}/none"):
        error = trouble(url)
        assert isinstance(error, CameraUnreachable)
        assert "check the path" in str(error)
        assert "o such file" in str(error) or "there is no folder" in str(error)
