"""Lines over time as SVG pictures: coordinates that a template draws, no script needed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from sinks.console.history import MINUTE_S, Point

#: Decades of p-value below and above where a rule alerts.
_LOWEST, _HIGHEST = -5.0, 2.0
#: Seconds from one label of an axis of seconds to the next, and how many labels at most.
_STEPS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
_TICKS = 6


def plot_of(
    series: list[list[float]], senses: dict[str, list[list[float]]], threshold: float | None
) -> dict[str, Any]:
    """Lines of an SVG picture, in its own units.

    Args:
        series: of both together: pairs of seconds since the start and -log10 of a p-value.
        senses: by modality, the same.
        threshold: where the rule alerts; None where nobody knows.
    """
    width, height, left, bottom = 720, 240, 40, 22
    every = [point for line in (series, *senses.values()) for point in line]
    first = min((at for at, _ in every), default=0.0)
    last = max((at for at, _ in every), default=1.0)
    span = max(last - first, 1.0)
    highest = max([value for _, value in every] + [threshold or 0.0, 1.0])
    top = math.ceil(highest)

    def x(at: float) -> float:
        return round(left + (at - first) / span * (width - left - 6), 1)

    def y(value: float) -> float:
        room = height - bottom - 8
        return round(8 + room * (1 - min(max(value, 0.0), top) / top), 1)

    named = [*senses.items(), ("both", series)]
    step = max(1, math.ceil(top / 6))
    return {
        "width": width,
        "height": height,
        "seconds": span,
        "highest": highest,
        "levels": [(y(value), str(value)) for value in range(0, top + 1, step)],
        "ticks": [(x(at), f"{at:.0f} s") for at in _round_between(first, first + span)],
        "lines": [
            (name, " ".join(f"{x(at)},{y(value)}" for at, value in line))
            for name, line in named
            if line and name in ("video", "audio", "both")
        ],
        "threshold": None if threshold is None else y(threshold),
    }


def _round_between(first: float, last: float) -> list[float]:
    """A few round seconds after ``first`` and before ``last``, at even distances."""
    step = next((s for s in _STEPS_S if (last - first) / s <= _TICKS), (last - first) / _TICKS)
    return [n * step for n in range(math.floor(first / step) + 1, math.ceil(last / step))]


def plot_over_time(
    points: Sequence[Point],
    incidents: Sequence[tuple[float, str, str]],
    start: float,
    end: float,
    when: Callable[[float], str],
) -> dict[str, Any]:
    """How near a camera came to an alert in [start, end), and its incidents.

    Args:
        points: oldest first.
        incidents: start, severity and id of each.
        start: seconds since the epoch.
        end: likewise.
        when: writes a time for people.
    """
    width, height, left, bottom = 1200, 260, 40, 26

    def x(at: float) -> float:
        return round(left + (at - start) / (end - start) * (width - left - 6), 1)

    def y(value: float) -> float:
        within = (min(max(value, _LOWEST), _HIGHEST) - _LOWEST) / (_HIGHEST - _LOWEST)
        return round(8 + (height - bottom - 8) * (1 - within), 1)

    # A line breaks where nothing was scored.
    gap = 2.5 * max(MINUTE_S, (end - start) / 720)
    lines: list[tuple[str, str]] = []
    for name in ("video", "audio", "over"):
        run: list[str] = []
        before = start
        for point in points:
            value = getattr(point, name)
            if run and (value is None or point.at - before > gap):
                lines.append((name, " ".join(run)))
                run = []
            if value is not None:
                run.append(f"{x(point.at)},{y(value)}")
                before = point.at
        if run:
            lines.append((name, " ".join(run)))
    return {
        "width": width,
        "height": height,
        "levels": [(y(v), "alerts" if v == 0 else f"{v:+.0f}") for v in (-4, -2, 0, 2)],
        "ticks": [
            (x(at), when(at)[11:16] if end - start <= 2 * 86_400 else when(at)[5:10])
            for at in (start + (end - start) * k / 8 for k in range(1, 8))
        ],
        "lines": [("both" if name == "over" else name, told) for name, told in lines],
        "threshold": y(0.0),
        "incidents": [
            {"x": x(at), "severity": severity, "id": incident}
            for at, severity, incident in incidents
        ],
    }
