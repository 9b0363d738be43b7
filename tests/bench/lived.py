"""A camera's days lived through by the product's own line, fast enough for a month of them.

`RuleLine` judges one item after the other, as in the judge. What a learned normal makes of each
moment does not depend on the windows, though, so `Foreseen` works it out for many moments ahead,
until the normal changes: the numbers are the same, and come ten times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors import NORMALITIES, Moments, PromptDetector, Subject
from detectors.base import BEFORE
from detectors.normal import LearnedNormal, Rarities
from pipeline.config import Site
from pipeline.learning import Learner, News
from pipeline.line import Learning, RuleLine
from pipeline.records import (
    NS_PER_S,
    WHOLE_VIEW,
    AlertType,
    Embedding,
    FusedWindow,
    Modality,
    Quiet,
    Score,
)
from pipeline.text_space import TextSpace
from tests.bench.character import Floats, Rows
from tests.bench.quiet_world import BEGIN_AT, DAY_S, HOUR_S, Camera, Stretch

V, A = Modality.VIDEO, Modality.AUDIO
CAMERA = "yard"
#: A pause longer than this parts what came before; the learner's own.
_GAP_S = 10.0


class Feed:
    """The moments of one sense that are about to come, an hour of them."""

    def __init__(self) -> None:
        self._tail: tuple[Floats, Rows] = (np.zeros(0), np.zeros((0, 0), np.float32))
        self.moments: Moments | None = None
        self._index: dict[float, int] = {}

    def show(self, at_s: Floats, rows: Rows, change: Rows | None) -> None:
        """Take the next hour: rows (n, d) at (n,) seconds."""
        old_at, old_rows = self._tail
        at = np.concatenate([old_at, at_s])
        every = np.concatenate([old_rows, rows]) if old_at.size else rows
        run = np.cumsum(np.diff(at, prepend=at[0]) > _GAP_S)
        here = np.arange(old_at.size, at.size)
        before = np.full((len(rows), BEFORE, rows.shape[1]), np.nan, np.float16)
        for back in range(1, BEFORE + 1):
            there = here - back
            known = (there >= 0) & (run[np.maximum(there, 0)] == run[here])
            before[known, BEFORE - back] = every[there[known]]
        captured_at = BEGIN_AT + at_s
        hours = (captured_at / HOUR_S + 72) % 168  # the epoch began on a Thursday
        self.moments = Moments(rows, captured_at, hours.astype(np.float32), None, change, before)
        self._index = {float(t): k for k, t in enumerate(captured_at)}
        self._tail = at[-BEFORE:], every[-BEFORE:]

    def ahead(self, captured_at: float, n: int) -> Moments:
        """The moment of this time and up to n - 1 after it."""
        assert self.moments is not None
        first = self._index[captured_at]
        return self.moments[first : first + n]


class Foreseen(LearnedNormal):
    """A learned normal that works out what comes ahead, and notes what each member said."""

    def __init__(self, modality: Modality, feed: Feed) -> None:
        super().__init__([make() for make in NORMALITIES[modality]])
        self._modality, self._feed = modality, feed
        self._told: Rarities = {}
        self._places: dict[float, int] = {}
        #: By member, its scores of the held-out moments, as if it were alone.
        self.alone: dict[str, Floats] = {}
        #: Seconds and rarities, by member, of all that was judged.
        self.said: list[tuple[float, dict[str, float]]] = []

    def fit_held_out(self, normal: Moments) -> Floats:
        held_out = super().fit_held_out(normal)
        for make in NORMALITIES[self._modality]:
            one = make()
            if one.name in self._scales:
                self.alone[one.name] = LearnedNormal([one]).fit_held_out(normal)
        return held_out

    def update(self, normal: Moments) -> None:
        super().update(normal)
        self._places = {}

    def rarities(self, moments: Moments) -> Rarities:
        at = float(moments.captured_at[0])
        if at not in self._places:
            batch = self._feed.ahead(at, 80)
            self._told = super().rarities(batch)
            self._places = {float(t): k for k, t in enumerate(batch.captured_at)}
        k = self._places[at]
        self.said.append((at, {name: float(r[k]) for name, r in self._told.items()}))
        return {name: r[k : k + 1] for name, r in self._told.items()}


class ForeseenLearning(Learning):
    """Learners over `Foreseen` normals."""

    def __init__(self, feeds: dict[Modality, Feed]) -> None:
        super().__init__()
        object.__setattr__(self, "feeds", feeds)

    def learner(self, site: Site, line: RuleLine, modality: Modality, space: TextSpace) -> Learner:
        made = super().learner(site, line, modality, space)
        feeds: dict[Modality, Feed] = self.feeds  # type: ignore[attr-defined]
        made._make = lambda: Foreseen(modality, feeds[modality])
        return made


class Prompted:
    """A prompt detector that scores an hour at once.

    Args:
        detector: the product's.
        feed: what comes.
        always: every moment counts as eligible: its calibration is then tested alone.
    """

    def __init__(self, detector: PromptDetector, feed: Feed, *, always: bool) -> None:
        self._detector, self._feed, self._always = detector, feed, always
        self._raws: dict[float, float] = {}

    def score(self, embedding: Embedding) -> Score | None:
        at = embedding.captured_at
        if at not in self._raws:
            assert self._feed.moments is not None
            raws = self._detector.score_many(self._feed.moments.vectors)
            times = self._feed.moments.captured_at.tolist()
            self._raws = dict(zip(times, raws.tolist(), strict=True))
        if not self._always:
            return self._detector.score(embedding)
        return Subject(CAMERA, self._detector._subject.rule, "", embedding.modality).scored(
            embedding, "prompts", self._raws[at]
        )


@dataclass
class Lived:
    """What a line made of a camera's days."""

    step_s: float
    #: Ends of windows, seconds; then, of each, what was said.
    end_s: Floats
    per_day: Floats
    eligible: NDArray[np.bool_]
    #: p-values by sense; 1 where the sense is missing.
    p: dict[str, Floats]
    #: Seconds at which incidents began.
    begun_s: list[float]
    #: By sense, (k,) seconds and by member (k,) rarities of judged moments.
    judged: dict[str, tuple[Floats, dict[str, Floats]]] = field(default_factory=dict)
    #: By sense, held-out scores, and by member those of it alone.
    held_out: dict[str, tuple[Floats, dict[str, Floats]]] = field(default_factory=dict)
    #: By sense, quiet moments to those that were held out.
    held_back: dict[str, int] = field(default_factory=dict)
    news: list[tuple[float, str, News]] = field(default_factory=list)


def items_of(stretch: Stretch, models: dict[Modality, str]) -> Iterator[Embedding | Quiet]:
    """What the encoders would send for a stretch, in the order of its time."""
    step_ns = round(float(stretch.at_s[1] - stretch.at_s[0]) * NS_PER_S)
    for k, at in enumerate(stretch.at_s.tolist()):
        ns, wall = round(at * NS_PER_S), BEGIN_AT + at
        yield Embedding(
            camera=CAMERA,
            view=WHOLE_VIEW,
            modality=V,
            model=models[V],
            pts_ns=ns,
            duration_ns=0,
            captured_at=wall,
            vector=stretch.seen[k].copy(),
            change=stretch.change[k].copy(),
        )
        if stretch.audible[k]:
            row = stretch.heard[k].copy()
            yield Embedding(CAMERA, WHOLE_VIEW, A, models[A], ns - step_ns, step_ns, wall, row)
        else:
            yield Quiet(CAMERA, WHOLE_VIEW, A, ns - step_ns, ns, wall)


def live(
    camera: Camera,
    site: Site,
    rules: dict[str, bool],
    spaces: dict[Modality, TextSpace],
    days: int,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Lived]:
    """Let rules of a site watch a camera for some days.

    Args:
        camera: where nothing is wrong.
        site: with one camera, `CAMERA`.
        rules: by name; whether every moment counts as eligible.
        spaces: of both models.
        days: how many.
        progress: is told of each day.
    """
    feeds = {V: Feed(), A: Feed()}
    lines = {}
    for name, always in rules.items():
        line = RuleLine(site, CAMERA, name, spaces, ForeseenLearning(feeds))
        for modality, detector in line._detectors.items():
            if isinstance(detector, PromptDetector):
                line._detectors[modality] = Prompted(detector, feeds[modality], always=always)
        lines[name] = line
    windows: dict[str, list[tuple[float, ...]]] = {name: [] for name in lines}
    begun: dict[str, list[float]] = {name: [] for name in lines}
    news: dict[str, list[tuple[float, str, News]]] = {name: [] for name in lines}
    models = {m: space.model_id for m, space in spaces.items()}
    for hour, stretch in enumerate(camera.hours(24 * days)):
        loud = stretch.audible
        feeds[V].show(stretch.at_s, stretch.seen, stretch.change)
        feeds[A].show(stretch.at_s[loud], stretch.heard[loud], None)
        for item in items_of(stretch, models):
            for name, line in lines.items():
                for fused, steps in line.take(item):
                    windows[name].append(_noted(fused))
                    begun[name] += [s.start_ns / NS_PER_S for s in steps if s.type is AlertType.NEW]
        for name, line in lines.items():
            for modality, learner in line.learners.items():
                at = (hour + 1) * HOUR_S
                news[name] += [(at, str(modality), one) for one in learner.news()]
        if hour % 24 == 23:
            progress(f"day {hour // 24}: { ({n: len(b) for n, b in begun.items()}) }")
    return {
        name: _lived(camera.step_s, windows[name], begun[name], news[name], line)
        for name, line in lines.items()
    }


def _noted(fused: FusedWindow) -> tuple[float, ...]:
    p = [fused.readings[m].p_value if m in fused.readings else 1.0 for m in (V, A)]
    return fused.end_ns / NS_PER_S, fused.per_day, float(fused.eligible), *p


def _lived(
    step_s: float,
    windows: list[tuple[float, ...]],
    begun: list[float],
    news: list[tuple[float, str, News]],
    line: RuleLine,
) -> Lived:
    table = np.array(windows, np.float64).reshape(-1, 5)
    lived = Lived(
        step_s,
        table[:, 0],
        table[:, 1],
        table[:, 2] > 0,
        {"video": table[:, 3], "audio": table[:, 4]},
        begun,
        news=news,
    )
    for modality, learner in line.learners.items():
        normal = learner.normal
        assert isinstance(normal, Foreseen)
        at = np.array([t for t, _ in normal.said]) - BEGIN_AT
        names = list(normal.alone)
        of = {n: np.array([r.get(n, np.nan) for _, r in normal.said]) for n in names}
        lived.judged[str(modality)] = at, of
        lived.held_out[str(modality)] = learner.held_out, normal.alone
        lived.held_back[str(modality)] = learner.held_back
    return lived


def day_of(at_s: Floats) -> NDArray[np.int64]:
    """Which day it is, from 0 on."""
    return (at_s // DAY_S).astype(np.int64)
