"""A patch among the others of its picture, and pictures among the others of their camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from detectors.base import State

#: Numbers of a patch that are kept.
_KEPT = 10
#: Patches to each side that are around one.
_AROUND = 2
#: Part of the usual spread within a picture below which its patches count as alike.
_ALIKE = 0.3
#: Pictures that are read together.
_BATCH = 32
#: Spreads, and parts of the greatest variance, that count as none.
_NONE = 1e-3

Floats = NDArray[np.float32]
Patches = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class PatchReading:
    """Reads few numbers off each patch of a picture, held against its picture.

    Each number of a patch, and its mean over the patches around, is taken relative to the picture's
    own mean and spread, so that light and distance fall out; of these the main directions over all
    pictures are kept, in spreads.
    """

    #: (2 * numbers,): usual spread within a picture, of patches and then of what is around them.
    spread: Floats
    #: (2 * numbers + 1, kept): from a patch among the others to what is kept; last what is added.
    directions: Floats

    @classmethod
    def of(cls, patches: Patches) -> PatchReading:
        """Learn from ordinary pictures' patches (n, rows, cols, numbers)."""
        spread = _usual_spread(patches)
        return cls(spread, _main_directions(patches, spread))

    @property
    def kept(self) -> int:
        """Numbers that are kept of a patch."""
        return int(self.directions.shape[1])

    def read(self, patches: Patches) -> Floats:
        """What is kept of pictures' patches, (n, rows * cols * kept)."""
        n, rows, cols, _ = patches.shape
        out = np.empty((n, rows * cols, self.kept), np.float32)
        for k in range(0, n, _BATCH):
            told = _and_around(patches[k : k + _BATCH])
            mean, own = _of_pictures(told, self.spread)
            # Against its picture and then along the directions, in one product.
            directions = self.directions[:-1] / own[:, :, np.newaxis]
            added = self.directions[-1] - mean[:, np.newaxis] @ directions
            np.matmul(told, directions, out=out[k : k + _BATCH])
            out[k : k + _BATCH] += added
        return out.reshape(n, -1)

    def to_state(self) -> State:
        """All of it."""
        return {"spread": self.spread, "directions": self.directions}

    @classmethod
    def from_state(cls, state: State, numbers: int) -> PatchReading:
        """What `to_state` gave, of patches of so many numbers.

        Raises:
            KeyError, TypeError, ValueError: it cannot be read.
        """
        made = cls(*(np.asarray(state[name], np.float32) for name in ("spread", "directions")))
        if made.spread.shape != (2 * numbers,) or made.directions.shape[:-1] != (2 * numbers + 1,):
            raise ValueError(f"directions of shape {made.directions.shape} for {numbers} numbers")
        return made


def _of_pictures(told: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Means and spreads (n, 2 * numbers) that the patches of n pictures are held against."""
    cells = np.float32(told.shape[1])
    mean = np.einsum("nck->nk", told) / cells
    square = np.einsum("nck,nck->nk", told, told) / cells
    own = np.sqrt(np.maximum(square - mean * mean, 0))
    return mean, own + _ALIKE * spread + _NONE


def _main_directions(patches: Patches, spread: Floats) -> Floats:
    """See `PatchReading.directions`."""
    width = 2 * patches.shape[3]
    total, products = np.zeros(width), np.zeros((width, width))
    for some in _batches(patches):
        told = _and_around(some)
        mean, own = _of_pictures(told, spread)
        rows = ((told - mean[:, np.newaxis]) / own[:, np.newaxis]).reshape(-1, width)
        total += rows.sum(axis=0, dtype=np.float64)
        products += rows.T @ rows
    count = int(np.prod(patches.shape[:3]))
    centre = total / count
    covariance = products / count - np.outer(centre, centre)
    usual = np.sqrt(np.maximum(covariance.diagonal(), 0)) + _NONE
    _, vectors = np.linalg.eigh(covariance / np.outer(usual, usual))
    kept = vectors[:, ::-1][:, :_KEPT] / usual[:, np.newaxis]
    out: Floats = np.concatenate([kept, -(centre @ kept)[np.newaxis]]).astype(np.float32)
    return out


def eigen_background(rows: Floats, ways: int) -> Floats:
    """What pictures have in common and how they vary as a whole (Oliver, Rosario & Pentland 2000).

    Args:
        rows: (n, k), a picture each.
        ways: how many ways, at most.

    Returns:
        (1 + ways, k): the mean picture, then unit vectors, the strongest last.
    """
    mean = rows.mean(axis=0)
    apart = rows - mean
    # By products of pictures, of which there are fewer than numbers.
    strength, parts = np.linalg.eigh(apart @ apart.T)
    ways = min(ways, len(rows) - 1)
    strength, parts = strength[len(rows) - ways :], parts[:, len(rows) - ways :]
    # Pictures that are all alike vary in fewer ways.
    able = strength > max(_NONE * float(strength[-1]) / len(rows), _NONE) if ways else slice(0)
    vectors = parts[:, able].T @ apart
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    out: Floats = np.concatenate([mean[np.newaxis], vectors]).astype(np.float32)
    return out


def without(rows: Floats, background: Floats) -> Floats:
    """Pictures (n, k) without what `eigen_background` knows of them."""
    apart = rows - background[0]
    out: Floats = apart - (apart @ background[1:].T) @ background[1:]
    return out


def _batches(patches: Patches) -> Iterator[Patches]:
    """Some pictures at a time: all together would take a hundred megabytes."""
    for k in range(0, len(patches), _BATCH):
        yield patches[k : k + _BATCH]


def _and_around(patches: Patches) -> Floats:
    """Patches and their means over those up to two away, (n, rows * cols, 2 * numbers)."""
    n, rows, cols, numbers = patches.shape
    out = np.empty((n, rows, cols, 2 * numbers), np.float32)
    out[..., :numbers] = patches
    down = _means(rows) @ out[..., :numbers].reshape(n, rows, -1)
    np.matmul(_means(cols), down.reshape(n, rows, cols, numbers), out=out[..., numbers:])
    return out.reshape(n, rows * cols, -1)


@lru_cache(maxsize=8)
def _means(cells: int) -> Floats:
    """(cells, cells): times a row of cells it gives means over those up to two away."""
    place = np.arange(cells)
    near = (np.abs(place[:, np.newaxis] - place) <= _AROUND).astype(np.float32)
    out: Floats = near / near.sum(axis=1, keepdims=True)
    return out


def _usual_spread(patches: Patches) -> Floats:
    """(2 * numbers,): root mean square of pictures' own spreads."""
    variances = [
        _and_around(some).var(axis=1).sum(axis=0, dtype=np.float64) for some in _batches(patches)
    ]
    out: Floats = np.sqrt(np.sum(variances, axis=0) / len(patches)).astype(np.float32)
    return out
