"""The encoder takes samples out of slots and gives embeddings back, in batches across cameras."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

import pipeline.encoder_loop
from pipeline.channel import Channel, ChannelClosed
from pipeline.encoder_loop import Batches, EncoderLoop
from pipeline.encoders.base import EncoderError, NotFiniteError
from pipeline.encoders.towers import Pending
from pipeline.messages import AnyMessage, Embedded, FollowCameras, FrameReady, Heartbeat, Outboxed
from pipeline.movement import DIM
from pipeline.records import Embedding, Modality
from tests.pipeline.encoders.fakes import FakeSight, FakeSound
from tests.pipeline.fakes.at_work import AtWork
from tests.pipeline.sampled import SIDE, SLOTS, Cameras, cameras

__all__ = ["cameras"]


class Sight(FakeSight):
    """Remembers how large its batches were; breaks when a picture is as bright as told."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []
        #: Picture of this brightness: the model fails with this error.
        self.poison: dict[int, Exception] = {}
        self.most_at_once = 1000
        self.says = "CUDA out of memory. Tried to allocate 2 GiB"

    def encode_images(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.batches.append(len(pixels))
        if len(pixels) > self.most_at_once:
            raise RuntimeError(self.says)
        for brightness in pixels[:, 0, 0, 0].tolist():
            if brightness in self.poison:
                raise self.poison[brightness]
        return super().encode_images(pixels)


class Slow(FakeSight):
    """Takes ``seconds`` for each batch."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def encode_images(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        time.sleep(self.seconds)
        return super().encode_images(pixels)


class Mover(FakeSight):
    """Adds the readings' first number to the last of a row, and remembers what it was told."""

    reads_movement = True

    def __init__(self) -> None:
        super().__init__()
        self.told: list[float] = []

    def with_movement(
        self, rows: NDArray[np.float32], readings: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        self.told += readings[:, 0].tolist()
        moved = rows.copy()
        moved[:, -1] += np.nan_to_num(readings[:, 0])
        return moved


@pytest.fixture(autouse=True)
def quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline.encoder_loop, "HEARTBEAT_S", 0.2)


class Encoding:
    """An encoder's loop that is given all at once what came while it was busy."""

    def __init__(
        self, cameras: Cameras, sight: FakeSight | None, sound: FakeSound | None, **settings: Any
    ) -> None:
        settings = {"batch": 4, "deadline": 0.05, **settings}
        self.start = cameras.start(Path(), **settings)
        self.batches = Batches(settings["batch"], settings["deadline"])
        self.sight, self.sound = sight, sound
        self.counts: dict[str, float] = {}
        #: What gauges of a stage showed, one after the other.
        self.gauges: dict[tuple[str, str], list[float]] = {}

    def work(self, *messages: AnyMessage) -> list[Embedding]:
        """What it makes of ``messages`` that wait for it, until nothing is left to be done."""

        def loop(channel: Channel) -> None:
            EncoderLoop(channel, self.start, self.batches, self.sight, self.sound).run()

        made: list[Embedding] = []
        with AtWork(loop, *messages) as encoder:
            try:
                # A heartbeat without news after one with news: all of it is done.
                while not self.counts or encoder.beats[-1].metrics:
                    message = encoder.channel.receive(timeout_s=20.0)
                    assert message is not None
                    if isinstance(message, Embedded):
                        made.append(message.embedding)
                    if isinstance(message, Heartbeat):
                        encoder.beats.append(message)
                        self._count(message)
                encoder.stop()
            except ChannelClosed:
                encoder.join()
        if encoder.ended_by is not None:
            raise encoder.ended_by
        return made

    def _count(self, message: Heartbeat) -> None:
        for sample in message.metrics:
            if sample.name in ("hearsight_load", "hearsight_waiting_seconds"):
                self.gauges.setdefault((sample.name, sample.labels["stage"]), []).append(
                    sample.value
                )
            key = f"{sample.name.removeprefix('hearsight_')}/{sample.labels.get('reason', '')}"
            self.counts[key] = self.counts.get(key, 0.0) + sample.value


def test_a_picture_becomes_an_embedding_that_says_whose_it_is(cameras: Cameras) -> None:
    encoding = Encoding(cameras, FakeSight(), None)
    (made,) = encoding.work(cameras.shows("yard", 255, view="door", at=77))
    assert (made.camera, made.view, made.modality) == ("yard", "door", Modality.VIDEO)
    assert (made.pts_ns, made.duration_ns, made.captured_at) == (77, 0, 7.7)
    assert made.model == FakeSight.model_id
    pixels = np.full((1, SIDE, SIDE, 3), 255, np.uint8)
    assert np.allclose(made.vector, FakeSight().encode_images(pixels)[0])
    assert encoding.counts["received_total/"] == encoding.counts["sent_total/"] == 1


def test_what_was_seen_and_heard_at_once_wakes_the_judge_once(cameras: Cameras) -> None:
    start = cameras.start(Path(), batch=4)
    batches = Batches(4, 0.2)
    waiting = [cameras.shows("yard", 1), cameras.sounds_like("gate", 0.5), cameras.shows("gate", 2)]

    def loop(channel: Channel) -> None:
        EncoderLoop(channel, start, batches, FakeSight(), FakeSound()).run()

    with AtWork(loop, *waiting) as encoder:
        packets: list[list[Modality]] = []
        while sum(len(packet) for packet in packets) < len(waiting):
            try:
                told = encoder.channel.take() or []
            except BlockingIOError:
                time.sleep(0.01)
                continue
            if senses := [m.embedding.modality for m in told if isinstance(m, Embedded)]:
                packets.append(senses)
        encoder.stop()
    assert packets == [[Modality.VIDEO, Modality.VIDEO, Modality.AUDIO]]


def test_how_a_picture_moved_goes_into_its_embedding(cameras: Cameras) -> None:
    sight = Mover()
    moved = msgspec.structs.replace(
        cameras.shows("yard", 7, at=1), movement=np.full(DIM, 3.5, np.float32).tobytes()
    )
    one, other = Encoding(cameras, sight, None).work(moved, cameras.shows("yard", 7, at=2))
    assert sight.told[0] == 3.5
    assert np.isnan(sight.told[1]), "of the first pictures nobody knows how they move"
    assert one.vector[-1] == pytest.approx(other.vector[-1] + 3.5)


def test_one_picture_of_many_goes_along_as_the_camera_shows_it(cameras: Cameras) -> None:
    import cv2

    second = 1_000_000_000
    first = msgspec.structs.replace(cameras.shows("yard", 200, at=second), aspect=2.0)
    same = cameras.shows("yard", 200, at=4 * second)
    sound = cameras.sounds_like("yard", 0.5, at=second)
    made = Encoding(cameras, FakeSight(), FakeSound()).work(first, same, sound)
    pictures = {(one.modality, one.pts_ns): one.thumbnail for one in made}
    assert pictures[Modality.VIDEO, 4 * second] == pictures[Modality.AUDIO, second] == b""
    shown = cv2.imdecode(
        np.frombuffer(pictures[Modality.VIDEO, second], np.uint8), cv2.IMREAD_COLOR
    )
    assert shown is not None
    assert shown.shape == (120, 240, 3)
    assert abs(int(shown.mean()) - 200) < 5


def test_a_window_of_sound_does_too(cameras: Cameras) -> None:
    (made,) = Encoding(cameras, None, FakeSound()).work(cameras.sounds_like("gate", 0.5, at=9))
    assert (made.camera, made.view, made.modality) == ("gate", "whole", Modality.AUDIO)
    assert (made.pts_ns, made.duration_ns) == (9, 1_000_000_000)
    assert made.vector.shape == (8,)


def test_pictures_of_several_cameras_share_a_batch(cameras: Cameras) -> None:
    sight = Sight()
    messages = [cameras.shows(name, level) for level in (1, 2, 3) for name in ("yard", "gate")]
    made = Encoding(cameras, sight, FakeSound()).work(*messages)
    assert sight.batches == [4, 2]
    assert [one.camera for one in made] == ["yard", "gate"] * 3


def test_sound_and_picture_do_not_wait_for_each_other(cameras: Cameras) -> None:
    picture, sound = cameras.shows("yard", 1), cameras.sounds_like("yard", 0.1)
    made = Encoding(cameras, FakeSight(), FakeSound()).work(picture, sound)
    assert {one.modality for one in made} == {Modality.VIDEO, Modality.AUDIO}


def test_a_slot_that_was_written_again_costs_its_own_sample_only(cameras: Cameras) -> None:
    overtaken = cameras.shows("yard", 1)
    for level in range(SLOTS):
        cameras.shows("yard", level)
    encoding = Encoding(cameras, FakeSight(), None)
    made = encoding.work(overtaken, cameras.shows("gate", 5))
    assert [one.camera for one in made] == ["gate"]
    assert encoding.counts["dropped_total/overwritten"] == 1


def test_what_nobody_wants_is_dropped_and_counted(cameras: Cameras) -> None:
    encoding = Encoding(cameras, FakeSight(), None)
    stranger = FrameReady("attic", "whole", 0, 2, SIDE, SIDE, 1, 1.0)
    made = encoding.work(stranger, cameras.sounds_like("yard", 0.1), Outboxed())
    assert made == []
    assert encoding.counts["dropped_total/not_wanted"] == 2


def test_an_encoder_that_is_behind_keeps_the_newest(cameras: Cameras) -> None:
    sight = Sight()
    encoding = Encoding(cameras, sight, None, batch=1)
    made = encoding.work(*(cameras.shows("yard", level, at=level) for level in range(11)))
    # Eight are held; that is as many as were waiting when it looked.
    assert [one.pts_ns for one in made] == list(range(3, 11))
    assert encoding.counts["dropped_total/queue_full"] == 3


def test_what_waited_too_long_behind_a_slow_batch_is_given_up(
    cameras: Cameras, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.encoder_loop, "_TOO_OLD_S", 1.0)
    sight = Slow(1.2)
    encoding = Encoding(cameras, sight, None, batch=1)
    made = encoding.work(*(cameras.shows("yard", level, at=level) for level in range(4)))
    assert [one.pts_ns for one in made] == [0]
    assert encoding.counts["dropped_total/too_old"] == 3
    loads = encoding.gauges["hearsight_load", "encoder_video"]
    assert max(loads) > 0.5
    assert loads[-1] == 0, "idle again, and it says so"
    assert max(encoding.gauges["hearsight_waiting_seconds", "encoder_video"]) > 0


@pytest.mark.parametrize("error", [NotFiniteError("no number"), EncoderError("broken")])
def test_a_batch_that_cannot_be_embedded_is_lost_and_the_next_is_not(
    cameras: Cameras, error: Exception
) -> None:
    sight = Sight()
    sight.poison[99] = error
    encoding = Encoding(cameras, sight, None, batch=2)
    made = encoding.work(
        cameras.shows("yard", 99), cameras.shows("yard", 1),
        cameras.shows("gate", 1), cameras.shows("gate", 2),
    )  # fmt: skip
    assert [one.camera for one in made] == ["gate", "gate"]
    assert encoding.counts["errors_total/encode"] == 1


@pytest.mark.promise("fault 17")
@pytest.mark.parametrize(
    "says",
    [
        "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 23.65 GiB",
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
    ],
)
def test_a_device_without_memory_gets_smaller_batches(cameras: Cameras, says: str) -> None:
    sight = Sight()
    sight.most_at_once, sight.says = 1, says
    encoding = Encoding(cameras, sight, None, batch=4)
    made = encoding.work(*(cameras.shows("yard", level, at=level) for level in range(4)))
    assert [one.pts_ns for one in made] == [0, 1, 2, 3]
    assert sight.batches == [4, 2, 1, 1, 1, 1]
    assert encoding.counts["errors_total/out_of_memory"] == 2
    assert "dropped_total/out_of_memory" not in encoding.counts


@pytest.mark.promise("fault 17")
def test_without_memory_for_a_single_picture_it_goes_on(cameras: Cameras) -> None:
    sight = Sight()
    sight.most_at_once = 0
    encoding = Encoding(cameras, sight, FakeSound(), batch=1)
    made = encoding.work(cameras.shows("yard", 1), cameras.sounds_like("yard", 0.1))
    assert [one.modality for one in made] == [Modality.AUDIO]
    assert encoding.counts["dropped_total/out_of_memory"] == 1


class Device(FakeSight):
    """Works beside the CPU, on two batches at most; remembers what was done in which order."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        #: Batches that are too large when their rows are fetched.
        self.most_at_once = 1000
        self.shrunk: list[int] = []
        self._rooms = [np.zeros((8, SIDE, SIDE, 3), np.uint8) for _ in range(2)]
        self._begun = 0

    def room(self, n: int) -> NDArray[np.uint8]:
        return self._rooms[self._begun % 2][:n]

    def begin(self, items: NDArray[np.uint8]) -> Pending:
        assert np.shares_memory(items, self.room(len(items))), "copied once more"
        self._begun += 1
        self.done.append(f"begin {self._begun}")
        return Started(self, items, self._begun)

    def shrink(self, most: int) -> None:
        self.shrunk.append(most)


class Started:
    """Looks at its pictures when its rows are fetched: whoever wrote over them is found out."""

    ready = False

    def __init__(self, device: Device, items: NDArray[np.uint8], number: int) -> None:
        self.device, self.items, self.number = device, items, number

    def result(self) -> NDArray[np.float32]:
        if len(self.items) > self.device.most_at_once:
            raise RuntimeError("CUDA out of memory")
        self.device.done.append(f"rows {self.number}")
        return self.device.encode_images(self.items)


def brightness_of(made: Sequence[Embedding]) -> list[int]:
    levels = np.stack([np.full((SIDE, SIDE, 3), level, np.uint8) for level in range(256)])
    rows = FakeSight().encode_images(levels)
    return [int((rows @ one.vector).argmax()) for one in made]


def test_a_batch_is_filled_in_while_the_device_works_on_the_one_before(cameras: Cameras) -> None:
    device = Device()
    encoding = Encoding(cameras, device, None, batch=2)
    levels = [0, 50, 100, 150, 200, 250]
    made = encoding.work(*(cameras.shows("yard", level) for level in levels))
    assert device.done == ["begin 1", "begin 2", "rows 1", "begin 3", "rows 2", "rows 3"]
    assert brightness_of(made) == levels, "each with the rows of its own picture"
    assert encoding.counts["sent_total/"] == encoding.counts["received_total/"] == 6


@pytest.mark.promise("fault 17")
def test_memory_that_runs_out_on_the_device_costs_no_picture(cameras: Cameras) -> None:
    device = Device()
    device.most_at_once = 2
    encoding = Encoding(cameras, device, None, batch=4)
    levels = [0, 30, 60, 90, 120, 150, 180, 210]
    messages = [
        cameras.shows(name, level) for level, name in zip(levels, ("yard", "gate") * 4, strict=True)
    ]
    made = encoding.work(*messages)
    assert sorted(brightness_of(made)) == levels
    assert device.shrunk[0] == 2
    assert encoding.counts["errors_total/out_of_memory"] >= 1


def test_a_picture_of_another_size_is_refused_by_name(cameras: Cameras) -> None:
    encoding = Encoding(cameras, FakeSight(), None)
    odd = msgspec.structs.replace(cameras.shows("yard", 9), height=SIDE // 2)
    assert encoding.work(odd) == []
    assert encoding.counts["errors_total/encode"] == 1


@pytest.mark.promise("fault 18")
def test_a_fault_that_nobody_knows_ends_the_process(cameras: Cameras) -> None:
    sight = Sight()
    sight.poison[1] = RuntimeError("CUDA error: device-side assert triggered")
    with pytest.raises(RuntimeError, match="device-side assert"):
        Encoding(cameras, sight, None).work(cameras.shows("yard", 1))


def test_a_camera_that_leaves_is_embedded_no_more(cameras: Cameras) -> None:
    """One of its pictures waits as it leaves, another comes late; the others are not disturbed."""
    encoding = Encoding(cameras, FakeSight(), FakeSound())
    stay = {"yard": encoding.start.frames["yard"]}
    gone = cameras.shows("gate", 10, at=1)

    made = encoding.work(
        gone, FollowCameras(stay, {}), cameras.shows("gate", 20, at=2), cameras.shows("yard", 30)
    )

    assert [embedding.camera for embedding in made] == ["yard"]
