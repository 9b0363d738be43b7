"""Keeps what cameras learn: on disk, in versions, told to people, and open to their orders."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import structlog

from detectors import DetectorStateError
from pipeline.channel import Channel
from pipeline.learning import Learner, News
from pipeline.learning.old_pictures import forget_in
from pipeline.learning.versions import Versions
from pipeline.ledger import REFUSED, Ledger, LedgerError, Order
from pipeline.line import RuleLine
from pipeline.messages import HealthEvent
from pipeline.metrics import Recorder
from pipeline.records import Modality
from pipeline.statefile import StateDamaged

log = structlog.get_logger()

#: Each learner is saved once in so many seconds, and told how it stands.
_SAVE_S, _STAND_S = 600.0, 30.0
#: Too old pictures within versions are looked for once in so many seconds.
_EXPIRE_S = 86_400.0
#: Carries out an order and says what became of it. Raises ValueError with what is wrong with it.
Handler = Callable[[Order], str]
#: A line's learners by the key of their folder: camera/rule/sense.
Learners = dict[str, Learner]


class LearningDesk:
    """Looks after the learners of a site, once a second.

    Args:
        lines: every rule's line.
        folder: where versions are kept.
        ledger: opened.
        channel: to the supervisor.
        recorder: this process's counts.
        handlers: further kinds of orders, by their name.
        keep_pictures_s: how long small pictures of what is normal are kept, seconds.
        now: the wall clock; for tests.
    """

    def __init__(
        self,
        lines: Sequence[RuleLine],
        folder: Path,
        ledger: Ledger,
        channel: Channel,
        recorder: Recorder,
        handlers: Mapping[str, Handler] | None = None,
        *,
        keep_pictures_s: float = math.inf,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._keep_pictures_s = keep_pictures_s
        self._now = now
        self._expired_at: dict[str, float] = {}
        self._ledger = ledger
        self._channel = channel
        self._recorder = recorder
        self._saved_at: dict[str, float] = {}
        self._hold(lines)
        self._stood_at = -_STAND_S
        self._handlers: dict[str, Handler] = {
            "freeze": self._freeze,
            "thaw": self._thaw,
            "rollback": self._roll_back,
            "forget": self._forget,
            "settle": self._settle,
            "forget_pictures": self._forget_pictures,
            **(handlers or {}),
        }

    def _hold(self, lines: Sequence[RuleLine]) -> None:
        self._lines = [line for line in lines if line.learners]
        self._learners = _learners_of(self._lines)
        self._versions = {key: Versions(self._folder / key) for key in self._learners}
        self._saved_at = {
            key: self._saved_at.get(key, time.monotonic() + _SAVE_S * k / len(self._learners))
            for k, key in enumerate(self._learners)
        }

    # --- life ---------------------------------------------------------------------------------

    def resume(self) -> None:
        """Take over what was kept."""
        self._resume(self._lines)

    def follow(self, lines: Sequence[RuleLine], fresh: Sequence[RuleLine]) -> None:
        """Look after other lines from now on.

        Args:
            lines: all there are.
            fresh: those that are new: they take over what was kept.
        """
        now = _learners_of(lines)
        for key, learner in self._learners.items():
            if now.get(key) is not learner:
                self._save(key)
        self._hold(lines)
        self._resume([line for line in fresh if line.learners])

    def _resume(self, lines: Sequence[RuleLine]) -> None:
        for key, learner in _learners_of(lines).items():
            try:
                if state := self._versions[key].current():
                    learner.restore(state)
            except (DetectorStateError, StateDamaged, OSError) as error:
                log.error("normal not restored", normal=key, error=str(error))
        for line in lines:
            line.learners_restored()

    def look(self, now: float) -> None:
        """Do what is due; ``now`` is the monotonic clock in seconds."""
        for key, learner in self._learners.items():
            for news in learner.news():
                self._tell(key, learner, news)
            if now - self._saved_at[key] >= _SAVE_S:
                self._save(key)
        try:
            for order in self._ledger.due():
                self._carry_out(order)
            if now - self._stood_at >= _STAND_S:
                self._stood_at = now
                self._stand()
        except LedgerError as error:
            self._recorder.count("hearsight_errors_total", stage="judge", reason="ledger")
            log.error("orders wait", error=str(error))

    def _expire(self, key: str, wall: float) -> None:
        """Delete a learner's pictures that are too old at ``wall`` (seconds).

        Saved versions are large: each is looked into once a day.
        """
        before = wall - self._keep_pictures_s
        try:
            found = self._learners[key].forget_pictures(lambda at: at < before)
            if not 0 <= wall - self._expired_at.get(key, -math.inf) < _EXPIRE_S:
                self._expired_at[key] = wall
                found += forget_in(self._folder / key, lambda at: at < before)
        except OSError as error:
            self._recorder.count("hearsight_errors_total", stage="judge", reason="state_not_saved")
            log.error("what is too old was not deleted", normal=key, error=str(error))
            return
        if found:
            log.info("deleted: its retention is over", normal=key, pictures=found)

    def _without_pictures(self, learners: Learners, gone: Callable[[float], bool]) -> int:
        """Delete pictures in memory and on disk; of how many moments. Raises OSError."""
        found = 0
        for key, learner in learners.items():
            found += learner.forget_pictures(gone)
            found += forget_in(self._folder / key, gone)
        return found

    def finish(self) -> None:
        """Keep everything."""
        for key, learner in self._learners.items():
            for news in learner.news():
                self._tell(key, learner, news)
            self._save(key)
        try:
            self._stand()
        except LedgerError as error:
            log.error("how the normals stand is not kept", error=str(error))

    def _save(self, key: str) -> None:
        self._saved_at[key] = time.monotonic()
        self._expire(key, self._now())
        try:
            self._versions[key].save_current(self._learners[key].to_state())
        except OSError as error:
            self._recorder.count("hearsight_errors_total", stage="judge", reason="state_not_saved")
            log.error("normal not saved: make room on the disk", normal=key, error=error.strerror)

    def _stand(self) -> None:
        for key, learner in self._learners.items():
            versions = [[v.number, v.reason, v.at] for v in self._versions[key].list()]
            self._ledger.stand(f"normal/{key}", {**learner.standing(), "versions": versions})

    def _tell(self, key: str, learner: Learner, news: News) -> None:
        subject = learner.subject
        log.info(f"normal {news.what}", normal=key, detail=news.detail)
        detail = {"sense": str(subject.modality), "detail": news.detail}
        try:
            if news.version:
                version = self._versions[key].add(learner.to_state(), news.what)
                detail["version"] = str(version.number)
                self._save(key)
            self._ledger.note(news.what, camera=subject.camera, rule=subject.rule, **detail)
        except (OSError, LedgerError) as error:
            self._recorder.count("hearsight_errors_total", stage="judge", reason="state_not_saved")
            log.error("what was learned has no version of its own", normal=key, error=str(error))
        event = HealthEvent(
            subject.camera,
            f"normal_{news.what}",
            f"rule {subject.rule}, {subject.modality}: {news.detail}",
            time.time(),
            subject=f"normal {key}",
            standing=news.what == "drifted",
        )
        self._channel.send(event, timeout_s=1.0)

    # --- orders -------------------------------------------------------------------------------

    def _carry_out(self, order: Order) -> None:
        handler = self._handlers.get(order.kind)
        try:
            if handler is None:
                raise ValueError(f"nobody here knows the order {order.kind}")
            outcome = handler(order)
            self._ledger.note(
                order.kind, by=order.by, camera=order.camera, rule=order.rule, **order.detail
            )
        except (ValueError, TypeError, LookupError, OSError) as error:
            # What an order holds comes from outside: one that makes no sense must not come back.
            outcome = f"{REFUSED}{error}"
        log.info("order", kind=order.kind, by=order.by, outcome=outcome)
        self._ledger.done(order, outcome)

    def _of(self, order: Order) -> Learners:
        """The learners that an order means."""
        sense = order.detail.get("sense", "")
        found = {
            key: learner
            for key, learner in self._learners.items()
            if order.camera in ("", learner.subject.camera)
            and order.rule in ("", learner.subject.rule)
            and sense in ("", str(learner.subject.modality))
        }
        if not found:
            raise ValueError(
                f"no rule with learn: fits camera {order.camera or 'any'}, rule "
                f"{order.rule or 'any'}, sense {sense or 'any'}"
            )
        return found

    def _freeze(self, order: Order) -> str:
        found = self._of(order)
        for learner in found.values():
            learner.frozen = True
        return f"frozen: {', '.join(found)}"

    def _thaw(self, order: Order) -> str:
        found = self._of(order)
        for key, learner in found.items():
            learner.thaw()
            event = HealthEvent(
                learner.subject.camera, "normal_thawed", "", time.time(), subject=f"normal {key}"
            )
            self._channel.send(event, timeout_s=1.0)
        return f"learning again: {', '.join(found)}"

    def _roll_back(self, order: Order) -> str:
        number = int(order.detail["version"])
        done = []
        for key, learner in self._of(order).items():
            try:
                state = self._versions[key].load(number)
            except KeyError:
                raise ValueError(f"{key} has no version {number}") from None
            except StateDamaged as error:
                raise ValueError(str(error)) from error
            # Looked at before anything is given up for it.
            learner.restore(state)
            done.append(key)
            self._save(key)
        self._lines_restored(done)
        return f"back at version {number}: {', '.join(done)}"

    def _forget(self, order: Order) -> str:
        found = self._of(order)
        for learner in found.values():
            learner.begin()
            # A frozen one would never warm up; most are forgotten because they froze.
            learner.thaw()
        return f"learning anew: {', '.join(found)}"

    def _forget_pictures(self, order: Order) -> str:
        since, until = float(order.detail["since"]), float(order.detail["until"])
        mine = {k: one for k, one in self._learners.items() if one.subject.camera == order.camera}
        found = self._without_pictures(mine, lambda at: since <= at <= until)
        return f"{found} small pictures are deleted"

    def _settle(self, order: Order) -> str:
        normal = bool(order.detail["normal"])
        number = int(order.detail["number"])
        settled = [k for k, one in self._of(order).items() if one.settle(number, normal=normal)]
        if not settled:
            raise ValueError(f"nothing doubtful has the number {number}")
        return f"{'normal' if normal else 'never normal'}: number {number} of {', '.join(settled)}"

    def _lines_restored(self, keys: Sequence[str]) -> None:
        for line in self._lines:
            if any(f"{line.camera}/{line.name}/{m}" in keys for m in Modality):
                line.learners_kept()

    # --- verdicts -----------------------------------------------------------------------------

    def verdict(
        self, camera: str, rule: str, start_at: float, end_at: float, *, confirmed: bool
    ) -> str | None:
        """What somebody said of an incident of a rule that learns; None if it does not learn.

        A false alarm is normal from now on, a confirmed one never will be.
        """
        found = {
            key: learner
            for key, learner in self._learners.items()
            if (learner.subject.camera, learner.subject.rule) == (camera, rule)
        }
        if not found:
            return None
        settled = 0
        for learner in found.values():
            for number in learner.doubtful_during(start_at, end_at):
                settled += learner.settle(number, normal=not confirmed)
        if not settled:
            return "nothing of that time waits in doubt any more: nothing was changed"
        return f"{settled} kinds of moment are {'never normal' if confirmed else 'normal'} now"


def _learners_of(lines: Sequence[RuleLine]) -> Learners:
    return {
        f"{line.camera}/{line.name}/{modality}": learner
        for line in lines
        for modality, learner in line.learners.items()
    }
