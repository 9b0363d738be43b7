"""A worker with a real film for a camera: pictures for people while somebody looks."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from structlog.testing import capture_logs

import pipeline.worker
from pipeline.channel import Channel
from pipeline.config import Camera, Media
from pipeline.messages import (
    CameraPlan,
    CameraState,
    FrameReady,
    LeaveCamera,
    LivePicture,
    SampleRate,
    StartWorker,
    StoreRef,
    Watch,
)
from pipeline.records import NS_PER_S
from pipeline.slots import SlotStore
from pipeline.worker import Worker
from tests.pipeline.fakes.at_work import AtWork
from tests.pipeline.simulate.clips import HEIGHT, WIDTH, make_clip

SIZE = (16, 16)


class Filmed:
    """A worker at work on one camera that shows a film over and over."""

    def __init__(self, stack: ExitStack, film: Path) -> None:
        settings = Camera.model_validate(
            {
                "url": f"file:{film}",
                "loop": True,
                # So seldom that what people see cannot come from the samples.
                "sample_fps": 0.1,
                "masks": [[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]],
            }
        )
        frames, lives = self._store(stack, 16 * 16 * 3), self._store(stack, 100_000)
        self.lives = stack.enter_context(
            SlotStore(lives.fd, slots=lives.slots, slot_bytes=lives.slot_bytes)
        )
        plan = CameraPlan(
            camera="yard",
            settings=settings.model_dump_json(context={"reveal": True}).encode(),
            frames=frames,
            sounds=None,
            frame_size=SIZE,
            sound_front=None,
            sound_hop_s=1.0,
            live=lives,
        )
        media = Media().model_dump_json().encode()
        start = StartWorker([plan], media, str(film.parent), [], "info")

        def work(channel: Channel) -> None:
            Worker(channel, start).run()

        self.work = stack.enter_context(AtWork(work))

    @staticmethod
    def _store(stack: ExitStack, slot_bytes: int) -> StoreRef:
        fd = SlotStore.create("test", slots=3, slot_bytes=slot_bytes)
        stack.callback(os.close, fd)
        return StoreRef(fd, 3, slot_bytes)

    def seen(self, told: LivePicture) -> NDArray[np.uint8]:
        data = self.lives.read(told.slot, told.generation, (told.size,), np.uint8)
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


@pytest.fixture
def filmed(tmp_path: Path) -> Iterator[Filmed]:
    """A still scene: nothing in it ever changes."""
    film = make_clip(
        tmp_path / "film.mp4",
        sound=None,
        paint=lambda _: np.full((HEIGHT, WIDTH, 3), 180, np.uint8),
    )
    with ExitStack() as stack:
        yield Filmed(stack, film)


def test_a_still_scene_is_shown_anew_each_second_and_only_to_those_who_look(
    filmed: Filmed,
) -> None:
    work = filmed.work
    work.hear(FrameReady)
    with pytest.raises(AssertionError, match="no LivePicture came"):
        work.hear(LivePicture, within_s=1.2)
    asked = time.monotonic()
    work.tell(Watch("yard"))
    first = work.hear(LivePicture)
    second = work.hear(LivePicture)
    assert time.monotonic() - asked < 9, "keyframes, not samples, which come each ten seconds"
    assert 0.8 <= (second.pts_ns - first.pts_ns) / NS_PER_S < 9
    assert second.captured_at > first.captured_at
    assert abs(time.time() - second.captured_at) < 9
    for told in (first, second):
        seen = filmed.seen(told)
        assert seen.shape == (HEIGHT, WIDTH, 3)
        assert seen[:, : WIDTH // 2].max() < 20, "masked"
        assert seen[:, WIDTH // 2 + 8 :].min() > 170
    work.stop()


def test_a_camera_of_another_worker_is_nobody_s_fault(filmed: Filmed) -> None:
    filmed.work.hear(CameraState)
    filmed.work.tell(Watch("cellar"))
    filmed.work.tell(Watch("yard"))
    assert filmed.work.hear(LivePicture).camera == "yard"
    filmed.work.stop()


def test_a_camera_is_sampled_as_often_as_it_is_told(filmed: Filmed) -> None:
    work = filmed.work
    first = work.hear(FrameReady)
    work.tell(SampleRate("cellar", 5.0))
    work.tell(SampleRate("yard", 5.0))
    told = [first, work.hear(FrameReady), work.hear(FrameReady), work.hear(FrameReady)]
    assert told[3].pts_ns - told[1].pts_ns < 5_000_000_000, "it came each ten seconds before"
    work.stop()


def test_a_camera_that_is_let_go_of_is_sampled_no_more(filmed: Filmed) -> None:
    work = filmed.work
    work.tell(SampleRate("yard", 5.0))
    work.hear(FrameReady)
    work.tell(LeaveCamera("cellar"))
    work.hear(FrameReady)

    work.tell(LeaveCamera("yard"))

    def until_silent() -> None:
        for _ in range(20):
            work.hear(FrameReady, within_s=1.5)

    with pytest.raises(AssertionError, match="no FrameReady came"):
        until_silent()
    work.stop()


@pytest.mark.parametrize(
    ("landlock", "told"),
    [
        (3, ["ports of decoders are not Landlock's to limit here: that takes Linux 6.7"]),
        (4, []),
    ],
)
def test_a_linux_that_cannot_limit_ports_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, landlock: int, told: list[str]
) -> None:
    monkeypatch.setattr(pipeline.worker, "enclose", lambda *_, **__: landlock)
    with capture_logs() as said:
        pipeline.worker._enclose(StartWorker([], b"", str(tmp_path), [], "info"))
    assert [line["event"] for line in said] == told
