"""Small pictures of what a view showed: one of many, kept where something new is to be seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.records import NS_PER_S

#: One at least so often.
_EVERY_NS = 60 * NS_PER_S
#: Never sooner after one than this.
_SOONEST_NS = 2 * NS_PER_S
#: Cosine to the last one kept below which a view shows something else.
_ALIKE = 0.9
#: A view that always changes, as a street does, gets one in 20 s; after a calm time ten at once.
_REFILL_NS = 20 * NS_PER_S
_BURST = 10.0
_HEIGHT = 120
_QUALITY = 70
_WIDEST = 4.0


@dataclass(slots=True)
class _Kept:
    vector: NDArray[np.float32]
    pts_ns: int
    #: How many more may follow because the view changes.
    allowance: float


class ThumbnailPicker:
    """Says of which embeddings a picture is kept: at most 5,800 a view and day, at least 1,440."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Kept] = {}

    def wanted(self, camera: str, view: str, pts_ns: int, vector: NDArray[np.float32]) -> bool:
        """Whether the picture with this embedding is kept; asks once per picture.

        Args:
            camera: whose it is.
            view: of which view.
            pts_ns: its stream time. Time that steps back is another time line.
            vector: float32 (d,), unit length.
        """
        last = self._kept.get((camera, view))
        if last is None:
            self._kept[camera, view] = _Kept(vector, pts_ns, _BURST)
            return True
        passed = pts_ns - last.pts_ns
        if 0 <= passed < _SOONEST_NS:
            return False
        allowance = min(_BURST, last.allowance + max(passed, 0) / _REFILL_NS)
        other = float(vector @ last.vector) < _ALIKE and allowance >= 1.0
        if not other and 0 <= passed < _EVERY_NS:
            return False
        self._kept[camera, view] = _Kept(vector, pts_ns, allowance - other)
        return True


def small_jpeg(pixels: NDArray[np.uint8], aspect: float) -> bytes:
    """A JPEG of 120 lines.

    Args:
        pixels: uint8 (H, W, 3) RGB, squashed to the encoder's size.
        aspect: width of the view by its height, as the camera shows it; 0 where nobody knows, and
            it stays as it is.
    """
    import cv2

    shape = aspect or pixels.shape[1] / pixels.shape[0]
    width = round(_HEIGHT * min(max(shape, 1 / _WIDEST), _WIDEST))
    small = cv2.resize(pixels, (width, _HEIGHT), interpolation=cv2.INTER_AREA)
    ok, data = cv2.imencode(
        ".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    )
    assert ok
    return bytes(data)
