"""What an adapter is, and the space that it works in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from detectors.base import DetectorInputError, State

Values = NDArray[np.float64]


class Adapter(Protocol):
    """Changes the raw scores of a rule's prompts by what was learned from labelled examples."""

    @property
    def kind(self) -> str:
        """As in evidence and tables."""
        ...

    def adjust(self, vectors: NDArray[np.floating[Any]], raw: Values) -> Values:
        """Return adapted scores (n,).

        Args:
            vectors: (n, d) unit rows of the model that the adapter was fitted on.
            raw: (n,) what the rule's prompts make of them (`detectors.prompts`).
        """
        ...

    def save(self) -> State:
        """All that `load_adapter` needs, as `pipeline.statefile` keeps it."""
        ...


@dataclass(frozen=True, slots=True)
class PromptSpace:
    """A rule's prompts and normal prompts in one model: what adapters are fitted in."""

    #: float64 (k + m, d), unit rows: the rule's prompts, then the normal ones.
    directions: Values
    #: How many of them are the rule's.
    k: int
    #: From cosine to logit.
    scale: float

    def logits(self, vectors: NDArray[np.floating[Any]]) -> Values:
        """Logits (n, k + m) of vectors (n, d)."""
        out: Values = self.scale * (np.asarray(vectors, np.float64) @ self.directions.T)
        return out

    def raw(self, vectors: NDArray[np.floating[Any]]) -> Values:
        """Log odds (n,) of the rule's prompts against the normal ones, as `PromptDetector`'s."""
        return log_odds(self.logits(vectors), self.k)


def log_odds(logits: Values, k: int) -> Values:
    """Log-sum-exp of the first k columns less that of the others, (n,)."""
    out: Values = np.logaddexp.reduce(logits[:, :k], axis=1) - np.logaddexp.reduce(
        logits[:, k:], axis=1
    )
    return out


def check_rows(vectors: NDArray[np.floating[Any]], dim: int, what: str) -> Values:
    """Vectors (n, dim) in double precision. Raises DetectorInputError where they do not fit."""
    array = np.asarray(vectors, np.float64)
    if array.ndim != 2 or array.shape[1] != dim:
        raise DetectorInputError(
            f"{what} of {dim} numbers does not fit embeddings of shape {array.shape}: it was "
            "taught with another model"
        )
    return array


def check_examples(vectors: NDArray[np.floating[Any]], labels: NDArray[np.bool_]) -> None:
    """Refuse examples that are not (n, d) with n labels of both kinds.

    Raises:
        DetectorInputError: they are not.
    """
    if vectors.ndim != 2 or labels.shape != (len(vectors),):
        raise DetectorInputError(f"{labels.shape} labels for examples of shape {vectors.shape}")
    if labels.all() or not labels.any():
        raise DetectorInputError(
            "examples of both kinds are needed: what is meant, and what is not"
        )
    if not np.isfinite(vectors).all():
        raise DetectorInputError("an example holds NaN or infinity: leave it out")


def balanced(labels: NDArray[np.bool_]) -> Values:
    """Weights (n,) under which both kinds count alike; they sum to n."""
    n, positive = len(labels), int(labels.sum())
    return np.where(labels, 0.5 * n / positive, 0.5 * n / (n - positive))
