"""Many cameras from few films, for little CPU time: each picture is one write of ready bytes.

`SimulatedCamera` packs and numbers every packet for every client, and misbehaves on command. Here
all cameras of a film send the same packets, cut and numbered once a round; each camera is at a
place of its own in the film, and says its own time in its sender reports. Over TCP only.

    python -m pipeline.simulate.crowd FILM=COUNT ... [--host HOST] [--port PORT]

prints one address a camera, and serves them until SIGINT or SIGTERM. Cameras of a film are spread
over its length, so that their keyframes do not fall together.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import secrets
import signal
import struct
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import typer
from numpy.typing import NDArray

from pipeline.simulate.listener import Listener
from pipeline.simulate.media import Film, MediaSource, load_film
from pipeline.simulate.rtp import RTP_HEADER, RtpSender
from pipeline.simulate.rtsp import BadRequestError, Request, answer, parse_transport, read_request
from pipeline.simulate.sdp import describe

NS_PER_S = 1_000_000_000
_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"
_INTERLEAVED = 4
_REPORT_EVERY_NS = 5 * NS_PER_S
#: A client that leaves so many bytes unread is dropped.
_MAX_BACKLOG = 4_000_000
#: Golden ratio: places in the film that are spread evenly, however many there are.
_SPREAD = 0.618034


class Reel:
    """One film's packets, interleaved for RTSP, as one stretch of bytes a round.

    Track ``n`` of the film goes out on channel ``2 n``. Every round has the same bytes but for
    sequence numbers and time stamps.
    """

    def __init__(self, film: Film) -> None:
        self.film = film
        #: Where unit k lies in the bytes of a round: from ``cuts[k]`` to ``cuts[k + 1]``.
        self.cuts = [0]
        parts: list[bytes] = []
        heads: list[tuple[int, int, int, int]] = []
        counts = [0] * len(film.tracks)
        at = 0
        for unit in film.units:
            kind = film.tracks[unit.track].payload_type
            last = len(unit.payloads) - 1
            for position, payload in enumerate(unit.payloads):
                marker = 0x80 if unit.marker and position == last else 0
                size = RTP_HEADER + len(payload)
                head = struct.pack(
                    "!cBHBBHII", b"$", 2 * unit.track, size, 0x80, kind | marker, 0, 0, unit.track
                )
                heads.append((at + _INTERLEAVED, unit.track, counts[unit.track], unit.at_ns))
                counts[unit.track] += 1
                parts += (head, payload)
                at += _INTERLEAVED + size
            self.cuts.append(at)
        self._bytes = np.frombuffer(b"".join(parts), np.uint8)
        table = np.array(heads, np.int64).T
        self._at, self._track, self._number, self._at_ns = table
        self._counts = np.array(counts, np.int64)
        self._rates = np.array([track.clock_rate for track in film.tracks], np.int64)
        self._rounds: dict[int, memoryview] = {}

    def round(self, number: int) -> memoryview:
        """The bytes of a round, from 0; the last few are kept."""
        if number not in self._rounds:
            self._rounds[number] = self._numbered(number)
            self._rounds.pop(number - 2, None)
        return self._rounds[number]

    def _numbered(self, number: int) -> memoryview:
        made = self._bytes.copy()
        sequence = self._number + number * self._counts[self._track]
        at_ns = self._at_ns + number * self.film.duration_ns
        ticks = at_ns * self._rates[self._track] // NS_PER_S
        _put(made, self._at + 2, sequence, 2)
        _put(made, self._at + 4, ticks, 4)
        return memoryview(made.data)


def _put(into: NDArray[np.uint8], at: NDArray[np.int64], values: NDArray[np.int64], n: int) -> None:
    for byte in range(n):
        into[at + byte] = (values >> (8 * (n - 1 - byte))) & 0xFF


@dataclass(slots=True)
class _Client:
    """Who watches one camera. ``at`` counts units over all rounds."""

    writer: asyncio.StreamWriter
    reel: Reel
    #: Loop time at which the camera's film began its first round, seconds.
    began: float
    senders: dict[int, RtpSender]
    at: int = 0
    report_ns: int = 0

    def due(self) -> float:
        """Loop time at which the next unit goes out."""
        turn, unit = divmod(self.at, len(self.reel.film.units))
        film = self.reel.film
        return self.began + (turn * film.duration_ns + film.units[unit].at_ns) / NS_PER_S

    def seek(self, now: float) -> None:
        """Go to the first keyframe that is still to come."""
        film = self.reel.film
        turn = int((now - self.began) * NS_PER_S // film.duration_ns)
        self.at = turn * len(film.units)
        while self.due() < now or not film.units[self.at % len(film.units)].keyframe:
            self.at += 1

    def send(self) -> None:
        """Send the next unit; before it, now and then, what its time is on the clock."""
        turn, unit = divmod(self.at, len(self.reel.film.units))
        self.at += 1
        film, cuts = self.reel.film, self.reel.cuts
        at_ns = turn * film.duration_ns + film.units[unit].at_ns
        if at_ns >= self.report_ns:
            self.report_ns = at_ns + _REPORT_EVERY_NS
            for track, sender in self.senders.items():
                report = sender.report(at_ns)
                channel = 2 * track + 1
                self.writer.write(b"$" + bytes([channel]) + struct.pack("!H", len(report)) + report)
        if film.units[unit].track not in self.senders:
            return
        self.writer.write(self.reel.round(turn)[cuts[unit] : cuts[unit + 1]])


class Crowd:
    """Serves camera ``name`` with the film that ``cameras`` gives it, over and over.

    All methods belong to the thread of the running event loop. ``port`` 0 takes a free one.
    """

    def __init__(self, cameras: dict[str, Path], host: str = "127.0.0.1", port: int = 0) -> None:
        self._cameras = cameras
        self._host = host
        self.port = port
        self._listener = Listener(host, port, self._connected)
        self._reels: dict[Path, Reel] = {}
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
        for path in set(self._cameras.values()):
            self._reels[path] = Reel(await asyncio.to_thread(load_film, MediaSource(path)))
        now = asyncio.get_running_loop().time()
        for number, (name, path) in enumerate(self._cameras.items()):
            length = self._reels[path].film.duration_ns / NS_PER_S
            self._began[name] = now - length * ((number * _SPREAD) % 1.0)
        self.port = self._listener.open()
        self._task = asyncio.create_task(self._run(), name="crowd")

    async def stop(self) -> None:
        """Cut every connection."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._listener.close()

    def urls(self) -> list[str]:
        """The cameras' addresses, in their order."""
        return [f"rtsp://{self._host}:{self.port}/{name}" for name in self._cameras]

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
        if name not in self._cameras:
            return answer(404, cseq)
        reel = self._reels[self._cameras[name]]
        if request.method == "DESCRIBE":
            kind = {"Content-Base": f"{request.url}/", "Content-Type": "application/sdp"}
            return answer(200, cseq, kind, describe(reel.film, name))
        if request.method == "SETUP":
            number = control.removeprefix("trackID=")
            track = int(number) if number.isdecimal() else 0
            wanted = parse_transport(request.headers.get("transport", ""), 2 * track)
            if track >= len(reel.film.tracks):
                return answer(404, cseq)
            if wanted is None or not wanted.interleaved:
                return answer(461, cseq)
            tracks.add(track)
            # The channels are the server's to choose: the bytes are ready.
            pair = f"interleaved={2 * track}-{2 * track + 1}"
            return answer(200, cseq, {**head, "Transport": f"RTP/AVP/TCP;unicast;{pair}"})
        if request.method == "PLAY":
            self._play(name, reel, writer, tracks)
        return answer(200, cseq, head)

    def _play(self, name: str, reel: Reel, writer: asyncio.StreamWriter, tracks: set[int]) -> None:
        loop = asyncio.get_running_loop()
        began = self._began[name]
        epoch_ns = time.time_ns() - round((loop.time() - began) * NS_PER_S)
        senders = {
            number: RtpSender(number, track.payload_type, track.clock_rate, 0, epoch_ns)
            for number, track in enumerate(reel.film.tracks)
            if number in tracks
        }
        client = _Client(writer, reel, began, senders)
        client.seek(loop.time())
        self._tie += 1
        heapq.heappush(self._due, (client.due(), self._tie, client))
        self._wake.set()


async def _serve(crowd: Crowd, say: Callable[[str], None]) -> None:
    loop, leave = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, leave.set)
    await crowd.start()
    try:
        for url in crowd.urls():
            say(url)
        await leave.wait()
    finally:
        await crowd.stop()


def cameras_of(films: Sequence[tuple[Path, int]]) -> dict[str, Path]:
    """Names for so many cameras of each film: ``camera-1`` and so on."""
    paths = [path for path, count in films for _ in range(count)]
    return {f"camera-{number + 1}": path for number, path in enumerate(paths)}


def main(films: list[str], host: str = "127.0.0.1", port: int = 0) -> None:
    """Serve FILM=COUNT cameras of each film."""
    parts = [text.rpartition("=") for text in films]
    cameras = cameras_of([(Path(path), int(count)) for path, _, count in parts])

    def say(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    asyncio.run(_serve(Crowd(cameras, host, port), say))


if __name__ == "__main__":
    typer.run(main)
