"""Live pictures are made while somebody looks: masked, in their right shape, and cheap."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.ingest.live import EVERY_S, SIDE, WATCHED_S, LiveView, PictureTooLarge, jpeg_within
from pipeline.ingest.outlet import Meter, Outlet
from pipeline.messages import LivePicture
from pipeline.slots import SlotStore
from tests.pipeline.fakes.source import Overheard

ROOM = 64 << 10


def frame(width: int, height: int, level: int = 200) -> av.VideoFrame:
    pixels = np.full((height, width, 3), level, np.uint8)
    return av.VideoFrame.from_ndarray(pixels, "rgb24").reformat(format="yuv420p")


def noise(width: int, height: int) -> av.VideoFrame:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    return av.VideoFrame.from_ndarray(pixels, "rgb24")


class Looked:
    """A camera's live view, with the far ends of its store and its channel."""

    def __init__(self, stack: ExitStack, masks: list[list[tuple[float, float]]]) -> None:
        fd = SlotStore.create("live", slots=3, slot_bytes=ROOM)
        stack.callback(os.close, fd)
        store = stack.enter_context(SlotStore(fd, slots=3, slot_bytes=ROOM))
        self.store = stack.enter_context(SlotStore(fd, slots=3, slot_bytes=ROOM))
        self.channel, self.meter, self.now = Overheard(), Meter(), 100.0
        outlet = Outlet(self.channel, self.meter)  # type: ignore[arg-type]
        self.view = LiveView("yard", masks, store, outlet, self.meter, clock=lambda: self.now)

    def show(self, frame: av.VideoFrame, pixel_aspect: float = 1.0) -> None:
        self.view.show(frame, pts_ns=7, captured_at=1.5e9, pixel_aspect=pixel_aspect)

    def seen(self) -> NDArray[np.uint8]:
        """The newest picture as people see it, (H, W, 3) BGR."""
        told = self.channel.said[-1]
        assert isinstance(told, LivePicture)
        data = self.store.read(told.slot, told.generation, (told.size,), np.uint8)
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

    def failures(self) -> float:
        name = "hearsight_errors_total"
        return sum(s.value for s in self.meter.drain() if s.name == name)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def looked(stack: ExitStack) -> Looked:
    return Looked(stack, [])


def test_nobody_looks_and_nothing_is_wanted(looked: Looked) -> None:
    assert not looked.view.due()


def test_while_somebody_looks_there_is_one_a_second_and_then_no_more(looked: Looked) -> None:
    looked.view.watch()
    made = []
    for step in range(int(2 * WATCHED_S * 25)):
        looked.now = 100.0 + step / 25
        if looked.view.due():
            made.append(looked.now)
            looked.show(frame(64, 48))
    gaps = np.diff(made)
    assert made[0] == 100.0
    assert 0.9 * EVERY_S <= gaps.min() <= gaps.max() <= 1.1 * EVERY_S
    assert WATCHED_S - 1.1 <= made[-1] - made[0] <= WATCHED_S
    assert len(looked.channel.said) == len(made)


def test_a_picture_tells_its_time_and_lies_in_its_slot(looked: Looked) -> None:
    looked.show(frame(64, 48))
    (told,) = looked.channel.said
    assert isinstance(told, LivePicture)
    assert (told.camera, told.pts_ns, told.captured_at) == ("yard", 7, 1.5e9)
    assert looked.seen().shape == (48, 64, 3)
    assert looked.seen().mean() == pytest.approx(200, abs=3)


@pytest.mark.parametrize(
    ("size", "pixel_aspect", "shown"),
    [
        ((1920, 1080), 1.0, (640, 360)),
        ((1080, 1920), 1.0, (360, 640)),
        ((704, 576), 16 / 11, (640, 360)),
        ((320, 240), 1.0, (320, 240)),
        ((1, 1), 1.0, (1, 1)),
        ((4000, 3), 1.0, (640, 1)),
    ],
    ids=["wide", "upright", "wide pixels", "small", "one pixel", "a line"],
)
def test_it_keeps_its_shape_within_its_size(
    looked: Looked, size: tuple[int, int], pixel_aspect: float, shown: tuple[int, int]
) -> None:
    looked.show(noise(*size), pixel_aspect)
    height, width, _ = looked.seen().shape
    assert (width, height) == shown
    assert max(width, height) <= SIDE


def test_what_is_masked_is_not_to_be_seen(stack: ExitStack) -> None:
    looked = Looked(stack, [[(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]])
    looked.show(frame(1920, 1080))
    seen = looked.seen()
    assert seen[:, :320].max() < 10
    assert seen[:, 340:].min() > 180


def test_the_line_s_own_picture_stays_as_it_is(stack: ExitStack) -> None:
    """Where there is nothing to scale the scaler gives back its input."""
    looked = Looked(stack, [[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]])
    pixels = np.full((48, 64, 3), 200, np.uint8)
    mine = av.VideoFrame.from_ndarray(pixels, "bgr24")
    looked.show(mine)
    assert looked.seen().min() < 10
    assert (mine.to_ndarray() == pixels).all()


def test_what_does_not_fit_is_encoded_again_at_less_quality() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (200, 200, 3), np.uint8)
    best = jpeg_within(1 << 20, pixels).size
    room = best // 2
    assert jpeg_within(room, pixels).size <= room
    with pytest.raises(PictureTooLarge, match=r"200x200.*at most 1000 bytes"):
        jpeg_within(1000, pixels)


def test_a_picture_that_cannot_be_made_costs_nothing_but_itself(looked: Looked) -> None:
    looked.show(noise(640, 640))  # no JPEG of it fits
    assert looked.channel.said == []
    assert looked.failures() == 1
    looked.show(frame(64, 48))
    assert looked.seen().shape == (48, 64, 3)
    assert looked.failures() == 0


def test_a_line_that_is_behind_costs_a_picture_that_is_counted(looked: Looked) -> None:
    looked.channel.full = True
    looked.show(frame(64, 48))
    (dropped,) = looked.meter.drain()
    assert (dropped.name, dropped.labels["reason"]) == ("hearsight_dropped_total", "live_picture")
    assert set(looked.channel.patience) == {0.0}, "the camera's thread waits for nobody"


def test_a_picture_costs_the_camera_s_thread_next_to_nothing(looked: Looked) -> None:
    full = frame(1920, 1080)
    looked.show(full)
    took = []
    for _ in range(10):
        began = time.thread_time()
        looked.show(full)
        took.append(time.thread_time() - began)
    assert min(took) < 0.02, "2 ms on a machine of 2024"
