"""A folder of still pictures as a camera, one after the other at the sampling rate."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import av
from av.error import FFmpegError

from pipeline.records import NS_PER_S, Modality
from pipeline.sources.base import (
    CameraUnreachable,
    Decoded,
    Item,
    Opened,
    Packet,
    Packets,
    Picture,
    SourcePlan,
    UnsupportedStream,
    VideoParameters,
)
from pipeline.sources.file import path_of
from pipeline.sources.picture import ViewMaker
from pipeline.sources.reader import quiet_libav
from pipeline.sources.sizes import MAX_PIXELS, MAX_SIDE, is_too_large

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})


class ImagesSource:
    """Shows the pictures of a folder in the order of their names."""

    def __init__(self, plan: SourcePlan) -> None:
        self._plan = plan
        self._folder = path_of(plan.address)
        self._views = ViewMaker(plan.settings, plan.frame_size or (1, 1))

    def run(self) -> Iterator[Item]:
        """Yield a picture, and it as an encoded packet, per file; unreadable files are passed over.

        Raises:
            CameraUnreachable: there is no such folder, or no picture in it.
            UnsupportedStream: not one of the pictures can be read.
        """
        quiet_libav()
        paths = self._paths()
        live = self._plan.settings.pace == "live"
        step = int(NS_PER_S / self._plan.settings.sample_fps)
        pts_ns = time.monotonic_ns() if live else 0
        shown, first = 0, True
        while first or self._plan.settings.loop:
            for path in paths:
                frame = _read(path)
                if frame is None:
                    continue
                parameters = VideoParameters("mjpeg", frame.width, frame.height)
                if not shown:
                    yield Opened(parameters, None)
                shown += 1
                _wait_until(pts_ns, live)
                now = time.time()
                if self._plan.packets:
                    data = _jpeg(frame)
                    packet = Packet(Modality.VIDEO, parameters, pts_ns, step, True, data)
                    yield Packets((packet,), now)
                if self._plan.frame_size is not None:
                    self._show(frame, pts_ns, now)
                    yield Decoded(1, 0)
                    yield Picture(pts_ns, now, self._views.views(frame))
                pts_ns += step
            if not shown:
                raise UnsupportedStream(
                    f"{self._plan.camera}: none of the {len(paths)} pictures in {self._folder} can "
                    f"be read, or all are larger than {MAX_SIDE} pixels across"
                )
            first = False

    def _show(self, frame: av.VideoFrame, pts_ns: int, captured_at: float) -> None:
        looker = self._plan.looker
        if looker is not None and looker.due():
            looker.show(frame, pts_ns=pts_ns, captured_at=captured_at, pixel_aspect=1.0)

    def _paths(self) -> list[Path]:
        if not self._folder.is_dir():
            raise CameraUnreachable(
                f"{self._plan.camera}: there is no folder {self._folder}: check the path"
            )
        paths = sorted(p for p in self._folder.iterdir() if p.suffix.lower() in _SUFFIXES)
        if not paths:
            raise CameraUnreachable(
                f"{self._plan.camera}: {self._folder} holds no pictures: put "
                + ", ".join(sorted(_SUFFIXES))
                + " files there"
            )
        return paths


def _read(path: Path) -> av.VideoFrame | None:
    options = {"protocol_whitelist": "file", "max_pixels": str(MAX_PIXELS)}
    try:
        with av.logging.Capture(), av.open(str(path), options=options) as container:
            context = container.streams.video[0].codec_context
            if is_too_large(context.width, context.height):
                return None
            frame: av.VideoFrame | None = next(container.decode(video=0), None)
            return frame
    except (FFmpegError, OSError, IndexError):
        return None


def _jpeg(frame: av.VideoFrame) -> bytes:
    import cv2

    ok, data = cv2.imencode(".jpg", frame.to_ndarray(format="bgr24"))
    assert ok
    return bytes(data)


def _wait_until(pts_ns: int, live: bool) -> None:
    while live and (wait := (pts_ns - time.monotonic_ns()) / NS_PER_S) > 0:
        time.sleep(min(wait, 1.0))
