"""An alert's evidence as the card shows it, whatever its exact shape: what is odd is left out."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any
from urllib.parse import quote

from sinks.console.incident import Incident
from sinks.console.plots import plot_of
from sinks.console.values import items, mapping, number, threshold


def card_of(document: dict[str, Any]) -> dict[str, Any]:
    """An alert's evidence as the card shows it: what is not as expected is left out."""
    data = mapping(document.get("data"))
    fusion = mapping(data.get("fusion"))
    limit = threshold(*(number(fusion.get(k)) for k in ("score", "per_day", "promised_per_day")))
    senses: list[dict[str, Any]] = []
    for name, told in mapping(fusion.get("modalities")).items():
        reading = mapping(told)
        unusual = mapping(reading.get("unusual"))
        senses.append(
            {
                "name": str(name),
                "share": number(reading.get("share")) or 0.0,
                "score": _score(reading.get("p_value")),
                "p_value": number(reading.get("p_value")),
                "eligible": reading.get("eligible") is not False,
                "extrapolated": reading.get("extrapolated") is True,
                "ear": reading.get("ear"),
                "won": [p for p in map(_prompt, items(reading.get("prompts"))) if p],
                "nearest": mapping(fusion.get("nearest")).get(name),
                "words": unusual.get("words") or "",
                "nearest_at": number(unusual.get("nearest_at")),
                "detectors": sorted(
                    (
                        (str(k), v)
                        for k, v in mapping(unusual.get("detectors")).items()
                        if number(v)
                    ),
                    key=lambda pair: -pair[1],
                ),
                "series": _series(reading.get("series")),
            }
        )
    return {
        "score": number(fusion.get("score")),
        "per_day": number(fusion.get("per_day")),
        "promised": number(fusion.get("promised_per_day")),
        "extrapolated": fusion.get("extrapolated") is True,
        "window_s": number(fusion.get("window_s")),
        "senses": sorted(senses, key=lambda sense: -sense["share"]),
        "series": _series(fusion.get("series")),
        "threshold": limit,
        "plot": plot_of(
            _series(fusion.get("series")),
            {sense["name"]: sense["series"] for sense in senses},
            limit,
        ),
        "missing": [str(m) for m in items(fusion.get("missing"))],
        "contradiction": [
            {"sense": str(m), "words": str(mapping(t).get("words", ""))}
            for m, t in mapping(fusion.get("consistency")).items()
        ],
        "neighbours": [
            {str(k): str(v) for k, v in mapping(n).items()} for n in items(fusion.get("neighbours"))
        ],
        "unless": [s for s in items(fusion.get("would_not_fire_if")) if isinstance(s, str)],
        "models": {str(m): str(v) for m, v in mapping(data.get("model_versions")).items()},
        "lesson": data.get("lesson"),
        "heat": isinstance(data.get("heat_path"), str),
        "nearest": isinstance(data.get("nearest_path"), str),
        "reason": data.get("reason") or fusion.get("reason") or "",
    }


def recorder_link(template: str, incident: Incident) -> str:
    """The site's own recorder at the incident's time; empty without a template."""
    if not template:
        return ""
    start, end = incident.start_time, incident.end_time or incident.captured_at
    told = {
        "camera": quote(incident.camera, safe=""),
        "start": str(int(start)),
        "end": str(int(end)),
        "start_iso": quote(dt.datetime.fromtimestamp(start, dt.UTC).isoformat()),
        "end_iso": quote(dt.datetime.fromtimestamp(end, dt.UTC).isoformat()),
    }
    link = template
    for name, value in told.items():
        link = link.replace("{" + name + "}", value)
    return link


def _score(p_value: Any) -> float | None:
    p = number(p_value)
    return round(-math.log10(p), 2) if p else None


def _series(value: Any) -> list[list[float]]:
    return [
        [float(point[0]), float(point[1])]
        for point in items(value)
        if isinstance(point, list)
        and len(point) == 2
        and all(number(part) is not None for part in point)
    ]


def _prompt(value: Any) -> dict[str, Any] | None:
    told = mapping(value)
    if not isinstance(told.get("prompt"), str):
        return None
    return {"prompt": told["prompt"], "margin": number(told.get("margin")) or 0.0}
