"""Caches of labelled embeddings: what looks or sounds like an example is scored like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.adapting.base import Values, check_examples, check_rows
from detectors.base import DetectorInputError, State

#: Logits that an embedding gains which equals the examples of one kind, and how fast it fades.
GAIN, SHARPNESS = 3.0, 30.0
#: A false alarm's pull on the uppermost hundredth of what is ordinary here: 5 %.
_FADED = 3.0
#: At the least, a cosine of 0.9 is no repetition any more: cameras that have shown nothing yet.
_LEAST_SHARP, _MOST_SHARP = 30.0, 2_000.0


@dataclass(frozen=True, slots=True)
class TipAdapter:
    """Tip-Adapter, its training-free form (Zhang et al. 2022).

    Affinity to an example is ``exp(-sharpness * (1 - cosine))``, and what is added is ``gain``
    times the mean affinity to positive examples less that to negative ones. Cosines are taken from
    the centre of ordinary embeddings: embeddings of one model all point much the same way, and
    from the origin everything would be near everything.
    """

    keys: Values
    labels: NDArray[np.bool_]
    #: float64 (d,): the mean ordinary embedding.
    centre: Values
    gain: float = GAIN
    sharpness: float = SHARPNESS
    kind: str = "tip"

    def adjust(self, vectors: NDArray[np.floating[Any]], raw: Values) -> Values:
        """See `Adapter`."""
        rows = check_rows(vectors, self.keys.shape[1], "a cache")
        near = np.exp(-self.sharpness * (1 - _cosines(rows, self.keys, self.centre)))
        more = near[:, self.labels].mean(axis=1) - near[:, ~self.labels].mean(axis=1)
        out: Values = raw + self.gain * more
        return out

    def save(self) -> State:
        """See `Adapter`."""
        return {
            "keys": self.keys.astype(np.float16),
            "labels": self.labels,
            "centre": self.centre,
            "gain": self.gain,
            "sharpness": self.sharpness,
        }

    @classmethod
    def load(cls, state: State) -> TipAdapter:
        """Take over what `save` gave."""
        return cls(
            np.asarray(state["keys"], np.float64),
            np.asarray(state["labels"], bool),
            np.asarray(state["centre"], np.float64),
            float(state["gain"]),
            float(state["sharpness"]),
        )


def fit_tip(
    rows: NDArray[np.floating[Any]],
    labels: NDArray[np.bool_],
    ordinary: NDArray[np.floating[Any]],
    *,
    gain: float = GAIN,
    sharpness: float = SHARPNESS,
) -> TipAdapter:
    """Put examples into a cache.

    Args:
        rows: (n, d) embeddings, several of one clip if there are.
        labels: (n,), whether each shows what the rule is for.
        ordinary: (m, d) embeddings of what is ordinary.
        gain: logits at most added or taken.
        sharpness: how fast likeness fades.

    Raises:
        DetectorInputError: the examples are unusable, or of one kind.
    """
    check_examples(rows, labels)
    centre = np.asarray(ordinary, np.float64).mean(axis=0)
    return TipAdapter(np.asarray(rows, np.float64), labels, centre, gain, sharpness)


@dataclass(frozen=True, slots=True)
class RepeatedFalseAlarms:
    """Brings down what repeats a false alarm, and nothing else.

    A cache of negatives alone, the part of Tip-Adapter that a first verdict can fill. Each key
    takes as much as lifted it above what is ordinary; the taking fades so fast that what is
    ordinary at this camera keeps its score, and where an incident that was confirmed comes closer
    than the false alarm, nothing is taken.
    """

    #: float64 (n, d): embeddings of false alarms.
    keys: Values
    #: float64 (n,), logits >= 0 that a repetition of each loses.
    excess: Values
    #: float64 (p, d): embeddings of confirmed incidents; p may be 0.
    confirmed: Values
    sharpness: float
    kind: str = "repeats"

    def adjust(self, vectors: NDArray[np.floating[Any]], raw: Values) -> Values:
        """See `Adapter`."""
        rows = check_rows(vectors, self.keys.shape[1], "a memory of false alarms")
        taken = self.excess * np.exp(-self.sharpness * (1 - rows @ self.keys.T))
        if len(self.confirmed):
            nearer = (rows @ self.confirmed.T).max(axis=1, keepdims=True)
            taken = np.where(rows @ self.keys.T > nearer, taken, 0.0)
        out: Values = raw - taken.max(axis=1)
        return out

    def save(self) -> State:
        """See `Adapter`."""
        return {
            "keys": self.keys.astype(np.float32),
            "excess": self.excess,
            "confirmed": self.confirmed.astype(np.float32),
            "sharpness": self.sharpness,
        }

    @classmethod
    def load(cls, state: State) -> RepeatedFalseAlarms:
        """Take over what `save` gave."""
        return cls(
            np.asarray(state["keys"], np.float64),
            np.asarray(state["excess"], np.float64),
            np.asarray(state["confirmed"], np.float64).reshape(-1, np.shape(state["keys"])[1]),
            float(state["sharpness"]),
        )


def fit_repeats(
    keys: NDArray[np.floating[Any]],
    raw: Values,
    confirmed: NDArray[np.floating[Any]],
    ordinary: NDArray[np.floating[Any]],
    ordinary_raw: Values,
) -> RepeatedFalseAlarms:
    """Remember false alarms.

    Args:
        keys: (n, d) unit embeddings of false alarms, n >= 1.
        raw: (n,) their scores so far.
        confirmed: (p, d) embeddings of confirmed incidents.
        ordinary: (m, d) embeddings of what is ordinary, of this camera where there are any.
        ordinary_raw: (m,) their scores so far.

    Raises:
        DetectorInputError: there is no key, or nothing ordinary to hold it against.
    """
    if not len(keys) or not len(ordinary):
        raise DetectorInputError("a memory of false alarms needs one, and something ordinary")
    rows = np.asarray(keys, np.float64)
    likeness = float(np.quantile((np.asarray(ordinary, np.float64) @ rows.T).max(axis=1), 0.99))
    sharpness = float(np.clip(_FADED / max(1e-9, 1 - likeness), _LEAST_SHARP, _MOST_SHARP))
    excess = np.maximum(0.0, raw - float(np.median(ordinary_raw)))
    return RepeatedFalseAlarms(
        rows, excess, np.asarray(confirmed, np.float64).reshape(-1, rows.shape[1]), sharpness
    )


def _cosines(rows: Values, keys: Values, centre: Values) -> Values:
    def turned(vectors: Values) -> Values:
        moved = vectors - centre
        length = np.linalg.norm(moved, axis=1, keepdims=True)
        out: Values = moved / np.where(length > 0, length, 1.0)
        return out

    out: Values = turned(rows) @ turned(keys).T
    return out
