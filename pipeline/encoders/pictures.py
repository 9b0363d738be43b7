"""The picture side that all sight encoders share: bytes into a tower, unit rows out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.base import check_pixels, unit_rows
from pipeline.encoders.towers import Pending, Tower


class UnitRows:
    """Rows on their way, brought to unit length when they are there. See ``Pending``."""

    def __init__(self, pending: Pending, model_id: str) -> None:
        self._pending = pending
        self._id = model_id

    @property
    def ready(self) -> bool:
        """See ``Pending``."""
        return self._pending.ready

    def result(self) -> NDArray[np.float32]:
        """See ``Pending``. Raises NotFiniteError."""
        return unit_rows(self._pending.result(), self._id)


class Pictures:
    """Embeds pictures by a tower; the part of ``SightEncoder`` that is the same for all.

    Args:
        tower: takes uint8 (n, H, W, 3), and normalises them itself.
        model_id: identity of the vectors.
        size: (H, W) of a picture.
        dim: width of the embeddings.
    """

    def __init__(self, tower: Tower, model_id: str, size: tuple[int, int], dim: int) -> None:
        self._tower = tower
        self._id = model_id
        self._size = size
        self._dim = dim

    @property
    def model_id(self) -> str:
        """See ``SightEncoder``."""
        return self._id

    @property
    def image_size(self) -> tuple[int, int]:
        """See ``SightEncoder``."""
        return self._size

    @property
    def dim(self) -> int:
        """See ``SightEncoder``."""
        return self._dim

    def room(self, n: int) -> NDArray[np.uint8]:
        """See ``Ahead``."""
        return self._tower.room(n)

    def begin(self, pixels: NDArray[np.uint8]) -> Pending:
        """See ``Ahead``. Raises BadInputError."""
        check_pixels(pixels, self._size)
        return UnitRows(self._tower.begin(pixels), self._id)

    def shrink(self, most: int) -> None:
        """See ``Ahead``."""
        self._tower.shrink(most)

    def encode_images(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See ``SightEncoder``."""
        check_pixels(pixels, self._size)
        if not len(pixels):
            return np.zeros((0, self._dim), np.float32)
        return self.begin(pixels).result()
