"""From a decoded picture to the views that encoders look at."""

from __future__ import annotations

import math
from collections.abc import Sequence

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from pipeline.config import Camera, Region
from pipeline.records import WHOLE_VIEW
from pipeline.sources.pace import Pace

Polygon = Sequence[tuple[float, float]]

#: Reach of the scaler's filter in pixels of the smaller picture: what lies behind a mask must not
#: shine through at its border.
FILTER_REACH = 2


def reach(target: tuple[int, ...], source: tuple[int, ...]) -> int:
    """How far the scaler carries a pixel of the larger picture, in pixels of the target.

    Args:
        target: (height, width) of what was made.
        source: (height, width) of what it was made of: where that is smaller it is enlarged, and
            with it the filter.
    """
    larger = max(1.0, *(t / max(1, s) for t, s in zip(target, source, strict=True)))
    return math.ceil(FILTER_REACH * larger)


class Sampler:
    """Chooses pictures by stream time, whatever the frame rate: the first in each time slot.

    Args:
        pace: how long a slot is; it may change at any time.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._last_ns: int | None = None

    def due(self, pts_ns: int) -> bool:
        """Whether a picture at ``pts_ns`` is the first of its slot; asks once per picture."""
        slot = self._pace.slot
        if self._last_ns is not None and slot(pts_ns) <= slot(self._last_ns):
            return False
        self._last_ns = pts_ns
        return True

    def taken(self, pts_ns: int) -> None:
        """Say that a picture was chosen by another rule: its slot is filled."""
        self._last_ns = pts_ns

    def reset(self) -> None:
        """Forget the last slot: time begins anew."""
        self._last_ns = None


def mask_pixels(
    pixels: NDArray[np.uint8],
    masks: Sequence[Polygon],
    region: Region | None = None,
    *,
    margin: int = 0,
) -> None:
    """Black out polygons in place.

    Args:
        pixels: uint8 (H, W, 3), the whole picture or ``region`` of it.
        masks: corners in fractions of the whole picture's width and height.
        region: the part of the picture that ``pixels`` shows.
        margin: pixels blacked out beyond the border.
    """
    import cv2

    height, width = pixels.shape[:2]
    left, top, across, down = 0.0, 0.0, 1.0, 1.0
    if region is not None:
        left, top, across, down = region.left, region.top, region.width, region.height
    for mask in masks:
        corners = np.array(
            [((x - left) / across * width, (y - top) / down * height) for x, y in mask]
        )
        points = np.round(corners).astype(np.int32).reshape(-1, 1, 2)
        cv2.fillPoly(pixels, [points], (0, 0, 0))
        if margin:
            cv2.polylines(pixels, [points], True, (0, 0, 0), thickness=2 * margin + 1)


class ViewMaker:
    """Makes every view of one camera's pictures, squashed to one size.

    Args:
        settings: the camera's regions and masks.
        size: (height, width) in pixels.
    """

    def __init__(self, settings: Camera, size: tuple[int, int]) -> None:
        self._settings = settings
        self._height, self._width = size
        self._whole = VideoReformatter()
        self._full = VideoReformatter()
        self._scalers = {name: VideoReformatter() for name in settings.regions}

    def views(self, frame: av.VideoFrame) -> dict[str, NDArray[np.uint8]]:
        """Return each view as uint8 (H, W, 3) RGB with the masks in it."""
        out = {WHOLE_VIEW: self._scale(self._whole, frame)}
        self._mask(out[WHOLE_VIEW], None, (frame.height, frame.width))
        if not self._settings.regions:
            return out
        full = self._full.reformat(frame, format="rgb24").to_ndarray().astype(np.uint8, copy=False)
        for name, region in self._settings.regions.items():
            crop = np.ascontiguousarray(crop_of(full, region))
            part = av.VideoFrame.from_ndarray(crop, format="rgb24")
            out[name] = self._scale(self._scalers[name], part)
            self._mask(out[name], region, crop.shape[:2])
        return out

    def _scale(self, scaler: VideoReformatter, frame: av.VideoFrame) -> NDArray[np.uint8]:
        scaled = scaler.reformat(frame, width=self._width, height=self._height, format="rgb24")
        pixels: NDArray[np.uint8] = np.ascontiguousarray(scaled.to_ndarray())
        return pixels

    def _mask(
        self, pixels: NDArray[np.uint8], region: Region | None, size: tuple[int, ...]
    ) -> None:
        if self._settings.masks:
            margin = reach((self._height, self._width), size)
            mask_pixels(pixels, self._settings.masks, region, margin=margin)


def crop_of(pixels: NDArray[np.uint8], region: Region) -> NDArray[np.uint8]:
    """The part of ``pixels`` (H, W, 3) that a region shows, at least one pixel."""
    height, width = pixels.shape[:2]
    top = min(int(region.top * height), height - 1)
    left = min(int(region.left * width), width - 1)
    bottom = max(top + 1, round((region.top + region.height) * height))
    right = max(left + 1, round((region.left + region.width) * width))
    return pixels[top:bottom, left:right]
