"""Runs declustering: overlapping windows of one happening are one event, not many.

Exceedances of a level that are closer than a gap belong to one cluster (Coles 2001, ch. 5; Ferro &
Segers 2003, JRSS B 65(2)). The gap is what ends an incident, so clusters count as incidents do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def cluster_starts(times_s: FloatArray, gap_s: float) -> IntArray:
    """Return the indices at which clusters begin in ascending ``times_s`` (n,)."""
    if times_s.size == 0:
        return np.zeros(0, dtype=np.int64)
    breaks = np.flatnonzero(np.diff(times_s) > gap_s) + 1
    return np.concatenate([np.zeros(1, dtype=np.int64), breaks.astype(np.int64)])


def count_clusters(
    times_s: FloatArray, values: FloatArray, level: float, gap_s: float, longest_s: float
) -> int:
    """Return how many clusters reach ``level``; one longer than ``longest_s`` counts again.

    Without the second rule a level that is exceeded most of the time would be a single cluster,
    and the most ordinary score would look like one that came once.
    """
    times = times_s[values >= level]
    starts = cluster_starts(times, gap_s)
    if starts.size == 0:
        return 0
    ends = np.append(starts[1:], times.size) - 1
    durations = times[ends] - times[starts]
    return int(starts.size + np.floor(durations / longest_s).sum())


def cluster_peaks(
    times_s: FloatArray, values: FloatArray, level: float, gap_s: float
) -> FloatArray:
    """Return the largest value of each cluster that exceeds ``level``."""
    above = values > level
    starts = cluster_starts(times_s[above], gap_s)
    if starts.size == 0:
        return np.zeros(0)
    peaks: FloatArray = np.maximum.reduceat(values[above], starts)
    return peaks


def without_rare_runs(
    times_s: FloatArray, values: FloatArray, doubted: NDArray[np.bool_], gap_s: float, runs: int
) -> NDArray[np.bool_]:
    """Return which entries (n,) remain when the ``runs`` highest doubted runs are set aside.

    A doubted run is a cluster of doubted entries alone.
    """
    keep = np.ones(values.size, dtype=np.bool_)
    where = np.flatnonzero(doubted)
    starts = cluster_starts(times_s[where], gap_s)
    if starts.size == 0:
        return keep
    peaks = np.maximum.reduceat(values[where], starts)
    bounds = np.append(starts, where.size)
    for run in np.argsort(-peaks, kind="stable")[:runs]:
        keep[where[bounds[run] : bounds[run + 1]]] = False
    return keep
