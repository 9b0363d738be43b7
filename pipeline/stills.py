"""Evidence on disk: a thumbnail, and a heat map over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Camera, Region
from pipeline.media import NothingHeld, alike, decoded_pictures
from pipeline.media_folder import MediaError, atomic
from pipeline.records import Modality
from pipeline.sources.base import Packet
from pipeline.sources.picture import mask_pixels

_THUMBNAIL_WIDTH = 640
_JPEG_QUALITY = 85
#: Heat up to which a patch is usual, and from which on it glows fully.
_USUAL_HEAT, _FULL_HEAT = 2.0, 5.0


def write_thumbnail(
    path: Path, packets: Sequence[Packet], at_ns: int, settings: Camera, view: str = ""
) -> NDArray[np.uint8]:
    """Write the picture shown at ``at_ns`` as JPEG, at most 640 pixels wide, masks in it.

    Args:
        path: where it goes.
        packets: from a keyframe at or before ``at_ns`` on.
        at_ns: the moment, stream time.
        settings: the camera's masks and regions.
        view: a region's name: its border is drawn.

    Returns:
        What was written, uint8 (H, W, 3) RGB.

    Raises:
        NothingHeld: no picture can be decoded from the packets.
        DiskFull: the disk has no room.
    """
    import cv2

    chosen: NDArray[np.uint8] | None = None
    held = alike([p for p in packets if p.modality is Modality.VIDEO])
    for pts_ns, pixels in decoded_pictures(held):
        if pts_ns > at_ns and chosen is not None:
            break
        chosen = pixels
    if chosen is None:
        raise NothingHeld("the picture of that moment is no longer held")
    mask_pixels(chosen, settings.masks)
    height, width = chosen.shape[:2]
    if width > _THUMBNAIL_WIDTH:
        size = (_THUMBNAIL_WIDTH, max(1, round(height * _THUMBNAIL_WIDTH / width)))
        chosen = np.asarray(cv2.resize(chosen, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        height, width = chosen.shape[:2]
    if (region := settings.regions.get(view)) is not None:
        left, top, right, bottom = _corners(region, width, height)
        cv2.rectangle(chosen, (left, top), (right - 1, bottom - 1), (255, 196, 0), 2)
    write_picture(path, chosen)
    return chosen


def heated(
    picture: NDArray[np.uint8], heat: NDArray[np.float32], region: Region | None = None
) -> NDArray[np.uint8]:
    """A picture with a heat map over it: what is usual stays as it is, what is not glows.

    Args:
        picture: uint8 (H, W, 3) RGB.
        heat: (rows, cols) of standard scores over the view; up to 2 is usual, from 5 on it glows
            fully.
        region: where the view lies in the picture; None: all over it.
    """
    import cv2

    height, width = picture.shape[:2]
    left, top, right, bottom = _corners(region, width, height) if region else (0, 0, width, height)
    strength = np.clip((heat - _USUAL_HEAT) / (_FULL_HEAT - _USUAL_HEAT), 0.0, 1.0)
    size = (right - left, bottom - top)
    smooth = cv2.resize(strength.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    smooth = np.clip(smooth, 0.0, 1.0)[:, :, np.newaxis]
    glow = cv2.applyColorMap((smooth * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    out = picture.copy()
    under = out[top:bottom, left:right].astype(np.float32)
    over = cv2.cvtColor(glow, cv2.COLOR_BGR2RGB).astype(np.float32)
    weight = 0.7 * np.sqrt(smooth)
    out[top:bottom, left:right] = ((1 - weight) * under + weight * over).astype(np.uint8)
    return out


def _corners(region: Region, width: int, height: int) -> tuple[int, int, int, int]:
    return (
        int(region.left * width),
        int(region.top * height),
        int((region.left + region.width) * width),
        int((region.top + region.height) * height),
    )


def write_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture (H, W, 3) RGB as JPEG.

    Raises:
        DiskFull: the disk has no room.
        MediaError: it cannot be encoded.
    """
    import cv2

    ok, data = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    )
    if not ok:
        raise MediaError("the picture cannot be encoded as JPEG")
    with atomic(path) as partial:
        partial.write_bytes(data.tobytes())
