"""From bounded history to what readings are made from: levels, cluster counts, a tail."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.calibration.clusters import cluster_peaks, count_clusters, without_rare_runs
from pipeline.calibration.history import History
from pipeline.calibration.tail import Tail, fit_tail

#: The highest runs in doubt that are set aside.
_SET_ASIDE = 3
#: Seconds; a cluster longer than this counts again.
_LONGEST_S = 600.0
#: Clusters that the tail is fitted to.
_MIN_PEAKS, _MAX_PEAKS = 10, 150
_LEVELS = 64


@dataclass(frozen=True, slots=True)
class Fit:
    """What readings are made from, between two fits."""

    watched_s: float
    #: (n,) uniform sample of window statistics, ascending.
    sample: NDArray[np.float32]
    #: (k,) ascending; the first is where the top is complete, the last the highest counted.
    levels: NDArray[np.float64]
    #: (k,) clusters that reach each level, not rising.
    counts: NDArray[np.float64]
    #: (k,) part of the time watched at or above each level, not rising.
    fractions: NDArray[np.float64]
    tail: Tail | None
    #: How many peaks the tail was fitted to.
    peaks: int
    #: Of all that was seen, what is set aside included.
    largest: float


def fit_histories(
    parts: Sequence[History],
    *,
    doubt_after_s: float,
    gap_s: float,
    bucket_s: float,
) -> Fit:
    """Fit one or two consecutive stretches of history, the older first.

    Args:
        parts: what was kept of each stretch.
        doubt_after_s: doubted entries later than this, on the background's clock, are in doubt.
        gap_s: exceedances closer than this are one cluster.
        bucket_s: the time that an entry of the top stands for.
    """
    watched_s = sum(h.watched_s for h in parts)
    times = np.concatenate([h.times_s for h in parts])
    values = np.concatenate([h.values for h in parts])
    doubted = np.concatenate([h.doubted for h in parts])
    largest = float(values.max()) if values.size else -math.inf
    keep = without_rare_runs(times, values, doubted & (times > doubt_after_s), gap_s, _SET_ASIDE)
    keep &= values >= max(h.floor for h in parts)
    times, values = times[keep], values[keep]
    levels, counts = _levels(times, values, gap_s)
    seconds = np.array([(values >= x).sum() for x in levels]) * bucket_s
    tail = None
    peaks = np.zeros(0)
    if levels.size:
        # The lowest level that at most so many clusters reach; of those that as many reach the
        # highest, since lower down clusters merge.
        wanted = min(max(0.2 * counts[0], _MIN_PEAKS), _MAX_PEAKS)
        first = int(np.argmax(counts <= max(wanted, counts[-1])))
        base = float(levels[np.flatnonzero(counts == counts[first])[-1]])
        peaks = cluster_peaks(times, values, base, gap_s)
        tail = fit_tail(peaks, base)
    return Fit(
        watched_s=watched_s,
        sample=np.sort(_sample(parts)),
        levels=levels,
        counts=counts,
        fractions=np.minimum(1.0, seconds / watched_s),
        tail=tail,
        peaks=int(peaks.size),
        largest=largest,
    )


def _levels(
    times: NDArray[np.float64], values: NDArray[np.float64], gap_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n = values.size
    if n == 0:
        return np.zeros(0), np.zeros(0)
    ranks = np.unique(np.geomspace(1, n, _LEVELS).astype(np.int64))
    levels = np.unique(np.sort(values)[n - ranks])
    found = [count_clusters(times, values, x, gap_s, _LONGEST_S) for x in levels]
    # Clusters merge as the level falls; what reaches a level also reaches those below it.
    counts = np.maximum.accumulate(np.array(found, dtype=np.float64)[::-1])[::-1]
    return levels, counts


def _sample(parts: Sequence[History]) -> NDArray[np.float32]:
    if len(parts) == 1:
        return parts[0].sample.copy()
    older, newer = parts
    # Each stretch in proportion to its time.
    share = min(1.0, newer.watched_s / older.watched_s)
    return np.concatenate([older.sample, newer.sample[: math.ceil(newer.sample.size * share)]])
