"""Which method a rule is taught by: whichever does best on examples it has not seen, or none.

Folds are of whole groups (`Labelled.group`), both kinds spread evenly. A method is used only if on
the held-out examples it is better than the plain prompts, by more than the error of that difference
in their loss, and not worse by their AUC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from detectors.adapting import Adapter, Anchored, PromptSpace, anchored
from detectors.base import DetectorInputError
from pipeline.teaching.labelled import Labelled, Labels, Values, all_rows, labels_of, statistics
from pipeline.teaching.methods import Method, Task

PLAIN = "plain"
FOLDS = 5
#: Groups of each kind that a choice needs: with fewer, what wins has won by luck.
LEAST = 4
#: By how many of its standard errors the mean gain must be above zero. With a handful of examples
#: the best of four methods looks better than it is: at 0 what was chosen was worse than the plain
#: prompts on clips outside of the folds, at 1 it no longer was.
MARGIN = 1.0
#: Logits of the loss per spread of the plain scores: those at which clips that are told apart with
#: an AUC of 0.8 are.
_SLOPE = 1.2
_SEED = 20_240_601


@dataclass(frozen=True, slots=True)
class Candidate:
    """One line of the table, from held-out examples alone."""

    name: str
    #: Mean log loss, both kinds counted alike; lower is better.
    loss: float
    auc: float
    #: Mean loss of the plain prompts less its own, and the standard error of that.
    gain: float
    error: float


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one sense, and why."""

    method: str
    #: None for the plain prompts.
    adapter: Adapter | None
    table: tuple[Candidate, ...]
    reason: str
    positive: int
    negative: int
    #: (n,) what each example with rows scored when it was held out; empty without a choice.
    held_out: Values = field(default_factory=lambda: np.zeros(0))
    #: Sources of those examples.
    sources: tuple[str, ...] = ()


def choose(
    space: PromptSpace,
    examples: Sequence[Labelled],
    ordinary: Values,
    methods: Mapping[str, Method],
    *,
    folds: int = FOLDS,
    margin: float = MARGIN,
    seed: int = _SEED,
) -> Choice:
    """Choose between ``methods`` and the plain prompts.

    Args:
        space: the rule's prompts.
        examples: labelled; those without rows are left out.
        ordinary: (m, d) embeddings of what is ordinary.
        methods: by name.
        folds: parts that the examples are cut into; fewer where there are fewer sources.
        margin: standard errors that the gain must exceed.
        seed: of the folds.
    """
    usable = [e for e in examples if len(e)]
    labels = labels_of(usable)
    parts = _folds(usable, folds, seed)
    counts = int(labels.sum()), int((~labels).sum())
    if parts is None:
        return Choice(
            PLAIN,
            None,
            (),
            f"too few examples to compare anything: at least {LEAST} of each kind are needed, of "
            "different recordings or occasions",
            *counts,
        )
    scores = {PLAIN: _held_out(space, usable, ordinary, None, parts)}
    failed = []
    for name, method in methods.items():
        try:
            scores[name] = _held_out(space, usable, ordinary, method, parts)
        except DetectorInputError as error:
            failed.append(f"{name}: {error}")
    table = _table(scores, labels)
    plain = table[0]
    better = [
        c
        for c in table[1:]
        if c.gain > 0 and c.gain >= margin * c.error and c.auc >= plain.auc - 1e-9
    ]
    if not better:
        why = "on examples that it had not seen, no method was surely better than the plain prompts"
        return Choice(
            PLAIN, None, table, "; ".join([why, *failed]), *counts,
            held_out=scores[PLAIN], sources=tuple(e.source for e in usable),
        )  # fmt: skip
    best = min(better, key=lambda c: c.loss)
    adapter = anchored(methods[best.name](Task(space, usable, ordinary)), space, ordinary)
    why = (
        f"on held-out examples its loss is {best.loss:.3f} against {plain.loss:.3f} "
        f"(gain {best.gain:.3f} ± {best.error:.3f}), its AUC {best.auc:.3f} against {plain.auc:.3f}"
    )
    return Choice(
        best.name, adapter, table, "; ".join([why, *failed]), *counts,
        held_out=scores[best.name], sources=tuple(e.source for e in usable),
    )  # fmt: skip


def _folds(examples: Sequence[Labelled], folds: int, seed: int) -> list[Labels] | None:
    """For each fold which examples are held out, (n,); None where there are too few."""
    rng = np.random.default_rng(seed)
    groups = [e.group or e.source for e in examples]
    both = {g: {e.label for e, of in zip(examples, groups, strict=True) if of == g} for g in groups}
    kinds = [sorted(g for g, labels in both.items() if kind in labels) for kind in (True, False)]
    n = min(folds, *map(len, kinds))
    if n < LEAST:
        return None
    part: dict[str, int] = {}
    for kind in kinds:
        for i, group in enumerate(rng.permutation(kind)):
            part.setdefault(str(group), i % n)
    parts = [np.array([part[g] == i for g in groups], bool) for i in range(n)]
    labels = labels_of(examples)
    whole = all(labels[~held].any() and not labels[~held].all() for held in parts)
    return [held for held in parts if held.any()] if whole else None


def _held_out(
    space: PromptSpace,
    examples: Sequence[Labelled],
    ordinary: Values,
    method: Method | None,
    parts: Sequence[Labels],
) -> Values:
    """Scores (n,) of examples that were held out, from the middle between the kinds' training."""
    rows = all_rows(examples, space.directions.shape[1])
    raw, labels, out = space.raw(rows), labels_of(examples), np.zeros(len(examples))
    for held in parts:
        adapter: Anchored | None = None
        if method is not None:
            trained = [e for e, h in zip(examples, held, strict=True) if not h]
            adapter = anchored(method(Task(space, trained, ordinary)), space, ordinary)
        scored = statistics(examples, adapter.adjust(rows, raw) if adapter else raw)
        middle = (scored[~held & labels].mean() + scored[~held & ~labels].mean()) / 2
        out[held] = scored[held] - middle
    return out


def _table(scores: Mapping[str, Values], labels: Labels) -> tuple[Candidate, ...]:
    weights = np.where(labels, 0.5 / labels.sum(), 0.5 / (~labels).sum())
    spread = float(scores[PLAIN].std()) or 1.0
    sign = np.where(labels, 1.0, -1.0)
    losses = {n: np.logaddexp(0, -sign * _SLOPE * s / spread) for n, s in scores.items()}
    rows = []
    for name, loss in losses.items():
        gains = losses[PLAIN] - loss
        gain = float(weights @ gains)
        error = float(np.sqrt((weights**2) @ (gains - gain) ** 2))
        rows.append(Candidate(name, float(weights @ loss), _auc(labels, scores[name]), gain, error))
    return tuple(rows)


def _auc(labels: Labels, scores: Values) -> float:
    """Area under the ROC curve: how often a positive example scores above a negative one."""
    above = scores[labels][:, None] - scores[~labels][None]
    return float((above > 0).mean() + (above == 0).mean() / 2)
