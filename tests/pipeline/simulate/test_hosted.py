"""Cameras in a thread or a process of their own leave nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipeline.simulate import PASSWORD, Fault, MediaError, MediaSource, SimulatedCamera, serve
from tests.pipeline.simulate.clips import until, watch
from tests.pipeline.simulate.rtsp_client import RtspClient


@pytest.fixture(autouse=True)
def no_garbage() -> None:
    """What tests before left behind is gone before anything is counted."""
    gc.collect()


def sockets() -> set[str]:
    """The sockets that this process holds, by their inodes."""
    held = set()
    for entry in Path("/proc/self/fd").iterdir():
        # One that is closed meanwhile is not held.
        with contextlib.suppress(FileNotFoundError):
            held.add(str(entry.readlink()))
    return {name for name in held if name.startswith("socket:")}


@pytest.mark.parametrize("fault", list(Fault))
def test_nothing_is_left_after_the_end_even_with_clients_hanging_on(
    clip: Path, fault: Fault
) -> None:
    threads, held = set(threading.enumerate()), sockets()
    with serve({"yard": clip}) as camera, RtspClient(camera.url("yard")) as client:
        client.ask("SETUP", f"{client.url}/trackID=0", Transport="RTP/AVP/TCP;interleaved=0-1")
        client.ask("PLAY")
        camera.set_fault("yard", fault)
        if fault is not Fault.DROP:
            client.send("OPTIONS")
        idle = RtspClient(camera.url("yard"))
    idle.close()
    assert set(threading.enumerate()) <= threads
    assert sockets() <= held


@pytest.mark.parametrize("turns", range(6))
def test_a_client_that_connects_in_the_very_moment_of_stopping_leaves_nothing_either(
    clip: Path, turns: int
) -> None:
    """Accepting takes a few turns of the loop: the end may come after any of them."""

    async def story() -> socket.socket:
        async with SimulatedCamera({"yard": MediaSource(clip)}) as camera:
            client = socket.create_connection(("127.0.0.1", camera.port))
            for _ in range(turns):
                await asyncio.sleep(0)
        return client

    held = sockets()
    with asyncio.run(story()) as client, contextlib.suppress(ConnectionResetError):
        assert client.recv(100) == b""
    assert sockets() <= held


def test_stopping_with_a_client_still_connected_ends_its_stream(clip: Path) -> None:
    with serve({"yard": clip}) as camera:
        client = RtspClient(camera.url("yard"))
        assert client.ask("OPTIONS")[0] == 200
    with client, contextlib.suppress(ConnectionResetError):
        assert client.socket.recv(100) == b""


def test_a_film_or_a_port_that_cannot_be_had_is_told_to_the_caller(
    clip: Path, tmp_path: Path
) -> None:
    threads, held = set(threading.enumerate()), sockets()
    with pytest.raises(MediaError, match="no such file"), serve({"yard": tmp_path / "none.mp4"}):
        pass
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = rf"cannot listen on 127\.0\.0\.1, port {port}: .*in use: choose another"
        with pytest.raises(OSError, match=said), serve({"yard": clip}, port=port):
            pass
    elsewhere = "192.0.2.1"
    said = rf"{elsewhere}: .*: give an address of this machine to listen on"
    with pytest.raises(OSError, match=said), serve({"yard": clip}, host=elsewhere):
        pass
    with pytest.raises(ValueError, match="at least one file"):
        SimulatedCamera({})
    assert set(threading.enumerate()) <= threads
    assert sockets() <= held


def test_the_program_serves_files_by_name_until_it_is_told_to_stop(clip: Path) -> None:
    command = [sys.executable, "-m", "pipeline.simulate", str(clip), str(clip), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        urls = [program.stdout.readline().strip() for _ in range(2)]
        assert [url.rpartition("/")[2] for url in urls] == ["yard", "yard-2"]
        with watch(urls[1]) as client:
            assert client.streams.audio
        program.send_signal(signal.SIGTERM)
        assert until(lambda: program.poll() is not None)
    assert program.returncode == 0


def test_the_program_never_shows_the_password_that_it_asks_for(clip: Path) -> None:
    """What it prints is what a site file says: the variable in the password's place."""
    command = [sys.executable, "-m", "pipeline.simulate", str(clip), "--port", "0"]
    with subprocess.Popen(
        [*command, "--user", "v@r"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, PASSWORD: "sesame"},
    ) as program:
        assert program.stdout is not None
        url = program.stdout.readline().strip()
        program.send_signal(signal.SIGTERM)
        assert "sesame" not in url + program.stdout.read()
    assert url.startswith("rtsp://v%40r:${HEARSIGHT_CAMERA_PASSWORD}@127.0.0.1:")
    assert url.endswith("/yard")


def test_the_program_says_what_is_wrong(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pipeline.simulate", str(tmp_path / "none.mp4")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "none.mp4: no such file" in done.stderr
    assert "Traceback" not in done.stderr
