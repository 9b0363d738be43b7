"""A small set of rows that covers many: greedy coreset selection, and keeping it up to date.

Greedy k-centre (Gonzalez 1985; as in PatchCore, Roth et al. 2022): the row furthest from all that
were chosen is chosen next, so that every row has a chosen one near by.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.base import DetectorStateError, State

Rows = NDArray[np.float32]
#: Share of what is learned that shows a bank nothing new, and of how many learned rows one enters
#: all the same: the furthest. Of one moment in ten seconds 250 a day enter, and a thousand rows
#: stand for days. Were it one in two, a full bank would hold three hours, and forget by night what
#: the day looks like.
_USUAL, _ONE_IN = 0.98, 100


def greedy_coreset(rows: Rows, size: int, *, seed: int = 0) -> NDArray[np.int64]:
    """Indices (<= size,) of rows (n, d) that cover all rows, in the order they were chosen."""
    n = len(rows)
    if n <= size:
        return np.arange(n, dtype=np.int64)
    squares = (rows * rows).sum(axis=1)
    chosen = np.empty(size, np.int64)
    chosen[0] = np.random.default_rng(seed).integers(n)
    nearest = np.full(n, np.inf, np.float32)
    for k in range(size):
        if k:
            chosen[k] = int(np.argmax(nearest))
        one = chosen[k]
        apart = squares + squares[one] - 2.0 * (rows @ rows[one])
        np.minimum(nearest, apart, out=nearest)
    return chosen


class Bank:
    """Rows that stand for what is normal, bounded, each with the time it was last seen.

    A new row enters if it is further from the bank than nearly all that the bank was chosen from
    (``reach``). Where the bank is full it takes the place of the row that was not seen for longest,
    so that what has not come again for a long time is forgotten.

    Args:
        size: rows kept.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self.rows: Rows = np.zeros((0, 0), np.float32)
        self._seen_at: NDArray[np.float64] = np.zeros(0)
        self._reach = 0.0
        self._passed = 0
        self._squares: Rows = np.zeros(0, np.float32)

    def __len__(self) -> int:
        return len(self.rows)

    def fit(self, rows: Rows, at: NDArray[np.float64]) -> None:
        """Choose from rows (n, d) that were seen at (n,), seconds since the epoch."""
        chosen = greedy_coreset(rows, self._size)
        self._set(rows[chosen].copy(), at[chosen].copy())
        if len(rows) > 1:
            apart = self.distances(rows, skip_same=True)
            self._reach = float(np.quantile(apart, _USUAL))

    def _set(self, rows: Rows, seen_at: NDArray[np.float64]) -> None:
        self.rows, self._seen_at = rows, seen_at
        self._squares = (rows * rows).sum(axis=1)

    def squared(self, rows: Rows) -> Rows:
        """Squared distances (n, m) of rows (n, d) to the bank's."""
        products = rows @ self.rows.T
        products *= -2.0
        products += self._squares
        products += (rows * rows).sum(axis=1)[:, np.newaxis]
        return np.maximum(products, 0.0, out=products)

    def distances(self, rows: Rows, *, neighbours: int = 1, skip_same: bool = False) -> Rows:
        """Mean distance (n,) of rows (n, d) to their nearest ``neighbours`` of the bank.

        Args:
            rows: what is measured.
            neighbours: how many; of a smaller bank all.
            skip_same: a row of the bank itself does not count as its own neighbour.
        """
        squared = self.squared(rows)
        if skip_same and squared.shape[1] > 1:
            squared[squared < 1e-9] = np.inf
        k = min(neighbours, squared.shape[1])
        if k == 1:
            nearest = squared.min(axis=1, keepdims=True)
        else:
            nearest = np.partition(squared, k - 1, axis=1)[:, :k]
        out: Rows = np.sqrt(nearest).mean(axis=1)
        return np.where(np.isfinite(out), out, 0.0).astype(np.float32)

    def update(self, rows: Rows, at: NDArray[np.float64]) -> None:
        """Take in ordinary rows (n, d), seen at (n,)."""
        if not len(self.rows):
            self.fit(rows, at)
            return
        squared = self.squared(rows)
        nearest = squared.argmin(axis=1)
        np.maximum.at(self._seen_at, nearest, at)
        reach = max(self._reach, 1e-6)
        apart = np.sqrt(squared[np.arange(len(rows)), nearest])
        new = apart > reach
        self._passed += len(rows)
        if self._passed >= _ONE_IN:
            self._passed = 0
            new[int(np.argmax(apart))] = True
        entered: list[Rows] = []
        for row, when in zip(rows[new], at[new], strict=True):
            if any(float(np.linalg.norm(other - row)) <= reach for other in entered):
                continue  # another row of this batch has covered it
            entered.append(row)
            if len(self.rows) < self._size:
                joined = np.concatenate([self.rows, row[np.newaxis]])
                self._set(joined, np.append(self._seen_at, when))
            else:
                oldest = int(np.argmin(self._seen_at))
                self.rows[oldest], self._seen_at[oldest] = row, when
                self._squares[oldest] = float(row @ row)

    def save(self) -> State:
        """All rows, in half precision."""
        return {
            "rows": self.rows.astype(np.float16),
            "seen_at": self._seen_at,
            "reach": self._reach,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `save` gave. Raises DetectorStateError."""
        try:
            rows = np.asarray(state["rows"], np.float32)
            seen_at = np.asarray(state["seen_at"], np.float64)
            if rows.ndim != 2 or len(rows) != len(seen_at):
                raise ValueError(f"rows of shape {rows.shape}, times of {seen_at.shape}")
            reach = float(state["reach"])
        except (KeyError, TypeError, ValueError) as error:
            raise DetectorStateError(f"a bank cannot be read ({error!r})") from error
        self._set(rows, seen_at)
        self._reach = reach
