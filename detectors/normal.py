"""A camera's learned normal for one sense: several ideas of it, put on one scale and together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.album import Album
from detectors.base import DetectorInputError, DetectorStateError, Moments, Normality, State
from detectors.rarity import Rarity
from pipeline.records import Unusual

_VERSION = 1
#: Fewer moments than this teach nothing.
LEAST = 16
#: The first stretch is cut into so many runs of consecutive moments: neighbours in time are nearly
#: the same picture and would judge each other too well. Each fourth is held out in turn, so that
#: what judges it has learned from nearly as much as what will judge later.
_RUNS, _FOLDS = 16, 4
#: What is rarer than this is rare enough for any member to say so in words.
_TELLING = 1.0
#: By the name of a member, the rarity (n,) that it gives each of n moments.
Rarities = dict[str, NDArray[np.float64]]


class LearnedNormal:
    """Several `Normality` members, each on the scale of its own held-out scores.

    Of the first stretch each quarter is judged by what the other three taught; a member's scores of
    what it had not learned from are its scale (`detectors.rarity`), and what is usual for it is
    followed on as it learns, so that ordinary moments score alike on any day. The score of a moment
    is the rarity that its most surprised member gives it: members that see nothing unusual add
    nothing, and do not talk it away. It is calibrated afterwards like any other score.

    Args:
        members: what to put together, each with a name of its own.
    """

    name = "normal"

    def __init__(self, members: Sequence[Normality]) -> None:
        if not members or len({m.name for m in members}) != len(members):
            raise ValueError("a learned normal needs members with names of their own")
        self._members = tuple(members)
        self._scales: dict[str, Rarity] = {}
        self.album = Album()

    @property
    def members(self) -> tuple[Normality, ...]:
        """What was put together."""
        return self._members

    def fit(self, normal: Moments) -> None:
        """See `Normality`; also `fit_held_out`."""
        self.fit_held_out(normal)

    def fit_held_out(self, normal: Moments) -> NDArray[np.float64]:
        """Learn, and return scores (n,) of each moment as it was judged while held out.

        A moment that no member could judge counts as the most usual: nobody would have noticed it.

        Raises:
            DetectorInputError: fewer than 16 moments, or nothing that a member could judge.
        """
        n = len(normal)
        if n < LEAST:
            raise DetectorInputError(f"{n} moments are too few to learn a normal from: {LEAST}")
        fold = (np.arange(n) * _RUNS // n) % _FOLDS
        self._scales = {}
        rarities: Rarities = {}
        for member in self._members:
            scores = np.full(n, np.nan)
            for held in (fold == k for k in range(_FOLDS)):
                member.fit(normal[~held])
                scores[held] = member.score(normal[held])
            known = scores[np.isfinite(scores)]
            if known.size < LEAST // 2:
                continue  # it cannot judge this camera
            member.fit(normal)
            self._scales[member.name] = Rarity(known, known.size / n)
            rarities[member.name] = self._scales[member.name].of(scores)
        if not rarities:
            raise DetectorInputError("no detector can judge these moments")
        if not self.album.shows:
            for row, at in zip(normal.vectors, normal.captured_at, strict=True):
                self.album.add(row, float(at))
        together = highest(rarities, n)
        out: NDArray[np.float64] = np.where(np.isfinite(together), together, np.nanmin(together))
        return out

    def update(self, normal: Moments) -> None:
        """See `Normality`."""
        for member in self._able:
            self._scales[member.name].follow(member.score(normal))
            member.update(normal)

    def score(self, moments: Moments) -> NDArray[np.float64]:
        """See `Normality`: rarity, 0 is usual, 3 as rare as one ordinary moment in a thousand."""
        return highest(self.rarities(moments), len(moments))

    def rarities(self, moments: Moments) -> Rarities:
        """By member, the rarity (n,) of each moment; NaN where it cannot tell."""
        return {m.name: self._scales[m.name].of(m.score(moments)) for m in self._able}

    def explain(self, moment: Moments, rarities: Rarities | None = None) -> Unusual:
        """See `Normality`: the most surprised member first, its words, a heat map, the nearest.

        Args:
            moment: the last of these moments is explained.
            rarities: what `rarities` gave for them, where that is known already.
        """
        last = moment[-1:]
        every = self.rarities(last) if rarities is None else rarities
        rare = {name: float(r[-1]) for name, r in every.items() if np.isfinite(r[-1])}
        told = sorted(self._able, key=lambda m: -rare.get(m.name, -np.inf))
        words, heat = "", None
        for member in told:
            if rare.get(member.name, 0.0) < _TELLING:
                break
            said = member.explain(last)
            words = words or said.words
            heat = said.heat if heat is None else heat
        parts = tuple((m.name, round(rare[m.name], 2)) for m in told if m.name in rare)
        return Unusual(parts, words, heat, self.album.nearest(last.vectors[0]))

    @property
    def _able(self) -> list[Normality]:
        return [m for m in self._members if m.name in self._scales]

    def save(self) -> State:
        """See `Normality`."""
        return {
            "version": _VERSION,
            "members": {
                m.name: {"scale": self._scales[m.name].to_state(), "state": m.save()}
                for m in self._able
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
                scales[name] = Rarity.from_state(saved["scale"])
            self.album.load(state["album"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DetectorStateError(f"a learned normal cannot be read ({error!r})") from error
        self._scales = scales


def highest(rarities: Rarities, n: int) -> NDArray[np.float64]:
    """The highest rarity (n,) that a member gives each of n moments; NaN where none can tell."""
    if not rarities:
        return np.full(n, np.nan)
    out: NDArray[np.float64] = np.fmax.reduce(list(rarities.values()))
    return out
