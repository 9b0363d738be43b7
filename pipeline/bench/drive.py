"""The encoder's process as the line runs it, kept busy: what comes out of it, and for how much.

The process is the line's own, with its slots, messages, batches and lanes. Pictures lie ready in
the slots; more are announced as soon as embeddings come back, so that it never waits.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil
from platformdirs import user_cache_path
from pydantic_core import to_json

from pipeline.bench.errors import BenchError
from pipeline.channel import Channel, ChannelClosed
from pipeline.children import ENVIRONMENT
from pipeline.config import Models
from pipeline.encoders.running import running_of
from pipeline.messages import (
    AnyMessage,
    Embedded,
    Failed,
    FrameReady,
    ModelInfo,
    ModelsReady,
    StartEncoder,
    Stop,
    StoreRef,
)
from pipeline.records import WHOLE_VIEW
from pipeline.slots import SlotStore

_CAMERAS = 32
_SLOTS = 8
_START_S = 1800.0
#: As many pictures are on their way as fill so many batches.
_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Driven:
    """What an encoder's process did."""

    pictures: int
    seconds: float
    cpu_s: float
    model_id: str
    device: str

    @property
    def per_s(self) -> float:
        """Pictures a second of wall time."""
        return self.pictures / self.seconds

    @property
    def per_cpu_s(self) -> float:
        """Pictures for each CPU second of the process."""
        return self.pictures / self.cpu_s


def drive(models: dict[str, Any], seconds: float) -> Driven:
    """Run the encoder on pictures that lie ready for so long.

    Args:
        models: ``models:`` of a site file.
        seconds: what is measured, after a warm-up of two seconds.

    Raises:
        BenchError: it cannot be started, or ended.
    """
    settings = Models.model_validate(models)
    with ExitStack() as stack:
        cache = user_cache_path("hearsight") / "bench" / "models"
        refs = {f"camera-{n}": stack.enter_context(_store(f"camera-{n}")) for n in range(_CAMERAS)}
        start = StartEncoder(
            models=to_json(settings),
            cache_dir=str(cache),
            see=["a fire with flames and smoke"],
            hear=[],
            sight=True,
            sound=False,
            frames=refs,
            sounds={},
            log_level="error",
        )
        channel, process = stack.enter_context(_encoder(start))
        ready = _hear(channel, ModelsReady, _START_S)
        assert ready.sight is not None
        batch = running_of(settings, ready.device, None).batch
        feeder = _Feeder(channel, refs, ready.sight, batch * _AHEAD)
        feeder.run(2.0)
        before = sum(process.cpu_times()[:2])
        pictures, took = feeder.run(seconds)
        used = sum(process.cpu_times()[:2]) - before
        channel.send(Stop(), timeout_s=1.0)
        return Driven(pictures, took, used, ready.sight.model_id, ready.device)


class _Feeder:
    """Announces pictures, and counts what comes back."""

    def __init__(
        self, channel: Channel, refs: dict[str, StoreRef], model: ModelInfo, ahead: int
    ) -> None:
        self._channel = channel
        self._number = self._waiting = 0
        self._ahead = ahead
        rng = np.random.default_rng(0)
        height, width = model.image_size
        self._ready: list[FrameReady] = []
        for camera, ref in refs.items():
            with SlotStore(ref.fd, slots=ref.slots, slot_bytes=ref.slot_bytes) as store:
                for _ in range(ref.slots):
                    pixels = rng.integers(0, 255, (height, width, 3), np.uint8)
                    slot, generation = store.write(pixels)
                    message = FrameReady(
                        camera, WHOLE_VIEW, slot, generation, height, width, 0, 0.0, b"", b""
                    )
                    self._ready.append(message)

    def run(self, seconds: float) -> tuple[int, float]:
        """Keep it busy for so long; return pictures embedded, and how long it took."""
        began, done = time.monotonic(), 0
        while (now := time.monotonic()) - began < seconds:
            while self._waiting < self._ahead:
                self._announce()
            # As the supervisor passes them on: what came within a moment in one packet.
            self._channel.flush(timeout_s=10.0)
            message = self._channel.receive(timeout_s=30.0)
            while message is not None:
                if isinstance(message, Embedded):
                    done += 1
                    self._waiting -= 1
                elif isinstance(message, Failed):
                    raise BenchError(f"the encoder failed: {message.reason}")
                message = self._channel.receive(timeout_s=0.0)
        return done, now - began

    def _announce(self) -> None:
        message = self._ready[self._number % len(self._ready)]
        self._number += 1
        # A camera's time goes on: thumbnails are made as often as in the line.
        at_ns = self._number // _CAMERAS * 1_000_000_000
        self._channel.post(_at(message, at_ns))
        self._waiting += 1


def _at(message: FrameReady, pts_ns: int) -> FrameReady:
    return FrameReady(
        message.camera,
        message.view,
        message.slot,
        message.generation,
        message.height,
        message.width,
        pts_ns,
        time.time(),
        b"",
        b"",
        aspect=16 / 9,
    )


@contextmanager
def _store(name: str) -> Iterator[StoreRef]:
    size = 512 * 512 * 3
    fd = SlotStore.create(name, slots=_SLOTS, slot_bytes=size)
    try:
        yield StoreRef(fd, _SLOTS, size)
    finally:
        os.close(fd)


@contextmanager
def _encoder(start: StartEncoder) -> Iterator[tuple[Channel, psutil.Process]]:
    ours, theirs = Channel.pair()
    fds = [theirs.fileno(), *(ref.fd for ref in start.frames.values())]
    with theirs:
        program = subprocess.Popen(
            [sys.executable, "-m", "pipeline.encoder", "--fd", str(theirs.fileno())],
            pass_fds=fds,
            stdin=subprocess.DEVNULL,
            env=os.environ | ENVIRONMENT,
        )
    channel = Channel(ours)
    try:
        channel.send(start, timeout_s=10.0)
        yield channel, psutil.Process(program.pid)
    except ChannelClosed as error:
        raise BenchError("the encoder's process ended: its error stands above") from error
    finally:
        channel.close()
        try:
            program.wait(10.0)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def _hear(channel: Channel, kind: type[ModelsReady], timeout_s: float) -> ModelsReady:
    deadline = time.monotonic() + timeout_s
    while (left := deadline - time.monotonic()) > 0:
        message: AnyMessage | None = channel.receive(timeout_s=left)
        if isinstance(message, kind):
            return message
        if isinstance(message, Failed):
            raise BenchError(f"the encoder cannot be started: {message.reason}")
    raise BenchError(f"the encoder was not ready within {timeout_s:.0f} s")
