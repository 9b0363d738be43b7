"""The encoder with light models, on a device that fails as a test says.

``HEARSIGHT_STAGE`` names a folder. Its file ``device`` says how the device behaves from now on:

- nothing, or no file: it works.
- ``memory N``: batches of more than N pictures do not fit.
- ``sticky``: a kernel has failed; nothing works any more in this process, and in the next it does.
- ``lost``: the driver finds no device: neither this process nor the next can work.
- ``hangs``: a call never returns.

The texts of the errors are torch's. The process, its queues and its batches are the real ones.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pipeline.encoder
import pipeline.encoders
from pipeline.channel import Channel
from pipeline.encoder import run
from pipeline.encoders.background import write_bank
from pipeline.messages import StartEncoder
from pipeline.process import child_main
from tests.pipeline.encoders.fakes import FakeSight, FakeSound, row_of

NO_MEMORY = (
    "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 23.65 GiB of "
    "which 8.06 MiB is free. Including non-PyTorch memory, this process has 23.63 GiB in use."
)
STICKY = (
    "CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be "
    "asynchronously reported at some other API call, so the stacktrace below might be incorrect."
)
LOST = "No CUDA GPUs are available"


def told() -> list[str]:
    """How the device behaves, in words."""
    file = Path(os.environ["HEARSIGHT_STAGE"]) / "device"
    return file.read_text().split() if file.exists() else []


class Device:
    """Fails a batch of ``items``."""

    def __init__(self) -> None:
        self._broken = ""

    def work(self, items: int) -> None:
        match told():
            case ["memory", most] if items > int(most):
                raise RuntimeError(NO_MEMORY)
            case ["sticky"]:
                self._broken = STICKY
                (Path(os.environ["HEARSIGHT_STAGE"]) / "device").unlink()
            case ["lost"]:
                self._broken = STICKY
            case ["hangs"]:
                time.sleep(600)
        if self._broken:
            raise RuntimeError(self._broken)


DEVICE = Device()


class Sight(FakeSight):
    """Embeds by colour, on that device."""

    def encode_images(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        DEVICE.work(len(pixels))
        return super().encode_images(pixels)


class Hearing(FakeSound):
    """Embeds by loudness, on that device."""

    def encode_mel(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        DEVICE.work(1)
        return super().encode_mel(mel)


def opener(model: type[Any]) -> Any:
    """Opens a model in place of the real one."""

    def open_model(*_args: object, **_settings: object) -> Any:
        if told() == ["lost"]:
            raise RuntimeError(LOST)
        return model()

    return open_model


def play(channel: Channel, start: StartEncoder) -> None:
    """Run the encoder with these models; their banks were made at an earlier start."""
    cache = Path(start.cache_dir)
    cache.mkdir(parents=True, exist_ok=True)
    for model in (FakeSight, FakeSound):
        name = hashlib.sha256(model.model_id.encode()).hexdigest()[:24]
        rows = np.stack([row_of(str(number), model.dim) for number in range(400)])
        write_bank(cache / f"background-{name}.npz", model.model_id, rows)
    run(channel, start)


if __name__ == "__main__":
    pipeline.encoders.open_sight = opener(Sight)
    pipeline.encoders.open_sound = opener(Hearing)
    pipeline.encoder.pick_device = lambda _wanted: "cuda"
    child_main("encoder", StartEncoder, play)
