"""Suites of one place each: its normal is learned from normal clips, every test frame is judged.

A memory bank of embedded normal frames, and the mean distance to the nearest of them: the idea of
deep nearest neighbours (Bergman, Cohen & Hoshen 2020) at whole-frame level. Figures are micro: all
test frames are pooled as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from sklearn.neighbors import NearestNeighbors

from pipeline.evaluation import bootstrap
from pipeline.evaluation.bench import Bench, Curve, Outcome, Request
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.media import FRAMES_PER_S
from pipeline.evaluation.metrics import detection
from pipeline.evaluation.scoring import PromptScorer
from pipeline.evaluation.tracks import PictureTrack, Track

#: Neighbours that a distance is the mean of.
NEIGHBOURS = 5
#: Rows of the memory bank; of more, so many are drawn.
_BANK, _SEED = 20_000, 20_240_601
#: Labels and frames of a film may differ by so many: encoders drop or repeat the last ones.
_SLACK = 3
VIDEO = "video"

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
        learned = PictureTrack(sight, FRAMES_PER_S)
        bank = [
            tracks[0].rows
            for path in bench.each(list(place.normal), "normal clips")
            if (tracks := bench.tracks(path, [learned])) is not None
        ]
        every = PictureTrack(sight)
        films: list[tuple[Film, Track]] = []
        for film in bench.each(list(place.test), "test clips"):
            tracks = bench.tracks(film.path, [every])
            if tracks is not None:
                films.append((film, tracks[0]))
        if not bank or not films:
            raise EvaluationError(f"{request.data}: no clip of one part could be read")
        nearest = _Nearest(np.concatenate(bank))
        scorer = PromptScorer(sight, every, self.see)
        raws = {
            "learned normal": [nearest.distance(t.rows) for _, t in films],
            "prompts": [scorer.detector.score_many(t.rows) for _, t in films],
            "plain prompts": [scorer.plain_raw(t.rows) for _, t in films],
        }
        outcome = Outcome(
            suite=self.name,
            split="test",
            counts={
                "clips": len(films),
                "frames": sum(len(t) for _, t in films),
                "normal_clips": len(bank),
                "normal_frames": nearest.size,
                "unreadable": len(bench.unreadable),
            },
            models={VIDEO: sight.model_id},
            prompts={"see": list(self.see)},
            settings={
                "neighbours": NEIGHBOURS,
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
        films: Sequence[tuple[Film, Track]],
        raws: dict[str, list[Values]],
        resamples: int,
    ) -> None:
        labels = np.concatenate([_labels(film, track) for film, track in films])
        groups = np.concatenate([np.full(len(track), k) for k, (_, track) in enumerate(films)])
        smooth = {name: [self._smooth(raw) for raw in each] for name, each in raws.items()}
        rows = {name: np.concatenate(each) for name, each in smooth.items()}
        rows["learned normal, not smoothed"] = np.concatenate(raws["learned normal"])
        rows["learned normal, each clip scaled to [0, 1]"] = np.concatenate(
            [_scaled(one) for one in smooth["learned normal"]]
        )
        outcome.ablations = [{"method": n, **detection(labels, s)} for n, s in rows.items()]
        ours, plain = rows["learned normal"], rows["plain prompts"]
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
        outcome.curves = {name: Curve(labels, rows[name]) for name in ("learned normal", "prompts")}

    def _smooth(self, raw: Values) -> Values:
        out: Values = gaussian_filter1d(raw, self.smooth_frames, mode="nearest")
        return out


class _Nearest:
    """Distances to a memory bank."""

    def __init__(self, rows: NDArray[np.float32]) -> None:
        if len(rows) > _BANK:
            rows = rows[np.random.default_rng(_SEED).permutation(len(rows))[:_BANK]]
        self.size = len(rows)
        self._index = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(rows))).fit(rows)

    def distance(self, rows: NDArray[np.float32]) -> Values:
        """Mean Euclidean distance of unit rows (n, d) to their nearest ones: (n,)."""
        distances, _ = self._index.kneighbors(rows)
        out: Values = np.asarray(distances, np.float64).mean(axis=1)
        return out


def _labels(film: Film, track: Track) -> NDArray[np.bool_]:
    """A label for each frame that was read."""
    lacking = len(track) - len(film.labels)
    if abs(lacking) > _SLACK:
        raise EvaluationError(
            f"{film.path} has {len(track)} frames and {len(film.labels)} labels: "
            "is it the set's own file, at its own frame rate?"
        )
    return np.pad(film.labels, (0, max(0, lacking)), mode="edge")[: len(track)]


def _scaled(raw: Values) -> Values:
    spread = float(raw.max() - raw.min())
    return (raw - raw.min()) / spread if spread else np.zeros_like(raw)
