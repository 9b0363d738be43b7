"""A linear probe that starts from the prompts: one direction added to what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.adapting.base import PromptSpace, Values, balanced, check_examples, check_rows
from detectors.base import State

#: Part of the prompts' log odds that is kept, and prior precision of what is added.
KEPT, STRENGTH = 0.5, 30.0
#: Spread that the examples' features are brought to.
_SPREAD = 2.0


@dataclass(frozen=True, slots=True)
class LinearProbe:
    """``kept * raw + direction . vector``."""

    direction: Values
    kept: float
    kind: str = "probe"

    def adjust(self, vectors: NDArray[np.floating[Any]], raw: Values) -> Values:
        """See `Adapter`."""
        rows = check_rows(vectors, len(self.direction), "a probe")
        out: Values = self.kept * raw + rows @ self.direction
        return out

    def save(self) -> State:
        """See `Adapter`."""
        return {"direction": self.direction, "kept": self.kept}

    @classmethod
    def load(cls, state: State) -> LinearProbe:
        """Take over what `save` gave."""
        return cls(np.asarray(state["direction"], np.float64), float(state["kept"]))


def fit_probe(
    space: PromptSpace,
    means: NDArray[np.floating[Any]],
    labels: NDArray[np.bool_],
    *,
    kept: float = KEPT,
    strength: float = STRENGTH,
) -> LinearProbe:
    """Fit a logistic probe whose prior is the prompts' own direction.

    A probe from nothing needs far more than a few examples; one that is penalised for leaving the
    zero-shot classifier does not (CLAP, Silva-Rodriguez et al. 2024; LP++, Huang et al. 2024). The
    penalty is measured along the texts: what is added is a sum of the prompts' directions, so a
    turn towards what words can say is cheap and any other is ruled out.

    Args:
        space: the rule's prompts.
        means: (n, d), the mean embedding of each example.
        labels: (n,), whether it shows what the rule is for.
        kept: part of the prompts' log odds that is kept.
        strength: prior precision of the coefficients.

    Raises:
        DetectorInputError: the examples are unusable, or of one kind.
    """
    # Takes as long to load as all else that judges; few sites fit anything while they start.
    from scipy.optimize import minimize
    from scipy.special import expit

    check_examples(means, labels)
    features = np.asarray(means, np.float64) @ space.directions.T
    features = features - features.mean(axis=0)
    spread = float(np.sqrt((features**2).sum(axis=1).mean()))
    features *= _SPREAD / spread if spread > 0 else 0.0
    raw = space.raw(means)
    prior = kept * (raw - raw.mean())
    sign, weights = np.where(labels, 1.0, -1.0), balanced(labels)

    def loss(theta: Values) -> tuple[float, Values]:
        odds = sign * (theta[0] + prior + features @ theta[1:])
        slope = -sign * expit(-odds) * weights
        value = (weights * np.logaddexp(0, -odds)).sum() + strength / 2 * theta[1:] @ theta[1:]
        return float(value), np.r_[slope.sum(), features.T @ slope + strength * theta[1:]]

    found = minimize(loss, np.zeros(1 + features.shape[1]), jac=True, method="L-BFGS-B")
    along = found.x[1:] * (_SPREAD / spread if spread > 0 else 0.0)
    return LinearProbe(space.directions.T @ along, kept)
