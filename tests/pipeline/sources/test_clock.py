"""A camera's clock is anything; the line's runs on, and never ahead of what has arrived."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import pytest

from pipeline.records import NS_PER_S as S
from pipeline.records import Modality
from pipeline.sources.clock import FileClock, LiveClock, Stamp

MS = S // 1000
V, A = Modality.VIDEO, Modality.AUDIO


class Camera:
    """Sends a packet of each stream every 40 ms; its stamps begin anywhere.

    ``now`` is the host's clock. What a packet's stamp says and when it comes are told by
    ``base`` (stamp at the host's zero), ``rate`` (of the camera's clock) and ``late`` (a delay).
    """

    def __init__(self, *, base: int = -123 * S, streams: tuple[Modality, ...] = (V,)) -> None:
        self.clock = LiveClock()
        self.now = 1000 * S
        self.base = base
        self.rate = 1.0
        self.late = 0
        self.streams = streams

    def taken_at(self) -> int:
        """The camera's stamp of what it shows at present."""
        return self.base + round(self.now * self.rate)

    def send(self, seconds: float) -> list[tuple[Modality, int, Stamp]]:
        """Return each packet's stream, when it was taken, and its stamp."""
        return list(self._send(seconds))

    def _send(self, seconds: float) -> Iterator[tuple[Modality, int, Stamp]]:
        for _ in range(round(seconds * 25)):
            for modality in self.streams:
                pts, arrival = self.taken_at(), self.now + self.late
                if self.clock.settled:
                    yield modality, self.now, self.clock.stamp(modality, pts, arrival)
                else:
                    self.clock.observe(pts, arrival)
            self.now += 40 * MS

    def error(self, sent: list[tuple[Modality, int, Stamp]]) -> float:
        """How far the last stamp is from when the packet was taken, in seconds."""
        _, taken, stamp = sent[-1]
        return (stamp.pts_ns - taken) / S


def stamps(sent: list[tuple[Modality, int, Stamp]]) -> list[int]:
    return [stamp.pts_ns for _, _, stamp in sent]


def test_half_a_second_of_arrivals_makes_the_clock() -> None:
    camera = Camera()
    assert camera.send(0.5) == []
    assert not camera.clock.settled
    sent = camera.send(0.52)
    assert camera.clock.settled
    assert camera.error(sent) == 0.0


def test_the_packet_that_waited_least_tells_the_offset() -> None:
    camera, rng = Camera(), random.Random(1)
    for _ in range(200):
        camera.late = rng.randrange(0, 200) * MS
        sent = camera.send(0.04)
    assert abs(camera.error(sent)) < 0.02
    assert camera.clock.restamped == 0


def test_one_wild_stamp_at_the_beginning_is_not_believed() -> None:
    camera = Camera()
    camera.send(0.2)
    camera.clock.observe(camera.taken_at() + 1_000_000 * S, camera.now)
    assert camera.error(camera.send(1)) == 0.0


def test_stamps_grow_with_the_pictures_and_sound_stays_with_them() -> None:
    camera = Camera(streams=(V, A))
    camera.send(1)
    sent = camera.send(10)
    of = {m: [s.pts_ns for modality, _, s in sent if modality is m] for m in (V, A)}
    assert of[V] == of[A]
    assert of[V] == sorted(set(of[V]))


def test_pictures_that_were_reordered_keep_their_own_times() -> None:
    camera = Camera()
    camera.send(1)
    at = camera.taken_at()
    shown = [camera.clock.stamp(V, at + shift * MS, camera.now) for shift in (0, -40, -80, 40)]
    zero = shown[0].pts_ns
    assert [stamp.pts_ns - zero for stamp in shown] == [0, -40 * MS, -80 * MS, 40 * MS]
    assert camera.clock.restamped == 0


@pytest.mark.promise("fault 9")
def test_a_first_stamp_that_is_hours_behind_is_bridged_like_any_other() -> None:
    camera = Camera()
    while not camera.clock.settled:
        camera.clock.observe(camera.taken_at(), camera.now)
        camera.now += 40 * MS
    wrong = camera.clock.stamp(V, camera.taken_at() - 7200 * S, camera.now)
    assert wrong == Stamp(camera.now)
    assert camera.clock.restamped == 1
    camera.now += 40 * MS
    assert abs(camera.error(camera.send(1))) < 0.1, "and it is forgotten"


def test_a_server_that_begins_with_pictures_of_the_last_seconds_is_believed() -> None:
    camera = Camera()
    old = [camera.taken_at() - 8 * S + 40 * MS * k for k in range(200)]
    for pts in old:
        camera.clock.observe(pts, camera.now)
    camera.now += 600 * MS
    camera.clock.observe(camera.taken_at(), camera.now)
    # As the reader does: what came before the clock was known is stamped once it is.
    stamped = [camera.clock.stamp(V, pts, camera.now - 600 * MS) for pts in old]
    assert not any(stamp.jumped for stamp in stamped)
    assert camera.clock.restamped == 0


def test_a_stream_whose_clock_is_another_from_its_first_packet_on_is_anchored_by_itself() -> None:
    camera = Camera()
    camera.send(1)
    sound = []
    for _ in range(10):
        sound.append(camera.clock.stamp(A, camera.taken_at() - 7200 * S, camera.now))
        camera.now += 40 * MS
    assert [stamp.jumped for stamp in sound].count(True) == 1
    assert all(abs(stamp.pts_ns - camera.now) < S for stamp in sound)


@pytest.mark.promise("bad input 17", "fault 9")
@pytest.mark.parametrize(
    "wrong", [-3600 * S, 3600 * S, 2**33 * 11_111], ids=["past", "soon", "far"]
)
def test_a_single_stamp_that_cannot_be_is_bridged(wrong: int) -> None:
    camera = Camera()
    before = camera.send(2)
    bridged = camera.clock.stamp(V, camera.taken_at() + wrong, camera.now)
    assert not bridged.jumped
    assert stamps(before)[-1] < bridged.pts_ns <= camera.now
    camera.now += 40 * MS
    after = camera.send(2)
    assert not any(stamp.jumped for _, _, stamp in after)
    assert camera.error(after) == 0.0
    assert camera.clock.restamped == 1


@pytest.mark.promise("fault 9")
def test_a_stamp_that_cannot_be_is_bridged_in_step_though_packets_are_read_many_at_a_time() -> None:
    camera = Camera()
    camera.send(2)
    told: list[int] = []
    for burst in range(3):
        # Five pictures lie there to be read; of the second five the first strays.
        taken = [camera.taken_at() + place * 40 * MS for place in range(5)]
        camera.now += 200 * MS
        if burst == 1:
            taken[0] += 3 * 3600 * S
        told += [camera.clock.stamp(V, pts, camera.now).pts_ns for pts in taken]
    steps = [after - before for before, after in itertools.pairwise(told)]
    assert all(0 < step <= 80 * MS for step in steps), steps
    assert camera.clock.restamped == 1


@pytest.mark.promise("bad input 17", "fault 9")
@pytest.mark.parametrize("step", [-100_000 * S, 100_000 * S, 5 * S], ids=["back", "on", "a little"])
def test_a_camera_whose_clock_was_set_is_anchored_again_and_says_so(step: int) -> None:
    camera = Camera(streams=(V, A))
    camera.send(5)
    camera.base += step
    sent = camera.send(5)
    assert sum(stamp.jumped for _, _, stamp in sent) == 2, "once per stream"
    assert all(stamp.jumped is False for _, _, stamp in sent[50:])
    assert camera.error(sent) == pytest.approx(0, abs=0.05)
    # Sound and picture made the same step, and stay together exactly.
    (_, _, picture), (_, _, heard) = sent[-2:]
    assert picture.pts_ns == heard.pts_ns


def test_nothing_is_ever_stamped_far_ahead_of_its_arrival() -> None:
    camera, rng = Camera(streams=(V, A)), random.Random(7)
    for _ in range(150):
        if rng.random() < 0.1:
            camera.base += rng.randrange(-50, 50) * S
        for _, taken, stamp in camera.send(0.2):
            assert stamp.pts_ns <= taken + S


def test_a_camera_clock_that_runs_fast_or_slow_is_followed_without_a_jump() -> None:
    for rate in (1.0005, 0.9995):
        camera = Camera(streams=(V, A))
        camera.rate = rate
        camera.base = -round(camera.now * (rate - 1))
        # Five minutes at 500 ppm: 150 ms if nobody followed.
        sent = camera.send(300)
        assert abs(camera.error(sent)) < 0.03
        assert not any(stamp.jumped for _, _, stamp in sent)
        assert stamps(sent) == sorted(stamps(sent))


def test_sound_that_sets_in_late_joins_the_picture_of_its_moment() -> None:
    camera = Camera()
    camera.rate = 1.001
    camera.base = -round(camera.now * 0.001)
    camera.send(120)
    camera.streams = (V, A)
    sent = camera.send(1)
    (_, _, picture), (_, _, heard) = sent[-2:]
    assert picture.pts_ns == heard.pts_ns
    # And both are followed from then on.
    assert abs(camera.error(camera.send(120))) < 0.05


def test_lateness_is_first_taken_for_a_delay_and_then_for_a_pause() -> None:
    camera = Camera()
    camera.send(30)
    # The network holds every packet back for three seconds: for a while the times stay true.
    camera.late = 3 * S
    held_up = camera.send(10)
    assert camera.error(held_up) == 0.0
    assert not any(stamp.jumped for _, _, stamp in held_up)
    # Without end it was no delay: the camera had stopped, and went on.
    sent = camera.send(40)
    assert sum(stamp.jumped for _, _, stamp in sent) == 1
    assert camera.error(sent) == pytest.approx(3.0, abs=0.05)


def test_a_file_runs_on_its_own_time_and_each_round_follows_the_last() -> None:
    first, second = FileClock(7 * S, 0), FileClock(7 * S, 60 * S)
    assert first.settled
    first.observe(7 * S, 99 * S)
    assert first.stamp(V, 7 * S, 99 * S) == Stamp(0)
    assert first.stamp(A, 8 * S, 0) == Stamp(1 * S)
    assert second.stamp(V, 7 * S, 0) == Stamp(60 * S)


@pytest.mark.promise("bad input 17")
def test_a_flood_of_packets_whose_time_stands_still_does_not_fill_the_memory() -> None:
    camera = Camera()
    camera.send(1.0)
    stood = camera.taken_at()
    for step in range(100_000):
        camera.clock.stamp(V, stood, camera.now + step * MS // 10)
    assert len(camera.clock._recent) <= 20 * 100 + 2
