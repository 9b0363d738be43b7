"""How well a model tells concepts apart on items it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata


def auc(scores: NDArray[np.float32], positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve of scores (n,): 0.5 is chance; NaN with one class only."""
    n_pos = int(positive.sum())
    n_neg = len(positive) - n_pos
    if not n_pos or not n_neg:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[positive].sum() - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg))


def concept_aucs(
    items: NDArray[np.float32],
    prompts: dict[str, NDArray[np.float32]],
    labels: NDArray[np.float32],
    concepts: Sequence[str],
) -> dict[str, float]:
    """AUC of every concept: the best cosine over its prompts, against its labels.

    Args:
        items: unit rows (n, d).
        prompts: unit rows (k, d) of the prompts of each concept.
        labels: (n, c), one column per concept.
        concepts: names of the columns.
    """
    return {
        name: auc((items @ prompts[name].T).max(axis=1), labels[:, concepts.index(name)] > 0.5)
        for name in concepts
        if name in prompts
    }
