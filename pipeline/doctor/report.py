"""Findings as people and as programs read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.doctor.findings import Finding, Level, worst

SCHEMA = "hearsight.doctor/1"
_SIGNS = {
    Level.OK: ("ok", "green"),
    Level.SKIPPED: ("-", "dim"),
    Level.WARNING: ("warning", "yellow"),
    Level.FAILURE: ("FAILURE", "bold red"),
}
_NOUNS = {
    Level.FAILURE: ("failure", "failures"),
    Level.WARNING: ("warning", "warnings"),
    Level.SKIPPED: ("not looked at", "not looked at"),
    Level.OK: ("ok", "ok"),
}


def exit_status(findings: Sequence[Finding]) -> int:
    """0 where the site works, though warnings may stand; 1 where something fails."""
    return 1 if worst(findings) is Level.FAILURE else 0


def as_json(findings: Sequence[Finding], *, site: str, version: str, at: float) -> str:
    """One JSON object.

    Args:
        findings: in the order they are shown.
        site: its name; empty where the file cannot be read.
        version: of the program.
        at: wall clock, seconds since the epoch.
    """
    told = {
        "schema": SCHEMA,
        "version": version,
        "site": site,
        "at": at,
        "worst": worst(findings),
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(told, indent=2)


def as_table(findings: Sequence[Finding]) -> RenderableType:
    """A table for a terminal, one part per area; no text of a finding is markup."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    area = None
    for finding in findings:
        if finding.area != area:
            area = finding.area
            table.add_row("", Text(area, style="bold"), "")
        sign, style = _SIGNS[finding.level]
        told = Text(finding.told)
        if finding.advice:
            told.append(f"\n-> {finding.advice}", style="cyan")
        table.add_row(Text(sign, style=style), Text(f"  {finding.check}"), told)
    return Group(table, Text(), _sum(findings))


def _sum(findings: Sequence[Finding]) -> Text:
    parts = []
    for level, (one, several) in _NOUNS.items():
        count = sum(finding.level is level for finding in findings)
        if count:
            parts.append(f"{count} {one if count == 1 else several}")
    return Text(", ".join(parts), style=_SIGNS[worst(findings)][1])
