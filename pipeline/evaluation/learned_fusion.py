"""A small learned way of putting senses together: a weight for each, learned from labelled clips.

Logistic regression on the senses' surprises, with weights that cannot be negative: more alarming in
one sense is never less alarming together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
#: Fewer clips of a kind teach nothing.
LEAST = 10
#: Strength of the pull towards no weights (ridge), as if by so many clips.
_RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class LearnedFusion:
    """A weighted sum of surprises."""

    #: float64 (senses,), >= 0.
    weights: Values

    @classmethod
    def taught(cls, surprises: Values, labels: NDArray[np.bool_]) -> LearnedFusion:
        """Learn from clips.

        Args:
            surprises: -ln p, (senses, n), NaN where a sense is missing.
            labels: (n,) whether each is what the rule asks for; both kinds are there.

        Raises:
            ValueError: fewer than `LEAST` clips of a kind.
        """
        from scipy.optimize import minimize

        if min(int(labels.sum()), int((~labels).sum())) < LEAST:
            raise ValueError(f"fusion is learned from {LEAST} clips of each kind or more")
        told = np.nan_to_num(surprises)
        scale = np.maximum(told.std(axis=1, keepdims=True), 1e-9)
        x, sign = told / scale, np.where(labels, 1.0, -1.0)
        # Each kind counts as much as the other, however many clips it has.
        each = np.where(labels, 0.5 / labels.mean(), 0.5 / (~labels).mean())

        def cost(w: Values) -> tuple[float, Values]:
            margin = sign * (w[:-1] @ x + w[-1])
            loss = float(
                (each * np.logaddexp(0.0, -margin)).sum() + _RIDGE / 2 * (w[:-1] ** 2).sum()
            )
            slope = -each * sign / (1 + np.exp(margin))
            return loss, np.append(x @ slope + _RIDGE * w[:-1], slope.sum())

        bounds = [(0.0, None)] * len(x) + [(None, None)]
        found = minimize(cost, np.zeros(len(x) + 1), jac=True, bounds=bounds, method="L-BFGS-B")
        weights: Values = found.x[:-1] / scale[:, 0]
        return cls(weights)

    def __call__(self, surprises: Values) -> Values:
        """The weighted sum (n,) of surprises (senses, n); a sense that is missing adds nothing."""
        out: Values = self.weights @ np.nan_to_num(surprises)
        return out


def left_out(surprises: Values, labels: NDArray[np.bool_]) -> Values:
    """Score each of n clips by what all others teach, (n,): where no other part can teach.

    Raises:
        ValueError: see `LearnedFusion.taught`.
    """
    out = np.zeros(len(labels))
    for k in range(len(labels)):
        others = np.arange(len(labels)) != k
        out[k] = LearnedFusion.taught(surprises[:, others], labels[others])(surprises[:, [k]])[0]
    return out
