"""What a run found, as JSON and as tables in the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.evaluation.bench import Outcome, plain_values

SCHEMA = "hearsight.evaluation/1"
#: Rows of a class table that a terminal is shown; the report has them all.
_SHOWN = 30


def as_json(outcome: Outcome, command: Sequence[str]) -> dict[str, Any]:
    """The report: every figure, what it was measured on, and how to get it again."""
    report: dict[str, Any] = plain_values(
        {
            "schema": SCHEMA,
            "suite": outcome.suite,
            "command": list(command),
            "models": outcome.models,
            "split": outcome.split,
            "counts": outcome.counts,
            "metrics": outcome.metrics,
            "baseline": outcome.baseline,
            "chance": outcome.chance,
            "intervals": outcome.intervals,
            "paired": outcome.paired,
            "per_class": outcome.per_class,
            "ablations": outcome.ablations,
            "prompts": outcome.prompts,
            "settings": outcome.settings,
            "notes": outcome.notes,
        }
    )
    return report


def write(path: Path, report: Mapping[str, Any]) -> None:
    """Write the report at once. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(report, indent=2, allow_nan=False) + "\n", "utf-8")
    partial.replace(path)


def show(outcome: Outcome, console: Console) -> None:
    """Print the figures."""
    counts = ", ".join(f"{n} {what.replace('_', ' ')}" for what, n in outcome.counts.items() if n)
    console.print(f"[bold]{outcome.suite}[/], {outcome.split} part: {counts}", highlight=False)
    for sense, model in outcome.models.items():
        console.print(f"  {sense}: {model}", highlight=False, markup=False)
    console.print(_headline(outcome))
    # Rows of other columns stand in a table of their own.
    for _, alike in groupby(outcome.ablations, key=_headings):
        console.print(_rows("side by side", list(alike)))
    if outcome.paired:
        console.print(_rows("differences, with paired 95 % intervals", outcome.paired))
    if outcome.per_class:
        shown = list(outcome.per_class.items())
        rows = [{"class": name, **figures} for name, figures in shown[:_SHOWN]]
        console.print(_rows("by class", rows))
        if len(shown) > _SHOWN:
            console.print(f"… and {len(shown) - _SHOWN} more classes in the report")
    for note in outcome.notes:
        console.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)


def _headline(outcome: Outcome) -> Table:
    table = Table(title="figures", title_justify="left")
    for heading in ("sense", "figure", "value", "95 % interval", "plain zero-shot", "chance"):
        table.add_column(heading, justify="left" if heading in ("sense", "figure") else "right")
    for sense, figures in outcome.metrics.items():
        for name, value in figures.items():
            table.add_row(
                sense,
                name,
                f"[bold]{_number(value)}[/]",
                _number(outcome.intervals.get(sense, {}).get(name)),
                _number(outcome.baseline.get(sense, {}).get(name)),
                _number(outcome.chance.get(sense, {}).get(name)),
            )
    return table


def _headings(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row)


def _rows(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    table = Table(title=title, title_justify="left")
    for heading in headings:
        numeric = all(not isinstance(row.get(heading), str) for row in rows)
        table.add_column(heading.replace("_", " "), justify="right" if numeric else "left")
    for row in rows:
        table.add_row(*(_number(row.get(heading)) for heading in headings))
    return table


def _number(value: Any) -> str:
    value = plain_values(value)
    if value is None:
        return "-"
    if isinstance(value, list):
        return " … ".join(_number(v) for v in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)
