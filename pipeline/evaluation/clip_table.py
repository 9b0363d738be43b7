"""From what each clip scored to the figures of a suite of clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation import bootstrap
from pipeline.evaluation.bench import Curve, Outcome
from pipeline.evaluation.fusing import FUSIONS, HEADLINE, Calibration, learned, rule_line, sum_of_z
from pipeline.evaluation.learned_fusion import LEAST
from pipeline.evaluation.metrics import auc, detection
from pipeline.evaluation.scoring import WindowScores
from pipeline.records import Modality

Values = NDArray[np.float64]
#: Fewer ordinary clips than this say less than the model's own bank.
ENOUGH = 20
FUSED = "fused"


@dataclass(frozen=True, slots=True)
class Row:
    """What one clip scored."""

    #: Ends of its windows, seconds.
    ends_s: Values
    #: By scorer.
    windows: Mapping[str, WindowScores]
    #: The plain baseline's highest window, by scorer; NaN where the clip has none of that sense.
    plain: Mapping[str, float]


@dataclass(frozen=True)
class ClipTable:
    """The clips that are scored, and what is ordinary."""

    #: Label, and whether it is what the rule asks for.
    clips: Sequence[tuple[str, bool]]
    rows: Sequence[Row]
    #: Ordinary clips of the train part: they calibrate, and are not scored.
    quiet: Sequence[Row]
    #: Raw scores (m,) of the models' banks, by scorer, and the plain baseline's.
    banks: Mapping[str, Values]
    plain_banks: Mapping[str, Values]
    resamples: int = bootstrap.RESAMPLES
    #: Alarming clips of the train part: with ``quiet`` they teach what is learned, unscored.
    loud: Sequence[Row] = ()

    @cached_property
    def labels(self) -> NDArray[np.bool_]:
        """(n,) whether a clip is positive."""
        return np.array([positive for _, positive in self.clips], bool)

    @cached_property
    def raw(self) -> dict[str, Values]:
        """By sense, (n,) each clip's highest window; a sense that no clip has is left out."""
        names = dict.fromkeys(name for row in self.rows for name in row.windows)
        every = {n: np.array([row.windows[n].highest for row in self.rows]) for n in names}
        return {n: values for n, values in every.items() if np.isfinite(values).any()}

    @cached_property
    def plain(self) -> dict[str, Values]:
        """The same of the plain baseline."""
        some = [n for n in self.raw if n in self.plain_banks]
        return {n: np.array([row.plain[n] for row in self.rows]) for n in some}

    @cached_property
    def ordinary(self) -> dict[str, dict[str, Calibration]]:
        """What the senses score when nothing is wrong: by source, the preferred one first."""
        quiet = {n: _finite([r.windows[n].highest for r in self.quiet]) for n in self.raw}
        found = {}
        if quiet and min(map(len, quiet.values())) >= ENOUGH:
            found["train normals"] = {n: Calibration(x) for n, x in quiet.items()}
        if set(self.banks) >= set(self.raw):
            found["model's bank"] = {n: Calibration(self.banks[n]) for n in self.raw}
        return found

    @cached_property
    def plain_ordinary(self) -> dict[str, Calibration]:
        """The same of the plain baseline, from the preferred source."""
        quiet = {n: _finite([r.plain[n] for r in self.quiet]) for n in self.plain}
        if quiet and min(map(len, quiet.values())) >= ENOUGH:
            return {n: Calibration(x) for n, x in quiet.items()}
        return {n: Calibration(self.plain_banks[n]) for n in self.plain}

    @cached_property
    def scores(self) -> dict[str, Values]:
        """By sense and ``fused``, (n,); NaN where a clip has none of it."""
        out = dict(self.raw)
        if len(self.raw) > 1 and self.ordinary:
            out[FUSED] = FUSIONS[HEADLINE](self.raw, next(iter(self.ordinary.values())))
        return out

    @cached_property
    def plain_scores(self) -> dict[str, Values]:
        """The plain baseline: by sense, and fused by the sum of standard scores."""
        out = dict(self.plain)
        if len(self.plain) > 1:
            out[FUSED] = sum_of_z(self.plain, self.plain_ordinary)
        return out

    @property
    def _teaches(self) -> bool:
        return min(len(self.quiet), len(self.loud)) >= LEAST

    @property
    def _taught(self) -> tuple[dict[str, Values], NDArray[np.bool_]] | None:
        """The train part's highest windows by sense, and its labels; None where it is too small."""
        if not self._teaches:
            return None
        rows = [*self.quiet, *self.loud]
        known = {n: np.array([r.windows[n].highest for r in rows]) for n in self.raw}
        return known, np.arange(len(rows)) >= len(self.quiet)

    def methods(self) -> dict[tuple[str, str], Values]:
        """Every way of scoring, by name and by what it is calibrated on."""
        out = {(name, "-"): values for name, values in self.raw.items()}
        if len(self.raw) < 2:
            return out
        for source, ordinary in self.ordinary.items():
            for name, fuse in FUSIONS.items():
                out[name, source] = fuse(self.raw, ordinary)
            if self._teaches or min(int(self.labels.sum()), int((~self.labels).sum())) > LEAST:
                how = "" if self._teaches else " left out"
                out[f"learned{how}", source] = learned(
                    self.raw, self.labels, ordinary, self._taught
                )[0]
        senses = {str(m) for m in Modality} & set(self.raw) & set(self.banks)
        if len(senses) > 1:
            bank = self.ordinary["model's bank"]
            by_window = rule_line(
                [row.windows for row in self.rows],
                {name: bank[name].bank for name in senses},
                [row.ends_s for row in self.rows],
            )
            out["rule_line", "model's bank"] = np.array([scores.max() for scores in by_window])
        return out


def fill(outcome: Outcome, table: ClipTable) -> None:
    """Write every figure of the table into the outcome."""
    labels = table.labels
    draws = bootstrap.Draws(range(len(labels)), table.resamples)
    outcome.metrics = {name: detection(labels, s) for name, s in table.scores.items()}
    outcome.baseline = {name: detection(labels, s) for name, s in table.plain_scores.items()}
    for name, scores in table.scores.items():
        there = labels[np.isfinite(scores)]
        outcome.chance[name] = {"auc": 0.5, "average_precision": float(there.mean())}
        outcome.intervals[name] = {
            figure: bootstrap.interval(make(labels, scores, None), draws)
            for figure, make in bootstrap.DETECTION.items()
        }
        kept = np.isfinite(scores)
        outcome.curves[name] = Curve(labels[kept], scores[kept])
    outcome.paired = _paired(table, draws)
    outcome.ablations = _ablations(table)
    outcome.per_class = _per_class(table)
    if table.ordinary:
        outcome.settings["fused_by"] = HEADLINE
        outcome.settings["calibrated_on"] = next(iter(table.ordinary))
    lacking = {n: int((~np.isfinite(x)).sum()) for n, x in table.raw.items()}
    outcome.notes += [
        f"{count} of {len(labels)} clips have no {name}: {name} is measured on the others, "
        "and fused takes what is there"
        for name, count in lacking.items()
        if count
    ]


def _paired(table: ClipTable, draws: bootstrap.Draws) -> list[dict[str, Any]]:
    """Fused against each sense and other fusion, and every sense against its plain baseline."""
    pairs = [(FUSED, sense, table.scores[sense]) for sense in table.raw if FUSED in table.scores]
    against = [(name, f"plain {name}", s) for name, s in table.plain_scores.items()]
    if FUSED in table.scores:
        source = next(iter(table.ordinary))
        pairs += [
            (FUSED, name, scores)
            for (name, calibrated_on), scores in table.methods().items()
            if calibrated_on == source and name != HEADLINE
        ]
    out = []
    for name, other, values in pairs + against:
        if name not in table.scores:
            continue
        # Only clips that both have a score for.
        both = np.where(np.isfinite(values), table.scores[name], np.nan)
        first, second = (bootstrap.auc(table.labels, x) for x in (both, values))
        found = bootstrap.difference(first, second, draws)
        out.append({"of": name, "against": other, "figure": "auc", **found})
    return out


def _ablations(table: ClipTable) -> list[dict[str, Any]]:
    """On all clips, and on those with every sense: that a clip has no sound is a hint by itself."""
    every = np.ones(len(table.labels), bool)
    whole = np.all([np.isfinite(x) for x in table.raw.values()], axis=0)
    subsets = (
        {"all": every} if whole.all() or not whole.any() else {"all": every, "every sense": whole}
    )
    methods = table.methods()
    return [
        {
            "method": name,
            "calibrated_on": source,
            "clips": subset,
            "n": int(np.isfinite(scores[kept]).sum()),
            **detection(table.labels[kept], scores[kept]),
        }
        for subset, kept in subsets.items()
        for (name, source), scores in methods.items()
    ]


def _per_class(table: ClipTable) -> dict[str, dict[str, float]]:
    """Each alarming label against all that is ordinary, where there are several labels."""
    kinds = sorted({label for label, positive in table.clips if positive})
    if len(kinds) < 2:
        return {}
    of = np.array([label for label, _ in table.clips])
    out: dict[str, dict[str, float]] = {}
    for kind in kinds:
        kept = (of == kind) | ~table.labels
        found = {
            name: auc(table.labels[kept & np.isfinite(s)], s[kept & np.isfinite(s)])
            for name, s in table.scores.items()
        }
        # The last is fused, or the only sense.
        *_, last = found.values()
        out[kind] = {"auc": last, **{f"{name}_auc": value for name, value in found.items()}}
    return out


def _finite(values: Sequence[float]) -> Values:
    array = np.array(values, np.float64)
    out: Values = array[np.isfinite(array)]
    return out
