"""A camera's learned normal for one sense: several ideas of it, put on one scale and together."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.album import Album
from detectors.base import DetectorInputError, DetectorStateError, Moments, Normality, State
from pipeline.records import Unusual

_VERSION = 1
#: Fewer moments than this teach nothing.
LEAST = 16
#: The first stretch is cut into so many runs of consecutive moments, of which every fourth is held
#: out: neighbours in time are nearly the same picture and would judge each other too well.
_RUNS, _HELD = 16, 4
#: The spread is read from this quantile of held-out scores: what matters is how far ordinary scores
#: reach up.
_QUANTILE = 0.9
#: The same quantile of a standard normal distribution.
_NORMAL_QUANTILE = 1.2816
#: Standard scores beyond it add no evidence: what is that far away is unusual, whoever says so.
_MOST = 12.0


class LearnedNormal:
    """Several `Normality` members, each in standard scores of held-out moments.

    A member's standard score is ``(score - median) / spread``, taken from scores of moments that it
    had not learned from; the spread is that of the upper side. The score of a moment is the mean of
    its members' standard scores, each counted within [0, 12]: members that see nothing unusual add
    nothing, and one that is beside itself does not silence the others' doubt. It is calibrated
    afterwards like any other score, so the scale only has to be the same all over.

    Args:
        members: what to put together, each with a name of its own.
    """

    name = "normal"

    def __init__(self, members: Sequence[Normality]) -> None:
        if not members or len({m.name for m in members}) != len(members):
            raise ValueError("a learned normal needs members with names of their own")
        self._members = tuple(members)
        self._scales: dict[str, tuple[float, float]] = {}
        self.album = Album()

    @property
    def members(self) -> tuple[Normality, ...]:
        """What was put together."""
        return self._members

    def fit(self, normal: Moments) -> None:
        """See `Normality`; also `fit_held_out`."""
        self.fit_held_out(normal)

    def fit_held_out(self, normal: Moments) -> NDArray[np.float64]:
        """Learn, and return scores (m,) of moments that were held out while they were scored.

        Raises:
            DetectorInputError: fewer than 16 moments.
        """
        n = len(normal)
        if n < LEAST:
            raise DetectorInputError(f"{n} moments are too few to learn a normal from: {LEAST}")
        run = np.arange(n) * _RUNS // n
        held = run % _HELD == _HELD - 1
        standard = []
        for member in self._members:
            member.fit(normal[~held])
            scores = member.score(normal[held])
            known = scores[np.isfinite(scores)]
            if known.size == 0:
                self._scales.pop(member.name, None)
                continue
            middle = float(np.median(known))
            spread = (float(np.quantile(known, _QUANTILE)) - middle) / _NORMAL_QUANTILE
            self._scales[member.name] = middle, max(spread, 1e-6 * max(1.0, abs(middle)))
            standard.append(self._standard(member, scores))
            member.fit(normal)
        for row, at in zip(normal.vectors, normal.captured_at, strict=True):
            self.album.add(row, float(at))
        if not standard:
            raise DetectorInputError("no member can judge these moments")
        return together(np.stack(standard))

    def update(self, normal: Moments) -> None:
        """See `Normality`."""
        for member in self._members:
            if member.name in self._scales:
                member.update(normal)

    def score(self, moments: Moments) -> NDArray[np.float64]:
        """See `Normality`: standard scores, 0 is usual."""
        standard = [
            self._standard(member, member.score(moments))
            for member in self._members
            if member.name in self._scales
        ]
        if not standard:
            return np.full(len(moments), np.nan)
        return together(np.stack(standard))

    def explain(self, moment: Moments) -> Unusual:
        """See `Normality`: the members' standard scores, the first heat map, the nearest moment."""
        last = moment[-1:]
        parts: list[tuple[str, float]] = []
        heat: NDArray[np.float32] | None = None
        words = ""
        for member in sorted(
            (m for m in self._members if m.name in self._scales),
            key=lambda m: -_sortable(float(self._standard(m, m.score(last))[0])),
        ):
            standard = float(self._standard(member, member.score(last))[0])
            if not math.isfinite(standard):
                continue
            parts.append((member.name, round(standard, 2)))
            told = member.explain(last)
            heat = told.heat if heat is None else heat
            words = words or told.words
        return Unusual(tuple(parts), words, heat, self.album.nearest(last.vectors[0]))

    def _standard(self, member: Normality, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        middle, spread = self._scales[member.name]
        out: NDArray[np.float64] = (scores - middle) / spread
        return out

    def save(self) -> State:
        """See `Normality`."""
        return {
            "version": _VERSION,
            "members": {
                m.name: {"scale": list(self._scales[m.name]), "state": m.save()}
                for m in self._members
                if m.name in self._scales
            },
            "album": self.album.save(),
        }

    def load(self, state: State) -> None:
        """See `Normality`. A member that the state does not know is silent until the next fit."""
        try:
            if state["version"] != _VERSION:
                raise ValueError(f"version {state['version']}")
            known = {m.name: m for m in self._members}
            scales = {}
            for name, saved in state["members"].items():
                if name not in known:
                    continue  # a member of another release
                known[name].load(saved["state"])
                middle, spread = saved["scale"]
                scales[name] = float(middle), float(spread)
            self.album.load(state["album"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DetectorStateError(f"a learned normal cannot be read ({error!r})") from error
        self._scales = scales


def together(standard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Standard scores (members, n) as one (n,); members that cannot tell are left out."""
    counted = np.clip(standard, 0.0, _MOST)
    known = np.isfinite(counted)
    total = np.where(known, counted, 0.0).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.where(known.any(axis=0), total / known.sum(axis=0), np.nan)


def _sortable(score: float) -> float:
    return score if math.isfinite(score) else -math.inf
