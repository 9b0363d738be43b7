"""A worker as a process of its own, with a camera that works and one that is hostile."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipeline.channel import Channel
from pipeline.config import Camera, Media
from pipeline.enclosure import _FILES_OF_OTHERS
from pipeline.messages import (
    CameraPlan,
    CameraState,
    CutMedia,
    FrameReady,
    Heartbeat,
    MediaReady,
    StartWorker,
    StoreRef,
)
from pipeline.simulate import serve
from pipeline.slots import SlotStore
from tests.pipeline.fakes.at_work import AtWork
from tests.pipeline.simulate.clips import make_clip
from tests.pipeline.sources.hostile import HostileCamera
from tests.pipeline.sources.test_reach import inner_host, nobody_came


class Confined:
    """A worker's process and what it says.

    Args:
        stack: owns what is opened.
        folder: for its media and its log.
        urls: cameras by name.
    """

    def __init__(self, stack: ExitStack, folder: Path, **urls: str) -> None:
        self._log = folder / "worker.log"
        self._stack = stack
        plans = [self._plan(name, url) for name, url in urls.items()]
        start = StartWorker(
            plans, Media().model_dump_json().encode(), str(folder), ["hush"], "info"
        )
        stores = [plan.frames.fd for plan in plans if plan.frames is not None]

        self.pid = 0

        def work(channel: Channel) -> None:
            command = [sys.executable, "-m", "pipeline.worker", "--fd", str(channel.fileno())]
            with (
                self._log.open("w") as log,
                subprocess.Popen(
                    command, pass_fds=[channel.fileno(), *stores], stderr=log
                ) as process,
            ):
                self.pid = process.pid
                # A worker that is not told to end does so when its socket closes.
                channel.close()
                assert process.wait(60) == 0

        self.work = stack.enter_context(AtWork(work, start))

    def _plan(self, name: str, url: str) -> CameraPlan:
        settings = Camera.model_validate({"url": url, "sample_fps": 5})
        fd = SlotStore.create(name, slots=3, slot_bytes=16 * 16 * 3)
        self._stack.callback(os.close, fd)
        return CameraPlan(
            camera=name,
            settings=settings.model_dump_json(context={"reveal": True}).encode(),
            frames=StoreRef(fd, 3, 16 * 16 * 3),
            sounds=None,
            frame_size=(16, 16),
            sound_front=None,
            sound_hop_s=1.0,
        )

    def until(self, **wanted: str) -> dict[str, CameraState]:
        """The newest state of each camera, once all are as wanted."""
        seen: dict[str, CameraState] = {}
        while not wanted.items() <= {name: told.state for name, told in seen.items()}.items():
            told = self.work.hear(CameraState)
            seen[told.camera] = told
        return seen

    def refusals(self) -> float:
        """How often its heartbeats have counted a camera that leads elsewhere."""
        return sum(
            sample.value
            for beat in self.work.beats
            for sample in beat.metrics
            if sample.name == "hearsight_errors_total"
            and sample.labels.get("reason") == "CameraElsewhere"
        )

    def log(self) -> str:
        self.work.stop()
        assert self.work.ended_by is None
        return self._log.read_text()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.mark.promise("bad input 5", "security 7", "security 9")
def test_a_camera_that_leads_elsewhere_costs_itself_and_nobody_else(
    stack: ExitStack, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "yard.mp4")
    inner = stack.enter_context(inner_host())
    port = inner.getsockname()[1]
    away = ("302 Found", f"Location: rtsp://127.0.0.1:{port}/admin\r\n")
    hostile = stack.enter_context(HostileCamera(DESCRIBE=away))
    yard = stack.enter_context(serve({"yard": clip}))
    worker = Confined(stack, tmp_path, yard=yard.url("yard"), gate=hostile.url)

    told = worker.until(gate="offline", yard="online")
    assert f"leads to 127.0.0.1 port {port}, and is not followed" in told["gate"].detail
    assert told["yard"].detail == ""
    for _ in range(5):
        assert worker.work.hear(FrameReady).camera == "yard"
    while not worker.refusals():
        worker.work.hear(Heartbeat)
    assert nobody_came(inner)

    said = worker.log()
    assert "CameraElsewhere" in said
    assert "hush" not in said + told["gate"].detail
    assert "are not kept from leading" not in said


@pytest.mark.promise("security 9")
def test_a_worker_at_work_has_no_privilege_and_keeps_evidence_all_the_same(
    stack: ExitStack, tmp_path: Path
) -> None:
    media = tmp_path / "site" / "media"
    media.mkdir(parents=True)
    yard = stack.enter_context(serve({"yard": make_clip(tmp_path / "yard.mp4", seconds=4)}))
    worker = Confined(stack, media, yard=yard.url("yard"))
    worker.until(yard="online")
    first, *_, last = [worker.work.hear(FrameReady) for _ in range(8)]
    worker.work.tell(CutMedia("a1", "yard", last.pts_ns, "", first.pts_ns, last.pts_ns))
    made = worker.work.hear(MediaReady)

    assert (made.error, made.thumb_path) == (None, "yard/a1/thumb.jpg")
    assert made.clip_path is not None
    assert (media / made.clip_path).stat().st_size > 1000
    lines = Path(f"/proc/{worker.pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    said = worker.log()
    if "Landlock system calls" not in said:
        assert status["NoNewPrivs"] == "1"
        assert int(status["CapEff"], 16) & ~_FILES_OF_OTHERS == 0
    if "are not kept from leading" not in said:
        # Each of its system calls is looked at by a filter.
        assert status["Seccomp"] == "2"
