"""The encoder with a model that takes as long as a test says.

``HEARSIGHT_STAGE`` names a folder with ``seconds``: so many for a picture. The process,
its queues and its batches are the real ones.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import pipeline.encoder
import pipeline.encoders
from pipeline.channel import Channel
from pipeline.encoder import run
from pipeline.encoders.background import write_bank
from pipeline.messages import StartEncoder
from pipeline.process import child_main
from tests.pipeline.encoders.fakes import FakeSight, row_of


class SlowSight(FakeSight):
    """Embeds by colour, and takes its time."""

    def encode_images(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        seconds = float((Path(os.environ["HEARSIGHT_STAGE"]) / "seconds").read_text())
        time.sleep(seconds * len(pixels))
        return super().encode_images(pixels)


def play(channel: Channel, start: StartEncoder) -> None:
    """Run the encoder with that model; its bank was made at an earlier start."""
    name = hashlib.sha256(FakeSight.model_id.encode()).hexdigest()[:24]
    cache = Path(start.cache_dir)
    cache.mkdir(parents=True, exist_ok=True)
    rows = np.stack([row_of(str(number), FakeSight.dim) for number in range(400)])
    write_bank(cache / f"background-{name}.npz", FakeSight.model_id, rows)
    run(channel, start)


if __name__ == "__main__":
    pipeline.encoders.open_sight = lambda *_args, **_settings: SlowSight()  # type: ignore[assignment]
    pipeline.encoder.pick_device = lambda _wanted: "cpu"
    child_main("encoder", StartEncoder, play)
