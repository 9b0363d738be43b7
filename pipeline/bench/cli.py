"""The command ``hearsight bench``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.terminal import console, fail, named_errors

if TYPE_CHECKING:
    from pipeline.bench.report import Report

bench = typer.Typer(
    no_args_is_help=True,
    help="Measure this machine: the line beside the loop people write, and beside the limit.",
)

ReportOption = Annotated[Path | None, typer.Option(help="write the figures here, as JSON")]
PlotOption = Annotated[Path | None, typer.Option(help="draw them here, as PNG")]
FilmOption = Annotated[Path | None, typer.Option(help="a clip of your own in place of the films")]
SecondsOption = Annotated[float, typer.Option(min=5, help="how long is measured")]


@bench.command()
def decode(film: FilmOption = None, report: ReportOption = None, plot: PlotOption = None) -> None:
    """What a second of stream costs to demultiplex and to decode, way by way."""
    from pipeline.bench.benches import decode as run
    from pipeline.bench.errors import BenchError

    with named_errors(BenchError, OSError):
        _tell([run(film, _command(), say=_say)], report, plot)


@bench.command()
def line(
    scenario: Annotated[
        list[str] | None, typer.Option(help="mostly-still, keyframes, each-second; default: all")
    ] = None,
    cameras: Annotated[int, typer.Option(min=1, max=400)] = 20,
    seconds: SecondsOption = 60.0,
    models: Annotated[str, typer.Option(metavar="embedded|SITE.yaml")] = "embedded",
    per_worker: Annotated[int, typer.Option(min=1, max=32)] = 16,
    baseline: Annotated[bool, typer.Option(help="measure the loop people write, too")] = True,
    film: FilmOption = None,
    report: ReportOption = None,
    plot: PlotOption = None,
) -> None:
    """The whole way, from simulated RTSP cameras to Redis."""
    from pipeline.bench.benches import line as run
    from pipeline.bench.errors import BenchError
    from pipeline.bench.line import Load
    from pipeline.bench.scenario import SCENARIOS

    names = scenario or list(SCENARIOS)
    for name in names:
        if name not in SCENARIOS:
            fail(f"--scenario {name}: choose among {', '.join(SCENARIOS)}", status=2)
    load = Load(cameras, seconds, models=models, per_worker=per_worker, film=film)
    with named_errors(BenchError, OSError):
        chosen = [SCENARIOS[name] for name in names]
        _tell([run(chosen, load, _command(), beside=baseline, say=_say)], report, plot)


def _say(text: str) -> None:
    console.print(f"[dim]{text}[/]", highlight=False)


def _command() -> list[str]:
    return ["hearsight", *sys.argv[1:]]


def _tell(reports: Sequence[Report], report: Path | None, plot: Path | None) -> None:
    from pipeline.bench.report import show, write

    for one in reports:
        show(one, console)
    if report is not None:
        write(reports, report)
        console.print(f"report: {report}", highlight=False, soft_wrap=True)
    if plot is not None:
        from pipeline.bench.plot import draw

        draw(reports, plot)
        console.print(f"plot: {plot}", highlight=False, soft_wrap=True)
