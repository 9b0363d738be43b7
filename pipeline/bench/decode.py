"""Decoding: what a stream-second costs, from demultiplexing alone to every picture.

Costs are CPU seconds of a process of its own, one decoder thread, as the line decodes. Files are
read, so nothing is paid for the network; ``rtsp`` adds it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import av
import numpy as np

from pipeline.bench.crowd import cameras
from pipeline.simulate.crowd import Played

#: As wide and high as the embedded sight model looks.
SIZE = 160


@dataclass(frozen=True, slots=True)
class Cost:
    """What a way to read a film costs."""

    way: str
    #: CPU seconds for a second of stream.
    cpu_per_s: float
    #: Milliseconds of CPU time for each packet or picture, in order.
    each_ms: tuple[float, ...]

    @property
    def streams_per_core(self) -> float:
        """How many such streams one core can follow."""
        return 1 / self.cpu_per_s


def ways() -> dict[str, Callable[[Path], Iterator[None]]]:
    """Ways to read a film: each yields at every packet or picture."""
    return {
        "demux": _demux,
        "keyframes": lambda path: _pictures(path, keys=True, scale=True),
        "each_second": lambda path: _pictures(path, keys=False, scale=True, until_s=1.0),
        "all": lambda path: _pictures(path, keys=False, scale=False),
        "all_scaled": lambda path: _pictures(path, keys=False, scale=True),
        "sound": _sound,
    }


def measure(path: Path, way: str, least_s: float = 1.0) -> Cost:
    """Measure one way in a process of its own, over whole rounds of the film.

    Args:
        path: of the film.
        way: a key of `ways`.
        least_s: rounds are repeated until so much CPU time was used.
    """
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (path, way, least_s))


def _measure(path: Path, way: str, least_s: float) -> Cost:
    seconds = duration(path)
    read = ways()[way]
    for _ in read(path):
        pass
    each: list[float] = []
    used, rounds = 0.0, 0
    while used < least_s:
        before = time.process_time()
        last = before
        for _ in read(path):
            now = time.process_time()
            each.append((now - last) * 1e3)
            last = now
        used += time.process_time() - before
        rounds += 1
    return Cost(way, used / (rounds * seconds), tuple(each))


def duration(path: Path) -> float:
    """Length of a film in seconds."""
    with av.open(str(path)) as container:
        return (container.duration or 0) / 1e6


def _demux(path: Path) -> Iterator[None]:
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.size:
                yield


def _pictures(
    path: Path, *, keys: bool, scale: bool, until_s: float | None = None
) -> Iterator[None]:
    """Decode keyframes, or all; with ``until_s`` no further into each group, and two are scaled."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        began_s, wanted = 0.0, True
        for packet in container.demux(stream):
            if packet.is_keyframe:
                began_s = float(packet.pts * packet.time_base) if packet.pts is not None else 0.0
            if keys and packet.size and not packet.is_keyframe:
                continue
            if until_s is not None and packet.pts is not None:
                into_s = float(packet.pts * packet.time_base) - began_s
                if into_s > until_s:
                    continue
                wanted = into_s in (0.0, until_s)
            for frame in packet.decode():
                if scale and wanted:
                    frame.reformat(SIZE, SIZE, "rgb24", interpolation="AREA").to_ndarray()
                yield


def _sound(path: Path) -> Iterator[None]:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("fltp", "mono", 48_000)
        for frame in container.decode(container.streams.audio[0]):
            for part in resampler.resample(frame):
                np.asarray(part.to_ndarray())
            yield


def demux_rtsp(path: Path, count: int, seconds: float) -> float:
    """CPU seconds for a second of one stream, pulled over RTSP by one thread a camera."""
    with cameras([Played(count, (path,))]) as served, get_context("spawn").Pool(1) as pool:
        return pool.apply(_pull, (served.urls, seconds))


def _pull(urls: tuple[str, ...], seconds: float) -> float:
    import threading

    stop = threading.Event()

    def follow(url: str) -> None:
        with av.open(url, options={"rtsp_transport": "tcp"}, timeout=10.0) as container:
            for _ in container.demux():
                if stop.is_set():
                    return

    threads = [threading.Thread(target=follow, args=(url,), daemon=True) for url in urls]
    for thread in threads:
        thread.start()
    time.sleep(min(3.0, seconds))
    before, began = time.process_time(), time.monotonic()
    time.sleep(seconds)
    used, took = time.process_time() - before, time.monotonic() - began
    stop.set()
    for thread in threads:
        thread.join(10.0)
    return used / (took * len(urls))


def details(costs: dict[str, Cost]) -> dict[str, Any]:
    """Costs as plain values, in milliseconds of CPU time for a second of stream."""
    return {way: round(cost.cpu_per_s * 1e3, 3) for way, cost in costs.items()}
