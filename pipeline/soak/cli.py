"""The command ``hearsight soak``."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from pipeline.terminal import console, fail, named_errors


def soak(
    hours: Annotated[float, typer.Option(min=0.005, help="how long")] = 2.0,
    cameras: Annotated[int, typer.Option(min=1, max=100, help="simulated cameras")] = 4,
    warm_up: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="minutes of each process not judged; default: 60, at most a quarter of all",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="of what goes wrong when")] = 1,
    every: Annotated[float, typer.Option(min=1, help="seconds between two looks")] = 10.0,
    disturb: Annotated[
        float, typer.Option(min=5, help="mean seconds from one disturbance to the next")
    ] = 120.0,
    folder: Annotated[
        Path, typer.Option(help="where the site lives, and samples.jsonl grows; must be new")
    ] = Path("soak"),
    models: Annotated[
        str, typer.Option(metavar="embedded|SITE.yaml", help="the models of this site file")
    ] = "embedded",
    film: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="clips of your own in place of the films"),
    ] = None,
    judged: Annotated[
        Path | None,
        typer.Option("--from", help="run nothing; judge this samples.jsonl, finished or not"),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="write the outcome here, as JSON")] = None,
    plot: Annotated[Path | None, typer.Option(help="draw it here, as PNG")] = None,
) -> None:
    """Run a site for hours with cameras that fail now and then, and judge how it holds out.

    Memory, descriptors, threads and latency are watched from outside, and every alert is followed
    from the outbox to Redis. Exit status 1 if a promise is broken; what so short a run cannot show
    is said to be not shown.
    """
    from pipeline.bench.errors import BenchError
    from pipeline.bench.plot import require
    from pipeline.simulate import MediaError
    from pipeline.soak.errors import SoakError
    from pipeline.soak.report import show, write
    from pipeline.soak.run import Soaking, run
    from pipeline.soak.samples import read
    from pipeline.soak.verdict import judge
    from sinks.redis_binary import EmbeddedRedisError, NoRedisServer

    warm_up_s = None if warm_up is None else 60 * warm_up
    with named_errors(
        SoakError, BenchError, MediaError, EmbeddedRedisError, NoRedisServer, OSError
    ):
        if plot is not None:
            require()
        if judged is None:
            seconds = 3600 * hours
            if warm_up_s is not None and warm_up_s >= seconds:
                fail("--warm-up: nothing is left to be judged of so short a soak", status=2)
            wanted = Soaking(
                folder.absolute(),
                seconds,
                cameras,
                seed,
                min(3600.0, seconds / 4) if warm_up_s is None else warm_up_s,
                every,
                disturb,
                models,
                tuple(film or ()),
            )
            path = run(wanted, stop=_stopped(), say=_say)
        else:
            path = judged
        made = judge(read(path), warm_up_s)
        show(made, console)
        if report is not None:
            write(made, report)
            console.print(f"report: {report}", highlight=False, soft_wrap=True)
        if plot is not None:
            from pipeline.soak.plot import draw

            draw(made, plot)
            console.print(f"plot: {plot}", highlight=False, soft_wrap=True)
    raise typer.Exit(1 if made.broken else 0)


def _stopped() -> threading.Event:
    """Set by Ctrl-C or SIGTERM: what was seen until then is judged; a second one breaks off."""
    stop = threading.Event()

    def ask(*_: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask)
    return stop


def _say(text: str) -> None:
    console.print(f"[dim]{text}[/]", highlight=False)
