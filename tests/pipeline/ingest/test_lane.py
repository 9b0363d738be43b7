"""One camera within its worker: what it sends becomes samples in slots, and a ring of packets."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, TypeVar

import av
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.config import AudioUse, Camera, Media
from pipeline.ingest.lane import Lane
from pipeline.ingest.outlet import Meter, Outlet
from pipeline.log_mel import MelFront, RollingMel
from pipeline.messages import (
    AnyMessage,
    CameraPlan,
    CameraState,
    FrameReady,
    LivePicture,
    NothingHappened,
    Seam,
    SoundReady,
    StoreRef,
)
from pipeline.records import NS_PER_S as S
from pipeline.records import Modality
from pipeline.slots import SlotStore
from pipeline.sources import (
    SAMPLE_RATE,
    CameraRefused,
    CameraUnreachable,
    Decoded,
    Discontinuity,
    Item,
    Opened,
    Packet,
    Packets,
    Picture,
    Sound,
)
from pipeline.sources.base import AudioParameters, VideoParameters
from tests.pipeline.encoders import fakes
from tests.pipeline.fakes.source import Overheard, Script

M = TypeVar("M", bound=AnyMessage)

PICTURE, SOUND = VideoParameters("h264", 160, 120), AudioParameters("aac", 48_000, "mono")
#: Ahead of this host's clock, so that nothing is late by it.
WALL = 4_000_000_000.0
SIZE = (8, 16)
#: Of a model that hears five seconds.
FRONT = msgspec.structs.replace(fakes.FRONT, window=5 * SAMPLE_RATE)


def picture(at_s: float, brightness: int = 7, *regions: str) -> Picture:
    views = {"whole": np.full((*SIZE, 3), brightness, np.uint8)}
    views |= {name: np.full((*SIZE, 3), brightness + 1, np.uint8) for name in regions}
    return Picture(round(at_s * S), WALL + at_s, views)


def sound(at_s: float, seconds: float = 1.0, cleaned: int = 0) -> Sound:
    samples = np.full(round(seconds * SAMPLE_RATE), 0.1, np.float32)
    return Sound(round(at_s * S), WALL + at_s, samples, cleaned)


def packet(at_s: float, *, keyframe: bool = True, heard: bool = False) -> Packet:
    parameters = SOUND if heard else PICTURE
    modality = Modality.AUDIO if heard else Modality.VIDEO
    return Packet(modality, parameters, round(at_s * S), S // 25, keyframe, b"packet")


def came(*packets: Packet) -> Packets:
    return Packets(packets, time.time())


class Scene:
    """A lane whose camera is scripted, with the far ends of its stores."""

    def __init__(
        self,
        stack: ExitStack,
        script: Script,
        *,
        front: MelFront | None = FRONT,
        **settings: Any,
    ) -> None:
        url = settings.pop("url", "rtsp://camera/yard")
        camera = Camera.model_validate({"url": url, "audio": "score", **settings})
        self.frames = _store(stack, 4, SIZE[0] * SIZE[1] * 3)
        self.sounds = _store(stack, 4, FRONT.bands * FRONT.columns * 4)
        self.lives = _store(stack, 3, 10_000)
        self.channel, self.meter = Overheard(), Meter()
        outlet = Outlet(self.channel, self.meter)  # type: ignore[arg-type]
        plan = CameraPlan(
            camera="yard",
            settings=camera.model_dump_json(context={"reveal": True}).encode(),
            frames=StoreRef(self.frames.fd, 4, self.frames.slot_bytes),
            sounds=StoreRef(self.sounds.fd, 4, self.sounds.slot_bytes),
            frame_size=SIZE,
            sound_front=front,
            sound_hop_s=1.0,
            live=StoreRef(self.lives.fd, 3, self.lives.slot_bytes),
        )
        self.script = script
        self.lane = Lane(plan, Media(), outlet, self.meter, opener=script)

    def play(self) -> None:
        """Let the camera play its script to the end."""
        self.lane.start()
        assert self.script.all_played.wait(30)
        self.lane.stop()
        self.lane.join(30)

    def sent(self, kind: type[M]) -> list[M]:
        return [message for message in self.channel.said if isinstance(message, kind)]

    def seen(self, message: FrameReady) -> NDArray[np.generic]:
        shape = (message.height, message.width, 3)
        return self.frames.read(message.slot, message.generation, shape, np.uint8)

    def heard(self, message: SoundReady) -> NDArray[np.generic]:
        return self.sounds.read(
            message.slot, message.generation, (message.bands, message.columns), np.float32
        )

    def state(self) -> CameraState:
        self.lane.watch._said = None
        state = self.lane.watch.look(time.monotonic(), WALL)
        assert state is not None
        return state

    def metrics(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for sample in self.meter.drain():
            labels = ",".join(
                value for name, value in sorted(sample.labels.items()) if name != "camera"
            )
            found[f"{sample.name.removeprefix('hearsight_')}({labels})"] = sample.value
        return found


def _store(stack: ExitStack, slots: int, slot_bytes: int) -> SlotStore:
    fd = SlotStore.create("test", slots=slots, slot_bytes=slot_bytes)
    stack.callback(os.close, fd)
    return stack.enter_context(SlotStore(fd, slots=slots, slot_bytes=slot_bytes))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


OPENED = Opened(PICTURE, SOUND)


def test_each_view_of_a_picture_goes_out_in_a_slot_of_its_own(stack: ExitStack) -> None:
    scene = Scene(stack, Script([OPENED, picture(1, 7, "door"), picture(2, 50, "door")]))
    scene.play()
    frames = scene.sent(FrameReady)
    assert [(f.view, f.pts_ns / S, f.captured_at) for f in frames] == [
        ("whole", 1, WALL + 1),
        ("door", 1, WALL + 1),
        ("whole", 2, WALL + 2),
        ("door", 2, WALL + 2),
    ]
    assert [int(scene.seen(f).max()) for f in frames] == [7, 8, 50, 51]
    assert (frames[0].height, frames[0].width) == SIZE
    assert scene.metrics()["frames_total(sampled)"] == 2


def test_how_wide_a_view_was_before_it_was_squashed_goes_along(stack: ExitStack) -> None:
    door = {"left": 0.5, "top": 0.0, "width": 0.25, "height": 1.0}
    script = Script([OPENED, picture(1, 7, "door")])
    scene = Scene(stack, script, regions={"door": door})
    scene.play()
    assert [(f.view, f.aspect) for f in scene.sent(FrameReady)] == [
        ("whole", pytest.approx(4 / 3)),
        ("door", pytest.approx(1 / 3)),
    ]


def test_sound_becomes_windows_of_the_model_s_length(stack: ExitStack) -> None:
    scene = Scene(stack, Script([OPENED, *(sound(second) for second in range(7))]))
    scene.play()
    windows = scene.sent(SoundReady)
    assert [(w.pts_ns / S, w.duration_ns / S) for w in windows] == [
        (0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 5), (2, 5),
    ]  # fmt: skip
    # A model is always given a whole window: what is there is repeated.
    assert all((w.bands, w.columns) == FRONT.shape for w in windows)


def test_a_model_is_given_the_picture_of_what_was_heard(stack: ExitStack) -> None:
    noise = (0.1 * np.random.default_rng(0).standard_normal(9 * SAMPLE_RATE)).astype(np.float32)
    parts = [noise[at : at + SAMPLE_RATE // 2] for at in range(0, noise.size, SAMPLE_RATE // 2)]
    made = [Sound(k * S // 2, WALL + k / 2, part) for k, part in enumerate(parts)]
    scene = Scene(stack, Script([OPENED, *made]))
    scene.play()
    # The store holds the newest four.
    windows = scene.sent(SoundReady)[-4:]
    assert [w.pts_ns // S for w in windows] == [1, 2, 3, 4]
    for window in windows:
        begin = window.pts_ns // S * SAMPLE_RATE
        heard = RollingMel(FRONT).whole(noise[begin : begin + FRONT.window])
        np.testing.assert_allclose(scene.heard(window), heard, atol=1e-4)


def test_the_first_window_is_filled_by_repetition(stack: ExitStack) -> None:
    noise = (0.1 * np.random.default_rng(0).standard_normal(SAMPLE_RATE)).astype(np.float32)
    scene = Scene(stack, Script([OPENED, Sound(0, WALL, noise)]))
    scene.play()
    (window,) = scene.sent(SoundReady)
    repeated = RollingMel(FRONT).whole(np.tile(noise, 5))
    np.testing.assert_allclose(scene.heard(window), repeated, atol=1e-4)


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


def test_a_line_that_is_behind_costs_samples_that_are_counted(stack: ExitStack) -> None:
    scene = Scene(stack, Script([OPENED, picture(1), picture(2), sound(1)]))
    scene.channel.full = True
    scene.play()
    metrics = scene.metrics()
    assert metrics["dropped_total(encoder_behind,worker)"] == 3
    assert "sent_total(worker)" not in metrics
    assert set(scene.channel.patience) == {0.0}, "a live camera waits for nobody"


def test_a_file_that_is_read_as_fast_as_it_can_be_waits_for_the_line(stack: ExitStack) -> None:
    film = {"url": "file:/films/yard.mp4", "pace": "fast"}
    scene = Scene(stack, Script([OPENED, picture(1), sound(1)]), **film)
    scene.play()
    assert min(scene.channel.patience) >= 5
    assert scene.metrics()["sent_total(worker)"] == 2


def test_what_a_decoder_made_and_withheld_is_counted(stack: ExitStack) -> None:
    items: list[Item] = [Decoded(20, 0), Decoded(5, 3), sound(0, cleaned=17)]
    scene = Scene(stack, Script([OPENED, *items]))
    scene.play()
    metrics = scene.metrics()
    assert metrics["frames_total(decoded)"] == 25
    assert metrics["damaged_total()"] == 3
    assert metrics["dropped_total(sound_not_finite,worker)"] == 17


def test_damage_is_counted_by_what_told_it_and_the_camera_says_so(stack: ExitStack) -> None:
    items: list[Item] = [
        Decoded(20, 0),
        Decoded(9, 4, signs=("lost", "decoder", "lost"), muted=True),
        picture(2),
    ]
    scene = Scene(stack, Script([]))
    for item in (OPENED, *items):
        scene.lane.take(item)
    metrics = scene.metrics()
    assert metrics["damage_total(lost)"] == 2
    assert metrics["damage_total(decoder)"] == 1
    assert metrics["picture_muted()"] == 1
    assert "damaged pictures are withheld" in scene.state().detail


def test_pictures_that_are_shown_again_are_muted_no_more(stack: ExitStack) -> None:
    items: list[Item] = [Decoded(9, 4, signs=("lost",), muted=True), Decoded(20, 0), picture(2)]
    scene = Scene(stack, Script([OPENED, *items]))
    scene.play()
    assert scene.metrics()["picture_muted()"] == 0


def test_a_check_that_is_not_believed_is_told_of(stack: ExitStack) -> None:
    scene = Scene(stack, Script([]))
    for item in (OPENED, Decoded(9, 0, dismissed=("numbers",)), picture(2)):
        scene.lane.take(item)
    assert scene.metrics()["check_dismissed(numbers)"] == 1
    assert "its numbers check is off" in scene.state().detail


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


@pytest.mark.promise("fault 9")
def test_a_camera_whose_time_jumps_all_the_time_does_not_fill_the_log(
    stack: ExitStack, capsys: pytest.CaptureFixture[str]
) -> None:
    jumps = [Discontinuity("time stamps jumped", at * S) for at in range(50)]
    scene = Scene(stack, Script([OPENED, *jumps]))
    scene.play()
    assert capsys.readouterr().out.count("discontinuity") == 1
    assert len(scene.sent(Seam)) == 50


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
