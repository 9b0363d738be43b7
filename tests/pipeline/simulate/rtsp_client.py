"""A client that speaks RTSP by hand, for what a well-behaved one would never send."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class RtspClient:
    """One connection; ``ask`` sends a request and reads its answer."""

    def __init__(self, url: str, receive_buffer: int | None = None) -> None:
        self.url = url
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(3)
        self.socket.connect((parts.hostname, parts.port))
        self._file = self.socket.makefile("rb")
        self._cseq = 0

    def send(self, method: str, url: str | None = None, **headers: str) -> None:
        self._cseq += 1
        lines = [f"{method} {url or self.url} RTSP/1.0", f"CSeq: {self._cseq}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())

    def ask(
        self, method: str, url: str | None = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        self.send(method, url, **headers)
        while (first := self._file.read(1)) == b"$":
            head = self._file.read(3)
            self._file.read(int.from_bytes(head[1:], "big"))
        status = int((first + self._file.readline()).split()[1])
        answered: dict[str, str] = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode().partition(":")
            answered[name.lower()] = value.strip()
        assert answered["cseq"] == str(self._cseq)
        body = self._file.read(int(answered.get("content-length", "0")))
        return status, answered, body.decode()

    def play(self, tracks: int = 1) -> None:
        """Set up the first tracks, interleaved, and play."""
        session = ""
        for track in range(tracks):
            asked = {"Transport": f"RTP/AVP/TCP;interleaved={2 * track}-{2 * track + 1}"}
            if session:
                asked["Session"] = session
            status, told, _ = self.ask("SETUP", f"{self.url}/trackID={track}", **asked)
            assert status == 200
            session = told["session"].partition(";")[0]
        assert self.ask("PLAY", Session=session)[0] == 200

    def media(self) -> Iterator[tuple[int, bytes]]:
        """Channel and packet of all that comes interleaved, until the connection ends."""
        while self._file.read(1) == b"$":
            head = self._file.read(3)
            yield head[0], self._file.read(int.from_bytes(head[1:], "big"))

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
