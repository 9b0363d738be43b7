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
from detectors.normal import LearnedNormal, highest
from detectors.patches import PatchTexture
from pipeline.learning.adaptation import Adaptation, Pending
from pipeline.learning.news import News
from pipeline.learning.quarantine import Quarantine
from pipeline.learning.warm_up import Taught, WarmUp
from pipeline.records import NS_PER_S, WHOLE_VIEW, Embedding, Quiet, Score

_VERSION = 1
#: A step of stream time further than this was not watched.
_GAP_S = 10.0
#: Rarity from which on an explanation is made: of about three moments in a hundred.
_TOLD_ABOVE = 1.5


@dataclass(frozen=True, slots=True)
class LearnerSettings:
    """How a normal is learned. Seconds are watched ones."""

    after_s: float
    timezone: str
    by_hour: bool = True
    #: Nothing doubtful becomes normal sooner.
    patience_s: float = 86_400.0
    #: Identity of what makes patches.
    patches: str = ""


class Learner:
    """A detector whose normal is learned from what it is given. No I/O, and no clock of its own.

    *Warm-up.* Until ``after_s`` seconds were watched it keeps a uniform sample and gives no score.
    Then the members are fitted, beside the line.

    *Adaptation.* Of moments whose windows were all judged ordinary one in ten seconds is learned.

    *Drift guard.* A moment in a window that was rare or part of an incident teaches nothing; it
    waits in `Quarantine`, for a day at least, and becomes normal only when its kind keeps coming.
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
        run: Callable[[Callable[[], Taught]], Future[Taught]] | None = None,
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
        #: (m,) scores of moments that were held out: what calibration begins with.
        self.held_out: NDArray[np.float64] = np.zeros(0)
        #: Moments to those m that a gate held back: calibration counts them as the most ordinary.
        self.held_back = 0
        self._warm_up: WarmUp | None = WarmUp(self.subject.modality)
        self._fitting: Future[Taught] | None = None
        self._adaptation: Adaptation | None = None
        self._last_ns: int | None = None
        self._before: deque[tuple[int, NDArray[np.float32]]] = deque(maxlen=BEFORE + 1)
        #: Members that know nothing of what was learned before them.
        self._silent: tuple[str, ...] = ()

    @property
    def normal(self) -> LearnedNormal | None:
        """What was learned; None during the warm-up."""
        return self._adaptation.normal if self._adaptation else None

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
        if self._gathers and self._warm_up is not None and lasted_s > 0 and self._before:
            self._warm_up.step(float(np.linalg.norm(self._before[-1][1] - _shown(embedding))))
        moment = self.moment(embedding)
        if self._adaptation is None:
            self._gather(moment, embedding.thumbnail)
            return None
        normal = self._adaptation.normal
        rarities = normal.rarities(moment)
        raw = float(highest(rarities, 1)[0])
        if not math.isfinite(raw):
            return None
        self._adaptation.scored(
            Pending(embedding.end_ns, moment, lasted_s, embedding.thumbnail, raw)
        )
        unusual = normal.explain(moment, rarities) if raw >= _TOLD_ABOVE else None
        return self.subject.scored(embedding, self.name, raw, unusual=unusual)

    def quiet(self, item: Quiet) -> None:
        """A stretch in which the gate found nothing: it was watched, and was ordinary."""
        if item.camera == self.subject.camera and item.modality is self.subject.modality:
            self._pass_time(item.end_ns)
            if self._adaptation is None:
                if self._gathers and self._warm_up is not None and not self._skip():
                    self._warm_up.quiet()
                self._look_for_a_fit()

    def judged(self, start_ns: int, end_ns: int, p_value: float, *, in_incident: bool) -> None:
        """Say what became of a window; see `Adaptation.judged`."""
        if self._adaptation is None:
            return
        learn = not self.frozen and not self._skip()
        self._news += self._adaptation.judged(
            start_ns,
            end_ns,
            p_value,
            in_incident=in_incident,
            watched_s=self.watched_s,
            learn=learn,
        )
        if learn and self._adaptation.drift.beyond:
            self.frozen = True
            moved = self._adaptation.drift.moved
            self._news.append(
                News(
                    "drifted",
                    f"what is learned has moved {moved:.2g} spreads from where it began: it is "
                    "frozen until somebody has looked at it",
                )
            )

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

    @property
    def _gathers(self) -> bool:
        return self._fitting is None and not self.frozen

    def _gather(self, moment: Moments, thumbnail: bytes) -> None:
        if self._gathers and self._warm_up is not None and not self._skip():
            self._warm_up.add(moment, thumbnail)
        self._look_for_a_fit()

    def _look_for_a_fit(self) -> None:
        warm_up = self._warm_up
        if self._fitting is None:
            if warm_up is None or not warm_up.enough or self.watched_s < self._settings.after_s:
                return
            # What still comes is not sampled any more: the fit has the sample to itself.
            self._fitting = self._run(lambda: warm_up.teach(self._make()))
        if self._fitting.done():
            self._take_over(self._fitting)

    def _take_over(self, fitting: Future[Taught]) -> None:
        try:
            taught = fitting.result()
        except DetectorInputError as error:
            self.begin()
            self._news.append(News("unlearned", f"{error}: the warm-up begins anew"))
            return
        self._fitting, self._warm_up = None, None
        quarantine = Quarantine(self._settings.patience_s, taught.reach)
        self._adaptation = Adaptation(taught.normal, quarantine, taught.drift)
        self.held_out, self.held_back = taught.held_out, taught.quiet
        self.generation += 1
        hours = self.watched_s / 3600
        self._news.append(News("learned", f"from {hours:.3g} watched hours", version=True))

    # --- orders -------------------------------------------------------------------------------

    def settle(self, number: int, *, normal: bool) -> bool:
        """Somebody has decided on a group in quarantine: normal, or never so; whether it is there.

        A frozen learner takes this in too: it is an order.
        """
        if self._adaptation is None or not self._adaptation.settle(number, normal=normal):
            return False
        if normal:
            self._news.append(News("accepted", "somebody said that it is normal", version=True))
        return True

    def doubtful_during(self, start_at: float, end_at: float) -> list[int]:
        """Numbers of the groups in quarantine that were seen between two wall-clock times."""
        if self._adaptation is None:
            return []
        return [g.number for g in self._adaptation.quarantine.during(start_at, end_at)]

    def forget_pictures(self, gone: Callable[[float], bool]) -> int:
        """Drop small pictures whose wall-clock time is ``gone``; how many. It judges as before."""
        if self._adaptation is None:
            return self._warm_up.forget(gone) if self._warm_up is not None else 0
        return self._adaptation.normal.album.forget(gone) + self._adaptation.quarantine.forget(gone)

    def thaw(self) -> None:
        """Learn again; where it had drifted, what is learned now is where it begins."""
        self.frozen = False
        if self._adaptation is not None:
            self._adaptation.drift.anchor()

    def news(self) -> list[News]:
        """What has happened since the last call."""
        news, self._news = self._news, []
        return news

    def standing(self) -> dict[str, Any]:
        """How it stands, for people: plain values."""
        adaptation = self._adaptation
        groups = adaptation.quarantine.groups if adaptation else ()
        return {
            "sense": str(self.subject.modality),
            "view": self.subject.view if self.subject.view != WHOLE_VIEW else "",
            "phase": "watching" if adaptation else "gathering",
            "gathered": round(min(1.0, self.watched_s / self._settings.after_s), 3),
            "watched_s": round(self.watched_s),
            "frozen": self.frozen,
            "learned_since": adaptation.taken if adaptation else 0,
            "moved": round(adaptation.drift.moved, 3) if adaptation else 0.0,
            "silent": list(self._silent),
            "doubtful": [
                {
                    "number": g.number,
                    "refused": g.refused,
                    "occasions": g.occasions,
                    "stayed_s": round(g.stayed_s),
                    "first_at": g.first_at,
                    "last_at": g.last_at,
                }
                for g in groups
            ],
        }

    # --- state --------------------------------------------------------------------------------

    def to_state(self) -> State:
        """All that was learned."""
        return {
            "version": _VERSION,
            "model": self.subject.model,
            "rule": self.subject.rule_version,
            "patches": self._settings.patches,
            "watched_s": self.watched_s,
            "frozen": self.frozen,
            "held_out": self.held_out,
            "held_back": self.held_back,
            "warm_up": self._warm_up.to_state() if self._warm_up else None,
            "learned": self._adaptation.to_state() if self._adaptation else None,
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
            watched_s, frozen = float(state["watched_s"]), bool(state["frozen"])
            held_out = np.asarray(state["held_out"], np.float64)
            held_back = int(state.get("held_back", 0))  # earlier releases did not count them
            adaptation, warm_up = None, WarmUp(self.subject.modality)
            silent: tuple[str, ...] = ()
            if state["learned"] is not None:
                quarantine = Quarantine(self._settings.patience_s, 0.0)
                learned = state["learned"]
                members = dict(learned["normal"]["members"])
                if state["patches"] != self._settings.patches:
                    # Other numbers, be they of the same shape: not to be compared.
                    members.pop(PatchTexture.name, None)
                    learned = learned | {"normal": learned["normal"] | {"members": members}}
                if self._settings.patches and PatchTexture.name not in members:
                    silent = (PatchTexture.name,)
                adaptation = Adaptation.from_state(learned, self._make(), quarantine, watched_s)
            else:
                warm_up.restore(state["warm_up"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, DetectorStateError):
                raise
            raise DetectorStateError(
                f"the saved normal of camera {camera} cannot be read ({error!r}): it is learned "
                "anew"
            ) from error
        self.begin()
        self.watched_s, self.frozen = watched_s, frozen
        self.held_out, self.held_back = held_out, held_back
        self._adaptation = adaptation
        self._warm_up = None if adaptation else warm_up
        self._silent = silent
        if silent and state["patches"] != self._settings.patches:
            self._news.append(
                News(
                    "silenced",
                    f"{', '.join(silent)} has read pictures otherwise until now: it does not judge "
                    "until the normal is learned anew (`hearsight normal forget`); the others do",
                )
            )


def _shown(embedding: Embedding) -> NDArray[np.float32]:
    """What a normal is learned of: the picture alone, since movement has a member of its own."""
    return embedding.vector if embedding.still is None else embedding.still


def _at_once(work: Callable[[], Taught]) -> Future[Taught]:
    future: Future[Taught] = Future()
    try:
        future.set_result(work())
    except DetectorInputError as error:
        future.set_exception(error)
    return future
