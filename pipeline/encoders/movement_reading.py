"""The trained `pipeline.encoders.movement_head` on arrays. Imports no deep-learning library.

A batch's few numbers are worked out in less time than torch needs to be called, and a line that
runs on OpenVINO need not load torch for them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from pipeline.encoders.embedded_files import DamagedModelError, require
from pipeline.movement import DIM

#: Readings further than this from the mean count as this far, in standard deviations.
_FARTHEST = 4.0


class MovementReading:
    """Unit rows (n, dim) and readings (n, `pipeline.movement.DIM`) to rows (n, dim).

    Args:
        weights: the head's arrays by name, float32.

    Raises:
        DamagedModelError: they are not the head's.
    """

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        try:
            single = {name: np.asarray(value, np.float32) for name, value in weights.items()}
            self._mean, self._spread = single["mean"], single["spread"]
            self._hidden = single["hidden.weight"].T, single["hidden.bias"]
            self._out = single["out.weight"].T
            self._down, self._up = single["down.weight"].T, single["up.weight"].T
            fits = self._hidden[0].shape[0] == DIM and self._up.shape[1] == self._out.shape[1]
        except KeyError as error:
            raise DamagedModelError(
                f"the head that reads movement lacks {error}: reinstall hearsight, or train it "
                "again"
            ) from error
        if not fits:
            raise DamagedModelError(
                "the head that reads movement does not fit this version: reinstall hearsight, or "
                "train it again"
            )

    @classmethod
    def load(cls, path: Path) -> MovementReading:
        """Read a file of weights. Raises MissingModelError, DamagedModelError."""
        require(path)
        try:
            return cls(load_file(path))
        except SafetensorError as error:
            raise DamagedModelError(f"{path} is damaged ({error}): reinstall hearsight") from error

    def __call__(
        self, rows: NDArray[np.float32], readings: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Unit rows; where a reading is NaN the row is returned as it is."""
        from scipy.special import erf

        known = np.isfinite(readings).all(axis=1, keepdims=True)
        z = np.nan_to_num((readings - self._mean) / self._spread).clip(-_FARTHEST, _FARTHEST)
        weight, bias = self._hidden
        x = z @ weight + bias
        # GELU, exactly.
        x *= 0.5 * (1.0 + erf(x * np.float32(0.5**0.5)))
        moved = rows + (rows @ self._down) @ self._up + x @ self._out
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        out: NDArray[np.float32] = np.where(known, moved, rows).astype(np.float32, copy=False)
        return out
