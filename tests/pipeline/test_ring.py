"""The ring holds a camera's last seconds, and always begins where a decoder can begin."""

from __future__ import annotations

import threading

import pytest

from pipeline.records import NS_PER_S as S
from pipeline.records import Modality
from pipeline.ring import Ring
from pipeline.sources.base import AudioParameters, Packet, VideoParameters

PICTURE = VideoParameters("h264", 160, 120)
SOUND = AudioParameters("aac", 48_000, "mono")


def key(at_s: float, size: int = 100) -> Packet:
    return Packet(Modality.VIDEO, PICTURE, round(at_s * S), S // 10, True, b"k" * size)


def delta(at_s: float, size: int = 100) -> Packet:
    return Packet(Modality.VIDEO, PICTURE, round(at_s * S), S // 10, False, b"d" * size)


def sound(at_s: float, size: int = 10) -> Packet:
    return Packet(Modality.AUDIO, SOUND, round(at_s * S), S // 10, True, b"s" * size)


def film(ring: Ring, begin_s: int, end_s: int, *, gop_s: int = 1, heard: bool = False) -> None:
    """Two pictures a second, a keyframe every ``gop_s``, and sound with each picture if wanted."""
    for half in range(2 * begin_s, 2 * end_s):
        opens = half % (2 * gop_s) == 0
        ring.put([key(half / 2) if opens else delta(half / 2)])
        if heard:
            ring.put([sound(half / 2)])


def times(packets: list[Packet], modality: Modality = Modality.VIDEO) -> list[float]:
    return [packet.pts_ns / S for packet in packets if packet.modality is modality]


def held(ring: Ring) -> list[Packet]:
    return ring.after(0)[0]


def test_what_no_decoder_could_begin_with_is_not_kept() -> None:
    ring = Ring(10)
    ring.put([delta(0.0)])
    ring.put([delta(0.1)])
    assert len(ring) == 0
    ring.put([key(0.2)])
    ring.put([delta(0.3)])
    assert times(held(ring)) == [0.2, 0.3]


def test_time_passes_and_old_pictures_go_a_whole_group_at_a_time() -> None:
    ring = Ring(3)
    film(ring, 0, 3, gop_s=2)
    assert times(held(ring))[0] == 0.0
    film(ring, 3, 5, gop_s=2)
    # The group that began at 0 s is needed for the picture of 1.5 s, which is three seconds old.
    assert times(held(ring))[0] == 0.0
    film(ring, 5, 6, gop_s=2)
    first, *rest = held(ring)
    assert first.keyframe
    assert times([first]) == [2.0]
    assert times(rest)[-1] == 5.5


def test_its_size_is_what_it_holds_and_never_more_than_it_may() -> None:
    ring = Ring(1000, max_bytes=1000)
    for second in range(20):
        ring.put([key(second, 150)])
        ring.put([delta(second + 0.5, 150)])
        assert ring.size_bytes == sum(len(packet.data) for packet in held(ring))
        assert ring.size_bytes <= 1000
    assert held(ring)[0].keyframe
    assert ring.newest_ns == round(19.5 * S)


@pytest.mark.promise("bad input 16")
def test_one_endless_group_of_pictures_does_not_fill_the_memory() -> None:
    ring = Ring(1000, max_bytes=1000)
    ring.put([key(0.0, 500)])
    ring.put([delta(0.1, 400)])
    # One too many: all of it goes, and the rest of the group is of no use to anybody.
    ring.put([delta(0.2, 400)])
    ring.put([delta(0.3, 400)])
    assert (len(ring), ring.size_bytes) == (0, 0)
    ring.put([key(0.4)])
    assert times(held(ring)) == [0.4]


def test_a_camera_that_only_listens_keeps_its_last_seconds_of_sound() -> None:
    ring = Ring(2)
    for tenth in range(100):
        ring.put([sound(tenth / 10)])
    heard = times(held(ring), Modality.AUDIO)
    assert heard[0] == pytest.approx(7.9)
    assert heard[-1] == pytest.approx(9.9)
    assert times(ring.cut(9 * S, 95 * S // 10), Modality.AUDIO) == [9.0, 9.1, 9.2, 9.3, 9.4, 9.5]


@pytest.mark.parametrize(
    ("start_s", "begins_s"),
    [(0.5, 0.0), (1.0, 1.0), (2.5, 2.0), (3.5, 3.0)],
    ids=["in the oldest group", "at a keyframe", "between keyframes", "in the newest group"],
)
def test_a_clip_begins_with_the_keyframe_before_its_start(start_s: float, begins_s: float) -> None:
    ring = Ring(30)
    film(ring, 0, 4)
    clip = ring.cut(round(start_s * S), 4 * S)
    assert clip[0].keyframe
    assert times(clip) == [half / 2 for half in range(round(2 * begins_s), 8)]


def test_a_moment_in_the_oldest_group_still_has_its_picture() -> None:
    ring = Ring(30)
    film(ring, 0, 4)
    assert times(ring.cut(S // 2, S // 2)) == [0.0, 0.5]


def test_a_picture_is_cut_with_the_later_one_that_it_refers_to() -> None:
    ring = Ring(30)
    # Decode order of a stream with B pictures: 0.4 is sent first, because 0.2 is made from it.
    for packet in (key(0.0), delta(0.4), delta(0.2), delta(0.8), delta(0.6), key(1.0)):
        ring.put([packet])
    assert times(ring.cut(round(0.2 * S), round(0.2 * S))) == [0.0, 0.4, 0.2]
    assert times(ring.cut(0, round(0.5 * S))) == [0.0, 0.4, 0.2]
    # A stamp that went back by seconds is no reordering, and brings nothing in.
    ring.put([delta(9.0)])
    ring.put([delta(0.1)])
    assert times(ring.cut(0, round(0.2 * S))) == [0.0, 0.4, 0.2, 0.8, 0.6, 1.0, 0.1]


def test_of_a_stretch_that_began_too_long_ago_the_rest_is_given() -> None:
    ring = Ring(2)
    film(ring, 0, 10)
    assert times(ring.cut(0, 8 * S)) == times(held(ring))[:-3]
    assert ring.cut(0, 5 * S) == []
    assert Ring(2).cut(0, 5 * S) == []


def test_sound_begins_where_the_picture_does() -> None:
    ring = Ring(30)
    # A camera may send the sound of a moment shortly before its picture, or after it.
    for at in (0.0, 1.0, 2.0, 3.0):
        ring.put([sound(at + 0.1)])
        ring.put([key(at)])
        ring.put([sound(at + 0.05)])
        ring.put([delta(at + 0.5)])
    clip = ring.cut(round(2.2 * S), 3 * S)
    assert times(clip) == [2.0, 2.5, 3.0]
    assert times(clip, Modality.AUDIO) == [2.1, 2.05]


def test_who_follows_it_gets_every_packet_once() -> None:
    ring = Ring(1000)
    film(ring, 0, 2)
    seen, number = ring.after(0)
    assert times(seen) == [0.0, 0.5, 1.0, 1.5]
    assert ring.after(number) == ([], number)
    film(ring, 2, 3)
    fresh, number = ring.after(number)
    assert times(fresh) == [2.0, 2.5]


def test_who_follows_too_slowly_gets_what_is_left() -> None:
    ring = Ring(1)
    film(ring, 0, 2)
    _, number = ring.after(0)
    film(ring, 2, 20)
    fresh, _ = ring.after(number)
    assert times(fresh) == times(held(ring))
    ring.clear()
    assert (len(ring), ring.size_bytes, ring.cut(0, 99 * S)) == (0, 0, [])
    assert ring.after(number)[0] == []


def test_a_clip_goes_on_where_its_cut_ended() -> None:
    ring = Ring(30)
    film(ring, 0, 2)
    clip, number = ring.follow(S, 9 * S)
    film(ring, 2, 3)
    assert times(clip + ring.after(number)[0]) == [1.0, 1.5, 2.0, 2.5]


def test_clips_are_cut_while_the_camera_goes_on() -> None:
    ring = Ring(2)
    film(ring, 0, 3, heard=True)
    done = threading.Event()

    def camera() -> None:
        second = 3
        while not done.is_set():
            film(ring, second, second + 1, heard=True)
            second += 1

    thread = threading.Thread(target=camera)
    thread.start()
    try:
        for _ in range(300):
            newest = ring.newest_ns
            clip = [p for p in ring.cut(newest - S, newest) if p.modality is Modality.VIDEO]
            # The camera may have left the stretch behind; half a clip would be no clip.
            assert not clip or clip[0].keyframe
    finally:
        done.set()
        thread.join()
