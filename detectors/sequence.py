"""What comes after what: a small autoencoder over short sequences of embeddings.

Reconstruction error of a bottleneck (Hawkins et al. 2002; for sequences Malhotra et al. 2016): what
the few numbers of the middle layer cannot tell of a sequence was not in the ones it learned from.
Each moment may look ordinary and their order or pace still be new.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.base import BEFORE, DetectorInputError, DetectorStateError, Moments, State
from pipeline.records import Unusual

_VERSION = 1
#: Principal directions that a moment is described by.
_DIRECTIONS = 24
#: Width of the middle layer and of those around it.
_MIDDLE, _HIDDEN = 12, 48
_STEPS, _BATCH, _RATE = 600, 64, 3e-3
#: Runs that the sequences are cut into, and of how many one is held out; it is asked every so many
#: steps.
_RUNS, _HELD_OUT, _ASKED_EVERY = 16, 4, 20
#: Rate of slow adaptation, of the summed error of a sequence, and the longest step.
_SLOW_RATE, _LONGEST = 2e-3, 0.05
#: Sequences that are rehearsed beside new ones, so that a night does not make the day forgotten; a
#: new one takes the place of one of them once in so many (a week of one in ten seconds).
_REHEARSED, _REPLACE_ONCE_IN = 256, 236
_SEED = 7

Values = NDArray[np.float32]


class SequenceAutoencoder:
    """Reconstruction error of the last two seconds, in numpy.

    A moment and the four before it are projected to the 24 principal directions of the first
    stretch, on one scale for all: 120 numbers, through tanh layers of 48, 12 and 48. What
    the projection leaves out of the newest moment (its PCA residual) is added to the error, so that
    what lies outside of everything learned counts too.

    A quarter of the first sequences is held out, and the weights that tell those best are kept
    (early stopping, Prechelt 1998): a microphone that hears little gives some dozens of sequences,
    which the network would soon know by heart.
    """

    name = "sequence"

    def __init__(self) -> None:
        self._mean: Values = np.zeros(0, np.float32)
        self._axes: Values = np.zeros((0, 0), np.float32)
        self._scale: Values = np.zeros(0, np.float32)
        self._residual = 1.0
        self._error = 1.0
        self._weights: list[Values] = []
        self._rehearsed: Values = np.zeros((0, 0), np.float32)
        self._rng = np.random.default_rng(_SEED)

    def fit(self, normal: Moments) -> None:
        """See `Normality`."""
        whole = _complete(normal)
        if len(whole) < 8:
            raise DetectorInputError("an autoencoder needs at least eight sequences")
        rows = normal.vectors
        self._mean = rows.mean(axis=0)
        _, values, axes = np.linalg.svd(rows - self._mean, full_matrices=False)
        kept = min(_DIRECTIONS, len(values))
        self._axes = axes[:kept].T.astype(np.float32)
        # One scale: a direction in which hardly anything varies must not count as much as others.
        spread = float(np.sqrt((values[:kept] ** 2).mean() / len(rows)))
        self._scale = np.full(kept, spread + 1e-4, np.float32)
        self._rng = rng = np.random.default_rng(_SEED)
        width = kept * (BEFORE + 1)
        shapes = [(width, _HIDDEN), (_HIDDEN, _MIDDLE), (_MIDDLE, _HIDDEN), (_HIDDEN, width)]
        self._weights = []
        for rows_in, rows_out in shapes:
            spread = 1 / np.sqrt(rows_in)
            self._weights += [
                rng.normal(0, spread, (rows_in, rows_out)).astype(np.float32),
                np.zeros(rows_out, np.float32),
            ]
        inputs = self._inputs(whole)
        self._error = self._train(inputs, rng) + 1e-6
        self._rehearsed = inputs[rng.permutation(len(inputs))[:_REHEARSED]]
        self._residual = float(np.median(self._residuals(whole))) + 1e-6

    def _train(self, inputs: Values, rng: np.random.Generator) -> float:
        """Adam (Kingma & Ba 2015) with a rate that falls to zero; the median error held out."""
        n = len(inputs)
        held = (np.arange(n) * min(_RUNS, n) // n) % _HELD_OUT == _HELD_OUT - 1
        learned, asked = inputs[~held], inputs[held]
        least, best = np.inf, self._weights
        first = [np.zeros_like(w) for w in self._weights]
        second = [np.zeros_like(w) for w in self._weights]
        for step in range(1, _STEPS + 1):
            batch = learned[rng.integers(len(learned), size=_BATCH)]
            rate = _RATE * (1 - (step - 1) / _STEPS)
            for w, g, m, v in zip(
                self._weights, self._gradients(batch), first, second, strict=True
            ):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                w -= rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
            if step % _ASKED_EVERY == 0:
                error = float(np.median(self._errors(asked)))
                if error < least:
                    least, best = error, [w.copy() for w in self._weights]
        self._weights = best
        return least

    def update(self, normal: Moments) -> None:
        """See `Normality`: one small step of gradient descent, on them and on what is rehearsed."""
        whole = _complete(normal)
        if not self._weights or not len(whole):
            return
        fresh = self._inputs(whole)
        old = self._rehearsed[self._rng.integers(len(self._rehearsed), size=3 * len(fresh))]
        inputs = np.concatenate([fresh, old])
        for one in fresh[self._rng.random(len(fresh)) < 1 / _REPLACE_ONCE_IN]:
            self._rehearsed[self._rng.integers(len(self._rehearsed))] = one
        steps = [_SLOW_RATE * inputs.shape[1] * g for g in self._gradients(inputs)]
        length = float(np.sqrt(sum(float((s * s).sum()) for s in steps)))
        for w, step in zip(self._weights, steps, strict=True):
            w -= step * min(1.0, _LONGEST / (length + 1e-12))

    def score(self, moments: Moments) -> NDArray[np.float64]:
        """See `Normality`: 2 is the usual error; NaN for the first moments after a gap."""
        out = np.full(len(moments), np.nan)
        if not self._weights or moments.before is None:
            return out
        known = np.isfinite(moments.before[:, 0, 0])
        if known.any():
            whole = moments[known]
            out[known] = (
                self._errors(self._inputs(whole)) / self._error
                + self._residuals(whole) / self._residual
            )
        return out

    def explain(self, moment: Moments) -> Unusual:
        """See `Normality`."""
        del moment
        return Unusual((), "what followed on what in the last two seconds is new here")

    def _inputs(self, moments: Moments) -> Values:
        """Standardised principal components (n, (BEFORE + 1) * k) of complete sequences."""
        assert moments.before is not None
        steps = np.concatenate(
            [moments.before.astype(np.float32), moments.vectors[:, np.newaxis]], axis=1
        )
        told = ((steps - self._mean) @ self._axes) / self._scale
        # Far outliers would saturate the first layer: what they say is in the residual.
        inputs: Values = np.clip(told, -6, 6).reshape(len(steps), -1)
        return inputs

    def _residuals(self, moments: Moments) -> NDArray[np.float64]:
        away = moments.vectors - self._mean
        left = (away**2).sum(axis=1) - ((away @ self._axes) ** 2).sum(axis=1)
        residuals: NDArray[np.float64] = np.sqrt(np.maximum(left, 0.0)).astype(np.float64)
        return residuals

    def _errors(self, inputs: Values) -> NDArray[np.float64]:
        *_, made = self._forward(inputs)
        mean: NDArray[np.float64] = ((made - inputs) ** 2).mean(axis=1).astype(np.float64)
        return np.sqrt(mean)

    def _forward(self, inputs: Values) -> list[Values]:
        w = self._weights
        one = np.tanh(inputs @ w[0] + w[1])
        two = np.tanh(one @ w[2] + w[3])
        three = np.tanh(two @ w[4] + w[5])
        return [one, two, three, three @ w[6] + w[7]]

    def _gradients(self, inputs: Values) -> list[Values]:
        """Of the mean squared error, in the order of the weights."""
        one, two, three, made = self._forward(inputs)
        w = self._weights
        d_made = 2 * (made - inputs) / inputs.size
        d_three = (d_made @ w[6].T) * (1 - three**2)
        d_two = (d_three @ w[4].T) * (1 - two**2)
        d_one = (d_two @ w[2].T) * (1 - one**2)
        out: list[Values] = []
        for before, after in ((inputs, d_one), (one, d_two), (two, d_three), (three, d_made)):
            out += [before.T @ after, after.sum(axis=0)]
        return out

    def save(self) -> State:
        """See `Normality`."""
        return {
            "version": _VERSION,
            "mean": self._mean,
            "axes": self._axes,
            "scale": self._scale,
            "usual": [self._error, self._residual],
            "weights": list(self._weights),
            "rehearsed": self._rehearsed.astype(np.float16),
        }

    def load(self, state: State) -> None:
        """See `Normality`."""
        try:
            if state["version"] != _VERSION:
                raise ValueError(f"version {state['version']}")
            mean, axes, scale = (
                np.asarray(state[k], np.float32) for k in ("mean", "axes", "scale")
            )
            weights = [np.array(w, np.float32) for w in state["weights"]]
            rehearsed = np.array(state["rehearsed"], np.float32)
            error, residual = map(float, state["usual"])
            if axes.shape != (mean.size, scale.size) or len(weights) not in (0, 8):
                raise ValueError("its parts do not fit together")
        except (KeyError, TypeError, ValueError) as error_:
            raise DetectorStateError(f"an autoencoder cannot be read ({error_!r})") from error_
        self._mean, self._axes, self._scale, self._weights = mean, axes, scale, weights
        self._error, self._residual, self._rehearsed = error, residual, rehearsed


def _complete(moments: Moments) -> Moments:
    """Those whose sequence has no gap."""
    if moments.before is None:
        return moments[:0]
    return moments[np.isfinite(moments.before[:, 0, 0])]
