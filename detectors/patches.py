"""Distance of every patch of a picture to the patches that were seen here: what, and where.

PatchCore (Roth et al. 2022): the patches of ordinary pictures, thinned to a bank that covers them
(greedy coreset); the further a patch is from its nearest one there, the less usual it is. A camera
stands still, so where a patch lies counts a little too.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from detectors.base import DetectorInputError, DetectorStateError, Moments, State
from detectors.coreset import Bank
from pipeline.records import Unusual

_VERSION = 1
#: Rows of the bank, and of the patches that they are chosen from.
_BANK, _FROM = 500, 20_000
#: Every so many moments of the first stretch is left out of a second bank, which tells how far
#: ordinary patches are from a bank that they are not in.
_HELD = 4
#: Moments that the running mean and spread of ordinary distances remember, about: a week of one in
#: ten seconds.
_MEMORY = 60_480.0
#: Part of a cell's mean and variance that is taken from all cells together.
_SHARED = 0.5
#: From one side of the picture to the other is twice this part of the patches' own spread.
_PLACE = 0.25

Values = NDArray[np.float64]
Rows = NDArray[np.float32]


class PatchMemory:
    """How far a picture's patches are from the bank's nearest: all of them, and the furthest tenth.

    The score is the mean of both means: the whole may be odd with no part that stands out, and the
    other way round. Moments without patches, or with patches of another shape, are not judged.
    """

    name = "patches"

    def __init__(self) -> None:
        self._bank = Bank(_BANK)
        #: (rows, cols, numbers) of what was learned.
        self._shape: tuple[int, int, int] = (0, 0, 0)
        #: What half the picture's width counts for, in the numbers' own unit.
        self._place = 0.0
        #: float64 (rows, cols): means of ordinary patches' smoothed distances, and their squares.
        self._mean: Values = np.zeros((0, 0))
        self._square: Values = np.zeros((0, 0))
        self._seen = 0.0

    def fit(self, normal: Moments) -> None:
        """See `Normality`. Without patches it stays silent."""
        self._bank, self._shape = Bank(_BANK), (0, 0, 0)
        if normal.patches is None or not len(normal):
            return
        if len(normal) < 2:
            raise DetectorInputError("a memory of patches needs at least two moments")
        self._shape = _shape(normal)
        flat = _flat(normal)
        self._place = _PLACE * float(np.sqrt(flat.var(axis=0, dtype=np.float64).sum()))
        # Distances of held-out moments: those to a bank of themselves would be too small.
        held = np.arange(len(normal)) % _HELD == _HELD - 1
        if not held.any():
            held[-1] = True
        self._bank.fit(*_some(*self._rows(normal[~held])))
        apart = _smoothed(self._apart(normal[held]))
        self._mean, self._square = apart.mean(axis=0), (apart**2).mean(axis=0)
        self._seen = float(len(apart))
        self._bank = Bank(_BANK)
        self._bank.fit(*_some(*self._rows(normal)))

    def update(self, normal: Moments) -> None:
        """See `Normality`."""
        if not self._readable(normal):
            return
        for one in _smoothed(self._apart(normal)):
            self._seen = min(self._seen + 1, _MEMORY)
            self._mean += (one - self._mean) / self._seen
            self._square += (one**2 - self._square) / self._seen
        self._bank.update(*self._rows(normal))

    def score(self, moments: Moments) -> Values:
        """See `Normality`, and the class."""
        if not self._readable(moments):
            return np.full(len(moments), np.nan)
        apart = self._apart(moments).reshape(len(moments), -1)
        tenth = max(1, apart.shape[1] // 10)
        furthest = np.partition(apart, -tenth, axis=1)[:, -tenth:]
        out: Values = (apart.mean(axis=1) + furthest.mean(axis=1)) / 2
        return out

    def heat(self, moments: Moments) -> Values:
        """Standard scores (n, rows, cols): where a picture is not as usual.

        Of distances that are drawn towards their neighbours': what is unusual seldom keeps to the
        grid.

        Raises:
            DetectorInputError: nothing was learned, or of patches of another shape.
        """
        if not self._readable(moments):
            raise DetectorInputError("these moments have no patches that this memory can read")
        mean = (1 - _SHARED) * self._mean + _SHARED * self._mean.mean()
        variance = np.maximum(self._square - self._mean**2, 0)
        whole = max(float(self._square.mean() - self._mean.mean() ** 2), 0.0)
        spread = np.sqrt((1 - _SHARED) * variance + _SHARED * whole)
        floor = 1e-3 * max(float(self._mean.mean()), 1e-6)
        out: Values = (_smoothed(self._apart(moments)) - mean) / (spread + floor)
        return out

    def explain(self, moment: Moments) -> Unusual:
        """See `Normality`: where the picture looks like nothing that was seen here."""
        last = moment[-1:]
        if not self._readable(last):
            return Unusual(())
        heat = self.heat(last)[0]
        row, col = np.unravel_index(int(heat.argmax()), heat.shape)
        down, across = row / max(len(heat) - 1, 1), col / max(heat.shape[1] - 1, 1)
        place = " ".join(
            [
                "top" if down < 1 / 3 else "bottom" if down > 2 / 3 else "middle",
                "left" if across < 1 / 3 else "right" if across > 2 / 3 else "centre",
            ]
        )
        return Unusual(
            (), f"at the {place} it looks like nothing seen here", heat.astype(np.float32)
        )

    def _readable(self, moments: Moments) -> bool:
        return (
            len(self._bank) > 0 and moments.patches is not None and _shape(moments) == self._shape
        )

    def _apart(self, moments: Moments) -> Values:
        """Distances (n, rows, cols) to the nearest patch of the bank."""
        rows, _ = self._rows(moments)
        apart = self._bank.nearest(rows).astype(np.float64)
        return apart.reshape(len(moments), *self._shape[:2])

    def _rows(self, moments: Moments) -> tuple[Rows, Values]:
        """All patches (n * rows * cols, numbers + 2), their places beside them, and their times."""
        rows, cols, _ = self._shape
        placed = np.tile(_grid(rows, cols) * np.float32(self._place), (len(moments), 1))
        at = np.repeat(moments.captured_at, rows * cols)
        return np.concatenate([_flat(moments), placed], axis=1), at

    def save(self) -> State:
        """See `Normality`."""
        return {
            "version": _VERSION,
            "bank": self._bank.save(),
            "shape": list(self._shape),
            "mean": self._mean.astype(np.float32),
            "square": self._square.astype(np.float32),
            "seen": self._seen,
            "place": self._place,
        }

    def load(self, state: State) -> None:
        """See `Normality`."""
        if state.get("version") != _VERSION:
            raise DetectorStateError(f"patches of version {state.get('version')} cannot be read")
        bank = Bank(_BANK)
        bank.load(state["bank"])
        try:
            rows, cols, numbers = (int(k) for k in state["shape"])
            mean = np.asarray(state["mean"], np.float64)
            square = np.asarray(state["square"], np.float64)
            seen, place = float(state["seen"]), float(state["place"])
            if mean.shape != square.shape or (len(bank) and mean.shape != (rows, cols)):
                raise ValueError(f"cells of shape {mean.shape} and {square.shape}")
            if len(bank) and bank.rows.shape[1] != numbers + 2:
                raise ValueError(f"rows of {bank.rows.shape[1]} numbers, not {numbers} and a place")
        except (KeyError, TypeError, ValueError) as error:
            raise DetectorStateError(f"a memory of patches cannot be read ({error!r})") from error
        self._bank, self._shape = bank, (rows, cols, numbers)
        self._mean, self._square, self._seen, self._place = mean, square, seen, place


@lru_cache(maxsize=8)
def _grid(rows: int, cols: int) -> Rows:
    """Where patches lie, down and across, float32 (rows * cols, 2), each in [-1, 1]."""
    down, across = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, cols), indexing="ij")
    grid: Rows = np.stack([down.ravel(), across.ravel()], axis=1).astype(np.float32)
    return grid


def _shape(moments: Moments) -> tuple[int, int, int]:
    assert moments.patches is not None
    rows, cols, numbers = moments.patches.shape[1:]
    return rows, cols, numbers


def _flat(moments: Moments) -> Rows:
    """All patches (n * rows * cols, numbers)."""
    assert moments.patches is not None
    return moments.patches.reshape(-1, moments.patches.shape[3]).astype(np.float32)


def _some(rows: Rows, at: Values) -> tuple[Rows, Values]:
    """At most 20,000 of all patches: a coreset of all would take minutes."""
    if len(rows) <= _FROM:
        return rows, at
    # Drawn, not stepped: a step would see the same cells of every moment.
    chosen = np.sort(np.random.default_rng(0).permutation(len(rows))[:_FROM])
    return rows[chosen], at[chosen]


def _smoothed(cells: Values) -> Values:
    """Maps (n, rows, cols), averaged with their neighbours: a quarter, a half, a quarter."""
    for axis in (1, 2):
        wide = np.pad(cells, [(0, 0)] + [(int(axis == k),) * 2 for k in (1, 2)], mode="edge")
        before, here, after = (
            np.take(wide, np.arange(cells.shape[axis]) + step, axis=axis) for step in (0, 1, 2)
        )
        cells = (before + after) / 4 + here / 2
    return cells
