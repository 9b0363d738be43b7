"""A camera that pushes instead of being pulled: media unasked, requests of its own, calls back."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pipeline.simulate.media import Film
from pipeline.simulate.rtp import RtpSender
from pipeline.simulate.rtsp import ask, interleaved
from pipeline.simulate.sdp import describe

#: Of a film so much is pushed at a time.
_BURST_NS = 1_000_000_000
#: Ports at which a server that takes pushed streams would listen.
_USUAL_PORTS = (554, 8554, 1935)
_CALL_S = 1.0


@dataclass(slots=True)
class Push:
    """What a mount pushes at its clients, and what came of it."""

    film: Film
    #: Where its REDIRECT leads to.
    elsewhere: str = ""
    #: Statuses with which clients answered what they were asked.
    answered: list[int] = field(default_factory=list)
    #: Ports of clients at which it called back, and whether anything took the call.
    called: dict[int, bool] = field(default_factory=dict)


def burst(film: Film) -> bytes:
    """The first second of a film's media, interleaved on the channels that a client asks for."""
    senders = [
        RtpSender(secrets.randbits(32), track.payload_type, track.clock_rate, 0, 0)
        for track in film.tracks
    ]
    out = bytearray()
    for unit in film.units:
        if unit.at_ns >= _BURST_NS:
            break
        last = len(unit.payloads) - 1
        for position, payload in enumerate(unit.payloads):
            marker = unit.marker and position == last
            packet = senders[unit.track].packet(payload, unit.at_ns, marker=marker)
            out += interleaved(2 * unit.track, packet)
    return bytes(out)


def orders(push: Push, url: str, session: str, first: int) -> bytes:
    """All that a camera may ask of its client, numbered from ``first`` on."""
    own = {"Session": session}
    media = {**own, "Transport": "RTP/AVP/TCP;unicast;interleaved=0-1;mode=record"}
    asked: tuple[tuple[str, Mapping[str, str], str], ...] = (
        ("OPTIONS", {}, ""),
        ("ANNOUNCE", {**own, "Content-Type": "application/sdp"}, describe(push.film, "pushed")),
        ("SETUP", media, ""),
        ("RECORD", own, ""),
        ("GET_PARAMETER", own, ""),
        ("REDIRECT", {**own, "Location": push.elsewhere}, ""),
    )
    return b"".join(
        ask(method, url, str(first + number), headers, body)
        for number, (method, headers, body) in enumerate(asked)
    )


async def call_back(push: Push, host: str, port: int, url: str) -> None:
    """Announce the stream to a client that is connected from ``port``, at ports that it may have.

    What comes of each is in ``push.called``.
    """
    said = orders(push, url, "1", 1)
    for called in dict.fromkeys((port, *_USUAL_PORTS)):
        push.called[called] = await _call(host, called, (said, burst(push.film)))


async def _call(host: str, port: int, said: Iterable[bytes]) -> bool:
    try:
        async with asyncio.timeout(_CALL_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.writelines(said)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
