"""The benchmarks of `hearsight bench`, each as one function from its options to its report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipeline.bench import decode as decoding
from pipeline.bench import delivery as delivering
from pipeline.bench import latency as lateness
from pipeline.bench import scale as scaling
from pipeline.bench.beside import baselines, mixed
from pipeline.bench.beside import limit as find_limit
from pipeline.bench.films import Kind, film
from pipeline.bench.line import Load
from pipeline.bench.line import measure as run_line
from pipeline.bench.machine import describe
from pipeline.bench.report import Figure, Report, percentiles
from pipeline.bench.running import models_of
from pipeline.bench.scenario import IDLE, SCENARIOS, Scenario

Say = Callable[[str], None]
#: Something that passes now and then changes little of what a film costs.
_DECODED = (Kind.MOVING, Kind.STILL, Kind.STILL_CBR)
#: The baseline loop watches so many cameras: it holds real time then, so that it misses no sample.
_BASELINE_CAMERAS, _BASELINE_S = 3, 30.0


def _silent(_text: str) -> None:
    pass


def decode(own: Path | None, command: Sequence[str], *, say: Say = _silent) -> Report:
    """Streams a core by each way to read them, of each kind of film."""
    report = Report("decode", describe(), command)
    films = {"own": own} if own is not None else {str(kind): film(kind) for kind in _DECODED}
    for kind, path in films.items():
        say(f"{kind}: {path.name}")
        costs = {way: decoding.measure(path, way) for way in decoding.ways()}
        every, demux = costs["all"].streams_per_core, costs["demux"].streams_per_core
        suffix = kind.replace("-", "_")
        for way, cost in costs.items():
            report.figures.append(
                Figure(
                    f"streams_per_core_{way}_{suffix}",
                    cost.streams_per_core,
                    baseline=every if way in ("keyframes", "all_scaled") else None,
                    limit=demux if way not in ("demux", "sound") else None,
                )
            )
            if way in ("keyframes", "all"):
                report.samples[f"{way}_{suffix}"] = ("ms a picture", cost.each_ms)
        pulled = decoding.demux_rtsp(path, 20, 5.0)
        name = f"streams_per_core_demux_rtsp_{suffix}"
        report.figures.append(Figure(name, 1 / pulled, limit=demux))
        told = decoding.details(costs) | {"demux_rtsp": round(pulled * 1e3, 3)}
        report.details[kind] = {"ms_per_stream_s": told}
    report.notes.append(
        "baseline: every picture decoded; limit: demultiplexing alone; CPU time of one core"
    )
    return report


def line(
    loads: Sequence[tuple[Scenario, Load]],
    command: Sequence[str],
    *,
    beside: bool = True,
    say: Say = _silent,
) -> Report:
    """Cameras a core in each scenario, beside the baseline loop and the limit."""
    for _, load in loads:
        models_of(load.models)  # before films are made
    report = Report("line", describe(), command)
    over: dict[str, tuple[float, float]] = {}
    for scenario, load in loads:
        measured = run_line(scenario, load, say=say)
        told = report.details[scenario.name] = measured.to_json()
        base = lim = None
        if beside:
            loop, grabbing = _loops(report, scenario, load, say)
            say(f"{scenario.name}: the parts alone")
            parts = told["limit"] = find_limit(scenario, load.film)
            base, lim = loop, parts.cameras_per_core
            mine = measured.cameras_per_core
            over[scenario.name] = mine / loop, mine / grabbing
        note = f"{load.cameras} cameras"
        if not measured.holds:
            note += "; " + _why_not(told)
        report.figures.append(
            Figure(
                scenario.figure,
                measured.cameras_per_core,
                "",
                base,
                lim,
                scenario.target,
                note=note,
            )
        )
        # The last one's: its caches are warm.
        report.details["start_to_first_embedding_s"] = measured.start_to_first_embedding_s
    if over:
        # Of the ordinary site, where it was measured: most scenes are still.
        name = "mostly-still" if "mostly-still" in over else next(iter(over))
        loop, grabbing = over[name]
        sparing = f"{name}; a loop that converts its samples alone"
        report.figures[:0] = [
            Figure("line_vs_baseline", loop, target=10, note=name),
            Figure("line_vs_grabbing_baseline", grabbing, note=sparing),
        ]
        report.details["line_vs_baselines"] = over
    first = report.details["start_to_first_embedding_s"]
    report.figures.append(Figure("start_to_first_embedding_s", first, "s", target=5, at_most=True))
    report.notes.append(
        "cameras a core: stream-seconds over CPU seconds of all our processes; Redis and the "
        "simulated cameras apart"
    )
    return report


def _loops(report: Report, scenario: Scenario, load: Load, say: Say) -> tuple[float, float]:
    """Cameras a core of the loop that people write, and of one that converts its samples alone."""
    say(f"{scenario.name}: the loop that people write")
    count = min(_BASELINE_CAMERAS, load.cameras)
    kinds = {
        name: baselines(scenario, count, _BASELINE_S, load.film, grab=grab)
        for name, grab in (("baseline", False), ("grabbing_baseline", True))
    }
    report.details[scenario.name] |= kinds
    if (kept := min(run.real_time for ran in kinds.values() for run in ran)) < 0.9:
        report.notes.append(f"{scenario.name}: the baseline loop kept {kept:.0%} of real time")
    return mixed(scenario, kinds["baseline"]), mixed(scenario, kinds["grabbing_baseline"])


def _why_not(told: dict[str, Any]) -> str:
    dropped = sum(told["drops"].values())
    return f"real time not held: least {told['real_time']['least']:.2f}, {dropped:.0f} dropped"


def scale(
    load: Load,
    counts: Sequence[int],
    command: Sequence[str],
    *,
    scenario: Scenario = SCENARIOS["mostly-still"],
    say: Say = _silent,
) -> Report:
    """Cost of a camera, from few to many, and memory of an idle one."""
    models_of(load.models)
    report = Report("scale", describe(), command)
    runs = scaling.run(load, counts, scenario=scenario, say=say)
    idle = runs[:2]
    if scenario.moving:
        idle = scaling.run(load, counts[:2], scenario=IDLE, say=say)
    fixed, each = scaling.fixed_cost(runs)
    ring = scaling.ring_bytes()
    memory = (scaling.memory_per_camera(idle) - ring) / 1e6
    few, many = min(counts), max(counts)
    ratio = scaling.cost_ratio(runs)
    report.figures += [
        Figure(f"cost_{few}_to_{many}", ratio, target=1.1, at_most=True, note="1: constant"),
        Figure("memory_per_idle_camera_mb", memory, "MB", target=25, at_most=True),
        Figure("fixed_cost_cores", fixed, "cores"),
        Figure("cost_per_camera_ms", each * 1e3, "ms a s"),
    ]
    report.details = {"scenario": scenario.name, "runs": [run.to_json() for run in runs]}
    report.details |= {"idle": [run.to_json() for run in idle], "ring_mb": ring / 1e6}
    if not all(run.holds for run in runs):
        held = [run.cameras for run in runs if run.holds]
        report.notes.append(f"real time was held with {held or 'none of these numbers of'} cameras")
    return report


def delivery(count: int, command: Sequence[str], *, say: Say = _silent) -> Report:
    """From a closed window to the acknowledged XADD."""
    report = Report("delivery", describe(), command)
    say(f"{count} alerts")
    told = delivering.measure(count)
    line, plain = percentiles(told.line_ms), percentiles(told.plain_ms)
    ready = told.benchmark_ms
    for name, target in (("p50", None), ("p99", 50.0)):
        report.figures.append(
            Figure(
                f"delivery_{name}_ms",
                line[name] or 0.0,
                "ms",
                plain[name],
                None if ready is None else ready.get(name),
                target,
                at_most=True,
            )
        )
    report.samples = {"line": ("ms", told.line_ms), "redis_py": ("ms", told.plain_ms)}
    report.details = {
        "server": told.server,
        "document_bytes": told.document_bytes,
        "redis_benchmark_ms": ready,
    }
    report.notes.append("baseline: redis-py, one XADD after the other, nothing kept on our disk")
    report.notes.append(
        "limit: redis-benchmark"
        if ready is not None
        else "no limit: redis-benchmark is not installed (Debian: apt install redis-tools)"
    )
    return report


def latency(
    load: float,
    seconds: float,
    count: int | None,
    models: str,
    command: Sequence[str],
    *,
    say: Say = _silent,
) -> Report:
    """From a frame's arrival to the alert read back, while the machine is busy."""
    models_of(models)
    report = Report("latency", describe(), command)
    scenario = SCENARIOS["each-second"]
    told = lateness.measure(
        scenario, load=load, seconds=seconds, count=count, models=models, say=say
    )
    spread = percentiles(told.from_arrival_s)
    for name, target in (("p50", None), ("p95", 1.0 + told.window_s)):
        if (value := spread[name]) is not None:
            figure = Figure(f"latency_{name}_s", value, "s", target=target, at_most=True)
            report.figures.append(figure)
    report.samples = {"from_arrival": ("s", told.from_arrival_s)}
    report.details = {
        "cameras": told.cameras,
        "own_load": told.own_load,
        "machine_load": told.machine_load,
        "drops": told.drops,
        "seconds": told.seconds,
    }
    report.notes.append(
        f"{told.cameras} cameras; our processes took {told.own_load:.0%} of the machine, all "
        f"together {told.machine_load:.0%}; {told.drops:.0f} samples dropped"
    )
    if not told.from_arrival_s:
        report.notes.append("no alert came: take --seconds 120 or more")
    return report
