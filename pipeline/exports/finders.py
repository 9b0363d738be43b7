"""Where faces and persons are, by what comes with OpenCV: no model is fetched, and none is good.

Faces: cascades of Haar features (Viola and Jones, CVPR 2001; profiles both ways). Persons:
histograms of oriented gradients with OpenCV's own weights (Dalal and Triggs, CVPR 2005). How much
both miss is measured by ``hearsight evaluate blur``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.exports.boxes import Box

_FRONTAL, _PROFILE = "haarcascade_frontalface_alt2.xml", "haarcascade_profileface.xml"
#: Longest side at which faces are looked for, and how much smaller pictures are enlarged at most: a
#: cascade's smallest face has 20 pixels.
_FACE_SIDE, _LARGER = 960, 2.0
_FACE_STEP, _FACE_VOTES = 1.2, 2
#: A person is found from 128 lines on.
_PERSON_SIDE = 720
_PERSON_STEP = 1.08
_LEAST_WEIGHT = 0.0
#: The head within a person's box, which has a margin: from, to, and how wide, in parts of it.
_HEAD_TOP, _HEAD_BOTTOM, _HEAD_WIDTH = 0.04, 0.30, 0.6


class FinderMissing(RuntimeError):
    """This OpenCV comes without the files of a finder."""


class FaceFinder:
    """Finds faces in single pictures.

    Raises:
        FinderMissing: OpenCV's folder of cascades lacks one.
    """

    def __init__(self) -> None:
        self._frontal, self._profile = _cascade(_FRONTAL), _cascade(_PROFILE)

    def find(self, grey: NDArray[np.uint8]) -> list[Box]:
        """Faces in a picture, uint8 (H, W), in its pixels; one face may be found twice."""
        picture, factor = _resized(grey, _FACE_SIDE, _LARGER)
        even = np.asarray(cv2.equalizeHist(picture), np.uint8)
        width = even.shape[1]
        found = _detected(self._frontal, even) + _detected(self._profile, even)
        mirrored = np.ascontiguousarray(even[:, ::-1])
        found += [
            Box(width - b.right, b.top, width - b.left, b.bottom)
            for b in _detected(self._profile, mirrored)
        ]
        return [box.scaled(1 / factor) for box in found]


class PersonFinder:
    """Finds persons who stand or walk in single pictures."""

    def __init__(self) -> None:
        self._hog = cv2.HOGDescriptor()
        # The type stub knows nothing of the static function.
        weights: Any = cv2.HOGDescriptor_getDefaultPeopleDetector()  # type: ignore[attr-defined]
        self._hog.setSVMDetector(weights)

    def find(self, grey: NDArray[np.uint8]) -> list[Box]:
        """Persons in a picture, uint8 (H, W), in its pixels."""
        picture, factor = _resized(grey, _PERSON_SIDE, _LARGER)
        if picture.shape[0] < 128 or picture.shape[1] < 64:
            return []
        found, _ = self._hog.detectMultiScale(
            picture,
            hitThreshold=_LEAST_WEIGHT,
            winStride=(8, 8),
            padding=(8, 8),
            scale=_PERSON_STEP,
        )
        return [Box(x, y, x + w, y + h).scaled(1 / factor) for x, y, w, h in found]


def head_of(person: Box) -> Box:
    """Where a found person's head is."""
    height, width = person.bottom - person.top, person.right - person.left
    middle = (person.left + person.right) / 2
    return Box(
        middle - width * _HEAD_WIDTH / 2,
        person.top + height * _HEAD_TOP,
        middle + width * _HEAD_WIDTH / 2,
        person.top + height * _HEAD_BOTTOM,
    )


def _cascade(name: str) -> cv2.CascadeClassifier:
    # The package's stub knows nothing of this module.
    path = Path(cv2.data.haarcascades) / name  # type: ignore[attr-defined]
    made = cv2.CascadeClassifier(str(path)) if path.is_file() else cv2.CascadeClassifier()
    if made.empty():
        raise FinderMissing(
            f"this OpenCV comes without {name}, so faces cannot be found: install the "
            "opencv-python-headless that the lock file names, or export with --blur all"
        )
    return made


def _detected(cascade: cv2.CascadeClassifier, picture: NDArray[np.uint8]) -> list[Box]:
    found = cascade.detectMultiScale(
        picture, scaleFactor=_FACE_STEP, minNeighbors=_FACE_VOTES, minSize=(20, 20)
    )
    return [Box(x, y, x + w, y + h) for x, y, w, h in found]


def _resized(grey: NDArray[np.uint8], side: int, larger: float) -> tuple[NDArray[np.uint8], float]:
    """A picture with this longest side, enlarged at most so much; and by how much it was."""
    factor = min(side / max(grey.shape), larger)
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, size, interpolation=how), np.uint8), factor
