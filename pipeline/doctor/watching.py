"""A few seconds of one camera's stream, read as the line reads it; nothing of it is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import numpy as np

from pipeline.config import AudioUse, Camera
from pipeline.records import NS_PER_S, Modality
from pipeline.sources import (
    Discontinuity,
    Item,
    Opened,
    Packets,
    Picture,
    Sound,
    SourceError,
    SourcePlan,
    open_source,
)
from pipeline.sources.rtsp import RtspSource

#: A stream that shows no second keyframe is watched so many times as long.
_PATIENCE = 2.5
#: Of a folder of pictures, which has no packets: any size will do.
_SMALL = (128, 128)


@dataclass(slots=True)
class Seen:
    """What a stream showed."""

    #: Seconds it was watched from its first item on.
    watched_s: float = 0.0
    opened: Opened | None = None
    #: Why it could not be opened, or ended.
    error: SourceError | None = None
    #: Time stamps of pictures on the host's monotonic clock, and of the keyframes among them.
    pictures_ns: list[int] = field(default_factory=list)
    keyframes_ns: list[int] = field(default_factory=list)
    picture_bytes: int = 0
    #: Samples of sound, and the loudest of them, from 0 to 1.
    samples: int = 0
    peak: float = 0.0
    #: Time stamps that led nowhere: jumps of the stream, and single ones that were replaced.
    jumps: int = 0
    restamped: int = 0
    #: Camera's clock less the host's, seconds; None where the camera does not tell (RTCP).
    clock_offset_s: float | None = None

    def take(self, item: Item) -> None:
        """Count an item of the source."""
        if isinstance(item, Opened):
            self.opened = item
        elif isinstance(item, Packets):
            for packet in item.packets:
                if packet.modality is Modality.VIDEO:
                    self.pictures_ns.append(packet.pts_ns)
                    self.picture_bytes += len(packet.data)
                    if packet.keyframe:
                        self.keyframes_ns.append(packet.pts_ns)
        elif isinstance(item, Picture):
            self.pictures_ns.append(item.pts_ns)
            self.keyframes_ns.append(item.pts_ns)
        elif isinstance(item, Sound):
            self.samples += item.samples.size
            self.peak = max(self.peak, float(np.abs(item.samples).max(initial=0.0)))
        elif isinstance(item, Discontinuity):
            self.jumps += 1


def clock_offset_s(source: RtspSource) -> float | None:
    """A camera's clock less the host's, by its first RTCP sender report (RFC 3550, 6.4.1).

    FFmpeg tells the camera's wall clock at stream time 0, the line's clock when that arrived.

    Args:
        source: of which something was read.
    """
    origin_us = None if source.container is None else source.container.start_time_realtime
    offset_ns = source.clock.offset_ns
    if origin_us is None or origin_us <= 0 or offset_ns is None:
        return None
    host_s = time.time() - time.monotonic() + offset_ns / NS_PER_S
    return float(origin_us / 1e6 - host_s)


def plans_of(name: str, camera: Camera) -> list[SourcePlan]:
    """What of a camera is watched: its stream, and the smaller one that is looked at."""
    pictures = urlsplit(camera.url.get_secret_value()).scheme == "images"
    plan = SourcePlan(
        name, camera, _SMALL if pictures else None, sound=camera.audio is not AudioUse.OFF
    )
    smaller = camera.analysis_url
    if smaller is None:
        return [plan]
    # As the line does: the smaller stream is looked at, and gives no sound.
    return [plan, replace(plan, sound=False, url=smaller.get_secret_value())]


def watch(
    plan: SourcePlan,
    seconds: float,
    *,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> Seen:
    """Open a stream and read it for a while; nothing of its picture is decoded.

    Args:
        plan: see `plans_of`.
        seconds: how long; up to 2.5 times as long while fewer than two keyframes came.
        stop: asked between any two items: whether to end now.
        clock: monotonic seconds.
    """
    seen = Seen()
    source = open_source(plan)
    began = clock()
    try:
        with closing(source.run()) as items:  # type: ignore[type-var]
            for item in items:
                if isinstance(item, Opened):
                    began = clock()
                seen.take(item)
                seen.watched_s = clock() - began
                settled = len(seen.keyframes_ns) >= 2 or not plan.wants_video
                if stop() or seen.watched_s >= seconds * (1.0 if settled else _PATIENCE):
                    break
            if isinstance(source, RtspSource):
                seen.clock_offset_s = clock_offset_s(source)
                seen.restamped = source.clock.restamped
    except SourceError as error:
        seen.error = error
    return seen
