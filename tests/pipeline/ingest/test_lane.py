"""One camera within its worker: what it sends becomes samples, a ring of packets, and a state."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import av
import numpy as np
import pytest

from pipeline.config import AudioUse
from pipeline.messages import (
    FrameReady,
    LivePicture,
    NothingHappened,
    Seam,
    SoundReady,
)
from pipeline.records import NS_PER_S as S
from pipeline.sources import (
    SAMPLE_RATE,
    CameraRefused,
    CameraUnreachable,
    Discontinuity,
    Item,
    Opened,
    Packets,
    Sound,
)
from tests.pipeline.fakes.source import Script
from tests.pipeline.ingest.scene import (
    OPENED,
    PICTURE,
    SIZE,
    SOUND,
    WALL,
    Scene,
    came,
    packet,
    picture,
    sound,
)


def test_a_stretch_in_which_nothing_happens_is_told_and_not_sent(stack: ExitStack) -> None:
    silence = [Sound(second * S, WALL, np.zeros(SAMPLE_RATE, np.float32)) for second in range(30)]
    scene = Scene(stack, Script([OPENED, *silence]))
    scene.play()
    quiet = [message.quiet for message in scene.sent(NothingHappened)]
    assert len(quiet) + len(scene.sent(SoundReady)) == 30
    assert len(quiet) >= 15
    assert quiet[0].end_ns - quiet[0].pts_ns == S


def test_under_load_one_window_of_sound_in_so_many_is_sent(stack: ExitStack) -> None:
    scene = Scene(stack, Script([OPENED, *(sound(second) for second in range(9))]))
    scene.lane.sample_at(0.5, 3)
    scene.play()
    sent = [w.pts_ns / S + w.duration_ns / S for w in scene.sent(SoundReady)]
    assert sent == [1, 4, 7]
    assert scene.lane.pace.per_second == 0.5
    # What was left out is no quiet: nobody says that nothing was to be heard.
    assert scene.sent(NothingHappened) == []


def test_a_stream_that_is_read_late_is_behind_its_time(stack: ExitStack) -> None:
    now = time.monotonic()
    late = [came(packet(now - 9)), came(packet(now - 3)), picture(now - 4)]
    scene = Scene(stack, Script([OPENED, *late]))
    scene.play()
    assert 9 <= scene.lane.lag_s() < 60
    assert scene.lane.lag_s() == 0, "since it was asked last nothing came"
    scene = Scene(stack, Script([OPENED, *late]), url="file:/films/a.mp4", pace="fast")
    scene.play()
    assert scene.lane.lag_s() == 0


def test_the_end_of_a_film_is_heard_and_the_camera_has_ended(stack: ExitStack) -> None:
    scene = Scene(stack, Script([OPENED, sound(0), sound(1, 0.7)]))
    scene.play()
    # The feed's thread may be told to stop before it says that the film is over.
    scene.lane.ended()
    assert [w.duration_ns / S for w in scene.sent(SoundReady)] == pytest.approx([1, 1.7])
    assert scene.state().state == "ended"


def test_packets_go_into_the_ring_and_not_to_the_line(stack: ExitStack) -> None:
    items = [packet(0, keyframe=False), packet(1), packet(1.1, heard=True)]
    scene = Scene(stack, Script([OPENED, came(*items[:1]), came(*items[1:])]))
    scene.play()
    assert scene.lane.ring.after(0)[0] == items[1:]
    assert scene.channel.said == []
    assert scene.lane.progress == 3


def test_how_far_sound_and_picture_are_apart_is_measured(stack: ExitStack) -> None:
    items: list[Item] = [came(packet(9.0), packet(10.0)), sound(9.25, 0.5), picture(10.0)]
    scene = Scene(stack, Script([OPENED, *items]))
    scene.play()
    metrics = scene.metrics()
    assert metrics["av_skew_seconds()"] == pytest.approx(0.25)
    assert metrics["last_frame_timestamp_seconds(video)"] == WALL + 10


def test_a_picture_between_two_windows_of_sound_is_not_ahead_of_it(stack: ExitStack) -> None:
    one_breath = came(packet(10.0), packet(10.01, heard=True))
    items: list[Item] = [one_breath, sound(9.0), picture(10.0), came(packet(10.8)), picture(10.8)]
    scene = Scene(stack, Script([OPENED, *items]))
    scene.play()
    # Not 0.8 s: the sound of that moment waits for its window to be full.
    assert scene.metrics()["av_skew_seconds()"] == pytest.approx(0.0)


@pytest.mark.promise("fault 9")
@pytest.mark.parametrize(
    "seam", [Discontinuity("time stamps jumped", 2 * S), OPENED], ids=["a jump", "anew"]
)
def test_no_window_of_sound_reaches_across_a_seam(stack: ExitStack, seam: Item) -> None:
    scene = Scene(stack, Script([OPENED, sound(0), sound(1), seam, sound(2), sound(3)]))
    scene.play()
    assert [w.duration_ns / S for w in scene.sent(SoundReady)] == [1, 2, 1, 2]
    jumped = isinstance(seam, Discontinuity)
    assert scene.sent(Seam) == [Seam("yard", 2 * S)] * jumped, "and who judges is told"


def test_the_camera_s_state_follows_its_connection(stack: ExitStack) -> None:
    scene = Scene(stack, Script([]))
    lane = scene.lane
    assert scene.state().state == "connecting"
    lane.connecting()
    lane.failed(CameraUnreachable("yard: nobody answers"))
    assert (scene.state().state, scene.state().detail) == ("offline", "yard: nobody answers")
    lane.failed(CameraRefused("yard: wrong password"))
    assert scene.state().state == "refused"
    lane.take(Opened(PICTURE, None, ("sound codec qcelp is not accepted",)))
    assert lane.expects_more
    lane.take(picture(1))
    state = scene.state()
    assert (state.state, state.detail) == ("online", "sound codec qcelp is not accepted")
    assert (state.video, state.audio) == (True, False)


@pytest.mark.promise("fault 4")
@pytest.mark.parametrize(("late_s", "state"), [(0.0, "stalled"), (4.5, "offline")])
def test_what_is_handed_on_late_is_no_sign_of_life(
    stack: ExitStack, late_s: float, state: str
) -> None:
    """A reading that waits for more in vain hands on what it held when it is given up."""
    scene, came_at = Scene(stack, Script([])), time.time() - late_s
    scene.lane.take(Opened(PICTURE, SOUND))
    scene.lane.take(Packets((packet(1),), came_at))
    scene.lane.take(replace(picture(1), captured_at=came_at))
    scene.lane.take(replace(sound(1), captured_at=came_at))
    told = scene.lane.watch.look(time.monotonic() + 4.0, WALL)
    assert told is not None
    assert told.state == state


def test_a_fault_in_the_thread_is_kept_for_the_worker(stack: ExitStack) -> None:
    scene = Scene(stack, Script([OPENED, ZeroDivisionError("a bug in a decoder")]))
    (feed,) = scene.lane._feeds
    with pytest.raises(ZeroDivisionError):
        feed.run()
    assert isinstance(scene.lane.fault, ZeroDivisionError)


def test_while_somebody_looks_the_source_shows_pictures_for_people(stack: ExitStack) -> None:
    scene = Scene(stack, Script([OPENED]))
    scene.play()
    looker = scene.script.plans[0].looker
    assert looker is not None
    assert not looker.due()
    scene.lane.look()
    assert looker.due()
    frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), 90, np.uint8), "rgb24")
    looker.show(frame, pts_ns=S, captured_at=WALL, pixel_aspect=1.0)
    assert not looker.due()
    (live,) = scene.sent(LivePicture)
    jpeg = scene.lives.read(live.slot, live.generation, (live.size,), np.uint8)
    assert bytes(jpeg[:2]) == b"\xff\xd8"


# --- what is asked of the source -----------------------------------------------------------------


def test_one_connection_gives_everything(stack: ExitStack) -> None:
    scene = Scene(stack, Script([OPENED]))
    scene.play()
    (plan,) = scene.script.plans
    assert (plan.frame_size, plan.sound, plan.packets) == (SIZE, True, True)
    assert plan.address == "rtsp://camera/yard"


def test_a_camera_without_scored_sound_is_not_listened_to(stack: ExitStack) -> None:
    scene = Scene(stack, Script([OPENED]), audio="off")
    scene.play()
    assert scene.script.plans[0].sound is False


def test_what_nobody_listens_to_is_recorded_undecoded_or_not_even_fetched(
    stack: ExitStack,
) -> None:
    scenes = {use: Scene(stack, Script([OPENED]), front=None, audio=use) for use in AudioUse}
    for scene in scenes.values():
        scene.play()
    plans = {use: scene.script.plans[0] for use, scene in scenes.items()}
    assert not any(plan.sound for plan in plans.values())
    assert [use for use, plan in plans.items() if plan.wants_audio] == [AudioUse.RECORD]


@pytest.mark.promise("bad input 20")
def test_a_camera_of_which_only_sound_is_used_is_not_looked_at(stack: ExitStack) -> None:
    scene = Scene(stack, Script([OPENED, sound(0)]), video=False)
    scene.play()
    assert scene.script.plans[0].frame_size is None
    assert scene.script.plans[0].looker is None
    assert len(scene.sent(SoundReady)) == 1
    scene.lane.look()


class TwoStreams:
    """A camera with a large and a small stream, each with a script of its own."""

    def __init__(self, large: Script, small: Script) -> None:
        self.large, self.small = large, small

    def __call__(self, plan: Any) -> Script:
        return (self.small if plan.url else self.large)(plan)


def test_with_a_second_stream_one_is_watched_and_the_other_recorded(stack: ExitStack) -> None:
    large = Script([Opened(PICTURE, SOUND), came(packet(1)), sound(1)])
    small = Script([Opened(PICTURE, None), picture(1)])
    scene = Scene(
        stack,
        TwoStreams(large, small),  # type: ignore[arg-type]
        analysis_url="rtsp://camera/small",
    )
    scene.lane.start()
    assert large.all_played.wait(30)
    assert small.all_played.wait(30)
    scene.lane.join(30)
    (watched,), (recorded,) = small.plans, large.plans
    assert watched.address == "rtsp://camera/small"
    assert (watched.frame_size, watched.sound, watched.packets) == (SIZE, False, False)
    assert recorded.address == "rtsp://camera/yard"
    assert (recorded.frame_size, recorded.sound, recorded.packets) == (None, True, True)
    assert len(scene.sent(FrameReady)) == len(scene.sent(SoundReady)) == 1
    assert len(scene.lane.ring) == 1
    assert scene.lane.progress == 5
    assert watched.looker is not None
    assert recorded.looker is None


def test_what_befalls_the_watched_stream_does_not_tear_the_sound_of_the_other(
    stack: ExitStack,
) -> None:
    scene = Scene(
        stack,
        TwoStreams(Script([]), Script([])),  # type: ignore[arg-type]
        analysis_url="rtsp://camera/small",
    )
    watched, recorded = (feed._listener for feed in scene.lane._feeds)
    recorded.take(Opened(PICTURE, SOUND))
    recorded.take(sound(1.0, 0.5))
    watched.take(Discontinuity("the pictures jumped", 0))
    watched.take(Opened(PICTURE, None))
    recorded.take(sound(1.5, 0.5))
    assert len(scene.sent(SoundReady)) == 1


def test_the_watched_stream_speaks_for_the_camera(stack: ExitStack) -> None:
    large, small = Script([]), Script([])
    scene = Scene(
        stack,
        TwoStreams(large, small),  # type: ignore[arg-type]
        analysis_url="rtsp://camera/small",
    )
    watched, recorded = (feed._listener for feed in scene.lane._feeds)
    recorded.connecting()
    recorded.failed(CameraRefused("yard: wrong password"))
    recorded.take(Opened(PICTURE, SOUND, ("a note",)))
    recorded.ended()
    assert (scene.state().state, scene.state().detail) == ("connecting", "")
    watched.take(Opened(PICTURE, None))
    watched.take(picture(1))
    assert scene.state().state == "online"
