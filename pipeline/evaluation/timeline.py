"""Suites of long films with marked stretches: every frame is alarming or not, seen and heard.

Frames of all films are pooled (micro). The score of a frame is that of the window whose middle is
nearest to it. Calibrated on the models' banks: the sets' normal films are hours long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation import bootstrap
from pipeline.evaluation.bench import Bench, Curve, Outcome, Request
from pipeline.evaluation.errors import EvaluationError, UnreadableMedia
from pipeline.evaluation.fusing import FUSIONS, HEADLINE, Calibration, rule_line, sum_of_z
from pipeline.evaluation.media import FRAMES_PER_S, SOUND_HOP_S, length_of
from pipeline.evaluation.metrics import auc, detection
from pipeline.evaluation.scoring import HOP_S, WINDOW_S, PromptScorer, WindowScores, window_ends
from pipeline.evaluation.tracks import SightTrack, SoundTrack

FUSED = "fused"
_BANK = "model's bank"

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MarkedFilm:
    """A film, and its alarming stretches."""

    path: Path
    #: What it shows, such as ``Fighting`` or ``Normal``.
    label: str
    #: First and last frame of each stretch, counted from 0, the last included.
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class TimelineSuite:
    """Frame-level AUC and average precision over long films."""

    name: str
    summary: str
    #: The set's test films in a folder, and how many listed ones are not there. Raises LayoutError.
    find: Callable[[Path], tuple[list[MarkedFilm], int]]
    see: tuple[str, ...]
    hear: tuple[str, ...]

    def run(self, request: Request, bench: Bench) -> Outcome:
        """See `Suite`."""
        if request.split != "test":
            raise EvaluationError(f"{self.name} is scored on its test part: use --split test")
        films, missing = self.find(request.data)
        sight, sound = bench.models.sight, bench.models.sound
        bench.refuse_trained(self.name, [f.path for f in films], [sight, sound])
        scorers = [
            PromptScorer(sight, SightTrack(sight), self.see, bank=bench.models.ordinary(sight)),
            PromptScorer(sound, SoundTrack(sound), self.hear, bank=bench.models.ordinary(sound)),
        ]
        rows = [
            row
            for film in bench.each(films, "films")
            if (row := _look(film, scorers, bench)) is not None
        ]
        if not rows:
            raise EvaluationError(f"{request.data}: no film could be read")
        notes = (
            [f"films that the annotations name and that are not there: {missing}"]
            if missing
            else []
        )
        pool = _Pool(rows, {s.name: s for s in scorers})
        outcome = Outcome(
            suite=self.name,
            split="test",
            counts={
                "films": len(rows),
                "alarming_films": sum(bool(r.film.spans) for r in rows),
                "frames": int(pool.frames.sum()),
                "missing": missing,
                "unreadable": len(bench.unreadable),
            },
            models={s.name: s.encoder.model_id for s in scorers},
            prompts={"see": list(self.see), "hear": list(self.hear)},
            settings={
                "frames_per_s": FRAMES_PER_S,
                "sound_hop_s": SOUND_HOP_S,
                "window_s": WINDOW_S,
                "window_hop_s": HOP_S,
                "frame_score": "the window whose middle is nearest",
                "fused_by": HEADLINE,
                "calibrated_on": _BANK,
            },
            notes=notes,
        )
        pool.fill(outcome, bench.resamples)
        return outcome


@dataclass(frozen=True, slots=True)
class _Row:
    """What one film scored, window by window."""

    film: MarkedFilm
    ends_s: Values
    windows: dict[str, WindowScores]
    plain: dict[str, WindowScores]
    #: (2, k): alarming and other frames that each window stands for.
    frames: Values


def _look(film: MarkedFilm, scorers: Sequence[PromptScorer], bench: Bench) -> _Row | None:
    tracks = bench.tracks(film.path, [s.producer for s in scorers])
    if tracks is None:
        return None
    try:
        count, rate = length_of(film.path)
    except UnreadableMedia as error:
        bench.unreadable[str(film.path)] = str(error)
        return None
    ends = window_ends(tracks)
    return _Row(
        film,
        ends,
        {s.name: s.windows(t, ends) for s, t in zip(scorers, tracks, strict=True)},
        {s.name: s.plain(t, ends) for s, t in zip(scorers, tracks, strict=True)},
        frames_by_window(ends, count, rate, film.spans),
    )


def frames_by_window(
    ends_s: Values, count: int, rate: float, spans: Sequence[tuple[int, int]]
) -> Values:
    """Alarming and other frames (2, k) whose nearest window each window is.

    Args:
        ends_s: (k,) ends of the windows, seconds.
        count: frames of the film.
        rate: frames a second.
        spans: alarming stretches: first and last frame, the last included.
    """
    marked = np.zeros(count, bool)
    for first, last in spans:
        marked[max(0, first) : last + 1] = True
    middles = (ends_s - WINDOW_S / 2) * rate
    borders = np.ceil((middles[1:] + middles[:-1]) / 2)
    nearest = np.searchsorted(borders, np.arange(count), side="right")
    k = len(ends_s)
    return np.stack(
        [np.bincount(nearest[marked], minlength=k), np.bincount(nearest[~marked], minlength=k)]
    ).astype(np.float64)


class _Pool:
    """The windows of all films, each twice: once for its alarming frames, once for the others."""

    def __init__(self, rows: Sequence[_Row], scorers: dict[str, PromptScorer]) -> None:
        self._rows = rows
        self.frames = np.concatenate([r.frames.ravel() for r in rows])
        self._labels = np.concatenate([np.repeat([True, False], len(r.ends_s)) for r in rows])
        self._groups = np.concatenate([np.full(2 * len(r.ends_s), k) for k, r in enumerate(rows)])
        every = {n: self._twice([r.windows[n].raw for r in rows]) for n in scorers}
        self._raw = {n: x for n, x in every.items() if np.isfinite(x).any()}
        self._plain = {n: self._twice([r.plain[n].raw for r in rows]) for n in self._raw}
        self._ordinary = {}
        self._plain_ordinary = {}
        for name in self._raw:
            bank = scorers[name].ordinary()
            assert bank is not None
            self._ordinary[name] = Calibration(bank)
            self._plain_ordinary[name] = Calibration(scorers[name].plain_ordinary())
        #: A window in which no sense has anything has no fused score.
        self._some = np.any([np.isfinite(x) for x in self._raw.values()], axis=0)

    def fill(self, outcome: Outcome, resamples: int) -> None:
        """Write every figure into the outcome."""
        methods = self._methods()
        scores = {name: methods[name] for name in self._raw}
        plain = dict(self._plain)
        if len(self._raw) > 1:
            scores[FUSED] = methods[HEADLINE]
            plain[FUSED] = self._fused(
                lambda raw, _: sum_of_z(raw, self._plain_ordinary), self._plain
            )
        draws = bootstrap.Draws(self._groups, resamples)
        outcome.ablations = [{"method": n, **self._figures(x)} for n, x in methods.items()]
        for name, values in scores.items():
            outcome.metrics[name] = self._figures(values)
            outcome.baseline[name] = self._figures(plain[name])
            there = np.isfinite(values)
            share = float(np.average(self._labels[there], weights=self.frames[there]))
            outcome.chance[name] = {"auc": 0.5, "average_precision": share}
            outcome.intervals[name] = {
                figure: bootstrap.interval(make(self._labels, values, self.frames), draws)
                for figure, make in bootstrap.DETECTION.items()
            }
            outcome.curves[name] = Curve(self._labels[there], values[there], self.frames[there])
        for name in self._raw if FUSED in scores else ():
            both = np.where(np.isfinite(scores[name]), scores[FUSED], np.nan)
            first, second = (
                bootstrap.auc(self._labels, x, self.frames) for x in (both, scores[name])
            )
            compared = bootstrap.difference(first, second, draws)
            outcome.paired.append({"of": FUSED, "against": name, "figure": "auc", **compared})
        outcome.per_class = self._per_class(scores)

    def _methods(self) -> dict[str, Values]:
        out = dict(self._raw)
        if len(self._raw) < 2:
            return out
        for name, fuse in FUSIONS.items():
            out[name] = self._fused(fuse, self._raw)
        out["rule_line"] = self._twice(
            rule_line(
                [r.windows for r in self._rows],
                {name: known.bank for name, known in self._ordinary.items()},
                [r.ends_s for r in self._rows],
            )
        )
        return out

    def _fused(self, fuse: Callable[..., Values], raw: dict[str, Values]) -> Values:
        out = np.full(len(self._labels), np.nan)
        out[self._some] = fuse({n: x[self._some] for n, x in raw.items()}, self._ordinary)
        return out

    def _figures(self, scores: Values) -> dict[str, float]:
        counted = np.where(self.frames > 0, scores, np.nan)
        return detection(self._labels, counted, self.frames)

    def _per_class(self, scores: dict[str, Values]) -> dict[str, dict[str, float]]:
        """Films of each label against the films without a marked stretch."""
        quiet = np.array([not r.film.spans for r in self._rows])[self._groups]
        of = np.array([r.film.label for r in self._rows])[self._groups]
        out: dict[str, dict[str, float]] = {}
        for label in sorted({r.film.label for r in self._rows if r.film.spans}):
            found = {}
            for name, values in scores.items():
                kept = ((of == label) | quiet) & np.isfinite(values) & (self.frames > 0)
                found[name] = auc(self._labels[kept], values[kept], self.frames[kept])
            *_, last = found.values()
            out[label] = {"auc": last, **{f"{name}_auc": v for name, v in found.items()}}
        return out

    def _twice(self, each: Sequence[Values]) -> Values:
        return np.concatenate([np.tile(one, 2) for one in each])
