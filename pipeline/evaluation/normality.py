"""Suites of one place each: its normal is learned from normal clips, every test frame is judged.

The product's own learned normal (`detectors.learned_normal`), each of its members alone and all of
them together. Pictures are embedded alone, without movement: half the suites' films have another
pace than a camera's. Figures are micro: all test frames are pooled as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from detectors import Moments, learned_normal
from pipeline.evaluation import bootstrap
from pipeline.evaluation.bench import Bench, Curve, Outcome, Request
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.media import FRAMES_PER_S
from pipeline.evaluation.metrics import detection
from pipeline.evaluation.moments import MomentTrack, moments_of
from pipeline.evaluation.scoring import PromptScorer
from pipeline.records import Modality

#: Labels and frames of a film may differ by so many: encoders drop or repeat the last ones.
_SLACK = 3
VIDEO = "video"
LEARNED = "learned normal"

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Film:
    """A test clip: a file or a folder of stills, and whether each frame shows an anomaly."""

    path: Path
    #: bool (frames,).
    labels: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Place:
    """Normal clips of a place, and its test clips."""

    normal: Sequence[Path]
    test: Sequence[Film]


@dataclass(frozen=True)
class NormalitySuite:
    """Frame-level micro AUC of a learned normal.

    The headline takes frames as they are. Scaling each clip's scores to [0, 1] (Liu et al. 2018),
    as many papers do, needs the whole clip and knows that something happens in it: it stands among
    the ablations.
    """

    name: str
    summary: str
    #: The set in a folder. Raises LayoutError.
    find: Callable[[Path], Place]
    #: Prompts of the zero-shot rows.
    see: tuple[str, ...]
    #: Standard deviation of the smoothing in frames: half a second at the set's rate.
    smooth_frames: float

    def run(self, request: Request, bench: Bench) -> Outcome:
        """See `Suite`."""
        if request.split != "test":
            raise EvaluationError(f"{self.name} is scored on its test part: use --split test")
        place = self.find(request.data)
        sight = bench.models.sight
        bench.refuse_trained(self.name, [f.path for f in place.test], [sight])
        learned = MomentTrack(sight, FRAMES_PER_S)
        normal = [
            moments_of(tracks[0], sight, clip)
            for clip, path in enumerate(bench.each(list(place.normal), "normal clips"))
            if (tracks := bench.tracks(path, [learned])) is not None
        ]
        every = MomentTrack(sight)
        films: list[tuple[Film, Moments]] = []
        for clip, film in enumerate(bench.each(list(place.test), "test clips")):
            tracks = bench.tracks(film.path, [every])
            if tracks is not None:
                films.append((film, moments_of(tracks[0], sight, len(normal) + clip)))
        if not normal or not films:
            raise EvaluationError(f"{request.data}: no clip of one part could be read")
        taught = learned_normal(Modality.VIDEO)
        taught.fit(Moments.joined(normal))
        scorer = PromptScorer(sight, every, self.see)
        raws = {LEARNED: [taught.score(m) for _, m in films]}
        members = [taught.rarities(m) for _, m in films]
        raws |= {f"{name} alone": [m[name] for m in members] for name in members[0]}
        raws["mean of all"] = [np.nanmean(np.stack(list(m.values())), axis=0) for m in members]
        raws["prompts"] = [scorer.detector.score_many(m.vectors) for _, m in films]
        raws["plain prompts"] = [scorer.plain_raw(m.vectors) for _, m in films]
        # The first frames of a clip, of which nobody knows how they change, are as usual as can be.
        raws = {name: [np.nan_to_num(raw) for raw in each] for name, each in raws.items()}
        outcome = Outcome(
            suite=self.name,
            split="test",
            counts={
                "clips": len(films),
                "frames": sum(len(m) for _, m in films),
                "normal_clips": len(normal),
                "normal_frames": sum(map(len, normal)),
                "unreadable": len(bench.unreadable),
            },
            models={VIDEO: sight.model_id},
            prompts={"see": list(self.see)},
            settings={
                "together": "the highest rarity that a member gives",
                "normal_frames_per_s": FRAMES_PER_S,
                "smooth_frames": self.smooth_frames,
                "per_clip_scaling": "none",
            },
        )
        self._fill(outcome, films, raws, bench.resamples)
        return outcome

    def _fill(
        self,
        outcome: Outcome,
        films: Sequence[tuple[Film, Moments]],
        raws: dict[str, list[Values]],
        resamples: int,
    ) -> None:
        labels = np.concatenate([_labels(film, len(moments)) for film, moments in films])
        groups = np.concatenate([np.full(len(moments), k) for k, (_, moments) in enumerate(films)])
        smooth = {name: [self._smooth(raw) for raw in each] for name, each in raws.items()}
        rows = {name: np.concatenate(each) for name, each in smooth.items()}
        rows[f"{LEARNED}, not smoothed"] = np.concatenate(raws[LEARNED])
        rows[f"{LEARNED}, each clip scaled to [0, 1]"] = np.concatenate(
            [_scaled(one) for one in smooth[LEARNED]]
        )
        outcome.ablations = [{"method": n, **detection(labels, s)} for n, s in rows.items()]
        ours, plain = rows[LEARNED], rows["plain prompts"]
        draws = bootstrap.Draws(groups, resamples)
        outcome.metrics[VIDEO] = detection(labels, ours)
        outcome.baseline[VIDEO] = detection(labels, plain)
        outcome.chance[VIDEO] = {"auc": 0.5, "average_precision": float(labels.mean())}
        outcome.intervals[VIDEO] = {
            name: bootstrap.interval(make(labels, ours, None), draws)
            for name, make in bootstrap.DETECTION.items()
        }
        compared = bootstrap.difference(
            bootstrap.auc(labels, ours), bootstrap.auc(labels, plain), draws
        )
        outcome.paired = [{"of": VIDEO, "against": "plain video", "figure": "auc", **compared}]
        outcome.curves = {name: Curve(labels, rows[name]) for name in (LEARNED, "prompts")}

    def _smooth(self, raw: Values) -> Values:
        out: Values = gaussian_filter1d(raw, self.smooth_frames, mode="nearest")
        return out


def _labels(film: Film, frames: int) -> NDArray[np.bool_]:
    """A label for each frame that was read."""
    lacking = frames - len(film.labels)
    if abs(lacking) > _SLACK:
        raise EvaluationError(
            f"{film.path} has {frames} frames and {len(film.labels)} labels: "
            "is it the set's own file, at its own frame rate?"
        )
    return np.pad(film.labels, (0, max(0, lacking)), mode="edge")[:frames]


def _scaled(raw: Values) -> Values:
    spread = float(raw.max() - raw.min())
    return (raw - raw.min()) / spread if spread else np.zeros_like(raw)
