"""Many cameras from few films, for little CPU time: each picture is one write of ready bytes.

`SimulatedCamera` packs and numbers every packet for every client, and misbehaves on command. Here
all cameras of a film send the same packets, cut and numbered once a round; each camera is at a
place of its own in the film, and says its own time in its sender reports. Over TCP only.

    python -m pipeline.simulate.crowd '[{"count": 20, "films": ["a.mp4", "b.mp4"]}]'

prints one address a camera, and serves them until SIGINT or SIGTERM; a number on its standard input
ends the warm-up of the first so many, of those that have one. Cameras are spread over the length of
a film, so that their keyframes do not fall together.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import secrets
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec
import typer

from pipeline.simulate.listener import Listener
from pipeline.simulate.media import Film, MediaSource, MediaUnit, load_film
from pipeline.simulate.programme import NS_PER_S, Programme, Strip
from pipeline.simulate.rtp import RtpSender
from pipeline.simulate.rtsp import BadRequestError, Request, answer, parse_transport, read_request
from pipeline.simulate.sdp import describe

_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"
_REPORT_EVERY_NS = 5 * NS_PER_S
#: A client that leaves so many bytes unread is dropped.
_MAX_BACKLOG = 4_000_000
#: Golden ratio: places in the film that are spread evenly, however many there are.
_SPREAD = 0.618034


@dataclass(slots=True)
class _Client:
    """Who watches one camera: unit ``unit`` of showing ``showing`` is next."""

    writer: asyncio.StreamWriter
    programme: Programme
    #: Loop time at which the camera's programme began, seconds.
    began: float
    senders: dict[int, RtpSender]
    showing: int = 0
    unit: int = 0
    report_ns: int = 0

    def at_ns(self) -> int:
        """Media time of the next unit."""
        now = self.programme.showing(self.showing)
        return now.start_ns + now.strip.film.units[self.unit].at_ns

    def due(self) -> float:
        """Loop time at which the next unit goes out."""
        return self.began + self.at_ns() / NS_PER_S

    def seek(self, now: float) -> None:
        """Go to the first keyframe that is still to come."""
        while self.began + self.programme.showing(self.showing + 1).start_ns / NS_PER_S < now:
            self.showing += 1
        while self.due() < now or not self._next().keyframe:
            self._step()

    def _next(self) -> MediaUnit:
        return self.programme.showing(self.showing).strip.film.units[self.unit]

    def _step(self) -> None:
        self.unit += 1
        if self.unit == len(self.programme.showing(self.showing).strip.film.units):
            self.showing, self.unit = self.showing + 1, 0

    def send(self) -> None:
        """Send the next unit; before it, now and then, what its time is on the clock."""
        at_ns, unit = self.at_ns(), self._next()
        if at_ns >= self.report_ns:
            self.report_ns = at_ns + _REPORT_EVERY_NS
            for track, sender in self.senders.items():
                report = sender.report(at_ns)
                channel = 2 * track + 1
                self.writer.write(b"$" + bytes([channel]) + struct.pack("!H", len(report)) + report)
        if unit.track in self.senders:
            cuts = self.programme.showing(self.showing).strip.cuts
            ready = self.programme.packets(self.showing)
            self.writer.write(ready[cuts[self.unit] : cuts[self.unit + 1]])
        self._step()


@dataclass(frozen=True, slots=True)
class Played:
    """What some cameras play: ``films`` over and over, and before them ``warm_up`` until `go`.

    Each camera begins with another of the films, so that they are not alike.
    """

    count: int
    films: tuple[Path, ...]
    warm_up: tuple[Path, ...] = ()


class Crowd:
    """Serves cameras ``camera-1`` and so on, in the order in which they are given.

    All methods belong to the thread of the running event loop. ``port`` 0 takes a free one.
    """

    def __init__(self, played: Sequence[Played], host: str = "127.0.0.1", port: int = 0) -> None:
        self._played = played
        self._host = host
        self.port = port
        self._listener = Listener(host, port, self._connected)
        self._programmes: dict[str, Programme] = {}
        self._began: dict[str, float] = {}
        self._due: list[tuple[float, int, _Client]] = []
        self._tie = 0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load the films, open the port, start the clocks.

        Raises:
            MediaError: a film cannot be played.
            OSError: the port is taken.
        """
        paths = {path for some in self._played for path in (*some.films, *some.warm_up)}
        strips = {
            path: Strip(await asyncio.to_thread(load_film, MediaSource(path))) for path in paths
        }
        now = asyncio.get_running_loop().time()
        for some in self._played:
            films = [strips[path] for path in some.films]
            warm_up = [strips[path] for path in some.warm_up]
            rotated = [Programme([*films[k:], *films[:k]], warm_up) for k in range(len(films))]
            for number in range(some.count):
                name = f"camera-{len(self._programmes) + 1}"
                programme = self._programmes[name] = rotated[number % len(films)]
                length = programme.showing(0).strip.film.duration_ns / NS_PER_S
                self._began[name] = now - length * ((number * _SPREAD) % 1.0)
        self.port = self._listener.open()
        self._task = asyncio.create_task(self._run(), name="crowd")

    def go(self, count: int) -> None:
        """End the warm-up of the first ``count`` cameras, with the films that are being played.

        Those of their `Played` that show the same at the same time end it with them.
        """
        for programme in islice(self._programmes.values(), count):
            programme.go()

    async def stop(self) -> None:
        """Cut every connection."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._listener.close()

    def urls(self) -> list[str]:
        """The cameras' addresses, in their order."""
        return [f"rtsp://{self._host}:{self.port}/{name}" for name in self._programmes]

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            while self._due and self._due[0][0] <= now:
                _, tie, client = heapq.heappop(self._due)
                transport = client.writer.transport
                if transport.is_closing():
                    continue
                if transport.get_write_buffer_size() > _MAX_BACKLOG:
                    sys.stderr.write("a client that does not read was dropped\n")
                    transport.abort()
                    continue
                client.send()
                heapq.heappush(self._due, (client.due(), tie, client))
            wait = self._due[0][0] - loop.time() if self._due else 3600.0
            if wait <= 0:
                await asyncio.sleep(0)
                continue
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = secrets.token_hex(8)
        tracks: set[int] = set()
        while not writer.is_closing():
            try:
                request = await read_request(reader)
            except BadRequestError:
                writer.write(answer(400, "0"))
                break
            if request is None:
                break
            writer.write(self._answer(request, writer, session, tracks))
            if request.method == "TEARDOWN":
                break

    def _answer(
        self, request: Request, writer: asyncio.StreamWriter, session: str, tracks: set[int]
    ) -> bytes:
        cseq = request.headers.get("cseq", "0")
        head = {"Session": f"{session};timeout=60"}
        name, _, control = request.path.partition("/")
        if request.method == "OPTIONS":
            return answer(200, cseq, {"Public": _METHODS})
        if name not in self._programmes:
            return answer(404, cseq)
        film = self._programmes[name].showing(0).strip.film
        if request.method == "DESCRIBE":
            kind = {"Content-Base": f"{request.url}/", "Content-Type": "application/sdp"}
            return answer(200, cseq, kind, describe(film, name))
        if request.method == "SETUP":
            number = control.removeprefix("trackID=")
            track = int(number) if number.isdecimal() else 0
            wanted = parse_transport(request.headers.get("transport", ""), 2 * track)
            if track >= len(film.tracks):
                return answer(404, cseq)
            if wanted is None or not wanted.interleaved:
                return answer(461, cseq)
            tracks.add(track)
            # The channels are the server's to choose: the bytes are ready.
            pair = f"interleaved={2 * track}-{2 * track + 1}"
            return answer(200, cseq, {**head, "Transport": f"RTP/AVP/TCP;unicast;{pair}"})
        if request.method == "PLAY":
            self._play(name, film, writer, tracks)
        return answer(200, cseq, head)

    def _play(self, name: str, film: Film, writer: asyncio.StreamWriter, tracks: set[int]) -> None:
        loop = asyncio.get_running_loop()
        began = self._began[name]
        epoch_ns = time.time_ns() - round((loop.time() - began) * NS_PER_S)
        senders = {
            number: RtpSender(number, track.payload_type, track.clock_rate, 0, epoch_ns)
            for number, track in enumerate(film.tracks)
            if number in tracks
        }
        client = _Client(writer, self._programmes[name], began, senders)
        client.seek(loop.time())
        self._tie += 1
        heapq.heappush(self._due, (client.due(), self._tie, client))
        self._wake.set()


def _listen(crowd: Crowd, loop: asyncio.AbstractEventLoop) -> None:
    # Without a buffer, whose lock a process that ends could not take.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as told:
        for line in told:
            loop.call_soon_threadsafe(crowd.go, int(line))


async def _serve(crowd: Crowd, say: Callable[[str], None]) -> None:
    loop, leave = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, leave.set)
    await crowd.start()
    threading.Thread(target=_listen, args=(crowd, loop), name="input", daemon=True).start()
    try:
        for url in crowd.urls():
            say(url)
        await leave.wait()
    finally:
        await crowd.stop()


def main(played: str, host: str = "127.0.0.1", port: int = 0) -> None:
    """Serve what a JSON list of `Played` says."""
    wanted = msgspec.json.decode(played, type=list[Played], dec_hook=lambda kind, told: kind(told))

    def say(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    asyncio.run(_serve(Crowd(wanted, host, port), say))


if __name__ == "__main__":
    typer.run(main)
