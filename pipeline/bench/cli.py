"""The command ``hearsight bench``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.terminal import console, end_in_order, fail, named_errors

if TYPE_CHECKING:
    from pipeline.bench.report import Report
    from pipeline.bench.scenario import Scenario

bench = typer.Typer(
    no_args_is_help=True,
    help="Measure this machine: the line beside the loop people write, and beside the limit.",
)

ReportOption = Annotated[Path | None, typer.Option(help="write the figures here, as JSON")]
PlotOption = Annotated[Path | None, typer.Option(help="draw them here, as PNG")]
FilmOption = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="a clip of your own in place of the films"),
]
SecondsOption = Annotated[float, typer.Option(min=1, help="how long is measured")]
_MOST_CAMERAS = 400
CamerasOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=_MOST_CAMERAS,
        help="simulated cameras; default: 30 a core if most are still, else 10",
    ),
]
ModelsOption = Annotated[
    str, typer.Option(metavar="embedded|SITE.yaml", help="the models of this site file")
]
WorkerOption = Annotated[int, typer.Option(min=1, max=32, help="cameras that share a process")]


@bench.command()
def decode(film: FilmOption = None, report: ReportOption = None, plot: PlotOption = None) -> None:
    """What a second of stream costs to demultiplex and to decode, way by way."""
    from pipeline.bench.benches import decode as run

    _run(lambda: [run(film, _command(), say=_say)], report, plot)


@bench.command()
def line(
    scenario: Annotated[
        list[str] | None, typer.Option(help="mostly-still, keyframes, each-second; default: all")
    ] = None,
    cameras: CamerasOption = None,
    seconds: SecondsOption = 60.0,
    models: ModelsOption = "embedded",
    per_worker: WorkerOption = 16,
    baseline: Annotated[
        bool, typer.Option(help="measure the loop that people write and the limit, too")
    ] = True,
    film: FilmOption = None,
    report: ReportOption = None,
    plot: PlotOption = None,
) -> None:
    """The whole way, from simulated RTSP cameras to Redis."""
    from pipeline.bench.benches import line as run
    from pipeline.bench.line import Load
    from pipeline.bench.scenario import SCENARIOS

    names = scenario or list(SCENARIOS)
    for name in names:
        if name not in SCENARIOS:
            fail(f"--scenario {name}: choose among {', '.join(SCENARIOS)}", status=2)
    loads = [
        (
            one,
            Load(
                _cameras_of(one, cameras), seconds, models=models, per_worker=per_worker, film=film
            ),
        )
        for one in (SCENARIOS[name] for name in names)
    ]
    _run(lambda: [run(loads, _command(), beside=baseline, say=_say)], report, plot)


@bench.command()
def scale(
    count: Annotated[
        list[int] | None, typer.Option(min=2, max=400, help="cameras; default: 10, 50, 100, 200")
    ] = None,
    scenario: Annotated[
        str, typer.Option(help="mostly-still; idle: nothing moves; silent: nor is it heard")
    ] = "mostly-still",
    seconds: SecondsOption = 30.0,
    models: ModelsOption = "embedded",
    per_worker: WorkerOption = 16,
    report: ReportOption = None,
    plot: PlotOption = None,
) -> None:
    """Cost and memory of a camera, from few cameras to many."""
    from pipeline.bench.benches import scale as run
    from pipeline.bench.line import Load
    from pipeline.bench.scale import COUNTS, SCALED

    if scenario not in SCALED:
        fail(f"--scenario {scenario}: choose among {', '.join(SCALED)}", status=2)
    counts = sorted(set(count or COUNTS))
    if len(counts) < 2:
        fail("--count: give two numbers of cameras or more", status=2)
    load = Load(counts[0], seconds, models=models, per_worker=per_worker)
    chosen = SCALED[scenario]
    _run(lambda: [run(load, counts, _command(), scenario=chosen, say=_say)], report, plot)


@bench.command()
def encode(
    seconds: SecondsOption = 10.0,
    clips: Annotated[
        int | None,
        typer.Option(min=0, max=64, help="clips at once; default: two a core with CUDA, else none"),
    ] = None,
    film: FilmOption = None,
    report: ReportOption = None,
    plot: PlotOption = None,
) -> None:
    """Encoders in the line beside ready tensors; needs no network and no Redis."""
    from pipeline.bench.encode_bench import run

    _run(lambda: [run(_command(), seconds=seconds, clips=clips, own=film, say=_say)], report, plot)


@bench.command()
def delivery(
    alerts: Annotated[int, typer.Option(min=10, max=100_000)] = 1000,
    report: ReportOption = None,
    plot: PlotOption = None,
) -> None:
    """From a closed window to the acknowledged XADD."""
    from pipeline.bench.benches import delivery as run

    _run(lambda: [run(alerts, _command(), say=_say)], report, plot)


@bench.command()
def latency(
    load: Annotated[float, typer.Option(min=0.05, max=1, help="of all cores")] = 0.8,
    seconds: SecondsOption = 180.0,
    cameras: Annotated[
        int | None, typer.Option(min=1, max=200, help="that make work; default: what --load takes")
    ] = None,
    models: ModelsOption = "embedded",
    report: ReportOption = None,
    plot: PlotOption = None,
) -> None:
    """From a frame's arrival to the alert read back from Redis, on a busy machine."""
    from pipeline.bench.benches import latency as run

    _run(lambda: [run(load, seconds, cameras, models, _command(), say=_say)], report, plot)


@bench.command("all")
def everything(
    cameras: CamerasOption = None,
    seconds: SecondsOption = 60.0,
    models: ModelsOption = "embedded",
    per_worker: WorkerOption = 16,
    report: ReportOption = None,
    plot: PlotOption = None,
) -> None:
    """All of them, one after the other (three quarters of an hour)."""
    from pipeline.bench import benches
    from pipeline.bench.encode_bench import run as run_encode
    from pipeline.bench.line import Load
    from pipeline.bench.scale import COUNTS
    from pipeline.bench.scenario import SCENARIOS

    loads = [
        (one, Load(_cameras_of(one, cameras), seconds, models=models, per_worker=per_worker))
        for one in SCENARIOS.values()
    ]
    command = _command()

    def run() -> Iterator[Report]:
        yield benches.decode(None, command, say=_say)
        yield run_encode(command, say=_say)
        yield benches.delivery(1000, command, say=_say)
        yield benches.line(loads, command, say=_say)
        yield benches.scale(loads[0][1], COUNTS, command, say=_say)
        yield benches.latency(0.8, 180.0, None, models, command, say=_say)

    _run(run, report, plot)


@bench.command()
def page(
    reports: Annotated[list[Path], typer.Argument(metavar="REPORT.json", help="from --report")],
) -> None:
    """Print tables of reports in Markdown, as deploy/performance.md keeps them."""
    from pipeline.bench.errors import BenchError
    from pipeline.bench.page import tables

    with named_errors(BenchError, OSError):
        sys.stdout.write(tables(reports))


def _cameras_of(scenario: Scenario, asked: int | None) -> int:
    return asked or min(_MOST_CAMERAS, scenario.per_core * (os.cpu_count() or 1))


def _say(text: str) -> None:
    console.print(f"[dim]{text}[/]", highlight=False)


def _command() -> list[str]:
    return ["hearsight", *sys.argv[1:]]


def _run(run: Callable[[], Iterable[Report]], report: Path | None, plot: Path | None) -> None:
    """Run benchmarks, show each as it ends, and write what is wanted."""
    from pipeline.bench.errors import BenchError
    from pipeline.bench.plot import draw, require
    from pipeline.bench.report import show, write
    from pipeline.encoders.base import EncoderError
    from pipeline.simulate import MediaError
    from sinks.redis_binary import EmbeddedRedisError, NoRedisServer

    # The line that is measured would outlive the benchmark.
    end_in_order()
    kinds = (BenchError, EncoderError, MediaError, EmbeddedRedisError, NoRedisServer, OSError)
    with named_errors(*kinds):
        if plot is not None:
            require()
        done: list[Report] = []
        for one in run():
            show(one, console)
            done.append(one)
            if report is not None:
                # With each: what breaks off later takes nothing along.
                write(done, report)
        if report is not None:
            console.print(f"report: {report}", highlight=False, soft_wrap=True)
        if plot is not None:
            draw(done, plot)
            console.print(f"plot: {plot}", highlight=False, soft_wrap=True)
