"""Days past through the line as it is: what would have happened, learning as it goes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from detectors import DetectorInputError
from pipeline.archive import ArchiveReader, Thumbnail
from pipeline.config import Site
from pipeline.incidents import Transition
from pipeline.line import RuleLine
from pipeline.records import (
    NS_PER_S,
    WHOLE_VIEW,
    AlertType,
    Embedding,
    Modality,
    ModalityReading,
    Quiet,
)
from pipeline.rehearse.outcome import Outcome, Sense, WouldBe
from pipeline.statefile import StateDamaged
from pipeline.teaching.lessons import LessonError, LessonStore
from pipeline.text_space import TextSpace
from pipeline.windows import NotFiniteError

#: A calm view has a picture each minute.
_NEAR_S = 60.0
#: Finds the picture of a camera's view that lies nearest to a wall clock time.
Pictures = Callable[[str, str, float], Thumbnail | None]


class Replay:
    """Follows one rule at one camera over what was kept, and collects what it would have raised.

    Args:
        site: with the rule in it.
        camera: which camera.
        rule: which rule.
        spaces: the models' texts and backgrounds.
        lessons: what the site's rules were taught.
    """

    def __init__(
        self,
        site: Site,
        camera: str,
        rule: str,
        spaces: Mapping[Modality, TextSpace],
        lessons: LessonStore,
    ) -> None:
        self._line = RuleLine(site, camera, rule, spaces)
        self._hop_s = site.window.hop
        self._last: dict[str, Transition] = {}
        self._refused = 0
        self._judges = self._line.rule.learn is None
        self.outcome = Outcome(
            camera, rule, self._line.rule.false_alarms, tuple(self._line.modalities)
        )
        self._teach(lessons)

    def _teach(self, lessons: LessonStore) -> None:
        line = self._line
        try:
            lesson = lessons.current(line.name)
            if lesson is None:
                return
            models = {modality: line.model(modality) for modality in line.modalities}
            line.teach(lesson.adapters(models, line.rule.version), lesson.number)
        except (LessonError, StateDamaged) as error:
            told = str(error)
            self.outcome.notes.append(f"{told[:1].upper()}{told[1:]}.")
            return
        self.outcome.notes.append(f"It is rehearsed with what lesson {lesson.number} taught it.")

    def take(self, item: Embedding | Quiet) -> None:
        """Judge one item as the judge would."""
        try:
            results = self._line.take(item)
        except (DetectorInputError, NotFiniteError):
            self._refused += 1
            return
        for window, steps in results:
            # While a rule still learns, only what a gate held back makes windows.
            self._judges |= any(math.isfinite(r.raw) for r in window.readings.values())
            self.outcome.watched_s += self._hop_s if self._judges else 0.0
            for step in steps:
                self._step(step)

    def _step(self, step: Transition) -> None:
        if step.type is AlertType.NEW:
            # The outbox of a rehearsal takes everything.
            self._line.incidents.accepted(step.windows[-1].end_ns)
        self._last[step.id] = step

    def finish(self, pictures: Pictures, where: Callable[[float], str]) -> Outcome:
        """End what is open; return what was found.

        Args:
            pictures: of the alerts.
            where: says where in a film a wall clock time lies; empty for an archive.
        """
        for step in self._line.incidents.close("the end of what was kept"):
            self._step(step)
        outcome = self.outcome
        outcome.suppressed = self._line.incidents.suppressed
        outcome.alerts = [self._would_be(step, pictures, where) for step in self._last.values()]
        if self._refused:
            outcome.notes.append(f"{self._refused} of its items could not be judged.")
        return outcome

    def _would_be(
        self, step: Transition, pictures: Pictures, where: Callable[[float], str]
    ) -> WouldBe:
        peak, line = step.peak, self._line
        picture, after_s = self._picture(step, pictures)
        return WouldBe(
            id=step.id,
            severity=line.rule.severity,
            started_at=step.started_at,
            ended_at=step.started_at if step.ended_at is None else step.ended_at,
            where=where(step.started_at),
            p_value=peak.p_value,
            per_day=peak.per_day,
            extrapolated=peak.extrapolated,
            senses=tuple(_sense(m, r) for m, r in peak.readings.items() if r.samples),
            picture=picture,
            picture_after_s=after_s,
        )

    def _picture(self, step: Transition, pictures: Pictures) -> tuple[Thumbnail | None, float]:
        peak = step.peak
        readings = [r for r in peak.readings.values() if r.samples]
        best = max(readings, key=lambda r: r.share)
        at = peak.captured_at - (peak.end_ns - best.peak_ns) / NS_PER_S
        found = pictures(self.outcome.camera, self._line.rule.view, at)
        if found is None and self._line.rule.view != WHOLE_VIEW:
            found = pictures(self.outcome.camera, WHOLE_VIEW, at)
        return found, found.captured_at - at if found is not None else 0.0


def _sense(modality: Modality, reading: ModalityReading) -> Sense:
    words, margin = "", None
    if reading.prompts:
        best = max(reading.prompts, key=lambda prompt: prompt.margin)
        words, margin = best.prompt, best.margin
    elif reading.unusual is not None:
        words = reading.unusual.words
    return Sense(modality, reading.p_value, reading.extrapolated, reading.share, words, margin)


def replay(
    site: Site,
    camera: str,
    rules: Sequence[str],
    spaces: Mapping[Modality, TextSpace],
    items: Iterable[Embedding | Quiet],
    *,
    lessons: LessonStore,
    progress: Callable[[float], None] = lambda _at: None,
) -> list[Replay]:
    """Let ``rules`` judge all of ``items`` at ``camera``; ``progress`` hears of the wall clock."""
    lines = [Replay(site, camera, rule, spaces, lessons) for rule in rules]
    for number, item in enumerate(items):
        for line in lines:
            line.take(item)
        if number % 500 == 0:
            progress(item.captured_at)
    return lines


def pictures_of(reader: ArchiveReader) -> Pictures:
    """The thumbnails of an archive. One that is far away in time would tell of something else."""
    return lambda camera, view, at: reader.thumbnail(camera, view, at, within_s=_NEAR_S)
