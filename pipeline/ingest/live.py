"""Live pictures for people: made only while somebody looks, from pictures that are decoded anyway.

A picture of 1920x1080 costs its camera's thread 2 ms, at most once a second; with nobody looking,
one comparison a picture.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import av
import numpy as np
import structlog
from av.error import FFmpegError
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from pipeline.ingest.outlet import Meter, Outlet
from pipeline.messages import LivePicture
from pipeline.slots import SlotStore
from pipeline.sources.picture import Polygon, mask_pixels, reach

log = structlog.get_logger()

#: So long after they were last asked for are pictures made, seconds.
WATCHED_S = 10.0
#: Between two pictures; a tenth early is on time.
EVERY_S = 1.0
#: Longest side, in pixels.
SIDE = 640
#: Tried in turn until the picture fits into its slot.
_QUALITIES = (80, 60, 40, 20)


class PictureTooLarge(ValueError):
    """A picture does not fit into its slot at any quality."""


class LiveView:
    """One camera's live pictures; `watch` may be called from any thread, the rest from one.

    Args:
        camera: its name.
        masks: polygons in fractions of the picture's width and height.
        store: where JPEGs are put.
        outlet: where they are told of; one is dropped where there is no room.
        meter: where failures are counted.
        clock: monotonic seconds; for tests.
    """

    def __init__(
        self,
        camera: str,
        masks: Sequence[Polygon],
        store: SlotStore,
        outlet: Outlet,
        meter: Meter,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._camera = camera
        self._masks = masks
        self._store = store
        self._outlet = outlet
        self._meter = meter
        self._clock = clock
        self._scaler = VideoReformatter()
        self._until = self._next = float("-inf")
        self._failing = False

    def watch(self) -> None:
        """Somebody looks: make pictures for a while."""
        self._until = self._clock() + WATCHED_S

    def due(self) -> bool:
        """Whether somebody looks, and the last picture is a second old."""
        now = self._clock()
        return self._next <= now < self._until

    def show(
        self, frame: av.VideoFrame, *, pts_ns: int, captured_at: float, pixel_aspect: float
    ) -> None:
        """Make a picture of ``frame``. A failure is counted, and costs this picture alone."""
        import cv2

        self._next = self._clock() + 0.9 * EVERY_S
        try:
            pixels = self._small(frame, pixel_aspect)
            data = jpeg_within(self._store.slot_bytes, pixels)
        except (FFmpegError, cv2.error, ValueError, MemoryError) as error:
            self._failed(error)
            return
        self._failing = False
        slot, generation = self._store.write(data)
        made = LivePicture(self._camera, slot, generation, data.size, pts_ns, captured_at)
        self._outlet.aside(made, reason="live_picture")

    def _small(self, frame: av.VideoFrame, pixel_aspect: float) -> NDArray[np.uint8]:
        width, height = frame.width * pixel_aspect, float(frame.height)
        share = min(1.0, SIDE / max(width, height))
        scaled = self._scaler.reformat(
            frame,
            width=max(1, round(width * share)),
            height=max(1, round(height * share)),
            format="bgr24",
        )
        # A copy: where there is nothing to scale, the frame is the line's own.
        pixels = np.array(scaled.to_ndarray(), np.uint8)
        if self._masks:
            margin = reach(pixels.shape[:2], (frame.height, frame.width))
            mask_pixels(pixels, self._masks, margin=margin)
        return pixels

    def _failed(self, error: Exception) -> None:
        self._meter.count("hearsight_errors_total", stage="worker", reason="live_picture")
        if not self._failing:
            log.warning("no live picture", camera=self._camera, error=str(error))
        self._failing = True


def jpeg_within(room: int, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Encode (H, W, 3) BGR as JPEG, uint8 (n,), at the best of four qualities that fits.

    Args:
        room: bytes that it may take.
        pixels: uint8.

    Raises:
        PictureTooLarge: none fits, or it cannot be encoded.
    """
    import cv2

    for quality in _QUALITIES:
        ok, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if ok and data.size <= room:
            return np.asarray(data, np.uint8).reshape(-1)
    height, width = pixels.shape[:2]
    raise PictureTooLarge(f"a picture of {width}x{height} is no JPEG of at most {room} bytes")
