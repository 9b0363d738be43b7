"""``hearsight rehearse``: what it asks, what it writes."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from pipeline.config import Site
from pipeline.rehearse.outcome import Rehearsal, RehearsalError
from pipeline.rehearse.page import page
from pipeline.rehearse.rehearse import Listener, Request, rehearse
from pipeline.rehearse.report import as_json, in_order, render


@dataclass(frozen=True, slots=True)
class Output:
    """Where a rehearsal is written, beside the terminal."""

    report: Path | None = None
    page: Path | None = None
    pictures: Path | None = None


def moment_of(text: str | None, site: Site, option: str) -> float | None:
    """Wall clock, seconds since the epoch, of a time as people write it; None for none.

    Raises:
        RehearsalError: it is no time.
    """
    if text is None:
        return None
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise RehearsalError(
            f"{option} {text!r} is no time: write 2026-01-31, or 2026-01-31T18:30"
        ) from None
    if told.tzinfo is None:
        told = told.replace(tzinfo=ZoneInfo(site.timezone))
    return told.timestamp()


def request_of(
    site: Site,
    over: Sequence[Path],
    rules: Sequence[str],
    cameras: Sequence[str],
    begin: str | None,
    end: str | None,
    days: float | None,
) -> Request:
    """What the command line asks for.

    Raises:
        RehearsalError: it contradicts itself or cannot be read.
    """
    if days is not None and (begin is not None or end is not None):
        raise RehearsalError("give --days, or --from and --to, not both")
    first, last = moment_of(begin, site, "--from"), moment_of(end, site, "--to")
    return Request(
        over=tuple(over),
        rules=tuple(rules),
        cameras=tuple(cameras),
        begin=-math.inf if first is None else first,
        end=math.inf if last is None else last,
        days=days,
    )


def run(site: Site, request: Request, output: Output, console: Console) -> Rehearsal:
    """Rehearse, show what was found, and write what is asked for.

    Raises:
        RehearsalError, EncoderError, SourceError: see `rehearse`.
        OSError: something could not be written.
    """
    columns = (TextColumn("{task.description}"), BarColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        found = rehearse(site, request, _Shown(progress))
    pictures: dict[str, Path] = {}
    if output.pictures is not None:
        pictures = write_pictures(found, output.pictures)
    console.print(render(found, pictures))
    if output.report is not None:
        output.report.write_text(json.dumps(as_json(found, pictures), indent=2) + "\n", "utf-8")
    if output.page is not None:
        output.page.write_text(page(found), "utf-8")
    for what, path in (("report", output.report), ("page", output.page)):
        if path is not None:
            console.print(f"[dim]{what}:[/] {path}", highlight=False, soft_wrap=True)
    return found


def write_pictures(rehearsal: Rehearsal, folder: Path) -> dict[str, Path]:
    """Write the picture of each alert that has one as ``<id>.jpg``; return where, by id."""
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, Path] = {}
    for _, alert in in_order(rehearsal):
        if alert.picture is not None:
            written[alert.id] = folder / f"{alert.id}.jpg"
            written[alert.id].write_bytes(alert.picture.jpeg)
    return written


class _Shown(Listener):
    """Shows how far a rehearsal is."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def stage(self, text: str) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(text, total=None)

    def reached(self, part: float) -> None:
        if self._task is not None:
            self._progress.update(self._task, total=1.0, completed=part)
