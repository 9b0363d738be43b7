"""Cuts evidence beside the line: requests wait here until their moment has passed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import structlog

from pipeline.config import Camera
from pipeline.media import write_clip
from pipeline.media_folder import MediaError, MediaFolder
from pipeline.messages import CutMedia, MediaReady
from pipeline.records import NS_PER_S
from pipeline.ring import Ring, until
from pipeline.sources.base import Packet
from pipeline.stills import heated, write_picture, write_thumbnail

log = structlog.get_logger()

_TICK_S = 0.2
#: A ring that has not grown for so long (seconds) will not reach the end that is waited for.
_STANDSTILL_S = 4.0


class Filmed(Protocol):
    """What the desk needs to know of a camera."""

    camera: str
    settings: Camera
    ring: Ring

    @property
    def expects_more(self) -> bool:
        """Whether the camera is connected, so that its ring will grow."""
        ...


@dataclass(slots=True)
class _Request:
    message: CutMedia
    lane: Filmed
    end_ns: int
    packets: list[Packet]
    seen: int
    thumb_path: str | None = None
    heat_path: str | None = None
    error: str | None = None
    grew_at: float = field(default_factory=time.monotonic)


class MediaDesk(threading.Thread):
    """One thread that writes thumbnails at once and clips when their end has come.

    Args:
        lanes: the cameras by name.
        folder: where files go.
        answer: called with each `MediaReady`.
        max_clip_s: longest clip, seconds of stream time.
    """

    def __init__(
        self,
        lanes: Mapping[str, Filmed],
        folder: MediaFolder,
        answer: Callable[[MediaReady], None],
        *,
        max_clip_s: float,
    ) -> None:
        super().__init__(name="media-desk", daemon=True)
        self._lanes = lanes
        self._folder = folder
        self._answer = answer
        self._max_ns = int(max_clip_s * NS_PER_S)
        self._inbox: list[CutMedia] = []
        self._pending: list[_Request] = []
        self._changed = threading.Condition()
        self._stopping = False
        self.fault: BaseException | None = None

    def ask(self, message: CutMedia) -> None:
        """Hand in a request; never waits."""
        with self._changed:
            self._inbox.append(message)
            self._changed.notify()

    def stop(self) -> None:
        """Cut what is pending with what there is, then end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def run(self) -> None:
        """Work until stopped."""
        try:
            while self._turn():
                pass
        except BaseException as fault:
            self.fault = fault
            raise

    def _turn(self) -> bool:
        with self._changed:
            if not self._inbox and not self._stopping:
                self._changed.wait(_TICK_S if self._pending else None)
            inbox, self._inbox = self._inbox, []
            stopping = self._stopping
        for message in inbox:
            self._begin(message)
        waiting = []
        for request in self._pending:
            if self._collect(request) or stopping:
                self._finish(request)
            else:
                waiting.append(request)
        self._pending = waiting
        return not stopping

    def _begin(self, message: CutMedia) -> None:
        lane = self._lanes.get(message.camera)
        if lane is None:
            error = f"{message.camera} is no camera of this worker"
            self._answer(MediaReady(message.alert_id, message.camera, None, None, error))
            return
        end_ns = min(message.end_ns, message.start_ns + self._max_ns)
        # Taken now: the ring may have moved on by the time the clip's end has come.
        packets, seen = lane.ring.follow(message.start_ns, end_ns)
        request = _Request(message, lane, end_ns, packets, seen)
        self._thumbnail(request)
        if message.end_ns <= message.start_ns:
            self._reply(request, None)
        else:
            self._pending.append(request)

    def _thumbnail(self, request: _Request) -> None:
        message, lane = request.message, request.lane
        try:
            path = self._folder.place(message.camera, message.alert_id, "thumb.jpg")
            packets = lane.ring.cut(message.thumb_ns, message.thumb_ns)
            settings, view = lane.settings, message.view
            picture = write_thumbnail(path, packets, message.thumb_ns, settings, view)
            request.thumb_path = self._folder.relative(path)
            if message.heat:
                heat = np.frombuffer(message.heat, np.float32).reshape(message.heat_rows, -1)
                path = self._folder.place(message.camera, message.alert_id, "heat.jpg")
                write_picture(path, heated(picture, heat, settings.regions.get(view)))
                request.heat_path = self._folder.relative(path)
        except MediaError as error:
            request.error = f"{type(error).__name__}: {error}"

    def _collect(self, request: _Request) -> bool:
        """Take in what the ring got; True when nothing more is to be waited for."""
        # Asked first: what comes in between is taken in next time.
        newest_ns = request.lane.ring.newest_ns
        fresh, request.seen = request.lane.ring.after(request.seen)
        begin, end = request.message.start_ns, request.end_ns
        request.packets = until([*request.packets, *(p for p in fresh if p.pts_ns >= begin)], end)
        now = time.monotonic()
        if fresh:
            request.grew_at = now
        if newest_ns >= end:
            return True
        return not request.lane.expects_more or now - request.grew_at > _STANDSTILL_S

    def _finish(self, request: _Request) -> None:
        message = request.message
        clip = None
        try:
            path = self._folder.place(message.camera, message.alert_id, "clip.mp4")
            write_clip(path, request.packets, request.lane.settings)
            clip = self._folder.relative(path)
        except MediaError as error:
            request.error = f"{type(error).__name__}: {error}"
        self._reply(request, clip)

    def _reply(self, request: _Request, clip: str | None) -> None:
        message = request.message
        if request.error:
            log.warning(
                "no evidence", camera=message.camera, id=message.alert_id, error=request.error
            )
        self._answer(
            MediaReady(
                message.alert_id,
                message.camera,
                request.thumb_path,
                clip,
                request.error,
                request.heat_path,
            )
        )
