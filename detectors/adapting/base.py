"""What an adapter is, and how its scores keep the meaning that a camera's history has learned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from detectors.base import DetectorInputError, DetectorStateError, State

Values = NDArray[np.float64]

#: Parts of what is ordinary between which an adapted score keeps its place and its spread.
_MIDDLE, _HIGH = 0.5, 0.95
#: How far the spread may be corrected: beyond it the adapter has flattened what is ordinary.
_MOST = 10.0


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


@dataclass(frozen=True, slots=True)
class Anchored:
    """An adapter moved and stretched so that what is ordinary scores as it did before.

    The camera's history was learned in the units of the plain prompts. Were it thrown away with
    each lesson, one verdict would make a camera forget weeks; were it kept beside scores of other
    units, its promise would be void. An adapted score may be mapped by any rising line without
    changing what it ranks above what: this one puts the middle and the upper twentieth of
    ordinary embeddings back where the plain prompts have them. So the history stays, and only
    what the lesson is about changes its place in it.
    """

    inner: Adapter
    shift: float
    stretch: float

    @property
    def kind(self) -> str:
        """The inner adapter's."""
        return self.inner.kind

    def adjust(self, vectors: NDArray[np.floating[Any]], raw: Values) -> Values:
        """See `Adapter`."""
        out: Values = self.shift + self.stretch * self.inner.adjust(vectors, raw)
        return out

    def save(self) -> State:
        """See `Adapter`."""
        return {"inner": adapter_state(self.inner), "shift": self.shift, "stretch": self.stretch}

    @classmethod
    def load(cls, state: State) -> Anchored:
        """Take over what `save` gave."""
        return cls(load_adapter(state["inner"]), float(state["shift"]), float(state["stretch"]))


def anchored(adapter: Adapter, space: PromptSpace, ordinary: NDArray[np.floating[Any]]) -> Anchored:
    """``adapter``, in the units of the plain prompts.

    Args:
        adapter: as it was fitted.
        space: the rule's prompts.
        ordinary: (m, d) embeddings of what is ordinary, m >= 2: the model's bank, and better the
            camera's own besides.
    """
    raw = space.raw(ordinary)
    adapted = adapter.adjust(ordinary, raw)
    (middle, high), (now, now_high) = (
        np.quantile(values, [_MIDDLE, _HIGH]) for values in (raw, adapted)
    )
    spread, spread_now = float(high - middle), float(now_high - now)
    stretch = 1.0
    if spread > 0 and spread_now > 0:
        stretch = float(np.clip(spread / spread_now, 1 / _MOST, _MOST))
    return Anchored(adapter, float(middle - stretch * now), stretch)


@dataclass(frozen=True, slots=True)
class Chain:
    """Adapters one after the other: each is given what the one before made of the score."""

    parts: tuple[Adapter, ...]

    @property
    def kind(self) -> str:
        """Those of the parts."""
        return " + ".join(part.kind for part in self.parts)

    def adjust(self, vectors: NDArray[np.floating[Any]], raw: Values) -> Values:
        """See `Adapter`."""
        for part in self.parts:
            raw = part.adjust(vectors, raw)
        return raw

    def save(self) -> State:
        """See `Adapter`."""
        return {"parts": [adapter_state(part) for part in self.parts]}

    @classmethod
    def load(cls, state: State) -> Chain:
        """Take over what `save` gave."""
        return cls(tuple(load_adapter(part) for part in state["parts"]))


def adapter_state(adapter: Adapter) -> State:
    """What `load_adapter` reads: the adapter's own state, with its class."""
    return {"version": 1, "class": type(adapter).__name__, **adapter.save()}


def load_adapter(state: State) -> Adapter:
    """Make an adapter of what `adapter_state` gave.

    Raises:
        DetectorStateError: it is of a newer version, or no such state.
    """
    from detectors.adapting.cache import RepeatedFalseAlarms, TipAdapter
    from detectors.adapting.probe import LinearProbe
    from detectors.adapting.reworded import AdaptedPrompts

    known: Sequence[Any] = (
        Anchored,
        Chain,
        AdaptedPrompts,
        LinearProbe,
        RepeatedFalseAlarms,
        TipAdapter,
    )
    loaders: dict[str, Callable[[State], Adapter]] = {c.__name__: c.load for c in known}
    try:
        if state["version"] != 1:
            raise DetectorStateError(
                f"an adapter of version {state['version']} was saved by a newer release"
            )
        return loaders[state["class"]](state)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        if isinstance(error, DetectorStateError):
            raise
        raise DetectorStateError(f"a saved adapter cannot be read ({error!r})") from error


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
