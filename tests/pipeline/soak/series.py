"""Series of which the truth is known."""

from __future__ import annotations

import numpy as np

from pipeline.soak.lives import Values


def alike(rng: np.random.Generator, count: int, much: float) -> Values:
    """Values around none, of variance one, whose neighbours correlate so much: (count,)."""
    drawn = rng.normal(size=count)
    made = np.empty(count)
    made[0] = drawn[0]
    for n in range(1, count):
        made[n] = much * made[n - 1] + np.sqrt(1 - much**2) * drawn[n]
    return made
