"""A rule's prompts with learned weights, or with learned directions in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.adapting.base import (
    PromptSpace,
    Values,
    balanced,
    check_examples,
    check_rows,
    log_odds,
)
from detectors.base import DetectorInputError, State

#: Prior precision of a prompt's log weight: a few clips move it by one or two, not by ten.
STRENGTH = 0.05


@dataclass(frozen=True, slots=True)
class AdaptedPrompts:
    """Scores with prompts of its own in place of the rule's.

    Either the same directions with a weight for each (`fit_weights`), or directions that a text
    tower made of learned context vectors (CoOp, `pipeline.teaching.coop`).
    """

    kind: str
    #: float64 (k + m, d), unit rows.
    directions: Values
    #: float64 (k + m,): added to the logits.
    log_weights: Values
    k: int
    scale: float

    def __post_init__(self) -> None:
        if self.directions.ndim != 2 or self.log_weights.shape != (len(self.directions),):
            raise DetectorInputError(
                f"{self.log_weights.shape} weights for prompts of shape {self.directions.shape}"
            )
        if not (np.isfinite(self.directions).all() and np.isfinite(self.log_weights).all()):
            raise DetectorInputError("learned prompts hold NaN or infinity: teach again")

    def adjust(self, vectors: NDArray[np.floating[Any]], raw: Values) -> Values:
        """See `Adapter`; what the plain prompts said is replaced."""
        del raw
        rows = check_rows(vectors, self.directions.shape[1], f"a lesson ({self.kind})")
        return log_odds(self.scale * (rows @ self.directions.T) + self.log_weights, self.k)

    def save(self) -> State:
        """See `Adapter`."""
        return {
            "kind": self.kind,
            "directions": self.directions.astype(np.float32),
            "log_weights": self.log_weights,
            "k": self.k,
            "scale": self.scale,
        }

    @classmethod
    def load(cls, state: State) -> AdaptedPrompts:
        """Take over what `save` gave."""
        return cls(
            str(state["kind"]),
            np.asarray(state["directions"], np.float64),
            np.asarray(state["log_weights"], np.float64),
            int(state["k"]),
            float(state["scale"]),
        )


def fit_weights(
    space: PromptSpace,
    means: NDArray[np.floating[Any]],
    labels: NDArray[np.bool_],
    strength: float = STRENGTH,
) -> AdaptedPrompts:
    """Learn how much each prompt counts: the maximum a posteriori under a normal prior around 1.

    A rule's log odds are a log-sum-exp of its prompts' logits; a weight is a constant added to one
    of them. Prompts that fire on what is not meant lose weight, and so do normal prompts that
    explain away what is. It is logistic regression in the log weights, both kinds of examples
    counted alike. k + m numbers are learned, not d: with ten clips of each kind that is what the
    examples can carry (compare the learned text multipliers of LP++, Huang et al. 2024).

    Args:
        space: the rule's prompts.
        means: (n, d), the mean embedding of each example.
        labels: (n,), whether it shows what the rule is for.
        strength: prior precision; the larger, the closer to the plain prompts.

    Raises:
        DetectorInputError: the examples are unusable, or of one kind.
    """
    # Takes as long to load as all else that judges; few sites fit anything while they start.
    from scipy.optimize import minimize
    from scipy.special import expit

    check_examples(means, labels)
    logits, k = space.logits(means), space.k
    sign, weights = np.where(labels, 1.0, -1.0), balanced(labels)

    def loss(theta: Values) -> tuple[float, Values]:
        offset, log_weights = theta[0], theta[1:]
        moved = logits + log_weights
        own = np.logaddexp.reduce(moved[:, :k], axis=1, keepdims=True)
        normal = np.logaddexp.reduce(moved[:, k:], axis=1, keepdims=True)
        odds = sign * ((own - normal)[:, 0] + offset)
        slope = -sign * expit(-odds) * weights
        gradient = np.concatenate(
            [
                (slope[:, None] * np.exp(moved[:, :k] - own)).sum(axis=0),
                -(slope[:, None] * np.exp(moved[:, k:] - normal)).sum(axis=0),
            ]
        )
        value = (weights * np.logaddexp(0, -odds)).sum() + strength / 2 * log_weights @ log_weights
        return float(value), np.r_[slope.sum(), gradient + strength * log_weights]

    found = minimize(loss, np.zeros(1 + logits.shape[1]), jac=True, method="L-BFGS-B")
    return AdaptedPrompts("weights", space.directions, found.x[1:], k, space.scale)
