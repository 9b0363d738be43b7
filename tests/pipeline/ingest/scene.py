"""A lane whose camera is scripted, and what such a camera sends."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Camera, Media
from pipeline.ingest.lane import Lane
from pipeline.ingest.outlet import Meter, Outlet
from pipeline.log_mel import MelFront
from pipeline.messages import (
    AnyMessage,
    CameraPlan,
    CameraState,
    FrameReady,
    SoundReady,
    StoreRef,
)
from pipeline.records import NS_PER_S as S
from pipeline.records import Modality
from pipeline.slots import SlotStore
from pipeline.sources import (
    SAMPLE_RATE,
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
OPENED = Opened(PICTURE, SOUND)
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
