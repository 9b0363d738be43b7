"""Groups of pictures that never begin, or miss what they refer to; memory stays bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import av
import pytest

from pipeline.records import NS_PER_S as S
from pipeline.records import Modality
from pipeline.ring import Ring
from pipeline.sources import Held, Packets, Picture, Sound
from tests.pipeline.simulate.clips import FPS, make_clip
from tests.pipeline.sources.reading import Change, Reading, lose, pictures_in_order, read

Record = Callable[[str, object], None]
MINUTES_2 = 120 * FPS


def no_keyframe_for_two_minutes(first: bool) -> Change:
    """A film's pictures without its keyframes, over and over; ``first``: after one keyframe."""

    def change(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        film = [packet for number, packet in pictures_in_order(packets) if number >= 0]
        rest = [packet for packet in film if not packet.is_keyframe]
        for number in range(MINUTES_2):
            packet = film[0] if first and number == 0 else rest[number % len(rest)]
            copy = av.Packet(bytes(packet))
            copy.stream, copy.time_base = packet.stream, packet.time_base
            copy.pts = copy.dts = number * packet.duration
            copy.duration, copy.is_keyframe = packet.duration, packet.is_keyframe
            yield copy

    return change


@pytest.mark.promise("bad input 16")
@pytest.mark.parametrize("first", [False, True], ids=["none at all", "one at first"])
@pytest.mark.parametrize("decode", ["all", "keyframes"])
def test_two_minutes_without_a_keyframe_cost_no_more_memory_than_ten_seconds(
    tmp_path: Path, first: bool, decode: str, record_property: Record
) -> None:
    film = make_clip(tmp_path / "film.mov", sound=None)
    ring = Ring(20, max_bytes=100_000)
    most = 0
    with Reading(
        film, no_keyframe_for_two_minutes(first), audio="off", decode=decode, sample_fps=1
    ) as reading:
        for item in reading.reader.items():
            reading.items.append(item)
            pictures = reading.reader._pictures
            assert pictures is not None
            most = max(most, len(pictures._undecoded), len(pictures._stamps))
    ring.put(reading.packets)
    told = f"{decode}, {'one keyframe at first' if first else 'no keyframe at all'}"
    record_property("measured", f"{told}: at most {most} of {MINUTES_2:,} packets held")
    assert len(reading.packets) == MINUTES_2
    assert most <= 600
    assert ring.size_bytes <= 100_000
    seen_ns = 0
    for item in reading.items:
        if isinstance(item, Picture):
            seen_ns = item.pts_ns
        if isinstance(item, Held):
            assert item.end_ns - seen_ns <= 31 * S, "what was so long ago stands for nothing"
    if not first:
        assert reading.of(Picture) == []
        assert len(ring) == 0, "nothing could be cut from it"


@pytest.mark.promise("bad input 17")
def test_a_stream_whose_time_stands_still_is_handed_on_in_bounded_pieces(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mov", sound=None)

    def still(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for packet in no_keyframe_for_two_minutes(first=True)(packets):
            packet.pts = packet.dts = 0
            yield packet

    reading = read(film, still, audio="off")
    assert len(reading.packets) == MINUTES_2
    assert max(len(item.packets) for item in reading.of(Packets)) <= 512
    assert len(reading.of(Picture)) == 1, "one moment, one sample"


@pytest.mark.promise("bad input 12")
def test_h265_whose_reference_is_missing_is_muted_until_a_keyframe(tmp_path: Path) -> None:
    # Nothing marks the loss, as the network would; no picture is flagged either.
    film = make_clip(tmp_path / "film.mkv", seconds=4.0, picture="libx265", sound=None)
    shown = read(film, lose(30), decode="all").pictures
    assert sorted({*range(30, 50)} & set(shown)) == []
    assert {*range(25, 30), *range(50, 100)} <= set(shown)


@pytest.mark.promise("bad input 20")
def test_a_camera_with_sound_only_is_heard(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.ts", picture=None)
    reading = read(film)
    assert reading.reader.opened.video is None
    assert reading.of(Sound)
    assert {packet.modality for packet in reading.packets} == {Modality.AUDIO}
