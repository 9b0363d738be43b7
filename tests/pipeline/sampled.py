"""Cameras whose samples lie in slots, as an encoder finds them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.config import Models
from pipeline.messages import FrameReady, SoundReady, StartEncoder, StoreRef
from pipeline.slots import SlotStore
from tests.pipeline.encoders.fakes import FRONT

SIDE = 32
BANDS, COLUMNS = FRONT.shape
SLOTS = 8


class Cameras:
    """The stores of some cameras, as their workers and the supervisor hold them."""

    def __init__(self, stack: ExitStack, *names: str) -> None:
        self.frames = {name: _store(stack, SIDE * SIDE * 3) for name in names}
        self.sounds = {name: _store(stack, BANDS * COLUMNS * 4) for name in names}

    def start(self, cache: Path, **settings: Any) -> StartEncoder:
        return StartEncoder(
            models=Models(**settings).model_dump_json().encode(),
            cache_dir=str(cache),
            see=["a fire"],
            hear=["an alarm", "wind"],
            sight=True,
            sound=True,
            frames={name: StoreRef(s.fd, s.slots, s.slot_bytes) for name, s in self.frames.items()},
            sounds={name: StoreRef(s.fd, s.slots, s.slot_bytes) for name, s in self.sounds.items()},
            log_level="error",
        )

    def shows(self, name: str, brightness: int, *, view: str = "whole", at: int = 1) -> FrameReady:
        pixels = np.full((SIDE, SIDE, 3), brightness, np.uint8)
        slot, generation = self.frames[name].write(pixels)
        return FrameReady(name, view, slot, generation, SIDE, SIDE, at, at / 10)

    def sounds_like(self, name: str, loudness: float, *, at: int = 1) -> SoundReady:
        mel = np.full((BANDS, COLUMNS), loudness, np.float32)
        slot, generation = self.sounds[name].write(mel)
        return SoundReady(name, slot, generation, BANDS, COLUMNS, at, 1_000_000_000, at / 10)


def _store(stack: ExitStack, slot_bytes: int) -> SlotStore:
    fd = SlotStore.create("test", slots=SLOTS, slot_bytes=slot_bytes)
    stack.callback(os.close, fd)
    return stack.enter_context(SlotStore(fd, slots=SLOTS, slot_bytes=slot_bytes))


@pytest.fixture
def cameras() -> Iterator[Cameras]:
    with ExitStack() as stack:
        yield Cameras(stack, "yard", "gate")
