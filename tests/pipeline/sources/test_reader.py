"""The reader turns an opened stream into items, and shows nothing that was damaged."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from pipeline.movement import DIM
from pipeline.records import NS_PER_S as S
from pipeline.sources import CameraSilent, Decoded, Held, Packets, Picture, Sound
from pipeline.sources.base import SAMPLE_RATE
from pipeline.sources.packet_gate import PacketGate
from pipeline.sources.packets import has_parameter_sets
from tests.pipeline.simulate.clips import FPS, HEIGHT, WIDTH, make_clip
from tests.pipeline.sources.reading import (
    A,
    Reading,
    V,
    film,
    garble,
    pictures_in_order,
    read,
    reordered,
)

__all__ = ["film", "reordered"]


def test_everything_that_was_asked_for_comes_with_the_times_of_the_stream(film: Path) -> None:
    reading = read(film)
    assert reading.reader.opened.video is not None
    assert reading.reader.opened.audio is not None
    assert (reading.reader.opened.video.codec, reading.reader.opened.audio.codec) == ("h264", "aac")
    assert reading.pictures == list(range(4 * FPS))
    assert reading.decoded == (4 * FPS, 0)
    (first, *_) = reading.of(Picture)
    assert first.views["whole"].shape == (16, 16, 3)
    heard = reading.of(Sound)
    assert sum(sound.samples.size for sound in heard) / 48_000 == pytest.approx(4, abs=0.1)
    assert abs(first.captured_at - time.time()) < 60


def test_pictures_are_sampled_at_the_rate_of_the_site(film: Path) -> None:
    reading = read(film, sample_fps=2, decode="all")
    assert reading.pictures == [0, 13, 25, 38, 50, 63, 75, 88]
    assert reading.decoded == (4 * FPS, 0), "all are decoded: each needs those before it"


def test_packets_need_nothing_but_themselves(film: Path) -> None:
    packets = read(film).packets
    pictures = [packet for packet in packets if packet.modality is V]
    keys = [packet for packet in pictures if packet.keyframe]
    assert len(pictures) == 4 * FPS
    assert [packet.pts_ns / S for packet in keys] == pytest.approx([0, 1, 2, 3])
    assert all(has_parameter_sets(packet.data, "h264") for packet in keys)
    sound = [packet for packet in packets if packet.modality is A]
    assert all(packet.data[:2] == b"\xff\xf1" for packet in sound), "ADTS headers"
    assert all(packet.keyframe for packet in sound)


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        ({"sound": False}, {Picture, Packets, Decoded}),
        ({"packets": False}, {Picture, Sound, Decoded}),
        ({"packets": False, "audio": "off"}, {Picture, Decoded}),
        ({"frame_size": None}, {Sound, Packets}),
        ({"frame_size": None, "packets": False}, {Sound}),
        ({"video": False, "packets": False}, {Sound}),
    ],
)
def test_what_nobody_asked_for_is_not_made(
    film: Path, wanted: dict[str, Any], kinds: set[type]
) -> None:
    assert {type(item) for item in read(film, **wanted).items} == kinds


def test_sound_that_is_only_scored_is_never_kept_encoded(film: Path) -> None:
    reading = read(film, audio="score")
    assert {packet.modality for packet in reading.packets} == {V}
    assert reading.of(Sound)


class HalfSeconds:
    """Waits for half a second of sound at a time."""

    wanted = SAMPLE_RATE // 2


def test_sound_is_decoded_as_far_as_its_hearer_can_use_it(film: Path) -> None:
    usual, asked = read(film).of(Sound), read(film, hearer=HalfSeconds()).of(Sound)
    assert len(asked) <= 9 < 30 < len(usual)
    # A packet of AAC is kept by its decoder until the next one has come.
    assert all(one.samples.size >= SAMPLE_RATE // 2 - 1024 for one in asked[:-1])
    # Nothing is lost by it, and each piece begins where the last one ended.
    heard, the_same = (np.concatenate([one.samples for one in made]) for made in (usual, asked))
    np.testing.assert_array_equal(heard, the_same)
    ends = [one.pts_ns + one.samples.size * S // SAMPLE_RATE for one in asked]
    assert [one.pts_ns for one in asked[1:]] == pytest.approx(ends[:-1], abs=S // 1000)


def test_reordered_pictures_have_the_times_at_which_they_are_shown(reordered: Path) -> None:
    reading = read(reordered)
    assert reading.pictures == list(range(4 * FPS))
    stamps = [packet.pts_ns for packet in reading.packets]
    assert stamps != sorted(stamps), "packets stay in decode order"


def test_a_decoder_that_keeps_the_first_picture_back_has_damaged_nothing(reordered: Path) -> None:
    told = read(reordered, decode="all", sample_fps=2).of(Decoded)
    assert not any(count.muted or count.signs or count.damaged for count in told)


def test_pictures_come_with_how_they_moved_where_the_model_reads_it(film: Path) -> None:
    door = {"left": 0.5, "top": 0.0, "width": 0.5, "height": 1.0}
    settings = {"sample_fps": 2, "frame_size": (160, 160), "regions": {"door": door}}
    assert all(not picture.movement for picture in read(film, **settings).of(Picture))
    pictures = read(film, movement=True, **settings).of(Picture)
    assert len(pictures) == 8, "how often the encoder gets one stays as it was"
    assert pictures[0].movement == {}, "of the first picture nobody knows"
    for picture in pictures[2:]:
        assert set(picture.movement) == {"whole", "door"}
        assert all(reading.shape == (DIM,) for reading in picture.movement.values())


class Onlooker:
    """Wants every n-th picture and remembers which they were."""

    def __init__(self, every: int) -> None:
        self.every, self.asked = every, 0
        self.seen: list[tuple[int, tuple[int, int], float]] = []

    def due(self) -> bool:
        self.asked += 1
        return self.asked % self.every == 1

    def show(
        self, frame: av.VideoFrame, *, pts_ns: int, captured_at: float, pixel_aspect: float
    ) -> None:
        assert abs(captured_at - time.time()) < 60
        number = round(pts_ns * FPS / S)
        self.seen.append((number, (frame.width, frame.height), pixel_aspect))


@pytest.mark.parametrize(
    ("settings", "sampled", "decoded"),
    [
        # A keyframe each second, one picture in between, a little early: decoded as far as that.
        ({"decode": "samples", "sample_fps": 2}, [0, 13, 25, 35, 50, 60, 75, 85], 4 * 11),
        # Nobody asks for more than keyframes give.
        ({"decode": "auto", "sample_fps": 1}, [0, 25, 50, 75], 4),
        ({"decode": "auto", "sample_fps": 0.5}, [0, 50], 2),
        # More is asked for than keyframes give, and keyframes alone are allowed.
        ({"decode": "keyframes", "sample_fps": 5}, [0, 25, 50, 75], 4),
    ],
)
def test_no_more_is_decoded_than_the_samples_need(
    film: Path, settings: dict[str, Any], sampled: list[int], decoded: int
) -> None:
    reading = read(film, **settings)
    assert reading.pictures == sampled
    # Until a second keyframe was seen nobody knows how far apart they are.
    assert decoded <= reading.decoded[0] <= decoded + FPS
    assert len(reading.packets) > 4 * FPS, "everything is kept all the same"


def test_keyframes_alone_come_out_of_a_decoder_that_reorders(reordered: Path) -> None:
    reading = read(reordered, decode="keyframes", sample_fps=1)
    assert reading.pictures == [0, 25, 50, 75]
    assert reading.decoded == (4, 0)


def test_samples_between_keyframes_come_out_of_a_decoder_that_reorders(reordered: Path) -> None:
    reading = read(reordered, decode="samples", sample_fps=2)
    expected = [0, 13, 25, 35, 50, 60, 75, 85]
    assert len(reading.pictures) == len(expected)
    # Pictures that none refers to are left out: what stands beside them is sampled.
    assert all(abs(a - b) <= 2 for a, b in zip(reading.pictures, expected, strict=True))


def test_between_samples_far_apart_the_last_picture_is_said_to_stand(film: Path) -> None:
    reading = read(film, sample_fps=0.25)
    assert reading.pictures == [0]
    held = reading.of(Held)
    assert [(round(h.pts_ns / S), round(h.end_ns / S)) for h in held] == [(0, 1), (1, 2), (2, 3)]


class Sleeper(PacketGate):
    """Sleeps as it is told."""

    def __init__(self, sleeps: Callable[[int], bool]) -> None:
        super().__init__()
        self._sleeps = sleeps
        self._number = -1

    @property
    def asleep(self) -> bool:
        return self._sleeps(self._number)

    def packet(self, time_ns: int, size: int, *, keyframe: bool) -> None:
        self._number += 1

    def picture(self, change: float) -> None:
        assert change >= 0


def test_a_camera_that_wakes_is_caught_up_with_from_its_last_keyframe(film: Path) -> None:
    reading = read(film, sample_fps=5, gate=Sleeper(lambda number: 20 <= number < 65))
    before, after = [n for n in reading.pictures if n < 40], [n for n in reading.pictures if n > 40]
    assert before == [0, 5, 10, 15], "asleep, one picture in fifteen seconds"
    # It wakes with picture 65, in the middle of a group, and shows what has just been.
    assert after == [53, 58, 63, 67, 75, 80, 85, 90, 94]
    assert all(picture.views["whole"].any() for picture in reading.of(Picture))
    # From 50, the keyframe that the others refer to; not what follows a group's last sample.
    assert reading.decoded == (20 + 50 - 7 - 5, 0)
    assert reading.of(Held)[0].pts_ns == 15 * S // 25


def test_a_camera_that_wakes_is_looked_at_at_once_though_keyframes_alone_are_decoded(
    film: Path,
) -> None:
    gate = Sleeper(lambda number: 20 <= number < 65)
    reading = read(film, sample_fps=1, decode="keyframes", gate=gate)
    assert [n for n in reading.pictures if n > 20] == [53, 75], "not with its next keyframe"


def test_a_camera_that_slept_through_damage_waits_for_a_whole_group(film: Path) -> None:
    def lossy(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for number, packet in pictures_in_order(packets):
            if number == 55:
                av.logging.log(av.logging.WARNING, "rtsp", "RTP: missed 3 packets")
            yield packet

    reading = read(film, lossy, sample_fps=5, gate=Sleeper(lambda number: 20 <= number < 65))
    assert [n for n in reading.pictures if n > 40] == [75, 80, 85, 90, 94]


def test_an_onlooker_is_shown_whole_pictures_at_a_pace_of_its_own(film: Path) -> None:
    onlooker = Onlooker(every=10)
    reading = read(film, sample_fps=0.5, looker=onlooker, decode="all")
    assert onlooker.seen == [(n, (WIDTH, HEIGHT), 1.0) for n in range(0, 4 * FPS, 10)]
    assert reading.pictures == [0, 50], "what is sampled stays as it is"


def test_an_onlooker_is_shown_no_damaged_picture(film: Path) -> None:
    onlooker = Onlooker(every=1)
    onlooker.due = lambda: True  # type: ignore[method-assign]
    reading = read(film, garble(35), looker=onlooker)
    assert [number for number, _, _ in onlooker.seen] == reading.pictures
    assert 40 not in reading.pictures


def test_an_onlooker_is_told_of_pixels_that_are_wider_than_high(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "film.mp4"), "w") as container:
        video = container.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = 704, 576, "yuv420p"
        video.codec_context.sample_aspect_ratio = Fraction(16, 11)
        picture = av.VideoFrame(704, 576, "yuv420p")
        container.mux(video.encode(picture))
        container.mux(video.encode(None))
    onlooker = Onlooker(every=10)
    read(tmp_path / "film.mp4", looker=onlooker)
    assert onlooker.seen == [(0, (704, 576), pytest.approx(16 / 11))]


@pytest.mark.promise("fault 1")
def test_a_stream_that_falls_silent_is_let_go_of_at_once(tmp_path: Path) -> None:
    """No circle keeps its container, decoder and threads: a worker looks for circles seldom."""
    reading = Reading(make_clip(tmp_path / "film.mp4", seconds=0.5), patience_s=0.0)
    held = weakref.ref(reading.reader)
    gc.disable()
    try:
        try:
            reading.read()
        except CameraSilent:
            reading.container.close()
        del reading
        assert held() is None
    finally:
        gc.enable()
