"""Verdicts become lessons: what the judge remembers of incidents, and how it learns from people.

The embeddings of each incident's peak are kept, so that a verdict that comes later has something to
say it of. A verdict labels them; the rule is then learned anew from all its examples, with methods
that need no text tower, and the lesson holds at once. Each lesson has a line in the ledger's
journal, and one order takes it back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from pipeline.incident_memory import IncidentMemory
from pipeline.ledger import Ledger, Order
from pipeline.line import RuleLine
from pipeline.records import Modality
from pipeline.statefile import StateDamaged
from pipeline.teaching.examples import ExamplesError, ExampleStore
from pipeline.teaching.labelled import INCIDENT, Labelled, one_window
from pipeline.teaching.learn import is_plain, learn, ordinary_rows, scored
from pipeline.teaching.lessons import Lesson, LessonError, LessonStore, Taught
from pipeline.teaching.methods import METHODS

log = structlog.get_logger()

#: Newest examples of each kind that the judge learns from: more takes it from its work for long.
_NEWEST = 60
#: Seconds within which incidents of a camera are one occasion.
_OCCASION_S = 3600.0


class Learned(Protocol):
    """What a rule with ``learn:`` makes of a verdict."""

    def __call__(
        self, camera: str, rule: str, start_at: float, end_at: float, *, confirmed: bool
    ) -> str | None:
        """The outcome; None where the rule does not learn what is normal."""
        ...


class VerdictDesk:
    """Carries out what people say of incidents, for the judge.

    Args:
        lines: every rule's line.
        folder: the site's data folder: examples and lessons lie there.
        ledger: opened.
        learned: asked first: rules that learn what is normal take a verdict their own way.
    """

    def __init__(
        self,
        lines: Sequence[RuleLine],
        folder: Path,
        ledger: Ledger,
        learned: Learned | None = None,
    ) -> None:
        self._lines = _by_rule(lines)
        self._ledger = ledger
        self.learned = learned
        self._examples = ExampleStore(folder / "examples.sqlite3")
        self._lessons = LessonStore(folder / "lessons")
        self._memory = IncidentMemory(lines, self._examples)
        #: To be told of every embedding, and of every step of an incident.
        self.see = self._memory.see
        self.on_incident = self._memory.on_incident
        #: By the kind of their orders (`pipeline.learning_desk`).
        self.handlers: dict[str, Callable[[Order], str]] = {
            "verdict": self.verdict,
            "adopt_lesson": self.adopt,
            "undo_lesson": self.undo,
        }

    # --- life ---------------------------------------------------------------------------------

    def resume(self) -> None:
        """Open the examples, and lay the lessons that hold over the lines."""
        try:
            self._examples.open()
        except ExamplesError as error:
            self._memory.troubled(error)
        for rule in self._lines:
            self._apply(rule)

    def follow(self, lines: Sequence[RuleLine], fresh: Sequence[RuleLine]) -> None:
        """Judge verdicts by other lines from now on; the lessons that hold are laid over new ones.

        Args:
            lines: all there are.
            fresh: those that are new.
        """
        self._lines = _by_rule(lines)
        self._memory.follow(lines)
        for rule, some in _by_rule(fresh).items():
            self._lay(rule, some)

    def close(self) -> None:
        """Let go of the file."""
        self._examples.close()

    # --- orders -------------------------------------------------------------------------------

    def verdict(self, order: Order) -> str:
        """Label an incident, and learn its rule anew.

        Raises:
            ValueError: the incident is not remembered, or the rule cannot be taught.
            ExamplesError: the file of examples cannot be used.
        """
        incident_id, said = str(order.detail.get("id", "")), order.detail.get("verdict")
        if said not in ("confirmed", "false_alarm"):
            raise ValueError(f"a verdict is confirmed or false_alarm, not {said!r}")
        found = self._examples.incident(incident_id)
        if found is None:
            raise ValueError(
                f"nothing is remembered of an incident {incident_id}: its id stands in the alert, "
                "and it is remembered for `retention.remembered`"
            )
        incident, peaks = found
        confirmed = said == "confirmed"
        if self.learned is not None:
            answer = self.learned(
                incident.camera,
                incident.rule,
                incident.started_at,
                incident.ended_at,
                confirmed=confirmed,
            )
            if answer is not None:
                return answer
        lines = self._lines.get(incident.rule)
        if not lines:
            raise ValueError(f"the site has no rule {incident.rule} any more")
        if not peaks:
            raise ValueError(f"rule {incident.rule} has no prompts that could be taught")
        occasion = f"{incident.camera}/{int(incident.started_at // _OCCASION_S)}"
        examples = {
            modality: one_window(INCIDENT + incident_id, confirmed, peak.rows, occasion)
            for modality, peak in peaks.items()
        }
        changed = [
            self._examples.add(incident.rule, m, peaks[m].model, example, order.by)
            for m, example in examples.items()
        ]
        if not any(changed):
            return "known already: nothing was changed"
        return self._relearn(incident.rule, order.by, f"{said} {incident_id}", examples)

    def adopt(self, order: Order) -> str:
        """Let a lesson hold that ``hearsight teach`` has proposed. Raises LessonError."""
        lesson = self._lessons.adopt(order.rule, str(order.detail.get("name", "")))
        self._examples.learned(order.rule, lesson.number)
        self._apply(order.rule)
        self._note("taught", lesson)
        return f"rule {order.rule}: lesson {lesson.number} holds"

    def undo(self, order: Order) -> str:
        """Take back what a rule was taught last, with the examples that it was first to use."""
        undone, now = self._lessons.undo(order.rule)
        dropped = self._examples.unlearn(order.rule, undone)
        self._apply(order.rule)
        self._ledger.note(
            "lesson undone",
            by=order.by,
            rule=order.rule,
            lesson=undone,
            now=now,
            examples_dropped=len(dropped),
        )
        holds = f"lesson {now} holds again" if now else "it has its plain prompts again"
        return f"rule {order.rule}: lesson {undone} is undone, {holds}"

    # --- learning -----------------------------------------------------------------------------

    def _relearn(self, rule: str, by: str, why: str, told: dict[Modality, Labelled]) -> str:
        lines = self._lines[rule]
        current = self._current(rule)
        senses: dict[Modality, Taught] = {}
        sources: dict[str, None] = {}
        moved = {}
        for modality in Modality:
            line = next((one for one in lines if one.space(modality) is not None), None)
            if line is None or modality not in line.modalities:
                continue
            space, model = line.space(modality), line.model(modality)
            assert space is not None
            examples = _newest(self._examples.examples(rule, modality, model))
            before = current.senses.get(modality) if current else None
            # What went through a text tower is not learned anew here, where there is none.
            keep = before if before and before.method.partition(" + ")[0] == "coop" else None
            taught = learn(
                space, model, examples, self._ordinary(lines, modality), METHODS, keep=keep
            )
            senses[modality] = taught
            sources |= dict.fromkeys(e.source for e in examples)
            if modality in told:
                was, now = (
                    float(scored(space, adapter, [told[modality]])[0])
                    for adapter in (before.adapter if before else None, taught.adapter)
                )
                moved[str(modality)] = [round(was, 3), round(now, 3)]
        counts = [max((getattr(t, k) for t in senses.values()), default=0) for k in _KINDS]
        if current is None and is_plain(senses):
            return (
                f"kept as an example of rule {rule} ({counts[0]} confirmed, {counts[1]} false "
                "alarms so far): nothing to learn yet"
            )
        lesson = self._lessons.add(
            Lesson(rule, lines[0].rule.version, senses, time.time(), by, why, tuple(sources))
        )
        self._examples.learned(rule, lesson.number)
        self._apply(rule)
        self._note("learned", lesson, scores_before_and_after=moved)
        how = ", ".join(f"{m}: {t.method}" for m, t in senses.items())
        figures = ", ".join(f"{m} {was} -> {now}" for m, (was, now) in moved.items())
        return f"rule {rule}: lesson {lesson.number} holds ({how}); this incident scores {figures}"

    def _ordinary(self, lines: Sequence[RuleLine], modality: Modality) -> NDArray[np.float64]:
        one = next(line for line in lines if line.space(modality) is not None)
        own = self._examples.ordinary(
            {line.camera for line in lines},
            one.rule.view_of(modality),
            modality,
            one.model(modality),
        )
        return ordinary_rows(one.background(modality), own)

    def _current(self, rule: str) -> Lesson | None:
        try:
            return self._lessons.current(rule)
        except (LessonError, StateDamaged) as error:
            log.error("lesson left out", rule=rule, reason=str(error))
            return None

    def _apply(self, rule: str) -> None:
        self._lay(rule, self._lines.get(rule, ()))

    def _lay(self, rule: str, lines: Sequence[RuleLine]) -> None:
        lesson = self._current(rule)
        for line in lines:
            try:
                models = {m: line.model(m) for m in line.modalities}
                adapters = lesson.adapters(models, line.rule.version) if lesson else {}
                line.teach(adapters, lesson.number if lesson else 0)
            except LessonError as error:
                log.warning("lesson left out", camera=line.camera, rule=rule, reason=str(error))
                line.teach({}, 0)

    def _note(self, what: str, lesson: Lesson, **more: Any) -> None:
        detail: dict[str, Any] = {"lesson": lesson.number, "why": lesson.why, **more}
        for modality, taught in lesson.senses.items():
            detail[str(modality)] = {
                "method": taught.method,
                "reason": taught.reason,
                "table": taught.table,
            }
        self._ledger.note(what, by=lesson.by, rule=lesson.rule, **detail)


_KINDS = ("positive", "negative")


def _by_rule(lines: Sequence[RuleLine]) -> dict[str, list[RuleLine]]:
    found: dict[str, list[RuleLine]] = {}
    for line in lines:
        found.setdefault(line.name, []).append(line)
    return found


def _newest(examples: Sequence[Labelled]) -> list[Labelled]:
    kept = [[e for e in examples if e.label is kind][-_NEWEST:] for kind in (True, False)]
    return kept[0] + kept[1]
