"""One camera's short film in numbers: what days of it are drawn from.

Its mean; how fast and how slowly its embeddings waver, and along which directions; what its
passers-by do to them, which are the film's own far embeddings; how much its blocks change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
#: Directions along which a camera wavers; what is left is spread evenly over all.
_AXES = 24
#: Share of a film's moments that count as its passers-by: the furthest from its middle.
_FAR = 0.2


@dataclass(frozen=True)
class Character:
    """One camera's film in numbers; of one sense."""

    #: (d,) mean of its ordinary moments, and (k, d) directions of its wavering, unit rows.
    mean: Floats
    axes: Floats
    #: (k,) standard deviations along them: from one moment to the next, and slower.
    fast: Floats
    slow: Floats
    #: Of the rest, along each direction there is.
    rest: float
    #: Seconds in which the slow part falls by e.
    memory_s: float
    #: (m, d) what its passers-by add to the mean.
    far: Floats
    #: (rows, cols) mean and standard deviation of log(1 + change); None for sound.
    change: tuple[Floats, Floats] | None = None

    @classmethod
    def of(cls, rows: Rows, hz: float, change: Rows | None = None) -> Character:
        """Measure a film.

        Args:
            rows: (n, d) unit rows, ``hz`` a second, n >= 40.
            hz: their pace.
            change: (n, r, c) of the same moments, NaN where unknown.
        """
        wide = rows.astype(np.float64)
        middle = np.median(wide, axis=0)
        away = np.linalg.norm(wide - middle, axis=1)
        ordinary = away <= np.quantile(away, 1 - _FAR)
        mean = wide[ordinary].mean(axis=0)
        left = wide - mean
        _, values, axes = np.linalg.svd(left[ordinary], full_matrices=False)
        k = min(_AXES, len(values) - 1)
        along = left @ axes[:k].T
        # White noise of variance f makes half the mean squared step; what is slower hardly steps.
        fast = np.minimum(
            (np.diff(along, axis=0) ** 2).mean(axis=0) / 2, along[ordinary].var(axis=0)
        )
        slow = np.maximum(along[ordinary].var(axis=0) - fast, 0.0)
        inside = left[ordinary] - along[ordinary] @ axes[:k]
        logs = None
        if change is not None:
            told = np.log1p(change[np.isfinite(change[:, 0, 0])].astype(np.float64))
            logs = told.mean(axis=0), told.std(axis=0)
        return cls(
            mean,
            axes[:k],
            np.sqrt(fast),
            np.sqrt(slow),
            float(np.sqrt((inside**2).mean())),
            _memory_s(along[:, 0], hz),
            left[~ordinary],
            logs,
        )


def _memory_s(x: Floats, hz: float) -> float:
    """Seconds after which a film's main wavering has lost its memory by e, in [2, 60]."""
    x = x - x.mean()
    lags = np.arange(1, max(2, len(x) // 3))
    found = np.array([(x[k:] * x[:-k]).mean() for k in lags]) / max(float(x.var()), 1e-12)
    below = np.flatnonzero(found < np.exp(-1))
    return float(np.clip(lags[below[0]] / hz if below.size else 60.0, 2.0, 60.0))
