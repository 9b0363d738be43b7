"""The reader turns an opened stream into items, and shows nothing that was damaged."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Self, TypeVar

import av
import numpy as np
import pytest

from pipeline.config import Camera
from pipeline.movement import DIM
from pipeline.records import NS_PER_S as S
from pipeline.records import Modality
from pipeline.sources import (
    CameraSilent,
    Decoded,
    Discontinuity,
    Held,
    Item,
    Packet,
    Packets,
    Picture,
    Sound,
    SourcePlan,
    UnsupportedStream,
    sizes,
)
from pipeline.sources import reader as module
from pipeline.sources.base import SAMPLE_RATE, Hearer, Looker
from pipeline.sources.checks import Checks
from pipeline.sources.clock import Clock, FileClock, LiveClock, Stamp
from pipeline.sources.packet_gate import PacketGate
from pipeline.sources.packets import has_parameter_sets
from pipeline.sources.reader import Reader, quiet_libav
from tests.films import packets_of
from tests.pipeline.simulate.clips import FPS, HEIGHT, WIDTH, make_clip

V, A = Modality.VIDEO, Modality.AUDIO
T = TypeVar("T", bound=Item)
Change = Callable[[Iterable[av.Packet]], Iterable[av.Packet]]


class Network:
    """An opened film whose packets can be lost, changed or delayed on their way."""

    def __init__(self, container: av.container.InputContainer, change: Change) -> None:
        self._container = container
        self._change = change
        self.streams = container.streams

    def demux(self, *streams: av.stream.Stream) -> Iterator[av.Packet]:
        yield from self._change(self._container.demux(*streams))


class Reading:
    """A film that is read as a camera's stream."""

    def __init__(
        self,
        film: Path,
        change: Change = iter,
        *,
        clock: Clock | None = None,
        patience_s: float = 60.0,
        codecs: frozenset[str] = frozenset(),
        frame_size: tuple[int, int] | None = (16, 16),
        sound: bool = True,
        packets: bool = True,
        movement: bool = False,
        looker: Looker | None = None,
        gate: PacketGate | None = None,
        hearer: Hearer | None = None,
        checks: Checks | None = None,
        breath_s: float = 0.0,
        **settings: Any,
    ) -> None:
        quiet_libav()
        camera = {"url": "rtsp://camera/yard", "audio": "record", "sample_fps": 30, **settings}
        plan = SourcePlan(
            "yard",
            Camera.model_validate(camera),
            frame_size,
            sound,
            packets,
            movement,
            looker=looker,
            gate=gate,
            checks=checks,
            hearer=hearer,
        )
        self.container = av.open(str(film))
        try:
            self.reader = Reader(
                Network(self.container, change),
                plan,
                clock or FileClock((self.container.start_time or 0) * 1000, 0),
                patience_s=patience_s,
                codecs=codecs,
                breath_s=breath_s,
            )
        except BaseException:
            self.container.close()
            raise
        self.items: list[Item] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.container.close()

    def read(self) -> Self:
        self.items += self.reader.items()
        return self

    def of(self, kind: type[T]) -> list[T]:
        return [item for item in self.items if isinstance(item, kind)]

    @property
    def packets(self) -> list[Packet]:
        return packets_of(self.items)

    @property
    def pictures(self) -> list[int]:
        """Numbers of the film's pictures that were sampled."""
        return [round(picture.pts_ns * FPS / S) for picture in self.of(Picture)]

    @property
    def decoded(self) -> tuple[int, int]:
        counts = self.of(Decoded)
        return sum(c.pictures for c in counts), sum(c.damaged for c in counts)


def read(film: Path, change: Change = iter, **options: Any) -> Reading:
    with Reading(film, change, **options) as reading:
        return reading.read()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds, a keyframe each second."""
    return make_clip(tmp_path_factory.mktemp("films") / "film.mov", seconds=4.0)


@pytest.fixture(scope="module")
def reordered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with B pictures."""
    folder = tmp_path_factory.mktemp("films")
    return make_clip(folder / "film.mov", seconds=4.0, sound=None, b_frames=2)


def shown_at(packet: av.Packet) -> float:
    """When a packet's picture or sound is due, in seconds."""
    return float((packet.pts or 0) * packet.time_base)


def pictures_in_order(packets: Iterable[av.Packet]) -> Iterator[tuple[int, av.Packet]]:
    """Each packet, with its number among the pictures (-1 for the rest)."""
    number = 0
    for packet in packets:
        picture = packet.stream.type == "video" and packet.size
        yield (number if picture else -1), packet
        number += bool(picture)


# --- an undisturbed stream -----------------------------------------------------------------------


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


# --- damage --------------------------------------------------------------------------------------


def lose(*numbers: int) -> Change:
    """The network loses some pictures' packets, in decode order."""

    def change(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        return (p for number, p in pictures_in_order(packets) if number not in numbers)

    return change


def garble(number: int) -> Change:
    """Half of one picture's packet is noise."""

    def change(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for at, packet in pictures_in_order(packets):
            if at == number:
                data = bytes(packet)
                noise = np.random.default_rng(1).bytes(len(data) - len(data) // 4)
                broken = av.Packet(data[: len(data) // 4] + noise)
                broken.stream, broken.time_base = packet.stream, packet.time_base
                broken.pts, broken.dts = packet.pts, packet.dts
                packet = broken
            yield packet

    return change


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


# --- time ----------------------------------------------------------------------------------------


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


# --- what is accepted ----------------------------------------------------------------------------


@pytest.mark.parametrize("codec", ["libx264", "libx265", "mpeg4"])
def test_cameras_codecs_are_read(tmp_path: Path, codec: str) -> None:
    film = make_clip(tmp_path / "film.mkv", seconds=1.0, picture=codec, sound=None)
    reading = read(film)
    assert len(reading.pictures) == FPS
    assert len(reading.packets) == FPS


@pytest.mark.promise("bad input 9", "security 9")
def test_a_codec_that_no_camera_has_is_noted_and_the_rest_is_used(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mkv", seconds=1.0, picture="libvpx", sound="aac")
    reading = read(film)
    assert reading.reader.opened.video is None
    assert reading.reader.opened.notes == (
        "picture codec vp8 is not accepted: set the camera to H.264 or H.265",
    )
    assert reading.of(Sound)
    assert read(film, codecs=frozenset({"vp8"})).pictures, "a file may have it"


@pytest.mark.promise("bad input 9", "security 9")
def test_a_stream_of_which_nothing_can_be_used_says_why(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mkv", seconds=1.0, picture="libvpx", sound="flac")
    with pytest.raises(UnsupportedStream, match=r"picture codec vp8 .*; sound codec flac"):
        Reading(film)
    mute = make_clip(tmp_path / "mute.mkv", seconds=1.0, sound=None)
    with pytest.raises(UnsupportedStream, match="it carries neither picture nor sound"):
        Reading(mute, video=False)


@pytest.mark.promise("bad input 13")
def test_a_picture_that_is_too_large_is_refused_before_it_is_decoded(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "MAX_SIDE", WIDTH - 1)
    with pytest.raises(UnsupportedStream, match=f"{WIDTH}x{HEIGHT} is larger than .*smaller"):
        Reading(film)


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
