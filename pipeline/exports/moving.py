"""What moves in a film of a camera that does not: most persons do, and are covered by that."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.exports.boxes import Box

#: Lines of the small pictures that are compared.
_HEIGHT = 120
#: Grey levels by which a place differs from its background, or from a moment ago.
_DIFFERS = 14
#: What moved within so many seconds counts: who stands still for a moment is still there.
_WITHIN_S = 1.0
#: Smallest thing, in places of the small picture.
_LEAST = 6


class Moving:
    """Compares a film's pictures with what each place shows most of the time."""

    def __init__(self) -> None:
        self._small: list[NDArray[np.uint8]] = []
        self._at: list[float] = []
        self._changed: NDArray[np.bool_] | None = None
        self._factor = 1.0

    def add(self, at_s: float, grey: NDArray[np.uint8]) -> None:
        """Take a picture, uint8 (H, W), at a time of the film; times grow, and the size stays."""
        self._factor = grey.shape[0] / _HEIGHT
        width = max(1, round(grey.shape[1] / self._factor))
        small = cv2.resize(grey, (width, _HEIGHT), interpolation=cv2.INTER_AREA)
        self._small.append(np.asarray(cv2.GaussianBlur(small, (3, 3), 0), np.uint8))
        self._at.append(at_s)
        self._changed = None

    def at(self, at_s: float) -> list[Box]:
        """Boxes around all that moves about a time, in the film's pixels."""
        if not self._small:
            return []
        if self._changed is None:
            self._changed = _changes(self._small)
        times = np.array(self._at)
        near = np.abs(times - at_s) <= _WITHIN_S
        near[int(np.argmin(np.abs(times - at_s)))] = True
        return [box.scaled(self._factor) for box in _around(self._changed[near].any(axis=0))]


def _changes(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.bool_]:
    """By picture, where somebody may be, bool (n, h, w).

    That is where it differs from the background or from the picture before; and, in every picture,
    where the film's first or last one differs from the background: who lies down, or has sat and
    goes, is still for so long that they are what the place shows most of the time.
    """
    stack = np.stack(pictures).astype(np.int16)
    background = np.median(stack, axis=0).astype(np.int16)
    # A light that is switched changes every place by about the same.
    shift = np.median((stack - background).reshape(len(stack), -1), axis=1).astype(np.int16)
    differs: NDArray[np.bool_] = np.abs(stack - background - shift[:, None, None]) > _DIFFERS
    unsure = differs[0] | differs[-1]
    step = np.abs(np.diff(stack - shift[:, None, None], axis=0)) > _DIFFERS
    differs[1:] |= step
    differs[:-1] |= step
    differs |= unsure
    return differs


def _around(places: NDArray[np.bool_]) -> list[Box]:
    kernel = np.ones((5, 5), np.uint8)
    grown = cv2.dilate(places.astype(np.uint8), kernel, iterations=1)
    count, _, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    boxes = []
    for left, top, width, height, area in stats[1:count]:
        if area >= _LEAST + kernel.size:
            boxes.append(Box(left, top, left + width, top + height))
    return boxes
