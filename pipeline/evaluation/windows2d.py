"""Windows over a picture at a few scales, and maps from what each window scores (WinCLIP)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.base import SightEncoder, in_parts
from pipeline.evaluation.media import picture
from pipeline.evaluation.tracks import Track
from pipeline.records import Modality

#: Sides of windows as parts of the picture's sides; the first is the whole. Windows of a scale
#: overlap by half.
SCALES = (1.0, 1 / 2, 1 / 3)
#: Maps have so many cells a side: every window's border falls on a cell's.
CELLS = 12
_BATCH = 32

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Box:
    """A window in cells of the map."""

    scale: int
    top: int
    left: int
    side: int


def _boxes() -> tuple[Box, ...]:
    out = []
    for scale, part in enumerate(SCALES):
        side = round(CELLS * part)
        step = max(1, side // 2)
        places = range(0, CELLS - side + 1, step)
        out += [Box(scale, top, left, side) for top in places for left in places]
    return tuple(out)


#: The whole picture, 3 x 3 halves, 5 x 5 thirds: 35 windows.
BOXES = _boxes()


class WindowTrack:
    """Embeds the windows of a still: one row each, in the order of `BOXES`. Times mean nothing."""

    modality = Modality.VIDEO

    def __init__(self, encoder: SightEncoder) -> None:
        self.encoder = encoder
        self.key = f"windows/{encoder.model_id}/{CELLS}/{SCALES}"

    def make(self, path: Path) -> Track:
        """See `Producer`."""
        pixels = picture(path)
        height, width = self.encoder.image_size
        crops = np.stack(
            [
                cv2.resize(_crop(pixels, box), (width, height), interpolation=cv2.INTER_AREA)
                for box in BOXES
            ]
        ).astype(np.uint8, copy=False)
        none = np.zeros(len(BOXES))
        return Track(none, none, in_parts(self.encoder.encode_images, crops, _BATCH))


def harmonic_map(scores: Values) -> Values:
    """Aggregate window scores to a map as WinCLIP does (Jeong et al. 2023, equations 4 and 5).

    In each cell, the harmonic mean over the windows of a scale that cover it, then the harmonic
    mean over the scales: a window that finds nothing pulls down what its neighbours claim.

    Args:
        scores: (windows,) probabilities of a defect in (0, 1), in the order of `BOXES`.

    Returns:
        (CELLS, CELLS), in (0, 1).
    """
    scales = [_mean_over(1 / np.maximum(scores, 1e-9), scale) for scale in range(len(SCALES))]
    out: Values = len(scales) / np.sum(scales, axis=0)
    return out


def mean_map(scores: Values) -> Values:
    """The plain baseline's map: arithmetic means over windows and scales, (CELLS, CELLS)."""
    out: Values = np.mean([_mean_over(scores, scale) for scale in range(len(SCALES))], axis=0)
    return out


def at_size(cells: Values, height: int, width: int) -> Values:
    """A map, bilinear, at a picture's size in pixels."""
    return cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float64)


def _mean_over(scores: Values, scale: int) -> Values:
    total, count = np.zeros((CELLS, CELLS)), np.zeros((CELLS, CELLS))
    for box, score in zip(BOXES, scores, strict=True):
        if box.scale == scale:
            there = np.s_[box.top : box.top + box.side, box.left : box.left + box.side]
            total[there] += score
            count[there] += 1
    return total / count


def _crop(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    top, left = box.top * height // CELLS, box.left * width // CELLS
    bottom = max(top + 1, (box.top + box.side) * height // CELLS)
    right = max(left + 1, (box.left + box.side) * width // CELLS)
    return pixels[top:bottom, left:right]
