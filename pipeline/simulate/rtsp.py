"""RTSP 1.0 messages (RFC 2326): requests read, answers written."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

_END_OF_HEAD = b"\r\n\r\n"
_MAX_BODY = 65_536
_INTERLEAVED = b"$"
#: An answer without a body: a client has none to give.
_ANSWER = re.compile(rb"RTSP/1\.0 (\d{3}) ")

_OWN_REASONS = {
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
}


class BadRequestError(ValueError):
    """A client's message that is not RTSP 1.0."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Header names are in lower case; ``path`` is unquoted, without outer slashes."""

    method: str
    url: str
    path: str
    headers: Mapping[str, str]


async def read_request(
    reader: asyncio.StreamReader, answered: list[int] | None = None
) -> Request | None:
    """The next request; interleaved data (receiver reports) are passed over. None: the end.

    So are answers to what the server itself has asked; their statuses go to ``answered``.

    Raises:
        BadRequestError: what came is not a request, or too large.
    """
    try:
        while True:
            first = await reader.readexactly(1)
            if first == _INTERLEAVED:
                head = await reader.readexactly(3)
                await reader.readexactly(int.from_bytes(head[1:], "big"))
            elif first not in b"\r\n":
                text = first + await reader.readuntil(_END_OF_HEAD)
                if (status := _ANSWER.match(text)) is None:
                    break
                if answered is not None:
                    answered.append(int(status[1]))
        request = _parse(text)
        size = request.headers.get("content-length", "0")
        if not size.isdecimal() or int(size) > _MAX_BODY:
            raise BadRequestError(f"Content-Length {size!r}")
        await reader.readexactly(int(size))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequestError("a request head without end") from error
    return request


def _parse(text: bytes) -> Request:
    lines = text.decode("utf-8", "replace").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or words[2] != "RTSP/1.0":
        raise BadRequestError(f"request line {lines[0][:80]!r}")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    try:
        parts = urlsplit(words[1])
    except ValueError as error:
        raise BadRequestError(f"URL {words[1][:80]!r}") from error
    # What a client adds to a base with a query stands behind the query.
    path = unquote("/".join((parts.path.rstrip("/"), *parts.query.split("/")[1:]))).strip("/")
    return Request(words[0], words[1], path, headers)


def answer(
    status: int, cseq: str, headers: Mapping[str, str] | None = None, body: str = ""
) -> bytes:
    """An answer's bytes."""
    reason = _OWN_REASONS.get(status) or HTTPStatus(status).phrase
    said = {"CSeq": cseq, "Server": "hearsight-simulate", **(headers or {})}
    return _message(f"RTSP/1.0 {status} {reason}", said, body)


def ask(method: str, url: str, cseq: str, headers: Mapping[str, str], body: str = "") -> bytes:
    """A request's bytes."""
    return _message(f"{method} {url} RTSP/1.0", {"CSeq": cseq, **headers}, body)


def interleaved(channel: int, packet: bytes) -> bytes:
    """A packet as it goes over the connection itself."""
    return _INTERLEAVED + bytes([channel]) + len(packet).to_bytes(2, "big") + packet


def _message(first: str, headers: Mapping[str, str], body: str) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers.items())]
    content = body.encode()
    if content:
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode() + content


@dataclass(frozen=True, slots=True)
class Transport:
    """What a client asks for in SETUP: two channels of its connection, or two UDP ports."""

    interleaved: bool
    rtp: int
    rtcp: int


def parse_transport(header: str, free_channel: int) -> Transport | None:
    """The first offer that can be met; None if there is none.

    ``free_channel`` is taken where a client that wants its media interleaved names no channels.
    """
    for offer in header.split(","):
        protocol, *rest = offer.strip().split(";")
        options = dict(part.strip().partition("=")[::2] for part in rest)
        if "multicast" in options:
            continue
        if protocol.upper() == "RTP/AVP/TCP":
            pair = _pair(options.get("interleaved", f"{free_channel}-{free_channel + 1}"), 255)
            if pair:
                return Transport(True, *pair)
        elif protocol.upper() in ("RTP/AVP", "RTP/AVP/UDP"):
            pair = _pair(options.get("client_port", ""), 65_535)
            if pair and pair[0]:
                return Transport(False, *pair)
    return None


def _pair(text: str, most: int) -> tuple[int, int] | None:
    first, _, second = text.partition("-")
    if not first.isdecimal() or (second and not second.isdecimal()):
        return None
    low = int(first)
    high = int(second) if second else low + 1
    return (low, high) if max(low, high) <= most else None
