"""One camera read by the source that a worker reads it with, in a thread; nothing is retried."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any, Self, TypeVar

import numpy as np

from pipeline.config import Camera
from pipeline.records import Modality
from pipeline.sources import Item, Packet, Packets, Picture, Sound, SourcePlan, open_source
from pipeline.sources.base import SAMPLE_RATE

T = TypeVar("T", bound=Item)
S = 1_000_000_000


class Watched(threading.Thread):
    """Keeps what one connection yields, and when.

    Args:
        url: of the camera.
        settings: of the camera, as in a site file.
    """

    def __init__(self, url: str, **settings: Any) -> None:
        super().__init__(name=f"watched {url}")
        camera = {"audio": "record", "sample_fps": 25, "decode": "all", "gate": False, **settings}
        plan = SourcePlan(
            "yard", Camera.model_validate({"url": url, **camera}), (16, 16), sound=True
        )
        self._source = open_source(plan)
        self._over = threading.Event()
        self.items: list[tuple[float, Item]] = []
        self.ended_by: BaseException | None = None

    def run(self) -> None:
        items = self._source.run()
        try:
            for item in items:
                self.items.append((time.monotonic(), item))
                if self._over.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - looked at by the test
            self.ended_by = error
        finally:
            items.close()  # type: ignore[attr-defined]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self.join(30)

    def of(self, kind: type[T], since: float = 0.0) -> list[T]:
        """What came of a kind since a moment (monotonic, seconds)."""
        return [item for at, item in list(self.items) if isinstance(item, kind) and at >= since]

    def packets(self, modality: Modality, since: float = 0.0) -> list[Packet]:
        """The encoded packets of a sense."""
        every = [packet for some in self.of(Packets, since) for packet in some.packets]
        return [packet for packet in every if packet.modality is modality]

    def until(self, condition: Callable[[], object], within_s: float = 30.0) -> float:
        """Wait until something holds; return how long it took, seconds."""
        began = time.monotonic()
        while not condition():
            assert self.ended_by is None, repr(self.ended_by)
            assert time.monotonic() - began < within_s, len(self.items)
            time.sleep(0.02)
        return time.monotonic() - began

    def flashes(self, since: float = 0.0) -> list[int]:
        """Stream times, ns, at which the picture became bright."""
        bright = [
            (picture.pts_ns, picture.views["whole"].mean() > 180)
            for picture in self.of(Picture, since)
        ]
        return [b for (_, was), (b, now) in itertools.pairwise(bright) if now > was]

    def beeps(self, since: float = 0.0) -> list[int]:
        """Stream times, ns, at which the sound became loud."""
        found: list[int] = []
        quiet_until = 0
        for sound in self.of(Sound, since):
            loud = np.flatnonzero(np.abs(sound.samples) > 0.3)
            for at in loud[:1]:
                begins = sound.pts_ns + int(at) * S // SAMPLE_RATE
                if begins > quiet_until:
                    found.append(begins)
                quiet_until = begins + S
        return found
