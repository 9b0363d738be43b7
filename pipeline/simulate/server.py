"""The RTSP server: mounts, connections, faults."""

from __future__ import annotations

import asyncio
import socket
from base64 import b64encode
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import quote

from pipeline.simulate.connection import Connection, Terms, UdpPair
from pipeline.simulate.faults import Fault
from pipeline.simulate.listener import Listener
from pipeline.simulate.media import Film, MediaSource, load_film
from pipeline.simulate.mount import NS_PER_S, Mount
from pipeline.simulate.network import Network, Weather
from pipeline.simulate.push import Push

_PORT_PAIR_TRIES = 64
_TICK_S = 0.2
_REPORT_EVERY_S = 2.0
_MAX_BACKLOG_BYTES = 4_000_000


class UnknownMountError(KeyError):
    """A mount that this camera does not have."""

    def __init__(self, mount: str, known: Mapping[str, object]) -> None:
        super().__init__(f"no mount {mount!r}; there are {', '.join(sorted(known))}")


class SimulatedCamera:
    """Serves each mount as a live camera at ``rtsp://host:port/mount``.

    All methods belong to the thread of the running event loop. ``port`` 0 takes a free one. With
    ``user`` given, clients must authenticate (Basic). ``max_backlog_bytes`` bounds what a slow
    client may leave unread before it is dropped.
    """

    def __init__(
        self,
        mounts: Mapping[str, MediaSource],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        user: str | None = None,
        password: str = "",
        max_backlog_bytes: int = _MAX_BACKLOG_BYTES,
        report_every_s: float = _REPORT_EVERY_S,
    ) -> None:
        if not mounts:
            raise ValueError("a simulated camera needs at least one file to serve")
        self.host = host
        self.port = port
        self._sources = {name.strip("/"): source for name, source in mounts.items()}
        self._user = user
        self._password = password
        secret = b64encode(f"{user}:{password}".encode()).decode("ascii")
        self._terms = Terms(
            authorization=None if user is None else f"Basic {secret}",
            max_backlog_bytes=max_backlog_bytes,
            report_every_s=report_every_s,
        )
        self._mounts: dict[str, Mount] = {}
        self._connections: set[Connection] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._listener = Listener(host, port, self._connected)
        self._datagrams: list[asyncio.DatagramTransport] = []
        self._udp: UdpPair | None = None

    async def start(self) -> None:
        """Load the films, open the ports, start the clocks.

        Raises:
            MediaError: a film cannot be played.
            OSError: the port is taken, or the host is not ours.
        """
        films = {
            name: await asyncio.to_thread(load_film, source)
            for name, source in self._sources.items()
        }
        try:
            await self._open_datagrams()
            self.port = self._listener.open()
        except OSError:
            await self.stop()
            raise
        for name, film in films.items():
            mount = Mount(name, self._sources[name], film)
            self._mounts[name] = mount
            self._tasks.append(asyncio.create_task(mount.run(), name=f"film {name}"))
        self._tasks.append(asyncio.create_task(self._tick(), name="tick"))

    async def stop(self) -> None:
        """Close everything; nothing is left behind. May be called twice."""
        for task in self._tasks:
            task.cancel()
        for transport in self._datagrams:
            transport.abort()
        ends = await asyncio.gather(self._listener.close(), *self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._datagrams.clear()
        # Datagram transports close their sockets in the loop's next turn.
        await asyncio.sleep(0)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def mounts(self) -> tuple[str, ...]:
        """The names of the mounts."""
        return tuple(self._sources)

    def url(self, mount: str, *, credentials: bool = True) -> str:
        """The address of a mount, with user and password if there are any."""
        if mount not in self._sources:
            raise UnknownMountError(mount, self._sources)
        login = ""
        if self._user is not None and credentials:
            login = f"{quote(self._user, safe='')}:{quote(self._password, safe='')}@"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"rtsp://{login}{host}:{self.port}/{quote(mount)}"

    def set_fault(self, mount: str, fault: Fault) -> None:
        """Misbehave from now on; ``Fault.NONE`` comes back, at the film's live position."""
        self._mount(mount).fault = fault
        for connection in tuple(self._connections):
            if connection.mount is not self._mount(mount):
                continue
            if fault is Fault.DROP:
                connection.abort()
            elif fault is Fault.CRASH:
                connection.crash_soon()
            elif fault is not Fault.DRIP:
                connection.drip()

    def redirect(self, mount: str, url: str) -> None:
        """Say from now on that the stream is at ``url``."""
        self._mount(mount).elsewhere = url
        self.set_fault(mount, Fault.REDIRECT)

    def push(
        self, mount: str, fault: Fault, *, film: Film | None = None, elsewhere: str = ""
    ) -> None:
        """Push from now on, in the way that ``fault`` names: another film's media, if one is given.

        ``elsewhere`` is where a REDIRECT of its own leads to.
        """
        found = self._mount(mount)
        found.push = Push(film or found.film, elsewhere)
        self.set_fault(mount, fault)

    def pushed(self, mount: str) -> Push:
        """What a mount pushes, and what came of it so far."""
        return self._mount(mount).push

    def set_weather(self, mount: str, weather: Weather) -> Network:
        """Lose and delay the media of a mount from now on; returns what counts them."""
        network = self._mount(mount).network = Network(weather)
        return network

    def send_astray(self, mount: str, seconds: float) -> None:
        """Stamp the next picture so far off, and it alone."""
        self._mount(mount).send_astray(round(seconds * NS_PER_S))

    def jump(self, mount: str, seconds: float) -> None:
        """Let the time stamps of all that plays jump, for good."""
        self._mount(mount).jump(round(seconds * NS_PER_S))

    def step_clock(self, mount: str, seconds: float) -> None:
        """Set the camera's clock, which its reports tell; time stamps go on."""
        self._mount(mount).step_clock(round(seconds * NS_PER_S))

    def change(self, mount: str, source: MediaSource, film: Film) -> None:
        """Play another film in mid-stream, see `Mount.change`; ``film`` is ``source``, loaded."""
        self._mount(mount).change(source, film)

    def clients(self, mount: str) -> int:
        """How many clients play a mount."""
        return len(self._mount(mount).players)

    def started_ns(self, mount: str) -> int | None:
        """When time 0 of a mount's file was due, on the host's monotonic clock (first loop).

        None while the film has not begun.
        """
        found = self._mount(mount)
        if found.started_at is None:
            return None
        return round(found.started_at * NS_PER_S) + found.film.file_zero_ns

    async def wait_ended(self) -> None:
        """Wait until all films are over: never, where one loops."""
        await asyncio.gather(*(mount.ended.wait() for mount in self._mounts.values()))

    def _mount(self, name: str) -> Mount:
        if name not in self._mounts:
            raise UnknownMountError(name, self._mounts)
        return self._mounts[name]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if all(mount.fault is Fault.DROP for mount in self._mounts.values()):
            writer.transport.abort()
            return
        assert self._udp is not None
        connection = Connection(reader, writer, self._mounts, self._udp, self._terms)
        self._connections.add(connection)
        connection.push(self._unasked)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)

    @property
    def _unasked(self) -> Mount | None:
        mounts = self._mounts.values()
        return next((mount for mount in mounts if mount.fault is Fault.UNASKED), None)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            for connection in tuple(self._connections):
                connection.drip()
                connection.push(self._unasked)

    async def _open_datagrams(self) -> None:
        """RTP on an even port, RTCP on the next (RFC 3550)."""
        loop = asyncio.get_running_loop()
        sockets = _bind_pair(self.host)
        port: int = sockets[0].getsockname()[1]
        for bound in sockets:
            transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, sock=bound)
            self._datagrams.append(transport)
        self._udp = UdpPair(self._datagrams[0], self._datagrams[1], port)


def _bind_pair(host: str) -> tuple[socket.socket, socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(_PORT_PAIR_TRIES):
        first = socket.socket(family, socket.SOCK_DGRAM)
        second = socket.socket(family, socket.SOCK_DGRAM)
        try:
            first.bind((host, 0))
        except OSError as error:
            first.close()
            second.close()
            raise OSError(
                f"{host}: {error.strerror}: give an address of this machine to listen on"
            ) from error
        try:
            port = first.getsockname()[1]
            if port % 2 == 0:
                second.bind((host, port + 1))
                first.setblocking(False)
                second.setblocking(False)
                return first, second
        except OSError:
            # The next port is taken: another pair may be free.
            pass
        first.close()
        second.close()
    raise OSError(f"no free pair of UDP ports at {host}")
