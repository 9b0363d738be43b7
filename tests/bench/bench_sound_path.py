"""What a camera's sound costs on its way to the model, step by step.

    make studies PYTEST_ARGS="-k sound_path"

Processor time in milliseconds for a second of sound, all steps in one run. A quiet camera's gate is
closed but for its looks; in a busy place every window is embedded. The camera sends AAC, 96 kb/s.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from pipeline.config import Camera, Media
from pipeline.encoders import SoundEncoder, open_sound
from pipeline.gate import SoundGate
from pipeline.ingest.lane import Lane
from pipeline.ingest.outlet import Meter, Outlet
from pipeline.log_mel import RATE, RollingMel
from pipeline.messages import CameraPlan, SoundReady, StoreRef
from pipeline.slots import SlotStore
from pipeline.sources.base import Item, Sound, SourcePlan
from pipeline.sources.clock import FileClock
from pipeline.sources.reader import Reader, quiet_libav
from tests.pipeline.fakes.source import Overheard

SECONDS, FRAME, HOP_S = 90, 1024, 1.0


def sound_of(busy: bool) -> NDArray[np.float32]:
    """A quiet room; or one in which a tone begins every two seconds, at another pitch each time."""
    rng = np.random.default_rng(0)
    at = np.arange(SECONDS * RATE)
    heard = 0.004 * rng.standard_normal(at.size)
    if busy:
        heard += 0.3 * np.sin(2 * np.pi * (400 + 37 * (at // RATE)) * at / RATE) * (at // RATE % 2)
    return heard.astype(np.float32)


def write(path: Path, heard: NDArray[np.float32]) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=RATE, layout="mono")
        stream.bit_rate = 96_000
        for at in range(0, heard.size - FRAME, FRAME):
            frame = av.AudioFrame.from_ndarray(heard[None, at : at + FRAME], "fltp", "mono")
            frame.sample_rate, frame.pts = RATE, at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def spent(work: Callable[[], Any], seconds: float = SECONDS) -> float:
    """The least processor time of three goes, milliseconds for a second of sound."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best / seconds * 1e3


class Heard:
    """A camera's sound in a file, and its way through a worker."""

    def __init__(self, path: Path, sound: SoundEncoder, stack: ExitStack) -> None:
        self.path = path
        self._front = sound.front
        self.settings = Camera.model_validate(
            {"url": f"file:{path}", "audio": "score", "video": False, "pace": "fast"}
        )
        size = self._front.bands * self._front.columns * 4
        fd = SlotStore.create("sounds", slots=6, slot_bytes=size)
        stack.callback(os.close, fd)
        self._plan = CameraPlan(
            "yard",
            self.settings.model_dump_json(context={"reveal": True}).encode(),
            None,
            StoreRef(fd, 6, size),
            (0, 0),
            self._front,
            HOP_S,
        )
        self.windows = 0

    def decode(self) -> None:
        with av.open(str(self.path)) as container:
            for _ in container.decode(audio=0):
                pass

    def read(self) -> Iterator[Item]:
        with av.open(str(self.path)) as container:
            plan = SourcePlan("yard", self.settings, None, sound=True)
            yield from Reader(container, plan, FileClock(0, 0)).items()

    def gate(self, items: list[Item]) -> None:
        gate = SoundGate("yard", window_s=self._front.window / RATE, hop_s=HOP_S)
        for item in items:
            if isinstance(item, Sound):
                for _ in gate.push(item):
                    pass

    def whole_way(self) -> None:
        channel, meter = Overheard(), Meter()
        lane = Lane(self._plan, Media(), Outlet(channel, meter), meter)  # type: ignore[arg-type]
        for item in self.read():
            lane.take(item)
        self.windows = sum(isinstance(message, SoundReady) for message in channel.said)


@pytest.fixture(scope="module")
def sound() -> Iterator[SoundEncoder]:
    quiet_libav()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield open_sound(threads=1)
    torch.set_num_threads(threads)


@pytest.mark.parametrize("busy", [False, True], ids=["quiet", "busy"])
def test_a_second_of_sound_costs_a_few_times_its_decoding(
    busy: bool, sound: SoundEncoder, tmp_path: Path
) -> None:
    write(tmp_path / "sound.mp4", sound_of(busy))
    with ExitStack() as stack:
        heard = Heard(tmp_path / "sound.mp4", sound, stack)
        items = list(heard.read())
        steps = {
            "decode alone": spent(heard.decode),
            "reader: decode, mono": spent(lambda: list(heard.read())),
            "gate": spent(lambda: heard.gate(items)),
            "all in the worker": spent(heard.whole_way),
        }
    print(f"\n{'busy' if busy else 'quiet'}: {heard.windows} of {SECONDS - 1} windows embedded")
    for step, cost in steps.items():
        print(f"  {step:24s}{cost:7.3f} ms for a second of sound")
    assert busy == (heard.windows > SECONDS / 2)
    # Decoding alone is FFmpeg's own loop. It was 15 to 25 times as much before.
    assert steps["all in the worker"] < 12 * steps["decode alone"]


def test_a_window_is_dearer_to_the_model_than_to_the_worker(sound: SoundEncoder) -> None:
    heard = sound_of(busy=True)
    rolling, length = RollingMel(sound.front), sound.front.window
    window = heard[:length]
    batch = np.tile(window, (8, 1))
    mel = np.stack([rolling.whole(one) for one in batch])

    def each_second() -> None:
        for end in range(length, heard.size, RATE):
            rolling.window(heard[end - length : end], end)

    windows = len(range(length, heard.size, RATE))
    costs = {
        "log-mel, each second": spent(each_second, windows),
        "log-mel, whole window": spent(lambda: [rolling.whole(one) for one in batch], 8),
        "model, of samples": spent(lambda: sound.encode_sounds(batch), 8),
        "model, of log-mel": spent(lambda: sound.encode_mel(mel), 8),
    }
    print()
    for step, cost in costs.items():
        print(f"  {step:24s}{cost:7.3f} ms for a window")
    assert costs["log-mel, each second"] < 0.5 * costs["log-mel, whole window"]
    assert costs["log-mel, each second"] < 0.3 * costs["model, of log-mel"]
