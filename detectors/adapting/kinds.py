"""Adapters put together and saved, and how their scores keep the meaning of a camera's history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.adapting.base import Adapter, PromptSpace, Values
from detectors.adapting.cache import RepeatedFalseAlarms, TipAdapter
from detectors.adapting.probe import LinearProbe
from detectors.adapting.reworded import AdaptedPrompts
from detectors.base import DetectorStateError, State

#: Parts of what is ordinary between which an adapted score keeps its place and its spread.
_MIDDLE, _HIGH = 0.5, 0.95
#: How far the spread may be corrected: beyond it the adapter has flattened what is ordinary.
_MOST = 10.0


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
