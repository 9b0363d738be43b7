"""Event-time windows: scores of one camera and rule, gathered by the time of what they show.

A window covers ``(end - length, end]`` of stream time; ends lie on the grid ``k * hop``. A sample
belongs to the windows that its *end* falls into: a stretch of sound can be judged only once it is
over, and where its beginning decided, a window would have to wait for sounds that end after it.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from operator import attrgetter

from pipeline.records import NS_PER_S, Modality, PromptMargin, Quiet, Score, Unusual

_RAW = attrgetter("raw")
#: A step of stream time further than this is no gap but another time line.
JUMP_NS = 60 * NS_PER_S
#: Raw scores remembered to know what a quiet sample would have scored.
_RECENT = 128
#: Seams remembered: sound and picture of a camera make one each.
_MOST_SEAMS = 8
#: Samples held per modality; beyond it the oldest goes (30 a second for the longest window).
_MAX_SAMPLES = 18_000


class NotFiniteError(ValueError):
    """A score that is NaN or infinite, which no window may hold."""


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """How windows are cut. All times in nanoseconds of stream time."""

    length_ns: int
    hop_ns: int
    #: A modality further behind the newest one than this is not waited for.
    lateness_ns: int
    #: What the rule asks for, in order.
    modalities: tuple[Modality, ...]

    def __post_init__(self) -> None:
        if not 0 < self.hop_ns <= self.length_ns:
            raise ValueError("windows need 0 < hop <= length")
        if self.lateness_ns < 0:
            raise ValueError("lateness must be zero or more")
        if not self.modalities or len(set(self.modalities)) != len(self.modalities):
            raise ValueError("windows need at least one modality, each named once")


@dataclass(frozen=True, slots=True)
class ModalityStatistic:
    """What a window holds of one modality."""

    #: Mean of the upper half of the raw scores; -inf where every sample was quiet.
    raw: float
    #: Whether at least half of that upper half met the detector's own condition.
    eligible: bool
    samples: int
    #: Evidence of the sample that scored highest, and the stream time at which it began.
    prompts: tuple[PromptMargin, ...] = ()
    peak_ns: int = 0
    unusual: Unusual | None = None


@dataclass(frozen=True, slots=True)
class ScoreWindow:
    """One stretch of stream time with what each modality scored in it."""

    camera: str
    rule: str
    rule_version: str
    start_ns: int
    end_ns: int
    #: Wall clock of the newest sample in the window.
    captured_at: float
    statistics: dict[Modality, ModalityStatistic] = field(default_factory=dict)
    missing: tuple[Modality, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sample:
    end_ns: int
    captured_at: float
    score: Score | None  # None: quiet


class WindowAssembler:
    """Gathers scores into windows for one camera and one rule.

    A window closes when every live modality's watermark (the newest end seen of it) has reached
    the window's end. A modality is live while it is at most ``lateness`` behind the newest; one
    that is not is never waited for, and is ``missing`` from windows that hold nothing of it. The
    first window after a start ends when a whole length has been seen.

    What arrives for windows that are all closed is dropped and counted in ``late``. Time that
    steps back within one modality by more than ``lateness``, or ahead by more than a minute, is
    another time line: what was open is discarded and windows begin anew. So they do after a `seam`:
    the first one ends when a whole length has been seen since.

    The statistic of a modality is the mean of the upper half of its raw scores: one odd frame of
    several cannot carry it, and it rises after half a window rather than a whole one. A quiet
    sample counts as the lowest of the recent raw scores.
    """

    def __init__(self, camera: str, rule: str, rule_version: str, settings: WindowSettings) -> None:
        self._camera = camera
        self._rule = rule
        self._rule_version = rule_version
        self._settings = settings
        self.late = 0
        self.restarts = 0
        self._recent: dict[Modality, deque[float]] = {
            m: deque(maxlen=_RECENT) for m in settings.modalities
        }
        self._begin()

    def _begin(self) -> None:
        self._samples: dict[Modality, deque[_Sample]] = {
            m: deque(maxlen=_MAX_SAMPLES) for m in self._settings.modalities
        }
        self._watermarks: dict[Modality, int] = {}
        self._newest: int | None = None
        self._next_end = 0
        self._seams: deque[int] = deque(maxlen=_MOST_SEAMS)

    def seam(self, at_ns: int) -> None:
        """Say that stream time was anchored anew there: what comes after it is not what was before.

        It may be told before the samples on both of its sides have come.
        """
        self._seams.append(at_ns)

    def add(self, item: Score | Quiet, stands: Score | None = None) -> list[ScoreWindow]:
        """Take a score or a quiet stretch; return the windows that it closes, oldest first.

        Args:
            item: what was scored, or was not.
            stands: a score that holds for a quiet stretch, too.

        Raises:
            NotFiniteError: the raw score is NaN or infinite; nothing was taken.
            ValueError: the item is of another camera or rule, or of a modality not asked for.
        """
        score = item if isinstance(item, Score) else stands
        self._check(item, score)
        settings, modality, end = self._settings, item.modality, item.end_ns
        previous = self._watermarks.get(modality)
        back = previous is not None and end < previous - settings.lateness_ns
        ahead = self._newest is not None and end > self._newest + JUMP_NS
        if back or ahead:
            self._begin()
            self.restarts += 1
        if self._newest is None:
            self._newest = end
            first = end + settings.length_ns - settings.hop_ns
            self._next_end = -(-first // settings.hop_ns) * settings.hop_ns
        if score is not None:
            self._recent[modality].append(score.raw)
        if end <= self._next_end - settings.length_ns:
            self.late += 1
            return []
        self._samples[modality].append(_Sample(end, item.captured_at, score))
        self._watermarks[modality] = max(self._watermarks.get(modality, end), end)
        self._newest = max(self._newest, end)
        return self._close()

    def advance(self, at_ns: int) -> list[ScoreWindow]:
        """Say that the camera's stream time has reached ``at_ns``, whatever has arrived.

        Closes windows whose modalities have fallen silent. Before the first sample, and for a
        time that lies behind or more than a minute ahead, nothing happens.
        """
        if self._newest is None or not self._newest < at_ns <= self._newest + JUMP_NS:
            return []
        self._newest = at_ns
        return self._close()

    def _check(self, item: Score | Quiet, score: Score | None) -> None:
        if item.camera != self._camera or (score is not None and score.rule != self._rule):
            raise ValueError(
                f"windows of camera {self._camera}, rule {self._rule} were given another's score"
            )
        if item.modality not in self._samples:
            raise ValueError(f"rule {self._rule} does not use {item.modality}")
        if score is not None and not math.isfinite(score.raw):
            raise NotFiniteError(
                f"camera {self._camera}, rule {self._rule}: the {item.modality} score at "
                f"{item.pts_ns} ns is {score.raw}: drop the frame or sound it came from"
            )

    def _close(self) -> list[ScoreWindow]:
        assert self._newest is not None
        closed = []
        while self._newest >= self._next_end and self._ready(self._next_end):
            if window := self._window(self._next_end):
                closed.append(window)
            self._next_end += self._settings.hop_ns
            self._forget(self._next_end - self._settings.length_ns)
        return closed

    def _ready(self, end: int) -> bool:
        assert self._newest is not None
        if self._newest >= end + self._settings.lateness_ns:
            return True
        # One that never came has no watermark: it is not waited for.
        return all(self._watermarks.get(m, -1) >= end for m in self._live())

    def _live(self) -> list[Modality]:
        assert self._newest is not None
        horizon = self._newest - self._settings.lateness_ns
        return [m for m, at in self._watermarks.items() if at >= horizon]

    def _forget(self, until: int) -> None:
        # Nearly ordered: a sample out of order leaves with the one before it.
        for samples in self._samples.values():
            while samples and samples[0].end_ns <= until:
                samples.popleft()

    def _window(self, end: int) -> ScoreWindow | None:
        start = end - self._settings.length_ns
        if any(start < seam < end for seam in self._seams):
            return None
        statistics: dict[Modality, ModalityStatistic] = {}
        captured_at = -math.inf
        for modality, samples in self._samples.items():
            inside = [s for s in samples if start < s.end_ns <= end]
            if inside:
                statistics[modality] = self._statistic(modality, inside)
                captured_at = max(captured_at, *(s.captured_at for s in inside))
        if not statistics:
            return None
        return ScoreWindow(
            camera=self._camera,
            rule=self._rule,
            rule_version=self._rule_version,
            start_ns=start,
            end_ns=end,
            captured_at=captured_at,
            statistics=statistics,
            missing=tuple(m for m in self._settings.modalities if m not in statistics),
        )

    def _statistic(self, modality: Modality, inside: list[_Sample]) -> ModalityStatistic:
        scores = [s.score for s in inside if s.score is not None]
        if not scores:
            return ModalityStatistic(raw=-math.inf, eligible=False, samples=len(inside))
        scores.sort(key=_RAW, reverse=True)
        half = math.ceil(len(inside) / 2)
        raws = [s.raw for s in scores[:half]]
        if len(raws) < half:
            raws += [min(self._recent[modality])] * (half - len(raws))
        return ModalityStatistic(
            raw=sum(raws) / half,
            eligible=sum(s.eligible for s in scores[:half]) * 2 >= half,
            samples=len(inside),
            prompts=scores[0].evidence,
            peak_ns=scores[0].pts_ns,
            unusual=scores[0].unusual,
        )
