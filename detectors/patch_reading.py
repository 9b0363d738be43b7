"""A patch among the others of its picture, and pictures among the others of their camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from detectors.base import State

#: Numbers of a patch that are kept.
_KEPT = 16
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

    #: (2, numbers): usual spread within a picture, of patches and of what is around them.
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
        out = np.empty((len(patches), *patches.shape[1:3], self.kept), np.float32)
        for k in range(0, len(patches), _BATCH):
            some = _among_others(patches[k : k + _BATCH], self.spread)
            out[k : k + _BATCH] = some @ self.directions[:-1] + self.directions[-1]
        return out.reshape(len(patches), -1)

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
        if made.spread.shape != (2, numbers) or made.directions.shape[:-1] != (2 * numbers + 1,):
            raise ValueError(f"directions of shape {made.directions.shape} for {numbers} numbers")
        return made


def _among_others(patches: Patches, spread: Floats) -> Floats:
    """Patches and what is around them against their pictures, (n, rows, cols, 2 * numbers)."""
    numbers = patches.shape[3]
    out = np.empty((*patches.shape[:3], 2 * numbers), np.float32)
    for k, part in enumerate(_and_around(patches)):
        apart = part - part.mean(axis=(1, 2), keepdims=True)
        own = np.sqrt(np.square(apart).mean(axis=(1, 2), keepdims=True))
        own += _ALIKE * spread[k] + _NONE
        np.divide(apart, own, out=out[..., k * numbers : (k + 1) * numbers])
    return out


def _main_directions(patches: Patches, spread: Floats) -> Floats:
    """See `PatchReading.directions`."""
    width = 2 * patches.shape[3]
    total, products = np.zeros(width), np.zeros((width, width))
    for some in _batches(patches):
        rows = _among_others(some, spread).reshape(-1, width)
        total += rows.sum(axis=0, dtype=np.float64)
        products += rows.T @ rows
    count = int(np.prod(patches.shape[:3]))
    mean = total / count
    covariance = products / count - np.outer(mean, mean)
    usual = np.sqrt(np.maximum(covariance.diagonal(), 0)) + _NONE
    _, vectors = np.linalg.eigh(covariance / np.outer(usual, usual))
    kept = vectors[:, ::-1][:, :_KEPT] / usual[:, np.newaxis]
    out: Floats = np.concatenate([kept, -(mean @ kept)[np.newaxis]]).astype(np.float32)
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


def _and_around(patches: Patches) -> tuple[Floats, Floats]:
    """Patches in single precision, and their means over those up to two away."""
    here = patches.astype(np.float32)
    n, rows, cols, _ = here.shape
    down = (_means(rows) @ here.reshape(n, rows, -1)).reshape(here.shape)
    return here, _means(cols) @ down


@lru_cache(maxsize=8)
def _means(cells: int) -> Floats:
    """(cells, cells): times a row of cells it gives means over those up to two away."""
    place = np.arange(cells)
    near = (np.abs(place[:, np.newaxis] - place) <= _AROUND).astype(np.float32)
    out: Floats = near / near.sum(axis=1, keepdims=True)
    return out


def _usual_spread(patches: Patches) -> Floats:
    """(2, numbers): root mean square of pictures' own spreads, of patches and around them."""
    variances = [
        np.stack([p.var(axis=(1, 2)).sum(axis=0, dtype=np.float64) for p in _and_around(some)])
        for some in _batches(patches)
    ]
    out: Floats = np.sqrt(np.sum(variances, axis=0) / len(patches)).astype(np.float32)
    return out
