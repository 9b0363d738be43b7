"""The body of ``hearsight evaluate``."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from pipeline.evaluation.bench import Bench, Models, Request
from pipeline.evaluation.bootstrap import RESAMPLES, SEED
from pipeline.evaluation.errors import EvaluationError
from pipeline.evaluation.models import models_named
from pipeline.evaluation.report import as_json, show, write
from pipeline.evaluation.suites import SUITES
from pipeline.evaluation.tracks import TrackStore


@dataclass(frozen=True, slots=True)
class Output:
    """Where a run's figures go, besides the terminal."""

    report: Path | None = None
    plots: Path | None = None
    #: Where embeddings are kept; None: the user's cache folder.
    cache: Path | None = None


def evaluate(
    suite: str,
    request: Request,
    output: Output,
    *,
    command: Sequence[str],
    console: Console,
    models: Models | str = "embedded",
    resamples: int = RESAMPLES,
) -> dict[str, Any]:
    """Run a suite; show, write and return its report.

    Args:
        suite: its name.
        request: the data and the part of it.
        output: where the figures go.
        command: the command line, which stands in the report.
        console: where tables and progress are shown.
        models: ``embedded``, the path of a site file, or a pair that is open.
        resamples: how often clips are drawn for the intervals.

    Raises:
        EvaluationError: one of its kinds, saying what to do.
        EncoderError, SiteFileError: the models cannot be used.
    """
    if suite not in SUITES:
        raise EvaluationError(f"there is no suite {suite}: choose one of {', '.join(SUITES)}")
    if output.plots is not None:
        from pipeline.evaluation.plots import require

        require()
    cache = output.cache or user_cache_path("hearsight")
    bench = Bench(
        models=models_named(models, cache) if isinstance(models, str) else models,
        store=TrackStore(cache / "evaluation"),
        resamples=resamples,
        progress=lambda items, step: _watched(items, step, console),
    )
    began = time.monotonic()
    outcome = SUITES[suite].run(request, bench)
    outcome.settings["seconds"] = round(time.monotonic() - began, 1)
    outcome.settings |= {"resamples": resamples, "resampling_seed": SEED}
    outcome.settings["embedded_anew"] = bench.store.made
    outcome.notes += [f"left out: {reason}" for reason in bench.unreadable.values()]
    report = as_json(outcome, command)
    show(outcome, console)
    if output.report is not None:
        write(output.report, report)
        console.print(f"report: {output.report}", highlight=False, soft_wrap=True)
    if output.plots is not None:
        from pipeline.evaluation.plots import draw

        for path in draw(outcome, output.plots):
            console.print(f"plot: {path}", highlight=False, soft_wrap=True)
    return report


def request_of(
    data: Path | None, split: str, normal: Sequence[str], prompts: Sequence[str]
) -> Request:
    """What the command line asks for. Raises EvaluationError."""
    if data is None:
        raise EvaluationError("say where the data set is: --data FOLDER")
    if split not in ("test", "train", "all"):
        raise EvaluationError(f"--split {split}: write test, train or all")
    by_label: dict[str, tuple[str, ...]] = {}
    for given in prompts:
        label, equals, text = given.partition("=")
        if not equals or not text.strip():
            raise EvaluationError(f"--prompt {given}: write LABEL=TEXT")
        by_label[label] = (*by_label.get(label, ()), text.strip())
    return Request(data, split, tuple(normal), by_label)  # type: ignore[arg-type]


def list_suites() -> Table:
    """The suites, for a terminal."""
    table = Table()
    for heading in ("suite", "measures"):
        table.add_column(heading)
    for name, suite in SUITES.items():
        table.add_row(name, suite.summary)
    return table


def _watched(items: Sequence[Any], step: str, console: Console) -> Iterator[Any]:
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with progress:
        yield from progress.track(items, description=step)
