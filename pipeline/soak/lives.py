"""What of a process is judged: each of its lives once it has settled, in stretches.

What passes (a camera that is cut, a burst) must not count, and stairs must: two threads left at
each fault are a leak. So samples become one value for each stretch of about five minutes: their
median, or of memory their lower quartile. Memory that is taken for a moment and given back makes
samples larger, now few of them and now half; a leak makes the smallest larger, too.

A process that replaces a killed one begins small and grows to its size, as the first one did. So
each is left alone for as long after its start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

#: A life is cut into equal stretches of about so many seconds.
STRETCH_S = 300.0


@dataclass(frozen=True, slots=True)
class Life:
    """What was seen of one process from when it had settled on.

    Both arrays (n,): the middle of each stretch's samples in seconds, ascending, and their
    quantile.
    """

    at_s: Values
    values: Values
    #: Its first sample and its last, seconds since the soak began.
    begins_s: float
    ends_s: float

    @property
    def seconds(self) -> float:
        """How long it was looked at."""
        return self.ends_s - self.begins_s


def settled(
    points: Sequence[tuple[float, int, float]], settle_s: float, quantile: float = 0.5
) -> list[Life]:
    """The lives of a process that was replaced now and then, each once it has settled.

    Args:
        points: seconds since the soak began, process id, value; in the order of time.
        settle_s: what is left out of each life; of the first, since the soak began.
        quantile: of a stretch's samples that stands for it.

    Returns:
        Those that are long enough for two stretches: one alone tells of no growth.
    """
    found: list[Life] = []
    for number, (_, life) in enumerate(groupby(points, key=lambda point: point[1])):
        seen = [(at, value) for at, _, value in life]
        begin = settle_s + (seen[0][0] if number else 0.0)
        kept = np.array([point for point in seen if point[0] >= begin]).reshape(-1, 2)
        made = cut(kept[:, 0], kept[:, 1], quantile)
        if len(made.at_s) >= 2:
            found.append(made)
    return found


def cut(at_s: Values, values: Values, quantile: float = 0.5) -> Life:
    """Cut a series into equal stretches of about five minutes; those without a sample are none.

    Args:
        at_s: (n,) seconds, ascending.
        values: (n,).
        quantile: of a stretch's samples that stands for it.
    """
    if not len(at_s):
        return Life(at_s, values, 0.0, 0.0)
    begins_s, ends_s = float(at_s[0]), float(at_s[-1])
    seconds = ends_s - begins_s
    count = max(1, round(seconds / STRETCH_S))
    number = np.minimum((at_s - begins_s) * count // max(seconds, 1.0), count - 1)
    cuts = np.flatnonzero(np.diff(number)) + 1
    parts = zip(np.split(at_s, cuts), np.split(values, cuts), strict=True)
    made = np.array([(np.median(times), np.quantile(some, quantile)) for times, some in parts])
    return Life(made[:, 0], made[:, 1], begins_s, ends_s)
