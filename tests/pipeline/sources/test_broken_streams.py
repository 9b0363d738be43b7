"""What is broken or lost costs its group of pictures, and nothing after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import pytest

from pipeline.records import NS_PER_S as S
from pipeline.sources import Sound
from tests.pipeline.simulate.clips import make_clip
from tests.pipeline.sources.reading import film, garble, lose, pictures_in_order, read

__all__ = ["film"]


@pytest.mark.promise("bad input 11")
@pytest.mark.parametrize("suffix", [".ts", ".mov"], ids=["as cameras send it", "as files hold it"])
@pytest.mark.parametrize("b_frames", [0, 2], ids=["in order", "reordered"])
def test_after_a_broken_picture_none_is_shown_until_a_keyframe(
    tmp_path: Path, suffix: str, b_frames: int
) -> None:
    film = make_clip(tmp_path / f"film{suffix}", seconds=4.0, sound=None, b_frames=b_frames)
    reading = read(film, garble(35))
    shown = reading.pictures
    assert shown[:25] == list(range(25))
    assert shown[-50:] == list(range(50, 100))
    assert sorted({*range(38, 50)} & set(shown)) == []
    assert reading.decoded[1] >= 12
    assert reading.packets[-1].pts_ns / S > 3.9, "and the stream goes on"


def test_packets_that_the_network_lost_mute_the_rest_of_their_group(film: Path) -> None:
    def change(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for number, packet in pictures_in_order(packets):
            if number == 31:
                continue
            if number == 32:
                # What FFmpeg says of a gap; the decoder conceals it without a word.
                av.logging.log(av.logging.WARNING, "rtsp", "RTP: missed 1 packets")
            yield packet

    reading = read(film, change)
    assert reading.pictures == [*range(31), *range(50, 100)]
    assert reading.decoded[1] == 18


def test_a_lost_keyframe_leaves_its_whole_group_unseen(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mov", seconds=3.0, sound=None)
    reading = read(film, lose(0))
    assert reading.pictures == list(range(25, 75))
    assert reading.decoded[1] == 0, "before the first keyframe there is nothing to damage"


def test_sound_with_a_broken_packet_goes_on(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mov", seconds=2.0, picture=None)

    def change(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for number, packet in enumerate(packets):
            if number == 10:
                broken = av.Packet(b"\xff" * 40)
                broken.stream, broken.time_base = packet.stream, packet.time_base
                broken.pts, broken.dts = packet.pts, packet.dts
                packet = broken
            yield packet

    heard = read(film, change).of(Sound)
    assert heard[-1].pts_ns / S > 1.8
    assert sum(sound.samples.size for sound in heard) / 48_000 > 1.8
