"""Jumps in time, late packets, packets without a stamp, and silence."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import pytest

from pipeline.records import NS_PER_S as S
from pipeline.records import Modality
from pipeline.sources import CameraSilent, Discontinuity, Packets, Picture
from pipeline.sources import reader as module
from pipeline.sources.clock import LiveClock, Stamp
from tests.films import packets_of
from tests.pipeline.simulate.clips import FPS
from tests.pipeline.sources.reading import Reading, film, pictures_in_order, read, shown_at

__all__ = ["film"]


class Jumpy:
    """A clock that is anchored again at a chosen moment."""

    settled = True
    live = False

    def __init__(self, at_s: float) -> None:
        self._at_ns = round(at_s * S)
        self._jumped = False

    def observe(self, pts_ns: int, arrival_ns: int) -> None:
        """Nothing."""

    def stamp(self, modality: Modality, pts_ns: int, arrival_ns: int) -> Stamp:
        jumped = pts_ns >= self._at_ns and not self._jumped
        self._jumped |= jumped
        return Stamp(pts_ns - (self._at_ns if self._jumped else 0), jumped)


def test_a_jump_in_time_is_told_before_what_comes_after_it(film: Path) -> None:
    reading = read(film, clock=Jumpy(2.0), audio="off", sample_fps=2)
    (jump,) = (n for n, item in enumerate(reading.items) if isinstance(item, Discontinuity))
    before = [packet.pts_ns for packet in packets_of(reading.items[:jump])]
    after = [packet.pts_ns for packet in packets_of(reading.items[jump:])]
    assert (len(before), len(after)) == (2 * FPS, 2 * FPS)
    assert after[0] == 0
    # Sampling begins anew: the pictures of the new time are not taken for old ones.
    assert reading.pictures == [0, 13, 25, 35, 0, 10, 25, 35]


def test_movement_is_not_read_across_a_jump_in_time(film: Path) -> None:
    reading = read(film, clock=Jumpy(2.0), movement=True, frame_size=(160, 160))
    jump = next(n for n, item in enumerate(reading.items) if isinstance(item, Discontinuity))
    *_, before = (item for item in reading.items[:jump] if isinstance(item, Picture))
    after = next(item for item in reading.items[jump:] if isinstance(item, Picture))
    assert before.movement
    assert not after.movement


def test_a_live_stream_begins_once_its_clock_is_known_and_loses_nothing(film: Path) -> None:
    def live(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        began = time.monotonic()
        for packet in packets:
            # At the pace of life for what comes first; then at once.
            if packet.size and shown_at(packet) < 0.6:
                while time.monotonic() - began < shown_at(packet):
                    time.sleep(0.005)
            yield packet

    now = time.monotonic_ns()
    reading = read(film, live, clock=LiveClock(), decode="all")
    read_by = time.monotonic_ns()
    assert len(reading.packets) > 4 * FPS
    first = reading.packets[0]
    assert now - S // 10 <= first.pts_ns <= read_by - S // 2
    assert reading.decoded == (4 * FPS, 0)


def test_what_a_slow_network_brings_late_is_handed_on_as_it_comes(film: Path) -> None:
    def late(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        began = time.monotonic()
        for packet in packets:
            at = shown_at(packet) if packet.size else 0.0
            if at > 2.0:
                return
            # Each later by a tenth of a second than the first ones.
            while time.monotonic() - began < at + 0.1 * (at > 0.6):
                time.sleep(0.002)
            yield packet

    with Reading(film, late, clock=LiveClock(), audio="off", breath_s=0.3) as reading:
        reading.read()
    # It is never at the edge of its stream, and is not waited for until much has gathered.
    assert len(reading.of(Packets)) >= 15


def test_sound_a_second_apart_from_its_picture_comes_in_no_more_pieces(film: Path) -> None:
    def apart(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        held = [packet for packet in packets if packet.size]
        yield from sorted(held, key=lambda p: shown_at(p) + (p.stream.type == "audio"))

    together, later = read(film), read(film, apart)
    assert len(later.packets) == len(together.packets)
    pieces = len(together.of(Packets))
    assert pieces <= len(later.of(Packets)) <= 1.5 * pieces


@pytest.mark.promise("bad input 17")
def test_packets_without_a_stamp_are_passed_over(film: Path) -> None:
    def change(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for number, packet in pictures_in_order(packets):
            if number >= 0 and number % 25 == 24:
                packet.pts = packet.dts = None
            yield packet

    assert len(read(film, change, sound=False, audio="off").packets) == 4 * FPS - 4


@pytest.mark.promise("bad input 17")
def test_a_stream_without_any_stamps_is_given_up(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for packet in packets:
            if packet.size:
                packet.pts = packet.dts = None
            yield packet

    monkeypatch.setattr(module, "_MAX_UNSTAMPED", 50)
    with pytest.raises(CameraSilent, match="carries no time stamps: restart the camera"):
        read(film, change)


def test_a_camera_that_sends_nothing_is_silent(film: Path) -> None:
    def change(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for number, packet in enumerate(packets):
            if number == 20:
                time.sleep(0.3)
            yield packet

    with pytest.raises(CameraSilent, match=r"the camera has sent nothing for 0\.2 s: check"):
        read(film, change, patience_s=0.2)
