"""A camera that answers whatever its test tells it to, and an H.264 stream that claims any size."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
from base64 import b64encode
from collections.abc import Callable, Sequence
from fractions import Fraction
from types import TracebackType
from typing import Self

import av
import numpy as np

HEAD = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\n"
#: Pictures a second of RTP's clock for video.
TICKS = 3600


def media(
    track: int = 0, kind: str = "video", codec: str = "H264/90000", parameters: str = ""
) -> str:
    """One stream of a description."""
    return (
        f"m={kind} 0 RTP/AVP {96 + track % 32}\r\na=rtpmap:{96 + track % 32} {codec}\r\n"
        f"{parameters}a=control:trackID={track}\r\n"
    )


class HostileCamera:
    """Speaks RTSP to each client in a thread of its own until it hangs up.

    Args:
        description: what DESCRIBE is answered with.
        units: after PLAY these are sent over and over, 25 times a second, each group with a time
            stamp of its own: payloads of RTP. Without them it hangs up.
        answers: by method, status and headers in place of a camera's.
    """

    def __init__(
        self,
        description: str = "",
        units: Callable[[int], Sequence[bytes]] | None = None,
        **answers: tuple[str, str],
    ) -> None:
        self._description, self._units, self._answers = description.encode(), units, answers
        #: What clients asked for.
        self.asked: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._clients: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._listen)]
        self._over = threading.Event()

    @property
    def url(self) -> str:
        return f"rtsp://viewer:hush@127.0.0.1:{self.port}/stream1"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._threads[0].join()
        for client in self._clients:
            with contextlib.suppress(OSError):  # it hung up
                client.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self._clients.append(client)
            serve = threading.Thread(target=self._serve, args=(client,))
            self._threads.append(serve)
            serve.start()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as lines:
            try:
                while request := lines.readline():
                    headers = {}
                    while line := lines.readline().strip():
                        name, _, value = line.decode("latin-1").partition(":")
                        headers[name.lower()] = value.strip()
                    method = request.split(b" ")[0].decode("latin-1")
                    self.asked.append(method)
                    self._answer(client, method, headers)
            except OSError:
                return

    def _answer(self, client: socket.socket, method: str, headers: dict[str, str]) -> None:
        status, more = self._answers.get(method, ("200 OK", "Session: 1\r\n"))
        body = self._description if method == "DESCRIBE" and status == "200 OK" else b""
        if body:
            more += f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
        if method == "SETUP":
            more += f"Transport: {headers['transport']}\r\n"
        head = f"RTSP/1.0 {status}\r\nCSeq: {headers['cseq']}\r\n{more}\r\n"
        client.sendall(head.encode() + body)
        if method == "PLAY":
            if self._units is not None:
                self._play(client, self._units)
            client.shutdown(socket.SHUT_RDWR)

    def _play(self, client: socket.socket, units: Callable[[int], Sequence[bytes]]) -> None:
        sequence, number = 0, 0
        while not self._over.is_set():
            group = units(number)
            for place, payload in enumerate(group, 1):
                kind = 96 | (0x80 if place == len(group) else 0)
                rtp = struct.pack("!BBHII", 0x80, kind, sequence & 0xFFFF, number * TICKS, 7)
                rtp += payload
                client.sendall(b"$\0" + struct.pack("!H", len(rtp)) + rtp)
                sequence += 1
            number += 1
            self._over.wait(0.04)


class _Bits:
    """Writes H.264's bit strings (ITU-T H.264, 7.2 and 9.1)."""

    def __init__(self) -> None:
        self._bits = ""

    def u(self, length: int, value: int) -> _Bits:
        self._bits += format(value, f"0{length}b")
        return self

    def ue(self, *values: int) -> _Bits:
        for value in values:
            code = format(value + 1, "b")
            self._bits += "0" * (len(code) - 1) + code
        return self

    def unit(self, header: int) -> bytes:
        """A NAL unit with its stop bit and emulation prevention."""
        bits = self._bits + "1"
        bits += "0" * (-len(bits) % 8)
        out, zeros = bytearray([header]), 0
        for at in range(0, len(bits), 8):
            byte = int(bits[at : at + 8], 2)
            if zeros >= 2 and byte <= 3:
                out.append(3)
                zeros = 0
            out.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return bytes(out)


def sequence_parameters(width: int, height: int, identifier: int = 0) -> bytes:
    """An H.264 sequence parameter set (7.3.2.1.1), baseline, of any multiple of 16."""
    bits = _Bits().u(8, 66).u(8, 0xC0).u(8, 52).ue(identifier, 0, 2, 1).u(1, 0)
    return bits.ue(width // 16 - 1, height // 16 - 1).u(4, 0b1100).unit(0x67)


def picture_parameters() -> bytes:
    """An H.264 picture parameter set (7.3.2.2)."""
    bits = _Bits().ue(0, 0).u(2, 0).ue(0, 0, 0).u(3, 0).ue(0, 0, 0).u(3, 0b100)
    return bits.unit(0x68)


def keyframe() -> bytes:
    """The slice of a picture that begins like one and goes on as noise."""
    bits = _Bits().ue(0, 7, 0).u(4, 0).ue(0).u(2, 0).ue(0, 1)
    return bits.unit(0x65) + bytes(range(1, 200))


def films(pictures: int = 50, side: int = 64, group: int = 25) -> list[list[bytes]]:
    """Real H.264, the units of each picture; a keyframe each ``group``, every picture brighter."""
    context = av.CodecContext.create("libx264", "w")
    context.width = context.height = side
    context.pix_fmt, context.time_base, context.gop_size = "yuv420p", Fraction(1, 25), group
    context.options = {"preset": "ultrafast", "tune": "zerolatency"}
    made: list[list[bytes]] = []
    for number in range(pictures):
        grey = np.full((side, side, 3), 20 + number % 200, np.uint8)
        frame = av.VideoFrame.from_ndarray(grey, "rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, context.time_base
        made += [_units(bytes(packet)) for packet in context.encode(frame)]
    return made


def _units(access_unit: bytes) -> list[bytes]:
    return re.split(b"\0\0\0\1|\0\0\1", access_unit)[1:]


def sprop(*units: bytes) -> str:
    """The attribute with which a description carries parameter sets."""
    sets = ",".join(b64encode(unit).decode() for unit in units)
    return f"a=fmtp:96 packetization-mode=1; sprop-parameter-sets={sets}\r\n"
