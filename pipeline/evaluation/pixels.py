"""Figures over all pixels of many pictures: AUROC and per-region overlap.

Scores are put into levels first, so that a picture is two histograms and a resample of the pictures
is a sum of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.metrics import auc as area_under
from sklearn.metrics import roc_auc_score

from pipeline.evaluation.bootstrap import Figure
from pipeline.evaluation.windows2d import at_size

#: Levels that scores are put into, and the false positive rate up to which overlap counts.
LEVELS, MOST_FALSE = 2048, 0.3

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class PixelCounts:
    """Pixels by level of their score, lowest first, picture by picture."""

    #: (n, levels): defective and other pixels.
    defective: Values
    other: Values
    #: (n, levels): for each picture, the sum over its defects of the part at each level.
    overlap: Values
    #: (n,): defects, that is connected regions of its mask.
    regions: Values

    def of(self, kept: Mask) -> PixelCounts:
        """The counts of some of the pictures, ``kept`` (n,)."""
        return PixelCounts(
            self.defective[kept], self.other[kept], self.overlap[kept], self.regions[kept]
        )


def count(maps: Sequence[Values], masks: Sequence[Mask]) -> PixelCounts:
    """Count pixels.

    Args:
        maps: scores of each picture, higher where a defect is more likely, at any resolution:
            they are brought to the size of the mask.
        masks: (H, W) where its defects are.
    """
    some = np.concatenate([cells.ravel() for cells in maps])
    edges = np.unique(np.quantile(some, np.linspace(0, 1, LEVELS)))
    n, levels = len(maps), len(edges) + 1
    out = PixelCounts(
        np.zeros((n, levels)), np.zeros((n, levels)), np.zeros((n, levels)), np.zeros(n)
    )
    for k, (cells, mask) in enumerate(zip(maps, masks, strict=True)):
        level = np.searchsorted(edges, at_size(cells, *mask.shape), side="right")
        out.other[k] = np.bincount(level[~mask], minlength=levels)
        if not mask.any():
            continue
        out.defective[k] = np.bincount(level[mask], minlength=levels)
        # Pixels that touch at a corner belong together, as in the MVTec evaluation.
        regions, found = ndimage.label(mask, structure=np.ones((3, 3)))
        for region in range(1, found + 1):
            inside = level[regions == region]
            out.overlap[k] += np.bincount(inside, minlength=levels) / inside.size
        out.regions[k] = found
    return out


def pixel_auroc(counts: PixelCounts) -> float:
    """Area under the ROC curve over all pixels; NaN without a defect."""
    defective, other = counts.defective.sum(axis=0), counts.other.sum(axis=0)
    if not defective.any() or not other.any():
        return float("nan")
    levels = np.arange(len(defective))
    return float(
        roc_auc_score(
            np.repeat([True, False], len(levels)),
            np.tile(levels, 2),
            sample_weight=np.concatenate([defective, other]),
        )
    )


def pixel_auroc_figure(counts: PixelCounts) -> Figure:
    """`pixel_auroc` for many weights (r, n) of the pictures."""

    def figure(weights: Values) -> Values:
        positive, negative = weights @ counts.defective, weights @ counts.other
        below = negative.cumsum(axis=1) - negative
        with np.errstate(invalid="ignore"):
            out: Values = (positive * (below + negative / 2)).sum(axis=1) / (
                positive.sum(axis=1) * negative.sum(axis=1)
            )
        return out

    return figure


def pro_figure(counts: PixelCounts) -> Figure:
    """Per-region overlap for many weights (r, n) of the pictures.

    The mean part of a defect that is found, every defect alike whatever its size, as the share of
    other pixels that are found grows; the area under that curve up to 0.3, divided by 0.3
    (Bergmann et al., MVTec AD, 2021). Chance gets 0.15.
    """

    def figure(weights: Values) -> Values:
        # From the highest level down: what a falling threshold has found so far.
        false = (weights @ counts.other)[:, ::-1].cumsum(axis=1)
        overlap = (weights @ counts.overlap)[:, ::-1].cumsum(axis=1)
        regions = weights @ counts.regions
        with np.errstate(invalid="ignore"):
            rates, parts = false / false[:, -1:], overlap / regions[:, None]
        out: Values = np.array(
            [
                _area(x, y) if np.isfinite(y).all() else np.nan
                for x, y in zip(rates, parts, strict=True)
            ]
        )
        return out

    return figure


def pro(counts: PixelCounts) -> float:
    """Per-region overlap of all pictures; NaN without a defect."""
    return float(pro_figure(counts)(np.ones((1, len(counts.regions))))[0])


def _area(rates: Values, parts: Values) -> float:
    x, y = np.r_[0.0, rates], np.r_[0.0, parts]
    inside = x <= MOST_FALSE
    last = float(np.interp(MOST_FALSE, x, y))
    return float(area_under(np.r_[x[inside], MOST_FALSE], np.r_[y[inside], last]) / MOST_FALSE)
