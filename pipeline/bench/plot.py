"""Figures as a picture: what was measured beside baseline and limit, and how samples spread."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.bench.errors import BenchError
from pipeline.bench.machine import in_words
from pipeline.bench.report import Figure, Report, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Told apart by colour-blind readers too (Okabe & Ito 2008).
_COLOURS = {"measured": "#0072B2", "baseline": "#D55E00", "limit": "#999999"}
_ROW_INCHES = 0.5


def require() -> None:
    """Say before a long run that nothing can be drawn.

    Raises:
        BenchError: matplotlib is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise BenchError(
            "--plot needs matplotlib: pip install 'hearsight[train]' (in a checkout: make "
            "setup-dev), or run without --plot"
        )


def draw(reports: Sequence[Report], path: Path) -> None:
    """Draw reports below one another into a PNG.

    Raises:
        OSError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Picture

    heights = [max(2.0, 1.0 + _ROW_INCHES * len(report.figures)) for report in reports]
    picture = Picture(figsize=(12, sum(heights)), layout="constrained")
    FigureCanvasAgg(picture)
    axes = picture.subplots(len(reports), 2, squeeze=False, height_ratios=heights)
    for (bars, spread), report in zip(axes, reports, strict=True):
        _bars(bars, report.figures)
        bars.set_title(f"{report.bench}: {in_words(report.machine)}", loc="left", fontsize=9)
        _spread(spread, report)
    picture.savefig(path, format="png", dpi=110)


def _bars(axes: Axes, figures: Sequence[Figure]) -> None:
    shown = [figure for figure in figures if figure.value > 0]
    for row, figure in enumerate(shown):
        beside = {"measured": figure.value, "baseline": figure.baseline, "limit": figure.limit}
        for place, (kind, value) in enumerate(beside.items()):
            if value is not None and value > 0:
                at = row + 0.25 * (place - 1)
                axes.barh(at, value, height=0.22, color=_COLOURS[kind])
                axes.text(value, at, f" {number(value)}", va="center", fontsize=7)
        if figure.target is not None:
            axes.plot([figure.target] * 2, [row - 0.4, row + 0.4], color="black", linewidth=1.5)
    labels = [f"{figure.name} [{figure.unit}]" if figure.unit else figure.name for figure in shown]
    axes.set_yticks(range(len(shown)), labels, fontsize=7)
    axes.invert_yaxis()
    axes.set_xscale("log")
    for kind, colour in _COLOURS.items():
        axes.barh(0, 0, color=colour, label=kind)
    axes.plot([], [], color="black", label="to reach")
    axes.legend(fontsize=7)


def _spread(axes: Axes, report: Report) -> None:
    """Each sample's rank over its value."""
    if not report.samples:
        axes.set_axis_off()
        return
    for name, (unit, values) in report.samples.items():
        ordered = np.sort(np.asarray(values, np.float64))
        ranks = (np.arange(ordered.size) + 1) / max(1, ordered.size)
        axes.plot(ordered, ranks, label=f"{name} [{unit}]", drawstyle="steps-post")
    axes.set_xscale("log")
    axes.set_ylabel("part of the samples")
    axes.legend(fontsize=7)
