"""What a soak showed, as tables and as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.bench.machine import in_words
from pipeline.bench.report import number
from pipeline.evaluation.bench import plain_values
from pipeline.soak.samples import Sample
from pipeline.soak.verdict import REDIS, Judgement, Outcome, Verdict, Watched

_COLOURS = {Outcome.HOLDS: "green", Outcome.BROKEN: "red", Outcome.NOT_SHOWN: "yellow"}


def show(made: Judgement, console: Console) -> None:
    """Print what came of it."""
    soak = made.soak
    lasted = soak.samples[-1].at_s if soak.samples else 0.0
    title = (
        f"soak: {len(soak.begun.cameras)} cameras, {lasted / 3600:.2f} h, of which "
        f"{min(made.warm_up_s, lasted) / 3600:.2f} h are warm-up; {in_words(soak.begun.machine)}"
    )
    table = Table(title=title, title_justify="left")
    for heading in ("quantity", "first", "last", "growth a day", "95 % interval", "promise", ""):
        table.add_column(heading, justify="left" if heading in ("quantity", "") else "right")
    for verdict in made.verdicts:
        table.add_row(verdict.quantity, *_cells(verdict), _promise(verdict), _said(verdict.outcome))
    table.add_row(*_alerts(made))
    console.print(table)
    each = Table(title="memory of each process of its own (nothing is promised of one alone)")
    for heading in ("process", "first", "last", "growth a day", "95 % interval", "judged"):
        each.add_column(heading, justify="left" if heading == "process" else "right")
    for verdict in made.processes:
        watched = made.watched[verdict.quantity]
        judged = f"{watched.seconds / 60:.0f} min, {len(watched.judged)} of {watched.lives} lives"
        each.add_row(verdict.quantity, *_cells(verdict), judged)
    console.print(each)
    for note in notes(made):
        console.print(f"[yellow]note:[/] {note}", highlight=False, soft_wrap=True)


def _cells(verdict: Verdict) -> tuple[str, str, str, str]:
    line = verdict.slope
    if line is None:
        return ("", "", "too short", "")
    unit = f" {verdict.unit}" if verdict.unit else ""
    return (
        f"{number(line.first)}{unit}",
        f"{number(line.last)}{unit}",
        f"{_signed(line.per_day)}{unit}",
        f"{_signed(line.low)} to {_signed(line.high)}",
    )


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{number(value)}"


def _promise(verdict: Verdict) -> str:
    if verdict.at_most is None:
        return ""
    return f"≤ {number(verdict.at_most)} {verdict.unit}".strip() if verdict.at_most else "none"


def _said(outcome: Outcome | None) -> str:
    return "" if outcome is None else f"[{_COLOURS[outcome]}]{outcome}[/]"


def _alerts(made: Judgement) -> tuple[str, ...]:
    told = made.delivery
    seen = f"{told.arrived} of {told.accepted} in Redis"
    return ("alerts lost", "", "", str(len(told.lost)), seen, "0", _said(told.outcome))


def notes(made: Judgement) -> Iterator[str]:
    """What the reader must know, a sentence each."""
    soak, told = made.soak, made.delivery
    if soak.ended is None:
        yield "it has not ended, or was killed: this is what it shows so far"
    elif soak.ended.reason != "over":
        yield f"it ended before its time: {soak.ended.reason}"
    if any(verdict.outcome is Outcome.NOT_SHOWN for verdict in made.verdicts):
        yield (
            "not shown: the interval is too wide, or lies on both sides of the promise; a longer "
            "run narrows it"
        )
    short = [one.quantity for one in made.processes if one.slope is None and one.quantity != REDIS]
    if short:
        yield (
            f"{', '.join(short)} settled for too short a time to be judged, and so nothing is said "
            "of the sum: a line takes five stretches of five minutes, in more lives more"
        )
    yield from _unwatched(made)
    yield "what is told of all leaves out Redis: its streams grow to their caps"
    if made.disturbed:
        kinds = ", ".join(f"{count} x {kind}" for kind, count in sorted(made.disturbed.items()))
        yield f"disturbed by {kinds}"
    if told.pending or told.repeated or told.damaged:
        yield (
            f"{told.pending} revisions had no time to arrive yet, {told.repeated} stand in the "
            f"stream more than once (readers show them once), {told.damaged} entries are no alert"
        )


def _unwatched(made: Judgement) -> Iterator[str]:
    """Of each process that was replaced, how much of it nobody judged."""
    replaced = {name: told for name, told in made.watched.items() if told.lives > 1}
    if not replaced:
        return
    left = max(0.0, made.soak.samples[-1].at_s - made.warm_up_s) / 60
    told = ", ".join(
        f"{name} {one.seconds / 60:.0f} (no life was watched past {one.oldest_s / 60:.0f})"
        for name, one in replaced.items()
    )
    yield (
        f"a successor settles for {made.warm_up_s / 60:.0f} min, as the first one did; of the "
        f"{left:.0f} min after the warm-up were judged, in minutes: {told}"
    )


def write(made: Judgement, path: Path) -> None:
    """Write all of it as JSON.

    Raises:
        OSError: the file cannot be written.
    """
    path.write_text(json.dumps(to_json(made), indent=2, allow_nan=False) + "\n")


def to_json(made: Judgement) -> dict[str, Any]:
    """As plain values. Growth is in a day, memory in MB, latency in seconds."""
    soak, told = made.soak, made.delivery
    last = soak.samples[-1] if soak.samples else None
    return {
        "schema": "hearsight.soak.report/1",
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(soak.begun.at)),
        "command": soak.begun.command,
        "machine": soak.begun.machine,
        "cameras": len(soak.begun.cameras),
        "seconds": last.at_s if last else 0.0,
        "warm_up_s": made.warm_up_s,
        "samples": len(soak.samples),
        "ended": soak.ended.reason if soak.ended else None,
        "broken": made.broken,
        "verdicts": [_plain(verdict) for verdict in made.verdicts],
        "processes": [
            _plain(verdict) | {"watched": _watched(made.watched[verdict.quantity])}
            for verdict in made.processes
        ],
        "alerts": {
            "accepted": told.accepted,
            "arrived": told.arrived,
            "lost": [[one.id, one.revision] for one in told.lost],
            "pending": told.pending,
            "repeated": told.repeated,
            "damaged": told.damaged,
            "outcome": str(told.outcome),
        },
        "disturbances": made.disturbed,
        "counted": _counted(last),
        "cores_used": _cores(soak.samples),
        "notes": list(notes(made)),
    }


def _plain(verdict: Verdict) -> dict[str, Any]:
    told = {
        "quantity": verdict.quantity,
        "unit": verdict.unit,
        "at_most": verdict.at_most,
        "outcome": None if verdict.outcome is None else str(verdict.outcome),
        "growth": None if verdict.slope is None else asdict(verdict.slope),
    }
    made: dict[str, Any] = plain_values(told)
    return made


def _watched(told: Watched) -> dict[str, Any]:
    return {
        "judged_s": told.seconds,
        "judged": [list(span) for span in told.judged],
        "lives": told.lives,
        "oldest_s": told.oldest_s,
    }


def _counted(last: Sample | None) -> dict[str, float]:
    if last is None:
        return {}
    return {"reconnects": last.reconnects, "restarts": last.restarts, "drops": last.drops}


def _cores(samples: tuple[Sample, ...]) -> float:
    """CPU time of the site's processes over wall time, between samples of the same processes."""
    used = spent = 0.0
    for before, after in pairwise(samples):
        old = {process.pid: process.cpu_s for process in before.processes}
        used += sum(p.cpu_s - old[p.pid] for p in after.processes if p.pid in old)
        spent += after.at_s - before.at_s
    return round(used / spent, 3) if spent else 0.0
