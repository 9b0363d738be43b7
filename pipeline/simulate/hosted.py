"""Simulated cameras in a thread of their own, or as a program."""

from __future__ import annotations

import asyncio
import concurrent.futures
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from pipeline.simulate.faults import Fault
from pipeline.simulate.media import MediaSource, Start, load_film
from pipeline.simulate.network import Network, Weather
from pipeline.simulate.push import Push
from pipeline.simulate.server import SimulatedCamera

_T = TypeVar("_T")


class HostedCamera:
    """A running ``SimulatedCamera`` in another thread; every method may be called from any."""

    def __init__(self, camera: SimulatedCamera, loop: asyncio.AbstractEventLoop) -> None:
        self._camera = camera
        self._loop = loop

    @property
    def port(self) -> int:
        """The RTSP port."""
        return self._camera.port

    def url(self, mount: str, *, credentials: bool = True) -> str:
        """The address of a mount, with user and password if there are any."""
        return self._camera.url(mount, credentials=credentials)

    def set_fault(self, mount: str, fault: Fault) -> None:
        """Misbehave; in force when this returns."""
        self._call(lambda: self._camera.set_fault(mount, fault))

    def redirect(self, mount: str, url: str) -> None:
        """Say from now on that the stream is at ``url``."""
        self._call(lambda: self._camera.redirect(mount, url))

    def push(
        self, mount: str, fault: Fault, *, media: Path | None = None, elsewhere: str = ""
    ) -> None:
        """Push from now on, see `SimulatedCamera.push`; ``media``: a file in the film's stead.

        Raises:
            MediaError: it cannot be played.
        """
        film = None if media is None else load_film(MediaSource(media))
        self._call(lambda: self._camera.push(mount, fault, film=film, elsewhere=elsewhere))

    def pushed(self, mount: str) -> Push:
        """What a mount pushes, and what came of it so far."""
        return self._call(lambda: replace(self._camera.pushed(mount)))

    def set_weather(self, mount: str, weather: Weather) -> Network:
        """Lose and delay the media of a mount from now on; returns what counts them."""
        return self._call(lambda: self._camera.set_weather(mount, weather))

    def send_astray(self, mount: str, seconds: float) -> None:
        """Stamp the next picture so far off, and it alone."""
        self._call(lambda: self._camera.send_astray(mount, seconds))

    def jump(self, mount: str, seconds: float) -> None:
        """Let the time stamps of all that plays jump, for good."""
        self._call(lambda: self._camera.jump(mount, seconds))

    def step_clock(self, mount: str, seconds: float) -> None:
        """Set the camera's clock, which its reports tell; time stamps go on."""
        self._call(lambda: self._camera.step_clock(mount, seconds))

    def change(self, mount: str, source: Path | MediaSource) -> None:
        """Play another film in mid-stream, see `Mount.change`.

        Raises:
            MediaError: it cannot be played; the one that plays goes on.
        """
        given = source if isinstance(source, MediaSource) else MediaSource(source)
        film = load_film(given)
        self._call(lambda: self._camera.change(mount, given, film))

    def clients(self, mount: str) -> int:
        """How many clients play a mount."""
        return self._call(lambda: self._camera.clients(mount))

    def started_ns(self, mount: str) -> int | None:
        """When time 0 of a mount's file was due (``time.monotonic_ns``); None before the start."""
        return self._call(lambda: self._camera.started_ns(mount))

    def _call(self, function: Callable[[], _T]) -> _T:
        async def call() -> _T:
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result()


@contextmanager
def serve(
    mounts: Mapping[str, Path | MediaSource],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    loop: bool = True,
    start: Start = Start.SERVER,
    user: str | None = None,
    password: str = "",
) -> Iterator[HostedCamera]:
    """Serve files as cameras from a background thread, until the block ends.

    ``loop`` and ``start`` hold for mounts given as a path.

    Raises:
        MediaError: a film cannot be played.
        OSError: the port is taken.
    """
    sources = {
        name: source
        if isinstance(source, MediaSource)
        else MediaSource(source, loop=loop, start=start)
        for name, source in mounts.items()
    }
    camera = SimulatedCamera(sources, host, port, user=user, password=password)
    ready: concurrent.futures.Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]
    ready = concurrent.futures.Future()
    thread = threading.Thread(
        target=lambda: asyncio.run(_host(camera, ready)), name="simulated-camera", daemon=True
    )
    thread.start()
    try:
        running, leave = ready.result()
    except BaseException:
        thread.join()
        raise
    try:
        yield HostedCamera(camera, running)
    finally:
        running.call_soon_threadsafe(leave.set)
        thread.join()


async def _host(
    camera: SimulatedCamera,
    ready: concurrent.futures.Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]],
) -> None:
    leave = asyncio.Event()
    try:
        await camera.start()
    except Exception as error:  # noqa: BLE001 - handed to the thread that waits for it
        ready.set_exception(error)
        return
    ready.set_result((asyncio.get_running_loop(), leave))
    try:
        await leave.wait()
    finally:
        await camera.stop()


#: The variable of the environment that holds the password asked for.
PASSWORD = "HEARSIGHT_CAMERA_PASSWORD"  # noqa: S105


def run_cameras(
    files: Sequence[Path],
    host: str = "127.0.0.1",
    port: int = 8554,
    loop: bool = True,
    *,
    start: Start = Start.SERVER,
    user: str | None = None,
    password: str = "",
    say: Callable[[str], None] = print,
) -> None:
    """Serve files, each under its own name, until SIGINT or SIGTERM, or until all are over.

    ``say`` is told the address of each, as a site file has it: in place of the password stands the
    variable that holds it.

    Raises:
        MediaError: a film cannot be played.
        OSError: the port is taken.
    """
    sources = {
        name: MediaSource(path, loop=loop, start=start) for name, path in _name(files).items()
    }
    camera = SimulatedCamera(sources, host, port, user=user, password=password)
    login = f"{quote(user, safe='')}:${{{PASSWORD}}}@" if user is not None else ""
    asyncio.run(_run(camera, login, say))


async def _run(camera: SimulatedCamera, login: str, say: Callable[[str], None]) -> None:
    running = asyncio.get_running_loop()
    leave = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        running.add_signal_handler(number, leave.set)
    async with camera:
        for name in camera.mounts:
            say(camera.url(name, credentials=False).replace("//", f"//{login}", 1))
        ends = [asyncio.create_task(leave.wait()), asyncio.create_task(camera.wait_ended())]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in ends:
            task.cancel()
        await asyncio.gather(*ends, return_exceptions=True)


def _name(files: Sequence[Path]) -> dict[str, Path]:
    """Mount names: the file's name without its ending, numbered where two are alike."""
    named: dict[str, Path] = {}
    for path in files:
        name, number = path.stem, 2
        while name in named:
            name, number = f"{path.stem}-{number}", number + 1
        named[name] = path
    return named
