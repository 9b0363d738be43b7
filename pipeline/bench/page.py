"""Reports as tables in Markdown: one for each machine, with commands and dates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.bench.errors import BenchError
from pipeline.bench.machine import in_words
from pipeline.bench.report import SCHEMA, number

_HEAD = ("figure", "measured", "baseline", "limit", "to reach", "")


def tables(paths: Sequence[Path]) -> str:
    """The figures of reports, by machine.

    Raises:
        BenchError: a file is no report of ``hearsight bench``.
        OSError: it cannot be read.
    """
    by_machine: dict[str, list[dict[str, Any]]] = {}
    for path in paths:
        for report in _benches(path):
            by_machine.setdefault(in_words(report["machine"]), []).append(report)
    parts = []
    for machine, reports in by_machine.items():
        parts += [f"## {machine}", ""]
        for report in reports:
            parts += [*_table(report), ""]
    return "\n".join(parts)


def _benches(path: Path) -> list[dict[str, Any]]:
    try:
        told = json.loads(path.read_text())
    except ValueError as error:
        raise BenchError(f"{path}: no JSON ({error})") from error
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        raise BenchError(f"{path}: no report of hearsight bench; they are written by --report")
    benches: list[dict[str, Any]] = told.get("benches", [told])
    return benches


def _table(report: dict[str, Any]) -> list[str]:
    versions = report["machine"]["versions"]
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    load = report["machine"].get("load")
    told += "" if load is None else f"; the machine's load was {load}"
    lines = [
        f"**{report['bench']}**, {report['at'][:10]}, `{' '.join(report['command'])}` ({told})",
        "",
        "| " + " | ".join(_HEAD) + " |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for figure in report["figures"]:
        reached = {True: "reached", False: "not reached", None: ""}[figure.get("reached")]
        cells = (
            f"`{figure['name']}`",
            f"{number(figure['value'])} {figure.get('unit', '')}".strip(),
            number(figure.get("baseline")),
            number(figure.get("limit")),
            number(figure.get("target")),
            ", ".join(filter(None, (reached, figure.get("note", "")))),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return lines
