"""An alert's evidence as the card shows it, whatever its exact shape: what is odd is left out."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any
from urllib.parse import quote

from sinks.console.desk import Incident
from sinks.console.plots import plot_of


def card_of(document: dict[str, Any]) -> dict[str, Any]:
    """An alert's evidence as the card shows it: what is not as expected is left out."""
    data = _dict(document.get("data"))
    fusion = _dict(data.get("fusion"))
    senses: list[dict[str, Any]] = []
    for name, told in _dict(fusion.get("modalities")).items():
        reading = _dict(told)
        unusual = _dict(reading.get("unusual"))
        senses.append(
            {
                "name": str(name),
                "share": _number(reading.get("share")) or 0.0,
                "score": _score(reading.get("p_value")),
                "p_value": _number(reading.get("p_value")),
                "eligible": reading.get("eligible") is not False,
                "extrapolated": reading.get("extrapolated") is True,
                "ear": reading.get("ear"),
                "won": [p for p in map(_prompt, _list(reading.get("prompts"))) if p],
                "nearest": _dict(fusion.get("nearest")).get(name),
                "words": unusual.get("words") or "",
                "nearest_at": _number(unusual.get("nearest_at")),
                "detectors": sorted(
                    ((str(k), v) for k, v in _dict(unusual.get("detectors")).items() if _number(v)),
                    key=lambda pair: -pair[1],
                ),
                "series": _series(reading.get("series")),
            }
        )
    return {
        "score": _number(fusion.get("score")),
        "per_day": _number(fusion.get("per_day")),
        "promised": _number(fusion.get("promised_per_day")),
        "extrapolated": fusion.get("extrapolated") is True,
        "window_s": _number(fusion.get("window_s")),
        "senses": sorted(senses, key=lambda sense: -sense["share"]),
        "series": _series(fusion.get("series")),
        "threshold": _threshold(fusion),
        "plot": plot_of(
            _series(fusion.get("series")),
            {sense["name"]: sense["series"] for sense in senses},
            _threshold(fusion),
        ),
        "missing": [str(m) for m in _list(fusion.get("missing"))],
        "contradiction": [
            {"sense": str(m), "words": str(_dict(t).get("words", ""))}
            for m, t in _dict(fusion.get("consistency")).items()
        ],
        "neighbours": [
            {str(k): str(v) for k, v in _dict(n).items()} for n in _list(fusion.get("neighbours"))
        ],
        "unless": [s for s in _list(fusion.get("would_not_fire_if")) if isinstance(s, str)],
        "models": {str(m): str(v) for m, v in _dict(data.get("model_versions")).items()},
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


def _threshold(fusion: dict[str, Any]) -> float | None:
    score, per_day = _number(fusion.get("score")), _number(fusion.get("per_day"))
    promised = _number(fusion.get("promised_per_day"))
    if score is None or not per_day or not promised:
        return None
    return round(score + math.log10(per_day / promised), 3)


def _score(p_value: Any) -> float | None:
    p = _number(p_value)
    return round(-math.log10(p), 2) if p else None


def _series(value: Any) -> list[list[float]]:
    return [
        [float(point[0]), float(point[1])]
        for point in _list(value)
        if isinstance(point, list)
        and len(point) == 2
        and all(_number(number) is not None for number in point)
    ]


def _prompt(value: Any) -> dict[str, Any] | None:
    told = _dict(value)
    if not isinstance(told.get("prompt"), str):
        return None
    return {"prompt": told["prompt"], "margin": _number(told.get("margin")) or 0.0}


def _number(value: Any) -> float | None:
    ok = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if ok else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
