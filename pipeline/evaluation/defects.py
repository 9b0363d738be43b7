"""Suites of pictures with defects: zero-shot by prompts over windows of the picture (WinCLIP).

Beside it, in the same table, what was learned from flawless pictures finds (`defects_learned`).

WinCLIP (Jeong et al. 2023): compositional prompts of states and templates, window embeddings at a
few scales, harmonic aggregation. The score of a window is the product's detector, prompts of a
defect against prompts of a flawless object, as a probability; a picture's score is that of the
whole picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from pipeline.evaluation import bootstrap, pixels
from pipeline.evaluation.bench import Bench, Curve, Figures, Outcome, Request
from pipeline.evaluation.defects_learned import (
    DRAWS,
    SEED,
    Found,
    Shown,
    learned_defects,
    table_rows,
)
from pipeline.evaluation.errors import EvaluationError, UnreadableMedia
from pipeline.evaluation.media import picture
from pipeline.evaluation.metrics import auc
from pipeline.evaluation.scoring import PromptScorer
from pipeline.evaluation.windows2d import SCALES, WindowTrack, harmonic_map, mean_map

FLAWLESS = ("flawless {}", "perfect {}", "unblemished {}", "{} without flaw", "{} without defect")
DEFECTIVE = ("damaged {}", "{} with flaw", "{} with defect", "{} with damage", "broken {}")
TEMPLATES = ("{}", "a photo of a {}", "a close-up photo of a {}", "a photo of a {} for inspection")
VIDEO = "video"
#: Longer sides than this are shrunk before pixels are counted.
_MOST_SIDE = 400

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Picture:
    """A test picture."""

    path: Path
    #: What is wrong with it; None: nothing.
    defect: str | None
    #: A picture that is not black where the defect is; None where none was drawn.
    mask: Path | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """Pictures of one kind of object."""

    name: str
    #: The object in prompts.
    word: str
    pictures: Sequence[Picture]
    #: Flawless pictures of the set's own train part, to be learned from.
    clean: Sequence[Path] = ()


@dataclass(frozen=True)
class DefectSuite:
    """Image AUROC, pixel AUROC and PRO: the mean over categories."""

    name: str
    summary: str
    #: The set's name, for the splits, and its categories in a folder. Raises LayoutError.
    find: Callable[[Path], tuple[str, list[Category]]]

    def run(self, request: Request, bench: Bench) -> Outcome:
        """See `Suite`."""
        if request.split != "test":
            raise EvaluationError(f"{self.name} is scored on its test part: use --split test")
        dataset, categories = self.find(request.data)
        sight = bench.models.sight
        paths = [p.path for c in categories for p in c.pictures]
        bench.refuse_trained(dataset, paths, [sight])
        results = [_measure(category, bench) for category in categories]
        outcome = Outcome(
            suite=self.name,
            split="test",
            counts={
                "categories": len(results),
                "pictures": sum(len(r.labels) for r in results),
                "defective": int(sum(r.labels.sum() for r in results)),
                "unreadable": len(bench.unreadable),
            },
            models={VIDEO: sight.model_id},
            prompts={c.name: _prompts(c.word) for c in categories},
            settings={
                "dataset": dataset,
                "scales": [round(s, 3) for s in SCALES],
                "aggregation": "harmonic",
                "image_score": "whole picture",
                "pro_up_to": pixels.MOST_FALSE,
            },
        )
        _fill(outcome, results, bench.resamples)
        _fill_learned(outcome, {r.name: r.found for r in results if r.found is not None})
        return outcome


@dataclass(frozen=True)
class _Result:
    """What one category scored: by figure, weights of its pictures in, values out."""

    name: str
    labels: NDArray[np.bool_]
    kinds: NDArray[np.str_]
    #: (n,) picture scores by method.
    images: dict[str, Values]
    ours: pixels.PixelCounts
    plain: pixels.PixelCounts
    #: What was learned from flawless pictures found; None where there are too few.
    found: Found | None

    def figures(self, image: str, counts: pixels.PixelCounts) -> Figures:
        return {
            "image_auroc": auc(self.labels, self.images[image]),
            "pixel_auroc": pixels.pixel_auroc(counts),
            "pro": pixels.pro(counts),
        }

    def resampled(self) -> dict[str, bootstrap.Figure]:
        return {
            "image_auroc": bootstrap.auc(self.labels, self.images["whole"]),
            "pixel_auroc": pixels.pixel_auroc_figure(self.ours),
            "pro": pixels.pro_figure(self.ours),
        }


def _prompts(word: str) -> dict[str, list[str]]:
    def every(states: Sequence[str]) -> list[str]:
        return [t.format(s.format(word)) for s in states for t in TEMPLATES]

    return {"defective": every(DEFECTIVE), "flawless": every(FLAWLESS)}


def _measure(category: Category, bench: Bench) -> _Result:
    sight = bench.models.sight
    producer = WindowTrack(sight)
    prompts = _prompts(category.word)
    scorer = PromptScorer(sight, producer, prompts["defective"], prompts["flawless"])
    labels, kinds, masks, paths = [], [], [], []
    maps: list[Values] = []
    plain_maps: list[Values] = []
    images: dict[str, list[float]] = {"whole": [], "largest of map": [], "both": [], "plain": []}
    for one in bench.each(list(category.pictures), category.name):
        tracks = bench.tracks(one.path, [producer])
        if tracks is None:
            continue
        try:
            mask = _mask(one)
        except UnreadableMedia as error:
            bench.unreadable[str(one.mask)] = str(error)
            continue
        raw = scorer.detector.score_many(tracks[0].rows)
        cells, cosines = harmonic_map(expit(raw)), scorer.plain_raw(tracks[0].rows)
        labels.append(one.defect is not None)
        kinds.append(one.defect or "")
        masks.append(mask)
        paths.append(one.path)
        # As log-odds: probabilities near 0 and 1 keep their distances.
        maps.append(logit(np.clip(cells, 1e-9, 1 - 1e-9)))
        plain_maps.append(mean_map(cosines))
        whole, largest = float(expit(raw[0])), float(cells.max())
        images["whole"].append(float(raw[0]))
        images["largest of map"].append(largest)
        images["both"].append((whole + largest) / 2)
        images["plain"].append(float(cosines[0]))
    if not labels:
        raise EvaluationError(f"no picture of {category.name} could be read")
    shown = Shown(paths, np.array(labels, bool), np.array(kinds, str), masks, category.clean)
    return _Result(
        category.name,
        shown.labels,
        shown.kinds,
        {name: np.array(values) for name, values in images.items()},
        pixels.count(maps, masks),
        pixels.count(plain_maps, masks),
        learned_defects(shown, bench, category.name),
    )


def _mask(one: Picture) -> NDArray[np.bool_]:
    """Where a picture's defects are, bool (H, W), shrunk to at most 400 pixels a side."""
    import cv2

    if one.mask is None and one.defect is not None:
        raise UnreadableMedia(f"{one.path} shows {one.defect} and has no mask")
    shown = picture(one.mask or one.path)
    mask = np.zeros(shown.shape[:2], np.uint8) if one.defect is None else shown.max(axis=2)
    shrink = _MOST_SIDE / max(mask.shape)
    if shrink < 1:
        size = (max(1, round(mask.shape[1] * shrink)), max(1, round(mask.shape[0] * shrink)))
        mask = cv2.resize(mask, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    out: NDArray[np.bool_] = mask > 127
    return out


def _fill(outcome: Outcome, results: Sequence[_Result], resamples: int) -> None:
    ours = [r.figures("whole", r.ours) for r in results]
    outcome.metrics[VIDEO] = _mean(ours)
    outcome.baseline[VIDEO] = _mean([r.figures("plain", r.plain) for r in results])
    outcome.chance[VIDEO] = {
        "image_auroc": 0.5,
        "pixel_auroc": 0.5,
        "pro": pixels.MOST_FALSE / 2,
    }
    outcome.ablations = [
        {
            "image score": how,
            "image_auroc": _mean([{"x": auc(r.labels, r.images[how])} for r in results])["x"],
        }
        for how in results[0].images
    ]
    total = sum(len(r.labels) for r in results)
    draws = bootstrap.Draws(range(total), resamples)
    starts = np.cumsum([0, *(len(r.labels) for r in results)])
    for figure in ours[0]:
        each = [
            _only(r.resampled()[figure], slice(int(a), int(b)))
            for r, a, b in zip(results, starts, starts[1:], strict=False)
        ]
        outcome.intervals.setdefault(VIDEO, {})[figure] = bootstrap.interval(
            bootstrap.mean_of(each), draws
        )
    if len(results) > 1:
        outcome.per_class = {r.name: f for r, f in zip(results, ours, strict=True)}
    else:
        outcome.per_class = _by_defect(results[0])
    for r in results:
        outcome.curves[f"{r.name}, whole picture"] = Curve(r.labels, r.images["whole"])
        if len(results) == 1:
            outcome.curves[f"{r.name}, largest of map"] = Curve(
                r.labels, r.images["largest of map"]
            )


def _fill_learned(outcome: Outcome, found: dict[str, Found]) -> None:
    if not found:
        outcome.notes.append("too few flawless pictures to learn from: prompts alone")
        return
    outcome.ablations += table_rows(list(found.values()))
    outcome.settings |= {"learned_draws": DRAWS, "learned_seed": SEED}
    for name, one in found.items():
        for what, pixels_ in one.pictures.items():
            outcome.pictures[f"{name}-{what}".replace(" ", "-")] = pixels_


def _only(figure: bootstrap.Figure, part: slice) -> bootstrap.Figure:
    return lambda weights: figure(weights[:, part])


def _by_defect(result: _Result) -> dict[str, Figures]:
    """Each kind of defect against the flawless pictures."""
    out = {}
    for kind in sorted(set(result.kinds[result.labels])):
        kept = (result.kinds == kind) | ~result.labels
        counts = result.ours.of(kept)
        out[str(kind)] = {
            "image_auroc": auc(result.labels[kept], result.images["whole"][kept]),
            "pixel_auroc": pixels.pixel_auroc(counts),
            "pro": pixels.pro(counts),
        }
    return out


def _mean(figures: Sequence[Figures]) -> Figures:
    """Over categories; one in which a figure is not defined is left out of it."""
    out = {}
    for name in figures[0]:
        known = [f[name] for f in figures if np.isfinite(f[name])]
        out[name] = float(np.mean(known)) if known else float("nan")
    return out
