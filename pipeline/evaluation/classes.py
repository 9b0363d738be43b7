"""Suites of clips that belong to one class each: zero-shot by the classes' names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.metrics import accuracy_score

from pipeline.evaluation import bootstrap
from pipeline.evaluation.bench import Bench, Curve, Figures, Outcome, Request
from pipeline.evaluation.bootstrap import DETECTION
from pipeline.evaluation.class_scores import ClassScores, ClassWords, Sense
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.metrics import detection
from pipeline.evaluation.splits import Part
from pipeline.evaluation.tracks import SightTrack, SoundTrack
from pipeline.records import Modality

BY_NAME = "class name"
FUSED = "fused"
#: So few classes all have a curve.
_FEW = 8


@dataclass(frozen=True, slots=True)
class ClassItem:
    """One clip of a class."""

    path: Path
    words: ClassWords
    part: Part = Part.TEST


@dataclass(frozen=True)
class ClassSuite:
    """A set of clips, each of one class.

    ``accuracy`` is that of the softmax classifier over the classes' mean text embeddings (CLIP,
    Radford et al. 2021). ``auc`` and ``average_precision`` are means over the classes, each by the
    product's detector with the class's prompts against those of all other classes. The plain
    baseline is the cosine to the bare name.
    """

    name: str
    summary: str
    #: The set's items in a folder. Raises LayoutError.
    find: Callable[[Path], list[ClassItem]]
    senses: tuple[Modality, ...]
    strict: bool = True

    def run(self, request: Request, bench: Bench) -> Outcome:
        """See `Suite`."""
        items = [i for i in self.find(request.data) if request.wants(i.part)]
        classes = list({i.words.label: i.words for i in items}.values())
        if len(classes) < 2:
            raise EvaluationError(
                f"{request.data}: the {request.split} part holds {len(classes)} class: two or "
                "more are needed to tell them apart"
            )
        senses = [self._sense(modality, bench) for modality in self.senses]
        notes = bench.refuse_trained(
            self.name, [i.path for i in items], [s.encoder for s in senses], strict=self.strict
        )
        kept, tracks = [], []
        for item in bench.each(items, "clips"):
            made = bench.tracks(item.path, [s.producer for s in senses])
            if made is not None:
                kept.append(item)
                tracks.append(made)
        truth = np.array([classes.index(i.words) for i in kept])
        outcome = Outcome(
            suite=self.name,
            split=request.split,
            counts={
                "clips": len(kept),
                "classes": len(classes),
                "unreadable": len(bench.unreadable),
            },
            models={str(s.modality): s.encoder.model_id for s in senses},
            notes=notes,
        )
        draws = bootstrap.Draws(range(len(truth)), bench.resamples)
        by_sense = {
            str(sense.modality): ClassScores(sense, [t[k] for t in tracks], truth, classes)
            for k, sense in enumerate(senses)
        }
        for name, scores in by_sense.items():
            if scores.there.any():
                _fill(outcome, name, scores, draws)
        _fuse(outcome, list(by_sense.values()), truth, draws)
        outcome.prompts = {c.label: {BY_NAME: c.name, **c.reworded} for c in classes}
        return outcome

    def _sense(self, modality: Modality, bench: Bench) -> Sense:
        if modality is Modality.VIDEO:
            sight = bench.models.sight
            return Sense(sight, SightTrack(sight))
        sound = bench.models.sound
        return Sense(sound, SoundTrack(sound))


def _fill(outcome: Outcome, name: str, scores: ClassScores, draws: bootstrap.Draws) -> None:
    """The figures of one sense, on the clips that have it."""
    there = scores.there
    outcome.metrics[name] = {"accuracy": _accuracy(scores, BY_NAME), **scores.detections()}
    outcome.baseline[name] = scores.plain()
    outcome.chance[name] = {
        "accuracy": 1 / len(scores.classes),
        "auc": 0.5,
        "average_precision": 1 / len(scores.classes),
    }
    right = {BY_NAME: scores.right(BY_NAME)}
    outcome.intervals[name] = {
        "accuracy": bootstrap.interval(bootstrap.share(right[BY_NAME], there), draws),
        **{figure: _mean_interval(scores, make, draws) for figure, make in DETECTION.items()},
    }
    kinds = scores.kinds()
    for kind in (BY_NAME, *kinds):
        right[kind] = scores.right(kind)
        outcome.ablations.append(
            {"sense": name, "prompts": kind, "accuracy": _accuracy(scores, kind)}
        )
    if kinds:
        reworded = [bootstrap.share(right[kind], there) for kind in kinds]
        outcome.metrics[name]["accuracy_reworded"] = float(
            np.mean([_accuracy(scores, kind) for kind in kinds])
        )
        outcome.chance[name]["accuracy_reworded"] = 1 / len(scores.classes)
        outcome.intervals[name]["accuracy_reworded"] = bootstrap.interval(
            bootstrap.mean_of(reworded), draws
        )
    _by_class(outcome, name, scores)


def _by_class(outcome: Outcome, name: str, scores: ClassScores) -> None:
    """Each class against the rest. Names carry the sense where there are several."""
    there = scores.there
    answers = scores.answers(BY_NAME)[there]
    before = f"{name}_" if len(outcome.models) > 1 else ""
    for k, words in enumerate(scores.classes):
        one = scores.truth[there] == k
        found = {**detection(one, scores.against_rest[there, k])}
        found["recall"] = float((answers == k)[one].mean()) if one.any() else float("nan")
        if words.matters:
            usual = scores.against_normal(words)[there]
            found["auc_against_normal"] = detection(one, usual)["auc"]
        figures = outcome.per_class.setdefault(words.label, {})
        figures |= {before + figure: value for figure, value in found.items()}
        if words.matters or len(scores.classes) <= _FEW:
            outcome.curves[f"{words.label} ({name})"] = Curve(one, scores.against_rest[there, k])


def _mean_interval(
    scores: ClassScores, make: Callable[..., bootstrap.Figure], draws: bootstrap.Draws
) -> list[float]:
    """The interval of a mean over classes; a class that a resample lacks is left out of it."""
    columns = np.where(scores.there[:, None], scores.against_rest, np.nan)
    one_by_one = [make(scores.truth == k, columns[:, k], None) for k in range(len(scores.classes))]
    return bootstrap.interval(bootstrap.mean_of(one_by_one), draws)


def _fuse(
    outcome: Outcome,
    senses: Sequence[ClassScores],
    truth: NDArray[np.intp],
    draws: bootstrap.Draws,
) -> None:
    """Senses together: the sum of their log probabilities, where there is more than one."""
    some = [s for s in senses if s.there.any()]
    if len(some) < 2:
        return
    total = np.sum(
        [np.where(s.there[:, None], log_softmax(s.logits(BY_NAME), axis=1), 0.0) for s in some],
        axis=0,
    )
    right = total.argmax(axis=1) == truth
    figures = [
        detection(truth == k, total[:, k] - _others(total, k)) for k in range(total.shape[1])
    ]
    fused: Figures = {"accuracy": float(right.mean())}
    for name in ("auc", "average_precision"):
        fused[name] = float(np.mean([f[name] for f in figures]))
    outcome.metrics[FUSED] = fused
    outcome.intervals[FUSED] = {"accuracy": bootstrap.interval(bootstrap.share(right), draws)}
    outcome.chance[FUSED] = dict(outcome.chance[str(some[0].sense.modality)])
    outcome.ablations.append({"sense": FUSED, "prompts": BY_NAME, "accuracy": fused["accuracy"]})


def _others(total: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    out: NDArray[np.float64] = np.delete(total, k, axis=1).max(axis=1)
    return out


def _accuracy(scores: ClassScores, kind: str) -> float:
    there = scores.there
    return float(accuracy_score(scores.truth[there], scores.answers(kind)[there]))
