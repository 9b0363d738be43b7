"""The benchmarks, each as one function from its options to its report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.bench import decode as decoding
from pipeline.bench.beside import baseline as run_baseline
from pipeline.bench.beside import limit as find_limit
from pipeline.bench.films import Kind, film
from pipeline.bench.line import Load
from pipeline.bench.line import measure as run_line
from pipeline.bench.machine import describe
from pipeline.bench.report import Figure, Report
from pipeline.bench.scenario import Scenario

Say = Callable[[str], None]


def _silent(_text: str) -> None:
    pass


def decode(own: Path | None, command: Sequence[str], *, say: Say = _silent) -> Report:
    """Streams a core by each way to read them, of each kind of film."""
    report = Report("decode", describe(), command)
    films = {"own": own} if own is not None else {str(kind): film(kind) for kind in Kind}
    for kind, path in films.items():
        say(f"{kind}: {path.name}")
        costs = {way: decoding.measure(path, way) for way in decoding.ways()}
        every = costs["all"].streams_per_core
        for way, cost in costs.items():
            name = f"streams_per_core_{way}_{kind.replace('-', '_')}"
            figure = Figure(
                name,
                cost.streams_per_core,
                baseline=every if way in ("keyframes", "all_scaled") else None,
                limit=costs["demux"].streams_per_core if way != "sound" else None,
            )
            report.figures.append(figure)
            if way in ("keyframes", "all"):
                report.samples[f"{way}_{kind}"] = ("ms a picture", cost.each_ms)
        report.details[kind] = decoding.details(costs)
        rtsp = decoding.demux_rtsp(path, 20, 5.0)
        report.details[kind]["demux_rtsp"] = round(rtsp * 1e3, 3)
        name = f"streams_per_core_demux_rtsp_{kind.replace('-', '_')}"
        report.figures.append(Figure(name, 1 / rtsp, limit=costs["demux"].streams_per_core))
    report.notes.append("details are milliseconds of CPU time for a second of stream")
    return report


def line(
    scenarios: Sequence[Scenario],
    load: Load,
    command: Sequence[str],
    *,
    beside: bool = True,
    say: Say = _silent,
) -> Report:
    """Cameras a core in each scenario, beside the baseline loop and the limit."""
    report = Report("line", describe(), command)
    advantages = []
    for scenario in scenarios:
        measured = run_line(scenario, load, say=say)
        told = measured.to_json()
        base = lim = None
        if beside:
            say(f"{scenario.name}: the loop that people write")
            ran = run_baseline(scenario, min(4, load.cameras), min(load.seconds, 30.0), load.film)
            say(f"{scenario.name}: the parts alone")
            parts = find_limit(scenario, load.film)
            base, lim = ran.cameras_per_core, parts.cameras_per_core
            advantages.append(measured.cameras_per_core / base)
            told["baseline"], told["limit"] = ran, parts
        report.details[scenario.name] = told
        report.figures.append(
            Figure(
                scenario.figure,
                measured.cameras_per_core,
                baseline=base,
                limit=lim,
                target=scenario.target,
                note="" if measured.holds else f"real time not held ({measured.least:.2f})",
            )
        )
    if advantages:
        report.figures.insert(0, Figure("line_vs_baseline", min(advantages), target=10))
    first = report.details[scenarios[0].name]["start_to_first_embedding_s"]
    report.figures.append(Figure("start_to_first_embedding_s", first, "s", target=5, at_most=True))
    return report
