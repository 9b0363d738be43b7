"""The methods that a rule may be taught by, each from a handful of examples to an adapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from detectors.adapting import Adapter, PromptSpace
from detectors.adapting.cache import fit_tip
from detectors.adapting.probe import fit_probe
from detectors.adapting.reworded import fit_weights
from pipeline.teaching.labelled import Labelled, Values, labels_of, mean_rows

#: Rows that a cache holds, about.
_KEYS = 1024


@dataclass(frozen=True, slots=True)
class Task:
    """What a method is given."""

    space: PromptSpace
    #: Examples with rows, of both kinds.
    examples: Sequence[Labelled]
    #: (m, d) embeddings of what is ordinary.
    ordinary: Values


class Method(Protocol):
    """Fits an adapter."""

    def __call__(self, task: Task) -> Adapter:
        """The adapter that the examples make. Raises DetectorInputError."""
        ...


def weights(task: Task) -> Adapter:
    """`detectors.adapting.reworded.fit_weights`."""
    return fit_weights(task.space, mean_rows(task.examples), labels_of(task.examples))


def probe(task: Task) -> Adapter:
    """`detectors.adapting.probe.fit_probe`."""
    return fit_probe(task.space, mean_rows(task.examples), labels_of(task.examples))


def tip(task: Task) -> Adapter:
    """`detectors.adapting.cache.fit_tip`, with the examples' rows in the cache."""
    # So many of each example that the cache stays small.
    every = max(1, round(sum(map(len, task.examples)) / _KEYS))
    kept = [e.rows[::every] for e in task.examples]
    rows = np.concatenate(kept)
    labels = np.repeat(labels_of(task.examples), [len(k) for k in kept])
    return fit_tip(rows, labels, task.ordinary)


#: By the name that stands in tables: what needs no model but the embeddings. CoOp joins them where
#: the text tower is at hand (`pipeline.teaching.coop`).
METHODS: dict[str, Method] = {
    "weights": weights,
    "tip": tip,
    "probe": probe,
}
