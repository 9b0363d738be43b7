"""A soak as a picture: what was held over time, its line, and what went wrong when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.soak.samples import Process, Sample
from pipeline.soak.verdict import MB, MEMORY, Judgement, Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Told apart by colour-blind readers too (Okabe & Ito 2008).
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_SHADE = "#dddddd"


def draw(made: Judgement, path: Path) -> None:
    """Draw memory, what of it was judged, descriptors, threads and latency over hours into a PNG.

    Raises:
        OSError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    picture = Figure(figsize=(12, 14), layout="constrained")
    FigureCanvasAgg(picture)
    axes = picture.subplots(5, 1, sharex=True, height_ratios=(3, 1, 1, 1, 2))
    samples = made.soak.samples
    lines = {verdict.quantity: verdict for verdict in made.verdicts}
    _stacked(axes[0], samples, lambda process: process.own / MB)
    axes[0].set_ylabel("memory of its own, MB")
    _judged(axes[1], made)
    _summed(axes[2], made, lines["descriptors"], lambda process: process.descriptors)
    _summed(axes[3], made, lines["threads"], lambda process: process.threads)
    _latency(axes[4], samples)
    for one in axes:
        one.axvline(made.warm_up_s / 3600, color="black", linewidth=0.8, linestyle=":")
        for disturbance in made.soak.disturbances:
            ends = max(disturbance.until_s, disturbance.at_s + 5)
            one.axvspan(disturbance.at_s / 3600, ends / 3600, color=_SHADE, zorder=0)
        if one is not axes[1]:
            one.set_ylim(bottom=0)
    growth = lines[MEMORY]
    axes[0].set_title(f"{_in_words(growth)}; grey: something is wrong", loc="left", fontsize=9)
    axes[-1].set_xlabel("hours (dotted: the end of the warm-up)")
    picture.savefig(path, format="png", dpi=110)


def _in_words(verdict: Verdict) -> str:
    line = verdict.slope
    if line is None:
        return f"{verdict.quantity}: too short for a line"
    return (
        f"{verdict.quantity}: {line.per_day:+.3g} {verdict.unit} a day "
        f"({line.low:+.3g} to {line.high:+.3g}), {verdict.outcome}"
    )


def _stacked(axes: Axes, samples: Sequence[Sample], value: Callable[[Process], float]) -> None:
    """Each process's share of the whole."""
    hours = [sample.at_s / 3600 for sample in samples]
    held: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * len(samples))
    for row, sample in enumerate(samples):
        for process in sample.processes:
            held[process.name][row] += value(process)
    names = sorted(held)
    colours = [_COLOURS[n % len(_COLOURS)] for n in range(len(names))]
    axes.stackplot(hours, [held[name] for name in names], labels=names, colors=colours, alpha=0.8)
    axes.legend(fontsize=7, loc="lower right")


def _judged(axes: Axes, made: Judgement) -> None:
    """When each process was judged: once settled, in each of its lives."""
    labels: list[str] = []
    for row, (name, told) in enumerate(sorted(made.watched.items())):
        spans = [(begin / 3600, (end - begin) / 3600) for begin, end in told.judged]
        axes.broken_barh(spans, (row - 0.4, 0.8), color=_COLOURS[row % len(_COLOURS)])
        labels.append(f"{name}: {told.seconds / 60:.0f} min")
    axes.set_yticks(range(len(labels)), labels, fontsize=7)
    axes.set_ylim(-0.6, len(labels) - 0.4)
    axes.set_title("judged: each life once it has settled", loc="left", fontsize=9)


def _summed(
    axes: Axes, made: Judgement, verdict: Verdict, value: Callable[[Process], float]
) -> None:
    samples = made.soak.samples
    hours = [sample.at_s / 3600 for sample in samples]
    axes.plot(hours, [sum(map(value, sample.processes)) for sample in samples], color=_COLOURS[0])
    axes.set_ylabel(verdict.quantity)
    axes.set_title(_in_words(verdict), loc="left", fontsize=9)


def _latency(axes: Axes, samples: Sequence[Sample]) -> None:
    came = [(s.at_s / 3600, one) for s in samples for one in s.arrived if one.latency_s is not None]
    for number, (canary, name) in enumerate(((False, "alerts"), (True, "canaries"))):
        points = [(at, one.latency_s) for at, one in came if one.canary is canary]
        if points:
            axes.plot(*zip(*points, strict=True), ".", color=_COLOURS[number], label=name)
    lags = [(s.at_s / 3600, max(s.lag_s.values())) for s in samples if s.lag_s]
    if lags:
        axes.plot(*zip(*lags, strict=True), color=_COLOURS[2], linewidth=0.8, label="lag")
    axes.set_yscale("symlog", linthresh=0.1)
    axes.set_ylabel("seconds")
    axes.legend(fontsize=7, loc="upper right")
