"""An ingest worker as a process of its own, with real cameras: what it says, and when."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import psutil

from pipeline.channel import Channel, ChannelClosed
from pipeline.config import Camera, Media
from pipeline.messages import (
    AnyMessage,
    CameraPlan,
    CameraState,
    FrameReady,
    Heartbeat,
    NothingHappened,
    SoundReady,
    StartWorker,
    Stop,
    StoreRef,
    Vitals,
)
from pipeline.records import Modality
from pipeline.slots import SlotStore
from tests.chaos.ending import see_it_end
from tests.pipeline.encoders.fakes import FRONT

SIDE = 32


class Ingest:
    """A worker that watches ``cameras``: their part of a site file, by name."""

    def __init__(self, folder: Path, cameras: Mapping[str, Mapping[str, Any]]) -> None:
        self._folder = folder
        self._cameras = cameras
        self._stack = ExitStack()
        self.heard: list[tuple[float, AnyMessage]] = []
        self.began = 0.0

    def __enter__(self) -> Self:
        plans = [self._plan(name, settings) for name, settings in self._cameras.items()]
        fds = [s.fd for plan in plans for s in (plan.frames, plan.sounds) if s is not None]
        ours, theirs = Channel.pair()
        self._channel = Channel(ours)
        self._log = (self._folder / "worker.log").open("w+b")
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pipeline.worker", "--fd", str(theirs.fileno())],
                pass_fds=[theirs.fileno(), *fds],
                stderr=self._log,
            )
        media = Media().model_dump_json().encode()
        start = StartWorker(plans, media, str(self._folder), ["hush"], "info")
        assert self._channel.send(start, timeout_s=10.0)
        self.began = time.monotonic()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._channel.send(Stop(), timeout_s=5.0)
        see_it_end(self._process, 20)
        self._thread.join(10)
        self._channel.close()
        self._log.close()
        self._stack.close()

    def _plan(self, name: str, settings: Mapping[str, Any]) -> CameraPlan:
        camera = Camera.model_validate({"sample_fps": 5, **settings})
        return CameraPlan(
            camera=name,
            settings=camera.model_dump_json(context={"reveal": True}).encode(),
            frames=self._store(name, SIDE * SIDE * 3),
            sounds=self._store(name, FRONT.bands * FRONT.columns * 4),
            frame_size=(SIDE, SIDE),
            sound_front=FRONT,
            sound_hop_s=1.0,
        )

    def _store(self, name: str, slot_bytes: int) -> StoreRef:
        fd = SlotStore.create(name, slots=8, slot_bytes=slot_bytes)
        self._stack.callback(os.close, fd)
        return StoreRef(fd, 8, slot_bytes)

    def _listen(self) -> None:
        while True:
            try:
                message = self._channel.receive(timeout_s=1.0)
            except (ChannelClosed, OSError):
                return
            if message is not None:
                self.heard.append((time.monotonic(), message))

    # --- what it says -------------------------------------------------------------------------

    @property
    def process(self) -> psutil.Process:
        """The worker's process."""
        return psutil.Process(self._process.pid)

    def log(self) -> str:
        """What it has logged so far."""
        return (self._folder / "worker.log").read_text()

    def states(self, camera: str, since: float = 0.0) -> list[tuple[float, CameraState]]:
        """A camera's states with their times (monotonic, seconds)."""
        return [
            (at, message)
            for at, message in list(self.heard)
            if isinstance(message, CameraState) and message.camera == camera and at >= since
        ]

    def state(self, camera: str) -> str:
        """A camera's state now."""
        states = self.states(camera)
        return states[-1][1].state if states else ""

    def when(self, camera: str, state: str, since: float = 0.0) -> float | None:
        """When a camera was first said to be in a state, after a moment."""
        return next((at for at, told in self.states(camera, since) if told.state == state), None)

    def frames(self, camera: str, since: float = 0.0) -> list[float]:
        """When pictures of a camera came."""
        return [
            at
            for at, message in list(self.heard)
            if isinstance(message, FrameReady) and message.camera == camera and at >= since
        ]

    def heard_sound(self, camera: str, since: float = 0.0) -> bool:
        """Whether any window of a camera's sound came."""
        return any(
            (isinstance(told, SoundReady) and told.camera == camera)
            or (
                isinstance(told, NothingHappened)
                and (told.quiet.camera, told.quiet.modality) == (camera, Modality.AUDIO)
            )
            for at, told in list(self.heard)
            if at >= since
        )

    def vitals(self, camera: str) -> list[tuple[float, Vitals]]:
        """A camera's vital signs with their times."""
        return [
            (at, message)
            for at, message in list(self.heard)
            if isinstance(message, Vitals) and message.camera == camera
        ]

    def counted(self, name: str, **labels: str) -> float:
        """The sum of a counter's changes, or of those with these labels."""
        return sum(
            sample.value
            for _, beat in list(self.heard)
            if isinstance(beat, Heartbeat)
            for sample in beat.metrics
            if sample.name == f"hearsight_{name}" and labels.items() <= sample.labels.items()
        )

    def until(self, condition: Callable[[], object], within_s: float) -> float:
        """Wait until something holds; return how long it took, seconds."""
        began = time.monotonic()
        while not condition():
            waited = time.monotonic() - began
            states = [m for _, m in list(self.heard) if isinstance(m, CameraState)][-4:]
            assert waited < within_s, f"not within {within_s:g} s; {states}\n{self.log()[-2000:]}"
            time.sleep(0.05)
        return time.monotonic() - began
