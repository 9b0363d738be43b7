"""Which judged moments are learned from, and which wait in doubt."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from detectors.base import Moments
from detectors.normal import LearnedNormal
from pipeline.learning.drift import Drift
from pipeline.learning.news import News
from pipeline.learning.quarantine import Group, Quarantine

#: A window rarer than this is in doubt, one commoner than the second is ordinary.
_DOUBT_P, _ORDINARY_P = 1e-3, 0.05
#: What lies between teaches no more than its share: so many for one ordinary moment, and so many
#: at once. A moment has several windows, so that its share is above theirs. One whose own score is
#: as rare as this is not among them.
_BETWEEN, _AT_ONCE, _TOO_RARE = 0.1, 64.0, 3.0
#: Rarity of the rarest tenth of single moments.
_RARE = 1.0
#: One ordinary moment in so many watched seconds is learned from, and so many are handed over
#: together.
_LEARN_EVERY_S, _BATCH = 10.0, 16
#: Watched seconds after which what was adapted is worth a version.
_VERSION_EVERY_S = 86_400.0
#: Moments that may wait until all their windows were judged.
_PENDING = 512


@dataclass(slots=True)
class Pending:
    """A scored moment whose windows are not all judged yet."""

    end_ns: int
    moment: Moments
    #: Seconds that it stands for.
    lasted_s: float
    thumbnail: bytes
    #: Its own score: see `detectors.rarity`.
    rarity: float
    #: The rarest of its windows so far, and whether one of them was part of an incident.
    p_value: float = 1.0
    in_incident: bool = False

    @property
    def doubtful(self) -> bool:
        """Whether one of its windows was rare, or part of an incident."""
        return self.in_incident or self.p_value < _DOUBT_P


class Adaptation:
    """Keeps a learned normal up to date, slowly and on its guard.

    A moment is decided on once every window that holds it was judged. It is learned from if all of
    them were ordinary. What is neither ordinary nor in doubt is learned from too, in the share that
    it has of ordinary days: a normal that only ever saw the commonest would grow narrower day by
    day, and call rare what is not; an anomaly that stays just this side of doubt gets no more than
    that share. A moment waits in doubt if one was rare or part of an incident, and its own score
    is among the rarest tenth: ordinary moments before and after an anomaly share its windows.

    Args:
        normal: learned.
        quarantine: what waits in doubt.
        drift: how far it has moved.
    """

    def __init__(self, normal: LearnedNormal, quarantine: Quarantine, drift: Drift) -> None:
        self.normal = normal
        self.quarantine = quarantine
        self.drift = drift
        #: Moments learned since the warm-up.
        self.taken = 0
        self._pending: deque[Pending] = deque(maxlen=_PENDING)
        self._fresh: list[Moments] = []
        self._learned_at_s = self._versioned_at_s = 0.0
        self._versioned = 0
        #: Moments between ordinary and doubtful that may still be learned.
        self._share = 0.0

    def scored(self, item: Pending) -> None:
        """A moment was scored: its windows are yet to come."""
        self._pending.append(item)

    def judged(
        self,
        start_ns: int,
        end_ns: int,
        p_value: float,
        *,
        in_incident: bool,
        watched_s: float,
        learn: bool,
    ) -> list[News]:
        """A window (start_ns, end_ns] was judged; return what follows from it.

        Args:
            start_ns: of the window, stream time.
            end_ns: of the window; windows come in the order of their ends.
            p_value: how rare it was.
            in_incident: whether it is part of an incident.
            watched_s: seconds watched so far.
            learn: False: the moments that are decided now teach nothing, whatever they were.
        """
        for item in self._pending:
            if item.end_ns > end_ns:
                break
            item.p_value = min(item.p_value, p_value)
            item.in_incident |= in_incident
        while self._pending and self._pending[0].end_ns <= start_ns:
            item = self._pending.popleft()
            if learn:
                self._decide(item, watched_s)
        return self._follow_up(watched_s) if learn else []

    def _decide(self, item: Pending, watched_s: float) -> None:
        if not item.doubtful:
            if item.p_value >= _ORDINARY_P:
                if self._take_in(item, watched_s):
                    self._share = min(self._share + _BETWEEN, _AT_ONCE)
            elif self._share >= 1 and item.rarity < _TOO_RARE and self._take_in(item, watched_s):
                self._share -= 1
        elif self.quarantine.knows(item.moment):
            self._take_in(item, watched_s)
        elif item.rarity >= _RARE:
            self.quarantine.add(item.moment, watched_s, item.lasted_s, item.thumbnail)

    def _follow_up(self, watched_s: float) -> list[News]:
        news = []
        for group in self.quarantine.ripe(watched_s):
            self._let_in(group)
            stayed = f"{group.occasions} times, {group.stayed_s / 3600:.2g} hours in all"
            news.append(News("accepted", f"what came {stayed} is normal now", version=True))
        since = watched_s - self._versioned_at_s
        if since >= _VERSION_EVERY_S and self.taken > self._versioned:
            self._versioned_at_s, self._versioned = watched_s, self.taken
            news.append(News("adapted", f"{self.taken} moments learned since", version=True))
        return news

    def _take_in(self, item: Pending, watched_s: float) -> bool:
        """Let a moment in; whether it is learned from, or too soon after the last one."""
        if item.thumbnail:
            row, at = item.moment.vectors[0], float(item.moment.captured_at[0])
            self.normal.album.add(row, at, item.thumbnail)
        if watched_s - self._learned_at_s < _LEARN_EVERY_S:
            return False
        self._learned_at_s = watched_s
        self._fresh.append(item.moment)
        if len(self._fresh) >= _BATCH:
            fresh, self._fresh = Moments.joined(self._fresh), []
            self._learn(fresh)
        return True

    def _learn(self, fresh: Moments) -> None:
        self.normal.update(fresh)
        self.taken += len(fresh)
        self.drift.add(fresh.vectors)

    def _let_in(self, group: Group) -> None:
        self.quarantine.let_out(group)
        self._learn(Moments.joined(group.samples))

    def settle(self, number: int, *, normal: bool) -> bool:
        """Somebody has decided on a group in quarantine; whether it is there."""
        if not normal:
            return self.quarantine.refuse(number)
        group = self.quarantine.take(number)
        if group is None:
            return False
        self._let_in(group)
        return True

    def to_state(self) -> dict[str, Any]:
        """All of it but what is pending."""
        return {
            "normal": self.normal.save(),
            "quarantine": self.quarantine.to_state(),
            "drift": self.drift.to_state(),
            "taken": self.taken,
        }

    @classmethod
    def from_state(
        cls, state: dict[str, Any], normal: LearnedNormal, quarantine: Quarantine, watched_s: float
    ) -> Adaptation:
        """What `to_state` gave, with an unlearned normal and an empty quarantine to fill.

        Raises:
            KeyError, TypeError, ValueError: it cannot be read.
        """
        normal.load(state["normal"])
        quarantine.restore(state["quarantine"])
        made = cls(normal, quarantine, Drift.from_state(state["drift"]))
        made.taken = made._versioned = int(state["taken"])
        made._learned_at_s = made._versioned_at_s = watched_s
        return made
