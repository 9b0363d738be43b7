"""Suites of whole clips, each alarming or ordinary: every sense, every fusion, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.encoders.base import SightEncoder, SoundEncoder
from pipeline.evaluation.bench import Bench, Outcome, Request
from pipeline.evaluation.clip_table import ClipTable, Row, fill
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.media import FRAMES_PER_S, SOUND_HOP_S
from pipeline.evaluation.scoring import (
    HOP_S,
    WINDOW_S,
    PromptScorer,
    Scorer,
    window_ends,
)
from pipeline.evaluation.splits import Part
from pipeline.evaluation.tracks import SightTrack, SoundTrack


@dataclass(frozen=True, slots=True)
class Clip:
    """One labelled clip."""

    path: Path
    #: As the layout names it, such as ``fight`` or ``noFight``.
    label: str
    #: Whether it shows what the rule asks for.
    positive: bool
    part: Part = Part.TEST


@dataclass(frozen=True)
class ClipSuite:
    """A set of clips with one rule: prompts to see, prompts to hear.

    A clip's score is its highest window: a longer clip has more of them, which the figures do not
    correct for.
    """

    name: str
    summary: str
    #: The set's clips in a folder. Raises LayoutError.
    find: Callable[[Path], list[Clip]]
    see: tuple[str, ...]
    hear: tuple[str, ...]
    #: Further scorers of windows, made for a bench.
    more: tuple[Callable[[Bench], Scorer], ...] = field(default=())
    #: Whether a file that the model has seen is refused or only named.
    strict: bool = True

    def run(self, request: Request, bench: Bench) -> Outcome:
        """See `Suite`."""
        clips = self.find(request.data)
        scored = [c for c in clips if request.wants(c.part)]
        others = [c for c in clips if c.part is Part.TRAIN]
        if not scored:
            raise EvaluationError(f"{request.data} holds no clip of the {request.split} part")
        encoders: list[SightEncoder | SoundEncoder] = [bench.models.sight] if self.see else []
        encoders += [bench.models.sound] if self.hear else []
        notes = bench.refuse_trained(
            self.name, [c.path for c in scored], encoders, strict=self.strict
        )
        scorers = self._scorers(bench)
        prompted = [s for s in scorers if isinstance(s, PromptScorer)]
        rows = {
            clip.path: row
            for clip in bench.each(list(dict.fromkeys(scored + others)), "clips")
            if (row := _look(clip.path, scorers, bench)) is not None
        }
        table = ClipTable(
            clips=[(c.label, c.positive) for c in scored if c.path in rows],
            rows=[rows[c.path] for c in scored if c.path in rows],
            quiet=[rows[c.path] for c in others if c.path in rows and not c.positive]
            if request.split == "test"
            else [],
            loud=[rows[c.path] for c in others if c.path in rows and c.positive]
            if request.split == "test"
            else [],
            banks={s.name: bank for s in scorers if (bank := s.ordinary()) is not None},
            plain_banks={s.name: s.plain_ordinary() for s in prompted},
            resamples=bench.resamples,
        )
        outcome = Outcome(
            suite=self.name,
            split=request.split,
            counts={
                "clips": len(table.clips),
                "positive": int(table.labels.sum()),
                "ordinary": int((~table.labels).sum()),
                "calibration": len(table.quiet),
                "unreadable": len(bench.unreadable),
            },
            models={s.name: s.encoder.model_id for s in prompted},
            prompts={"see": list(self.see), "hear": list(self.hear)},
            settings={
                "frames_per_s": FRAMES_PER_S,
                "sound_hop_s": SOUND_HOP_S,
                "window_s": WINDOW_S,
                "window_hop_s": HOP_S,
                "clip_score": "highest window; a window is the mean of its upper half",
            },
            notes=notes,
        )
        fill(outcome, table)
        return outcome

    def _scorers(self, bench: Bench) -> list[Scorer]:
        made: list[Scorer] = []
        if self.see:
            sight = bench.models.sight
            made.append(
                PromptScorer(sight, SightTrack(sight), self.see, bank=bench.models.ordinary(sight))
            )
        if self.hear:
            sound = bench.models.sound
            made.append(
                PromptScorer(sound, SoundTrack(sound), self.hear, bank=bench.models.ordinary(sound))
            )
        return made + [make(bench) for make in self.more]


def _look(path: Path, scorers: Sequence[Scorer], bench: Bench) -> Row | None:
    tracks = bench.tracks(path, [s.producer for s in scorers])
    if tracks is None:
        return None
    ends = window_ends(tracks)
    return Row(
        ends,
        {s.name: s.windows(t, ends) for s, t in zip(scorers, tracks, strict=True)},
        {
            s.name: s.plain(t, ends).highest
            for s, t in zip(scorers, tracks, strict=True)
            if isinstance(s, PromptScorer)
        },
    )
