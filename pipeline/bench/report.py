"""Figures of a benchmark: as a table, as JSON, and what their percentiles are."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from pipeline.bench.machine import in_words
from pipeline.evaluation.bench import plain_values

SCHEMA = "hearsight.bench/1"
_PERCENTILES = (50, 95, 99)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with what stands beside it in the same run.

    Args:
        name: in snake case; the same in every report.
        value: what was measured.
        unit: of ``value``, ``baseline`` and ``limit``; empty for a ratio.
        baseline: what the loop gets that people write; None where there is none.
        limit: what the machine can do; None where there is none.
        target: what is to be reached; None where nothing is.
        at_most: whether ``target`` is an upper bound.
        note: what it was measured on, in a few words.
    """

    name: str
    value: float
    unit: str = ""
    baseline: float | None = None
    limit: float | None = None
    target: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target


@dataclass
class Report:
    """What one benchmark measured."""

    bench: str
    machine: dict[str, Any]
    command: Sequence[str]
    figures: list[Figure] = field(default_factory=list)
    #: Samples by name, with their unit: shown as percentiles, drawn as distributions.
    samples: dict[str, tuple[str, Sequence[float]]] = field(default_factory=dict)
    #: What was set, and what else was seen.
    details: dict[str, Any] = field(default_factory=dict)
    #: What the reader must know to take the figures for what they are.
    notes: list[str] = field(default_factory=list)
    at: float = field(default_factory=time.time)

    def value(self, name: str) -> float | None:
        """A figure's value, if it was measured."""
        return next((figure.value for figure in self.figures if figure.name == name), None)

    def to_json(self) -> dict[str, Any]:
        """As plain values: figures by name under ``ratios``, in full under ``figures``."""
        return {
            "schema": SCHEMA,
            "bench": self.bench,
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.at)),
            "command": list(self.command),
            "machine": self.machine,
            "ratios": {f.name: plain_values(float(f.value)) for f in self.figures},
            "figures": [_figure_json(figure) for figure in self.figures],
            "percentiles": {
                name: {"unit": unit, "count": len(values), **percentiles(values)}
                for name, (unit, values) in self.samples.items()
            },
            "details": plain_values(_plain(self.details)),
            "notes": self.notes,
        }


def _plain(value: Any) -> Any:
    """Data classes as dictionaries, at any depth."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def percentiles(values: Sequence[float]) -> dict[str, float | None]:
    """``p50``, ``p95``, ``p99`` and ``max`` of some samples; None of none."""
    if not len(values):
        return dict.fromkeys([*(f"p{p}" for p in _PERCENTILES), "max"])
    told = {f"p{p}": float(np.percentile(values, p)) for p in _PERCENTILES}
    return {**told, "max": float(max(values))}


def _figure_json(figure: Figure) -> dict[str, Any]:
    told = {
        "name": figure.name,
        "value": figure.value,
        "unit": figure.unit,
        "baseline": figure.baseline,
        "limit": figure.limit,
        "target": figure.target,
        "reached": figure.reached,
        "note": figure.note,
    }
    return {key: plain_values(value) for key, value in told.items() if value not in (None, "")}


def write(reports: Sequence[Report], path: Path) -> None:
    """Write one report, or several under ``benches`` with all figures under ``ratios`` too.

    Raises:
        OSError: the file cannot be written.
    """
    made = [report.to_json() for report in reports]
    if len(made) == 1:
        told = made[0]
    else:
        ratios = {name: value for one in made for name, value in one["ratios"].items()}
        told = {"schema": SCHEMA, "bench": "all", "ratios": ratios, "benches": made}
    path.write_text(json.dumps(told, indent=2, allow_nan=False) + "\n")


def show(report: Report, console: Console) -> None:
    """Print the tables of a report."""
    title = f"{report.bench}: {in_words(report.machine)}"
    table = Table(title=title, title_justify="left")
    for heading in ("figure", "measured", "baseline", "limit", "to reach", ""):
        table.add_column(heading, justify="left" if heading in ("figure", "") else "right")
    for figure in report.figures:
        bound = "" if figure.target is None else f"{'≤' if figure.at_most else '≥'} "
        mark = {None: "", True: "[green]yes[/]", False: "[red]no[/]"}[figure.reached]
        table.add_row(
            figure.name.replace("_", " "),
            f"{number(figure.value)} {figure.unit}".strip(),
            number(figure.baseline),
            number(figure.limit),
            "" if figure.target is None else bound + number(figure.target),
            " ".join(filter(None, (mark, figure.note))),
        )
    console.print(table)
    if report.samples:
        spread = Table(title="percentiles", title_justify="left")
        for heading in ("", "samples", *(f"p{p}" for p in _PERCENTILES), "max", "unit"):
            spread.add_column(heading, justify="left" if not heading else "right")
        for name, (unit, values) in report.samples.items():
            told = percentiles(values)
            spread.add_row(
                name.replace("_", " "), str(len(values)), *map(number, told.values()), unit
            )
        console.print(spread)
    for note in report.notes:
        console.print(f"[yellow]note:[/] {note}", highlight=False, soft_wrap=True)


def number(value: float | None) -> str:
    """A value with three significant digits; whole from 1000 on; empty for None."""
    if value is None or not math.isfinite(value):
        return ""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"
