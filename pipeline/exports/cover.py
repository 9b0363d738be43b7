"""Covers parts of a picture so that nothing of what was there can be had back."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.exports.boxes import Box

#: Places across the longest side that are left of a picture that is covered as a whole, and levels
#: of brightness of each.
PLACES, LEVELS = 16, 32


def cover(pixels: NDArray[np.uint8], boxes: Iterable[Box]) -> float:
    """Fill rectangles of uint8 (H, W, 3) in place, each with its mean colour.

    Three numbers are left of each rectangle: there is nothing that could be sharpened.

    Returns:
        The part of the picture that is covered.
    """
    height, width = pixels.shape[:2]
    covered = np.zeros((height, width), np.bool_)
    for box in boxes:
        left, top, right, bottom = box.inside(width, height)
        if right > left and bottom > top:
            part = pixels[top:bottom, left:right]
            part[:] = part.reshape(-1, 3).mean(axis=0).astype(np.uint8)
            covered[top:bottom, left:right] = True
    return float(covered.mean())


def veil(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A whole picture, uint8 (H, W, 3), of which 16 places across are left, in coarse levels."""
    height, width = pixels.shape[:2]
    share = PLACES / max(height, width)
    size = (max(1, round(width * share)), max(1, round(height * share)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    step = 256 // LEVELS
    coarse = (small // step * step + step // 2).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
