"""Figures of detections and answers, by scikit-learn. Higher scores are more alarming."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

Scores = NDArray[np.float64]
Labels = NDArray[np.bool_]
Weights = NDArray[np.float64]


def auc(labels: Labels, scores: Scores, weights: Weights | None = None) -> float:
    """Area under the ROC curve of scores (n,); NaN unless there are both classes."""
    if labels.all() or not labels.any():
        return float("nan")
    return float(roc_auc_score(labels, scores, sample_weight=weights))


def average_precision(labels: Labels, scores: Scores, weights: Weights | None = None) -> float:
    """Average precision of scores (n,); NaN unless there are both classes."""
    if labels.all() or not labels.any():
        return float("nan")
    return float(average_precision_score(labels, scores, sample_weight=weights))


#: The figures of a detection, by name.
DETECTION: dict[str, Callable[[Labels, Scores, Weights | None], float]] = {
    "auc": auc,
    "average_precision": average_precision,
}


def detection(labels: Labels, scores: Scores, weights: Weights | None = None) -> dict[str, float]:
    """AUC and average precision of the items whose score is a number."""
    kept = np.isfinite(scores)
    some = None if weights is None else weights[kept]
    return {name: figure(labels[kept], scores[kept], some) for name, figure in DETECTION.items()}
