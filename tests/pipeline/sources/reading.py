"""Films that are read as a camera's stream, whole or as a network or a camera breaks them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Self, TypeVar

import av
import numpy as np
import pytest

from pipeline.config import Camera
from pipeline.records import NS_PER_S as S
from pipeline.records import Modality
from pipeline.sources import Decoded, Item, Packet, Picture, SourcePlan
from pipeline.sources.base import Hearer, Looker
from pipeline.sources.checks import Checks
from pipeline.sources.clock import Clock, FileClock
from pipeline.sources.packet_gate import PacketGate
from pipeline.sources.reader import Reader, quiet_libav
from tests.films import packets_of
from tests.pipeline.simulate.clips import FPS, make_clip

V, A = Modality.VIDEO, Modality.AUDIO
T = TypeVar("T", bound=Item)
Change = Callable[[Iterable[av.Packet]], Iterable[av.Packet]]


class Network:
    """An opened film whose packets can be lost, changed or delayed on their way."""

    def __init__(self, container: av.container.InputContainer, change: Change) -> None:
        self._container = container
        self._change = change
        self.streams = container.streams

    def demux(self, *streams: av.stream.Stream) -> Iterator[av.Packet]:
        yield from self._change(self._container.demux(*streams))


class Reading:
    """A film that is read as a camera's stream."""

    def __init__(
        self,
        film: Path,
        change: Change = iter,
        *,
        clock: Clock | None = None,
        patience_s: float = 60.0,
        codecs: frozenset[str] = frozenset(),
        frame_size: tuple[int, int] | None = (16, 16),
        sound: bool = True,
        packets: bool = True,
        movement: bool = False,
        looker: Looker | None = None,
        gate: PacketGate | None = None,
        hearer: Hearer | None = None,
        checks: Checks | None = None,
        breath_s: float = 0.0,
        **settings: Any,
    ) -> None:
        quiet_libav()
        camera = {"url": "rtsp://camera/yard", "audio": "record", "sample_fps": 30, **settings}
        plan = SourcePlan(
            "yard",
            Camera.model_validate(camera),
            frame_size,
            sound,
            packets,
            movement,
            looker=looker,
            gate=gate,
            checks=checks,
            hearer=hearer,
        )
        self.container = av.open(str(film))
        try:
            self.reader = Reader(
                Network(self.container, change),
                plan,
                clock or FileClock((self.container.start_time or 0) * 1000, 0),
                patience_s=patience_s,
                codecs=codecs,
                breath_s=breath_s,
            )
        except BaseException:
            self.container.close()
            raise
        self.items: list[Item] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.container.close()

    def read(self) -> Self:
        self.items += self.reader.items()
        return self

    def of(self, kind: type[T]) -> list[T]:
        return [item for item in self.items if isinstance(item, kind)]

    @property
    def packets(self) -> list[Packet]:
        return packets_of(self.items)

    @property
    def pictures(self) -> list[int]:
        """Numbers of the film's pictures that were sampled."""
        return [round(picture.pts_ns * FPS / S) for picture in self.of(Picture)]

    @property
    def decoded(self) -> tuple[int, int]:
        counts = self.of(Decoded)
        return sum(c.pictures for c in counts), sum(c.damaged for c in counts)


def read(film: Path, change: Change = iter, **options: Any) -> Reading:
    with Reading(film, change, **options) as reading:
        return reading.read()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds, a keyframe each second."""
    return make_clip(tmp_path_factory.mktemp("films") / "film.mov", seconds=4.0)


@pytest.fixture(scope="module")
def reordered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with B pictures."""
    folder = tmp_path_factory.mktemp("films")
    return make_clip(folder / "film.mov", seconds=4.0, sound=None, b_frames=2)


def shown_at(packet: av.Packet) -> float:
    """When a packet's picture or sound is due, in seconds."""
    return float((packet.pts or 0) * packet.time_base)


def pictures_in_order(packets: Iterable[av.Packet]) -> Iterator[tuple[int, av.Packet]]:
    """Each packet, with its number among the pictures (-1 for the rest)."""
    number = 0
    for packet in packets:
        picture = packet.stream.type == "video" and packet.size
        yield (number if picture else -1), packet
        number += bool(picture)


def lose(*numbers: int) -> Change:
    """The network loses some pictures' packets, in decode order."""

    def change(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        return (p for number, p in pictures_in_order(packets) if number not in numbers)

    return change


def garble(number: int) -> Change:
    """Half of one picture's packet is noise."""

    def change(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for at, packet in pictures_in_order(packets):
            if at == number:
                data = bytes(packet)
                noise = np.random.default_rng(1).bytes(len(data) - len(data) // 4)
                broken = av.Packet(data[: len(data) // 4] + noise)
                broken.stream, broken.time_base = packet.stream, packet.time_base
                broken.pts, broken.dts = packet.pts, packet.dts
                packet = broken
            yield packet

    return change
