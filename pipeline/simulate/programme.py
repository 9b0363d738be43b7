"""Films one after the other as RTP packets that are ready to be sent, the same to many clients."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate.media import Film
from pipeline.simulate.rtp import RTP_HEADER

NS_PER_S = 1_000_000_000
#: Bytes of RTSP before each packet: ``$``, channel, length.
_INTERLEAVED = 4


class Strip:
    """One film's packets, interleaved for RTSP, as one stretch of bytes.

    Track ``n`` of the film goes out on channel ``2 n``. Each time it is played it has the same
    bytes but for sequence numbers and time stamps.
    """

    def __init__(self, film: Film) -> None:
        self.film = film
        #: Where unit k lies in the bytes: from ``cuts[k]`` to ``cuts[k + 1]``.
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
        self._at, self._track, self._number, self._at_ns = np.array(heads, np.int64).T
        #: Packets of each track.
        self.counts = np.array(counts, np.int64)
        self._rates = np.array([track.clock_rate for track in film.tracks], np.int64)

    def numbered(self, first: NDArray[np.int64], start_ns: int) -> memoryview:
        """The bytes as they go out from media time ``start_ns``.

        Args:
            first: int64 (tracks,), sequence number of each track's first packet.
            start_ns: of the whole programme.
        """
        made = self._bytes.copy()
        ticks = (self._at_ns + start_ns) * self._rates[self._track] // NS_PER_S
        _put(made, self._at + 2, self._number + first[self._track], 2)
        _put(made, self._at + 4, ticks, 4)
        return memoryview(made.data)


@dataclass(frozen=True, slots=True)
class Showing:
    """One film's place in a programme."""

    strip: Strip
    start_ns: int
    first: NDArray[np.int64]


class Programme:
    """Films one after the other, for ever: those of the warm-up until `go`, then the others.

    Args:
        films: what is played over and over.
        warm_up: what is played before; empty: nothing.
    """

    def __init__(self, films: Sequence[Strip], warm_up: Sequence[Strip] = ()) -> None:
        self._films = films
        self._warm_up = warm_up
        #: The showing from which on the films are played; None: the warm-up lasts.
        self._turn: int | None = None if warm_up else 0
        tracks = len(films[0].counts)
        self._showings: list[Showing] = []
        self._next = (0, np.zeros(tracks, np.int64))
        self._ready: dict[int, memoryview] = {}

    def showing(self, number: int) -> Showing:
        """Which film is played as the ``number``-th, from 0."""
        while len(self._showings) <= number:
            count = len(self._showings)
            turn = self._turn
            if turn is None or count < turn:
                strip = self._warm_up[count % len(self._warm_up)]
            else:
                strip = self._films[(count - turn) % len(self._films)]
            start_ns, first = self._next
            self._showings.append(Showing(strip, start_ns, first))
            self._next = (start_ns + strip.film.duration_ns, first + strip.counts)
        return self._showings[number]

    def go(self) -> None:
        """The warm-up ends with what is being played."""
        if self._turn is None:
            self._turn = len(self._showings)

    def packets(self, number: int) -> memoryview:
        """The bytes of a showing; those of the last few are kept."""
        if number not in self._ready:
            showing = self.showing(number)
            self._ready[number] = showing.strip.numbered(showing.first, showing.start_ns)
            for old in [known for known in self._ready if known < number - 2]:
                del self._ready[old]
        return self._ready[number]


def _put(into: NDArray[np.uint8], at: NDArray[np.int64], values: NDArray[np.int64], n: int) -> None:
    for byte in range(n):
        into[at + byte] = (values >> (8 * (n - 1 - byte))) & 0xFF
