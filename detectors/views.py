"""Whether a camera still looks where it used to: directions of edges against a learned look.

The print of a picture (`pipeline.vitals`) becomes unit vectors, one per edge. Their mean over time
is the look: what stands keeps its length, what passes averages out. A picture is laid over a look
at every shift at once, by FFT; where the camera stands still one sharp peak lies at no shift, where
it was pushed the peak has moved, and where it looks elsewhere there is none (orientation
correlation: Fitch, Kadyrov, Christmas and Kittler, BMVC 2002).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.vitals import PRINT

Field = NDArray[np.complex64]

#: Cells of the print along the side of a block.
_BLOCK = 8
#: Mean length in a block above which the look has something to hold on to there.
_STRUCTURED = 0.08
#: Share of a block's structure that has to be met for the block to count as kept.
_MET = 0.2
#: Shifts up to so many cells are none: scaling and codecs move edges by less.
_STILL = 1
#: Turns that are tried, degrees.
_TURNS = (-12.0, -8.0, -4.0, 4.0, 8.0, 12.0)

#: Where a surface holds the shifts that are none, in its flat form.
_AROUND = np.add.outer(
    np.arange(-_STILL, _STILL + 1) % PRINT * PRINT, np.arange(-_STILL, _STILL + 1) % PRINT
).ravel()
_VECTORS = np.zeros(256, np.complex64)
_VECTORS[1:] = np.exp(2j * math.pi * np.arange(255) / 254)


def directions(picture_print: bytes) -> Field:
    """The vectors of a print, complex64 (PRINT, PRINT): doubled angle, 0 where there is no edge.

    Raises:
        ValueError: the print is not of PRINT x PRINT bytes.
    """
    field: Field = _VECTORS.take(np.frombuffer(picture_print, np.uint8)).reshape(PRINT, PRINT)
    return field


@dataclass(frozen=True, slots=True)
class Match:
    """How a picture lies on a look. Peaks are in standard deviations over all shifts."""

    #: The peak at no shift, and the highest of all with its shift in cells, (down, across).
    still: float
    peak: float
    shift: tuple[int, int]
    #: Share of the look's structured blocks that are kept where they were.
    kept: float

    @property
    def shifted(self) -> bool:
        """Whether the highest peak lies elsewhere than at no shift."""
        return max(abs(cells) for cells in self.shift) > _STILL


class Look:
    """What a camera shows usually: the mean of its directions.

    Args:
        field: complex64 (PRINT, PRINT), of the first picture.
    """

    def __init__(self, field: Field) -> None:
        self.field: Field = field.copy()

    def learn(self, field: Field, rate: float) -> None:
        """Move towards a picture's directions by ``rate``, in (0, 1]."""
        self.field += np.complex64(rate) * (field - self.field)

    def match(self, field: Field) -> Match:
        """Lay a picture's directions over the look, at every shift."""
        surface = _surface(self.field, field)
        spread = _spread(surface)
        if spread == 0.0:
            return Match(0.0, 0.0, (0, 0), 0.0)
        at = int(surface.argmax())
        down, across = (_signed(cells) for cells in divmod(at, PRINT))
        return Match(
            float(surface.take(_AROUND).max()) / spread,
            float(surface.flat[at]) / spread,
            (down, across),
            self._kept(field),
        )

    def turned(self, field: Field) -> tuple[float, float]:
        """The turn, degrees clockwise, under which a picture fits best, and its peak."""
        best = (0.0, 0.0)
        middle = ((PRINT - 1) / 2, (PRINT - 1) / 2)
        for turn in _TURNS:
            matrix = cv2.getRotationMatrix2D(middle, -turn, 1.0)
            parts = [
                cv2.warpAffine(np.ascontiguousarray(part), matrix, (PRINT, PRINT))
                for part in (self.field.real, self.field.imag)
            ]
            # The directions turn with the picture, at twice the angle.
            spin = np.complex64(np.exp(2j * math.radians(turn)))
            surface = _surface((parts[0] + 1j * parts[1]) * spin, field)
            spread = _spread(surface)
            if spread > 0.0 and (peak := float(surface.max()) / spread) > best[1]:
                best = turn, peak
        return best

    def _kept(self, field: Field) -> float:
        length = _blocks(np.abs(self.field))
        structured = length > _STRUCTURED
        if not structured.any():
            return 0.0
        met = _blocks(np.real(field * self.field.conj()))
        # A vector of length r is met by unit vectors with r on average, weighted by r again.
        usual = _blocks(np.abs(self.field) ** 2)
        return float((met > _MET * usual)[structured].mean())


def _surface(look: Field, field: Field) -> NDArray[np.float32]:
    # Not numpy's: OpenCV stays in single precision, and takes a sixth of the time.
    product = cv2.mulSpectrums(_spectrum(field), _spectrum(look), 0, conjB=True)
    surface = np.asarray(cv2.idft(product, flags=cv2.DFT_SCALE), np.float32)
    return np.ascontiguousarray(surface[..., 0])


def _spectrum(field: Field) -> NDArray[np.float32]:
    return np.asarray(cv2.dft(field.view(np.float32).reshape(PRINT, PRINT, 2)), np.float32)


def _spread(surface: NDArray[np.float32]) -> float:
    return float(cv2.meanStdDev(surface)[1][0, 0])


def _signed(cells: int) -> int:
    return (cells + PRINT // 2) % PRINT - PRINT // 2


def _blocks(values: NDArray[Any]) -> NDArray[np.floating[Any]]:
    # Where one divides the other, OpenCV's areas are means.
    side = PRINT // _BLOCK
    return np.asarray(cv2.resize(values, (side, side), interpolation=cv2.INTER_AREA))
