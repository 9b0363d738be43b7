"""What the demo measured: which events were alerted, what else was, and how fast."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from pipeline.records import Alert, AlertType
from sinks.reader import Received

#: Which rule of the demo's site file is meant to find which event.
RULE_OF = {"fire_with_alarm": "fire", "glass_breaking": "glass", "person_collapses": "collapse"}
#: An incident may begin so long before its event, or after its end: windows have a length, and a
#: person who lies there still lies there while getting up.
EARLY_S, LATE_S = 3.0, 5.0


@dataclass(frozen=True, slots=True)
class Planned:
    """An event of a film, in wall time."""

    camera: str
    name: str
    modalities: tuple[str, ...]
    #: Seconds into the film.
    at_s: float
    #: Seconds since the epoch.
    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class EventResult:
    """What became of one event."""

    camera: str
    name: str
    modalities: tuple[str, ...]
    at_s: float
    alerted: bool
    #: From the event's begin to the alert's arrival, seconds.
    delay_s: float | None = None
    #: From the arrival of the newest frame behind the alert to the alert's, seconds.
    latency_s: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The demo's outcome; ``to_json`` is what ``--report`` writes."""

    seeds: tuple[int, ...]
    events: tuple[EventResult, ...]
    recall: float
    wrong_alerts: int
    latency_s: dict[str, float | None]
    stream_seconds_per_second: float
    wrong: tuple[dict[str, Any], ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether every event was alerted, and nothing else was."""
        return self.recall == 1.0 and self.wrong_alerts == 0

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"passed": self.passed}


def judge(
    seeds: Sequence[int],
    planned: Iterable[Planned],
    seen: Iterable[Received],
    *,
    stream_seconds_per_second: float,
) -> Report:
    """Hold what was alerted against what was planned.

    An incident counts for an event if its camera and rule are the event's and it begins within
    the event, or a few seconds around it. A second incident for the same event, and any other, is
    a wrong alert. Canaries are none.
    """
    open_alerts = [s for s in seen if s.alert.type is AlertType.NEW and not s.alert.canary]
    results = []
    for event in planned:
        matching = [s for s in open_alerts if _matches(event, s.alert)]
        if not matching:
            results.append(
                EventResult(event.camera, event.name, event.modalities, event.at_s, False)
            )
            continue
        first = min(matching, key=lambda s: s.received_at)
        open_alerts.remove(first)
        results.append(
            EventResult(
                event.camera,
                event.name,
                event.modalities,
                event.at_s,
                True,
                delay_s=round(first.received_at - event.begins, 3),
                latency_s=round(first.received_at - first.alert.captured_at, 3),
            )
        )
    latencies = [r.latency_s for r in results if r.latency_s is not None]
    return Report(
        seeds=tuple(seeds),
        events=tuple(results),
        recall=sum(r.alerted for r in results) / len(results) if results else 0.0,
        wrong_alerts=len(open_alerts),
        latency_s={f"p{q}": _percentile(latencies, q) for q in (50, 95)},
        stream_seconds_per_second=round(stream_seconds_per_second, 3),
        wrong=tuple(_describe(s.alert) for s in open_alerts),
    )


def _matches(event: Planned, alert: Alert) -> bool:
    return (
        alert.camera == event.camera
        and alert.rule == RULE_OF[event.name]
        and event.begins - EARLY_S <= alert.start_time <= event.ends + LATE_S
    )


def _percentile(values: Sequence[float], q: int) -> float | None:
    return round(float(np.percentile(values, q)), 3) if values else None


def _describe(alert: Alert) -> dict[str, Any]:
    return {"camera": alert.camera, "rule": alert.rule, "start_time": alert.start_time}
