"""The sound side that all sound encoders share: log-mel pictures into a tower, unit rows out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.encoders.base import check_mel
from pipeline.encoders.pictures import UnitRows
from pipeline.encoders.towers import Pending, Tower
from pipeline.log_mel import RATE, MelFront


class Sounds:
    """Embeds log-mel pictures by a tower; the part of ``SoundEncoder`` that is the same for all.

    Args:
        tower: takes float32 (n, bands, columns).
        model_id: identity of the vectors.
        front: what makes the log-mel pictures.
        dim: width of the embeddings.
        scale: what the model multiplies cosines with before a softmax.
    """

    def __init__(
        self, tower: Tower, model_id: str, front: MelFront, dim: int, scale: float
    ) -> None:
        self._tower = tower
        self._id = model_id
        self._front = front
        self._dim = dim
        self._scale = scale

    @property
    def model_id(self) -> str:
        """See ``SoundEncoder``."""
        return self._id

    @property
    def window_s(self) -> float:
        """See ``SoundEncoder``."""
        return self._front.window / RATE

    @property
    def front(self) -> MelFront:
        """See ``SoundEncoder``."""
        return self._front

    @property
    def dim(self) -> int:
        """See ``SoundEncoder``."""
        return self._dim

    @property
    def logit_scale(self) -> float:
        """See ``SoundEncoder``."""
        return self._scale

    def room(self, n: int) -> NDArray[np.float32]:
        """See ``Ahead``."""
        return self._tower.room(n)

    def begin(self, mel: NDArray[np.float32]) -> Pending:
        """See ``Ahead``. Raises BadInputError."""
        check_mel(mel, self._front)
        return UnitRows(self._tower.begin(mel), self._id)

    def shrink(self, most: int) -> None:
        """See ``Ahead``."""
        self._tower.shrink(most)

    def encode_mel(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``SoundEncoder``."""
        check_mel(mel, self._front)
        if not len(mel):
            return np.zeros((0, self._dim), np.float32)
        return self.begin(mel).result()
