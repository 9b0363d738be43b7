"""One camera's normal for one rule and sense: learned first, then kept up to date with care."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from detectors.base import (
    BEFORE,
    BEFORE_S,
    DetectorInputError,
    DetectorStateError,
    Moments,
    State,
    Subject,
)
from detectors.normal import LEAST, LearnedNormal, highest
from pipeline.learning.drift import Drift
from pipeline.learning.quarantine import Group, Quarantine
from pipeline.learning.reservoir import Reservoir
from pipeline.records import NS_PER_S, WHOLE_VIEW, Embedding, Modality, Quiet, Score

_VERSION = 1
#: A step of stream time further than this was not watched.
_GAP_S = 10.0
#: Moments of the warm-up that are learned from: of those with patches fewer, they are large.
_SAMPLE = {Modality.VIDEO: 600, Modality.AUDIO: 3000}
#: A window rarer than this is in doubt, one commoner than the second is ordinary; what lies between
#: teaches nothing.
_DOUBT_P, _ORDINARY_P = 1e-3, 0.05
#: One ordinary moment in so many seconds is learned from, and so many are handed over together.
_LEARN_EVERY_S, _BATCH = 10.0, 16
#: Watched seconds after which what was adapted is worth a version.
_VERSION_EVERY_S = 86_400.0
#: Rarity from which on an explanation is made: of about three moments in a hundred.
_TOLD_ABOVE = 1.5
#: Judged moments that may wait for their window.
_PENDING = 512
#: Distances from one moment to the next that are remembered, and what of them counts as alike.
_STEPS, _ALIKE_QUANTILE, _ALIKE_FACTOR = 2048, 0.95, 1.5


@dataclass(frozen=True, slots=True)
class LearnerSettings:
    """How a normal is learned. Seconds are watched ones."""

    after_s: float
    timezone: str
    by_hour: bool = True
    #: Nothing doubtful becomes normal sooner.
    patience_s: float = 86_400.0


@dataclass(frozen=True, slots=True)
class News:
    """A change that people should know of."""

    #: learned, unlearned, adapted, accepted, drifted.
    what: str
    #: For people.
    detail: str
    #: Whether it is worth a version of its own.
    version: bool = False


@dataclass(frozen=True, slots=True)
class _Judged:
    end_ns: int
    moment: Moments
    lasted_s: float
    thumbnail: bytes


@dataclass(slots=True)
class _Fitted:
    """What a fit gives: made beside the line, taken over when it is ready."""

    normal: LearnedNormal
    #: (m,) scores of held-out moments.
    held_out: NDArray[np.float64]
    drift: Drift


@dataclass(frozen=True, slots=True)
class _Read:
    """A saved state, read whole before any of it is taken over."""

    watched_s: float
    frozen: bool
    taken: int
    held_out: NDArray[np.float64]
    steps: NDArray[np.float32]
    warm_up: Reservoir | None
    normal: LearnedNormal | None
    quarantine: Quarantine
    drift: Drift | None


class Learner:
    """A detector whose normal is learned from what it is given. No I/O, and no clock of its own.

    *Warm-up.* Until ``after_s`` seconds were watched it keeps a uniform sample and gives no score.
    Then the members are fitted, beside the line.

    *Adaptation.* Of windows that were judged ordinary one moment in ten seconds is learned from.

    *Drift guard.* A window that was in doubt (rare, or inside an incident) teaches nothing; its
    moments wait in `Quarantine`, for a day at least, and become normal only when they keep coming.
    Against what creeps in below that, `Drift` measures how far the learned centre has moved from
    where the warm-up left it; beyond one spread the learner freezes itself and says so.

    *Freeze.* A frozen learner judges and learns nothing, until it is thawed.

    Args:
        subject: the rule, camera, view and sense.
        settings: how it learns.
        make: makes an unlearned normal.
        run: runs a fit; its future is looked at with each moment. Default: at once.
        skip: whether the camera's picture or sound is in trouble, so that nothing is learned.
    """

    name = "normal"

    def __init__(
        self,
        subject: Subject,
        settings: LearnerSettings,
        make: Callable[[], LearnedNormal],
        *,
        run: Callable[[Callable[[], _Fitted]], Future[_Fitted]] | None = None,
        skip: Callable[[], bool] = lambda: False,
    ) -> None:
        self.subject = subject
        self._settings = settings
        self._make = make
        self._run = run or _at_once
        self._skip = skip
        self._zone = ZoneInfo(settings.timezone)
        self._news: list[News] = []
        self.frozen = False
        #: Changes whenever scores begin to mean something else.
        self.generation = 0
        self.begin()

    def begin(self) -> None:
        """Forget everything and warm up anew."""
        self.generation += 1
        self.watched_s = 0.0
        self._last_ns: int | None = None
        self._warm_up: Reservoir | None = self._new_reservoir()
        self._pictures: list[tuple[Moments, bytes]] = []
        self._steps: deque[float] = deque(maxlen=_STEPS)
        self._fitting: Future[_Fitted] | None = None
        self._normal: LearnedNormal | None = None
        self.held_out: NDArray[np.float64] = np.zeros(0)
        self._quarantine = Quarantine(self._settings.patience_s, 0.0)
        self._drift: Drift | None = None
        self._pending: deque[_Judged] = deque(maxlen=_PENDING)
        self._fresh: list[Moments] = []
        self._before: deque[tuple[int, NDArray[np.float32]]] = deque(maxlen=BEFORE + 1)
        self._learned_at_s = 0.0
        self._taken = 0
        self._versioned_s, self._versioned = 0.0, 0

    # --- judging ------------------------------------------------------------------------------

    def score(self, embedding: Embedding) -> Score | None:
        """See `Detector`: None as long as nothing is learned.

        Raises:
            DetectorInputError: the vector is not finite, or of another model.
        """
        if not self.subject.concerns(embedding):
            return None
        if not np.isfinite(embedding.vector).all():
            raise DetectorInputError(
                f"camera {self.subject.camera}, rule {self.subject.rule}: an embedding holds NaN "
                "or infinity: its frame or sound is damaged, drop it"
            )
        lasted_s = self._pass_time(embedding.end_ns)
        if lasted_s > 0 and self._before and self._normal is None:
            self._steps.append(float(np.linalg.norm(self._before[-1][1] - _shown(embedding))))
        moment = self.moment(embedding)
        if self._normal is None:
            self._gather(moment, embedding.thumbnail)
            return None
        rarities = self._normal.rarities(moment)
        raw = float(highest(rarities, 1)[0])
        if not math.isfinite(raw):
            return None
        self._pending.append(_Judged(embedding.end_ns, moment, lasted_s, embedding.thumbnail))
        unusual = self._normal.explain(moment, rarities) if raw >= _TOLD_ABOVE else None
        return self.subject.scored(embedding, self.name, raw, unusual=unusual)

    def quiet(self, item: Quiet) -> None:
        """A stretch in which the gate found nothing: it was watched, and was ordinary."""
        if item.camera == self.subject.camera and item.modality is self.subject.modality:
            self._pass_time(item.end_ns)
            if self._normal is None:
                self._look_for_a_fit()

    def moment(self, embedding: Embedding) -> Moments:
        """An embedding as one row of columns."""
        local = datetime.fromtimestamp(embedding.captured_at, self._zone)
        hour = local.weekday() * 24 + local.hour + local.minute / 60
        return Moments(
            _shown(embedding)[np.newaxis].astype(np.float32),
            np.array([embedding.captured_at]),
            np.array([hour if self._settings.by_hour else 0.0], np.float32),
            None if embedding.patches is None else embedding.patches[np.newaxis],
            None if embedding.change is None else embedding.change[np.newaxis],
            self._what_came_before(embedding)[np.newaxis],
        )

    def _what_came_before(self, embedding: Embedding) -> NDArray[np.float16]:
        """Embeddings (BEFORE, d) before this one, the newest last; NaN where there were none."""
        at_ns, row = embedding.end_ns, _shown(embedding)
        kept = self._before
        if kept and not 0 <= at_ns - kept[-1][0] <= _GAP_S * NS_PER_S:
            kept.clear()
        earlier = [r for t, r in kept if at_ns - t >= BEFORE_S * NS_PER_S][-BEFORE:]
        if not kept or at_ns - kept[-1][0] >= BEFORE_S * NS_PER_S:
            kept.append((at_ns, row))
        out = np.full((BEFORE, row.size), np.nan, np.float16)
        if earlier:
            out[-len(earlier) :] = np.stack(earlier)
        return out

    def _pass_time(self, end_ns: int) -> float:
        """Watched seconds since the item before."""
        step_s = 0.0
        if self._last_ns is not None and 0 < end_ns - self._last_ns <= _GAP_S * NS_PER_S:
            step_s = (end_ns - self._last_ns) / NS_PER_S
        self._last_ns = end_ns
        self.watched_s += step_s
        return step_s

    # --- warm-up ------------------------------------------------------------------------------

    def _gather(self, moment: Moments, thumbnail: bytes) -> None:
        if self._warm_up is not None and not self.frozen and not self._skip():
            self._warm_up.add(moment)
            if thumbnail and len(self._pictures) < _SAMPLE[self.subject.modality]:
                self._pictures.append((moment, thumbnail))
        self._look_for_a_fit()

    def _look_for_a_fit(self) -> None:
        if self._fitting is None:
            warm_up = self._warm_up
            if warm_up is None or self.watched_s < self._settings.after_s or len(warm_up) < LEAST:
                return
            sample, pictures, make = warm_up.moments(), self._pictures, self._make
            self._fitting = self._run(lambda: _fit(make(), sample, pictures))
        if self._fitting.done():
            self._take_over(self._fitting)

    def _take_over(self, fitting: Future[_Fitted]) -> None:
        try:
            fitted = fitting.result()
        except DetectorInputError as error:
            self.begin()
            self._news.append(News("unlearned", f"{error}: the warm-up begins anew"))
            return
        self._fitting, self._warm_up, self._pictures = None, None, []
        self._normal, self.held_out, self._drift = fitted.normal, fitted.held_out, fitted.drift
        self._quarantine.reach = self._alike()
        self.generation += 1
        hours = self.watched_s / 3600
        self._news.append(News("learned", f"from {hours:.3g} watched hours", version=True))

    def _alike(self) -> float:
        """How far one scene is from itself a moment later."""
        if not self._steps:
            return 0.0
        return float(np.quantile(self._steps, _ALIKE_QUANTILE)) * _ALIKE_FACTOR

    # --- adaptation ---------------------------------------------------------------------------

    def judged(self, end_ns: int, p_value: float, *, in_incident: bool) -> None:
        """Say what became of the window that ends at ``end_ns``: its moments are learned or not."""
        suspect = in_incident or p_value < _DOUBT_P
        while self._pending and self._pending[0].end_ns <= end_ns:
            item = self._pending.popleft()
            if self.frozen or self._skip():
                continue
            if suspect and not self._quarantine.knows(item.moment):
                self._quarantine.add(item.moment, self.watched_s, item.lasted_s)
            elif suspect or p_value >= _ORDINARY_P:
                self._take_in(item)
        if self.frozen or self._normal is None:
            return
        for group in self._quarantine.ripe(self.watched_s):
            self._accept(group)
            stayed = f"{group.occasions} times, {group.stayed_s / 3600:.2g} hours in all"
            self._news.append(News("accepted", f"what came {stayed} is normal now", version=True))
        if self.watched_s - self._versioned_s >= _VERSION_EVERY_S and self._taken > self._versioned:
            self._versioned_s, self._versioned = self.watched_s, self._taken
            self._news.append(News("adapted", f"{self._taken} moments learned since", version=True))

    def _take_in(self, item: _Judged) -> None:
        assert self._normal is not None
        if item.thumbnail:
            row, at = item.moment.vectors[0], float(item.moment.captured_at[0])
            self._normal.album.add(row, at, item.thumbnail)
        if self.watched_s - self._learned_at_s < _LEARN_EVERY_S:
            return
        self._learned_at_s = self.watched_s
        self._fresh.append(item.moment)
        if len(self._fresh) >= _BATCH:
            fresh, self._fresh = Moments.joined(self._fresh), []
            self._learn(fresh)

    def _accept(self, group: Group) -> None:
        self._quarantine.let_out(group)
        self._learn(Moments.joined(group.samples))

    def _learn(self, fresh: Moments) -> None:
        assert self._normal is not None
        self._normal.update(fresh)
        self._taken += len(fresh)
        if self._drift is None:
            return
        self._drift.add(fresh.vectors)
        if self._drift.beyond:
            self.frozen = True
            self._news.append(
                News(
                    "drifted",
                    f"what is learned has moved {self._drift.moved:.2g} spreads from where it "
                    "began: it is frozen until somebody has looked at it",
                )
            )

    # --- orders -------------------------------------------------------------------------------

    def settle(self, number: int, *, normal: bool) -> bool:
        """Somebody has decided on a group in quarantine: normal, or never so; whether it is there.

        A frozen learner takes this in too: it is an order.
        """
        if not normal:
            return self._quarantine.refuse(number)
        group = self._quarantine.take(number)
        if group is None or self._normal is None:
            return False
        self._accept(group)
        self._news.append(News("accepted", "somebody said that it is normal", version=True))
        return True

    def doubtful_during(self, start_at: float, end_at: float) -> list[int]:
        """Numbers of the groups in quarantine that were seen between two wall-clock times."""
        return [g.number for g in self._quarantine.during(start_at, end_at)]

    def thaw(self) -> None:
        """Learn again; where it had drifted, what is learned now is where it begins."""
        self.frozen = False
        if self._drift is not None:
            self._drift.anchor()

    @property
    def normal(self) -> LearnedNormal | None:
        """What was learned; None during the warm-up."""
        return self._normal

    def news(self) -> list[News]:
        """What has happened since the last call."""
        news, self._news = self._news, []
        return news

    def standing(self) -> dict[str, Any]:
        """How it stands, for people: plain values."""
        after_s = self._settings.after_s
        return {
            "sense": str(self.subject.modality),
            "view": self.subject.view if self.subject.view != WHOLE_VIEW else "",
            "phase": "gathering" if self._normal is None else "watching",
            "gathered": round(min(1.0, self.watched_s / after_s), 3),
            "watched_s": round(self.watched_s),
            "frozen": self.frozen,
            "learned_since": self._taken,
            "moved": round(self._drift.moved, 3) if self._drift else 0.0,
            "doubtful": [
                {
                    "number": g.number,
                    "refused": g.refused,
                    "occasions": g.occasions,
                    "stayed_s": round(g.stayed_s),
                    "first_at": g.first_at,
                    "last_at": g.last_at,
                }
                for g in self._quarantine.groups
            ],
        }

    # --- state --------------------------------------------------------------------------------

    def to_state(self) -> State:
        """All that was learned."""
        return {
            "version": _VERSION,
            "model": self.subject.model,
            "rule": self.subject.rule_version,
            "watched_s": self.watched_s,
            "frozen": self.frozen,
            "taken": self._taken,
            "held_out": self.held_out,
            "warm_up": self._warm_up.to_state() if self._warm_up else None,
            "normal": self._normal.save() if self._normal else None,
            "steps": np.array(self._steps, np.float32),
            "quarantine": self._quarantine.to_state(),
            "drift": self._drift.to_state() if self._drift else None,
        }

    def restore(self, state: State) -> None:
        """Take over what `to_state` gave.

        Raises:
            DetectorStateError: it is of another model or rule, of a newer release, or damaged;
                nothing was taken over.
        """
        camera = self.subject.camera
        try:
            if state["version"] > _VERSION:
                raise DetectorStateError(
                    f"the normal of camera {camera} was saved by a newer release: run that one, or "
                    "let it be learned anew"
                )
            if (state["model"], state["rule"]) != (self.subject.model, self.subject.rule_version):
                raise DetectorStateError(
                    f"the normal of camera {camera} was learned by {state['model']} for another "
                    f"wording of rule {self.subject.rule}: it is learned anew"
                )
            read = self._read(state)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, DetectorStateError):
                raise
            raise DetectorStateError(
                f"the saved normal of camera {camera} cannot be read ({error!r}): it is learned "
                "anew"
            ) from error
        self.begin()
        self.watched_s = self._learned_at_s = self._versioned_s = read.watched_s
        self.frozen, self.held_out = read.frozen, read.held_out
        self._taken = self._versioned = read.taken
        self._warm_up, self._normal = read.warm_up, read.normal
        self._steps.extend(read.steps.tolist())
        self._quarantine, self._drift = read.quarantine, read.drift

    def _read(self, state: State) -> _Read:
        quarantine = Quarantine(self._settings.patience_s, 0.0)
        quarantine.restore(state["quarantine"])
        warm_up: Reservoir | None = None
        normal: LearnedNormal | None = None
        if state["normal"] is None:
            warm_up = self._new_reservoir()
            warm_up.restore(state["warm_up"])
        else:
            normal = self._make()
            normal.load(state["normal"])
        return _Read(
            float(state["watched_s"]),
            bool(state["frozen"]),
            int(state["taken"]),
            np.asarray(state["held_out"], np.float64),
            np.asarray(state["steps"], np.float32),
            warm_up,
            normal,
            quarantine,
            None if state["drift"] is None else Drift.from_state(state["drift"]),
        )

    def _new_reservoir(self) -> Reservoir:
        return Reservoir(_SAMPLE[self.subject.modality])


def _shown(embedding: Embedding) -> NDArray[np.float32]:
    """What a normal is learned of: the picture alone, since movement has a member of its own."""
    return embedding.vector if embedding.still is None else embedding.still


def _fit(normal: LearnedNormal, sample: Moments, pictures: list[tuple[Moments, bytes]]) -> _Fitted:
    for moment, thumbnail in pictures:
        normal.album.add(moment.vectors[0], float(moment.captured_at[0]), thumbnail)
    held_out = normal.fit_held_out(sample)
    return _Fitted(normal, held_out, Drift.of(sample.vectors))


def _at_once(work: Callable[[], _Fitted]) -> Future[_Fitted]:
    future: Future[_Fitted] = Future()
    try:
        future.set_result(work())
    except DetectorInputError as error:
        future.set_exception(error)
    return future
