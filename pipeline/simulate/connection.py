"""One client's connection to a simulated camera: its requests, and its media over TCP."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import Protocol

import structlog

from pipeline.simulate.faults import CRASH_AFTER_S, Fault
from pipeline.simulate.mount import NS_PER_S, Mount, Player, TrackOut
from pipeline.simulate.network import Network
from pipeline.simulate.push import burst, call_back, orders
from pipeline.simulate.rtp import RtpSender
from pipeline.simulate.rtsp import (
    BadRequestError,
    Request,
    answer,
    interleaved,
    parse_transport,
    read_request,
)
from pipeline.simulate.sdp import describe

_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER, SET_PARAMETER"
_SESSION_TIMEOUT_S = 60

_log = structlog.get_logger(__name__)


class DatagramSender(Protocol):
    """The part of ``asyncio.DatagramTransport`` that is needed."""

    def sendto(self, data: bytes, addr: tuple[str, int]) -> None:
        """Send one datagram."""


@dataclass(frozen=True, slots=True)
class UdpPair:
    """The server's sockets for RTP (even port) and RTCP (the next)."""

    rtp: DatagramSender
    rtcp: DatagramSender
    port: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every connection of one server."""

    #: Value of a right Authorization header; None: everybody may watch.
    authorization: str | None
    #: A client that leaves more bytes than this unread is dropped.
    max_backlog_bytes: int
    report_every_s: float


class Connection:
    """Answers one client. ``run`` ends with the connection."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        mounts: dict[str, Mount],
        udp: UdpPair,
        terms: Terms,
    ) -> None:
        self.mount: Mount | None = None
        self._reader = reader
        self._writer = writer
        self._mounts = mounts
        self._udp = udp
        self._terms = terms
        self._session = secrets.token_hex(8)
        self._tracks: dict[int, TrackOut] = {}
        self._player: Player | None = None
        #: What is still to go out byte by byte.
        self._drops = bytearray()
        self._asked = 0
        self._answered: list[int] = []
        self._call: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve requests until either side closes."""
        try:
            while not self._writer.is_closing():
                try:
                    request = await read_request(self._reader, self._answered)
                except BadRequestError as error:
                    _log.info("bad_request", reason=str(error))
                    self._send(answer(400, "0"))
                    break
                if request is None:
                    break
                self._serve(request)
        finally:
            if self._call is not None:
                self._call.cancel()
            self._stop_playing()
            self._writer.close()

    def abort(self) -> None:
        """Cut the connection without a word."""
        self._stop_playing()
        self._writer.transport.abort()

    def crash_soon(self) -> None:
        """Cut the connection in a while."""
        asyncio.get_running_loop().call_later(CRASH_AFTER_S, self.abort)

    @property
    def dripping(self) -> bool:
        """Whether bytes go out one at a time."""
        return self.mount is not None and self.mount.fault is Fault.DRIP

    def drip(self) -> None:
        """Let one byte go, or all that is left once the fault is over."""
        if self._drops and not self._writer.is_closing():
            count = 1 if self.dripping else len(self._drops)
            self._writer.write(bytes(self._drops[:count]))
            del self._drops[:count]

    def push(self, unasked: Mount | None) -> None:
        """Send what nobody has asked for, if that is the fault.

        ``unasked`` is the mount that does so before it is known which one the client wants.
        """
        mount = self.mount or unasked
        if mount is None or self._backlog > self._terms.max_backlog_bytes:
            return
        if mount.fault is Fault.UNASKED:
            self._send(burst(mount.push.film))
        elif mount.fault is Fault.ORDERS and self._player is not None:
            self._order(mount, f"rtsp://camera/{mount.name}")

    def _order(self, mount: Mount, url: str) -> None:
        mount.push.answered += self._answered
        self._answered.clear()
        self._send(orders(mount.push, url, self._session, self._asked))
        self._asked += 100

    @property
    def _backlog(self) -> int:
        return self._writer.transport.get_write_buffer_size()

    def _send(self, data: bytes) -> None:
        if self.dripping or self._drops:
            self._drops += data
        elif not self._writer.is_closing():
            self._writer.write(data)

    @property
    def _network(self) -> Network | None:
        return None if self.mount is None else self.mount.network

    def _send_interleaved(self, channel: int, packet: bytes) -> None:
        if (network := self._network) is not None:
            network.carry(lambda: self._put_interleaved(channel, packet), ordered=True)
        else:
            self._put_interleaved(channel, packet)

    def _put_interleaved(self, channel: int, packet: bytes) -> None:
        if self.dripping and self._drops:
            self._leave_out()
            return
        if self._backlog > self._terms.max_backlog_bytes:
            _log.warning("slow_client_dropped", mount=self.mount and self.mount.name)
            self.abort()
            return
        self._send(interleaved(channel, packet))

    def _send_datagram(self, via: DatagramSender, port: int, packet: bytes) -> None:
        if self.dripping:
            self._leave_out()
            return
        if (network := self._network) is not None:
            network.carry(lambda: self._put_datagram(via, port, packet), ordered=False)
        else:
            self._put_datagram(via, port, packet)

    def _put_datagram(self, via: DatagramSender, port: int, packet: bytes) -> None:
        if not self._writer.is_closing():
            via.sendto(packet, (self._peer(), port))

    def _leave_out(self) -> None:
        """A packet does not go out: what follows could not be decoded without a keyframe."""
        if self._player is not None:
            self._player.interrupt()

    def _peer(self) -> str:
        host: str = self._writer.get_extra_info("peername")[0]
        return host

    def _serve(self, request: Request) -> None:
        cseq = request.headers.get("cseq", "0")
        found = self._find(request.path)
        if found is None and request.path:
            self._send(answer(404, cseq))
            return
        if found is not None:
            self.mount = found[0]
        if self.mount is not None and self.mount.fault is Fault.DROP:
            self.abort()
            return
        if self.mount is not None and self.mount.fault in (Fault.SILENT, Fault.UNASKED):
            return
        if self.mount is not None and self.mount.fault is Fault.ORDERS:
            self._order(self.mount, request.url)
            if self._player is None:
                self._send(burst(self.mount.push.film))
        if request.method == "OPTIONS":
            self._send(answer(200, cseq, {"Public": _METHODS}))
            return
        right = self._terms.authorization
        given = request.headers.get("authorization", "")
        if right is not None and not secrets.compare_digest(given.encode(), right.encode()):
            self._send(answer(401, cseq, {"WWW-Authenticate": 'Basic realm="camera"'}))
            return
        if self.mount is None:
            self._send(answer(404, cseq))
            return
        self._dispatch(request, cseq, self.mount, found[1] if found else None)

    def _find(self, path: str) -> tuple[Mount, int | None] | None:
        """The mount that a path names, and the track if it names one."""
        name, _, control = path.rpartition("/")
        track = control.removeprefix("trackID=")
        if control != track and track.isdecimal() and name in self._mounts:
            return self._mounts[name], int(track)
        return (self._mounts[path], None) if path in self._mounts else None

    def _dispatch(self, request: Request, cseq: str, mount: Mount, track: int | None) -> None:
        session = {"Session": f"{self._session};timeout={_SESSION_TIMEOUT_S}"}
        match request.method:
            case "DESCRIBE" if mount.fault is Fault.REDIRECT:
                self._send(answer(302, cseq, {"Location": mount.elsewhere}))
            case "DESCRIBE" if mount.fault is Fault.CALLS_BACK:
                host, port, *_ = self._writer.get_extra_info("peername")
                call = call_back(mount.push, host, port, request.url)
                self._call = asyncio.get_running_loop().create_task(call)
            case "DESCRIBE" if mount.ended.is_set():
                self._send(answer(404, cseq))
            case "DESCRIBE":
                headers = {
                    "Content-Base": request.url.rstrip("/") + "/",
                    "Content-Type": "application/sdp",
                }
                self._send(answer(200, cseq, headers, describe(mount.film, mount.name)))
            case "SETUP":
                self._set_up(request, cseq, mount, track)
            case "PLAY" if not self._tracks:
                self._send(answer(455, cseq))
            case "PLAY" | "GET_PARAMETER" | "SET_PARAMETER" | "TEARDOWN" if (
                request.headers.get("session", self._session).split(";")[0] != self._session
            ):
                self._send(answer(454, cseq))
            case "PLAY":
                self._play(cseq, mount, request.url.rstrip("/"), session)
            case "GET_PARAMETER" | "SET_PARAMETER":
                self._send(answer(200, cseq, session))
            case "TEARDOWN":
                self._stop_playing()
                self._tracks.clear()
                self._send(answer(200, cseq))
            case _:
                self._send(answer(501, cseq, {"Allow": _METHODS}))

    def _set_up(self, request: Request, cseq: str, mount: Mount, track: int | None) -> None:
        if track is None and len(mount.film.tracks) == 1:
            track = 0
        if track is None or track >= len(mount.film.tracks):
            self._send(answer(404, cseq))
            return
        if self._player is not None:
            self._send(answer(455, cseq))
            return
        wanted = parse_transport(request.headers.get("transport", ""), 2 * track)
        if wanted is None:
            self._send(answer(461, cseq))
            return
        described = mount.film.tracks[track]
        sender = RtpSender(
            ssrc=secrets.randbits(32),
            payload_type=described.payload_type,
            clock_rate=described.clock_rate,
            first_timestamp=secrets.randbits(31),
            epoch_ns=0,
            sequence=secrets.randbits(15),
        )
        pair = f"{wanted.rtp}-{wanted.rtcp}"
        if wanted.interleaved:
            self._tracks[track] = TrackOut(
                sender,
                lambda packet: self._send_interleaved(wanted.rtp, packet),
                lambda packet: self._send_interleaved(wanted.rtcp, packet),
            )
            transport = f"RTP/AVP/TCP;unicast;interleaved={pair}"
        else:
            self._tracks[track] = TrackOut(
                sender,
                lambda packet: self._send_datagram(self._udp.rtp, wanted.rtp, packet),
                lambda packet: self._send_datagram(self._udp.rtcp, wanted.rtcp, packet),
            )
            port = self._udp.port
            transport = f"RTP/AVP;unicast;client_port={pair};server_port={port}-{port + 1}"
        headers = {
            "Transport": f"{transport};ssrc={sender.ssrc:08X}",
            "Session": f"{self._session};timeout={_SESSION_TIMEOUT_S}",
        }
        self._send(answer(200, cseq, headers))

    def _play(self, cseq: str, mount: Mount, url: str, session: dict[str, str]) -> None:
        if mount.ended.is_set():
            self._send(answer(404, cseq))
            return
        mount.begin()
        now_ns = mount.position_ns()
        infos: list[str] = []
        for position, track in self._tracks.items():
            track.sender.epoch_ns = mount.epoch_ns
            if (after_s := mount.source.wraps_after_s) is not None:
                track.sender.wrap_at(now_ns + round(after_s * NS_PER_S))
            infos.append(
                f"url={url}/trackID={position};seq={track.sender.sequence}"
                f";rtptime={track.sender.timestamp(now_ns)}"
            )
        headers = {**session, "Range": "npt=0.000-", "RTP-Info": ",".join(infos)}
        self._send(answer(200, cseq, headers))
        if self._player is None:
            self._player = Player(self._tracks, self._end, self._terms.report_every_s)
            mount.players.add(self._player)
        if mount.fault is Fault.CRASH:
            self.crash_soon()

    def _end(self) -> None:
        """The film is over: what is buffered still goes out."""
        self._stop_playing()
        self._writer.close()

    def _stop_playing(self) -> None:
        if self._player is not None and self.mount is not None:
            self.mount.players.discard(self._player)
        self._player = None
