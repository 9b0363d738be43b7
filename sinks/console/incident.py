"""An incident as the desk keeps and shows it, and which ones are asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.records import Alert, Severity
from sinks.alert_json import document_of, inert
from sinks.console.values import items, mapping, number

#: Words of an alert's reason that fit into a row.
_WHY = 160
_RANKS = {Severity.CRITICAL: 3, Severity.WARNING: 2, Severity.INFO: 1}
STATE = (
    "CASE WHEN verdict IS NOT NULL THEN 'done' WHEN acknowledged_by IS NOT NULL"
    " THEN 'acknowledged' ELSE 'waiting' END"
)
COLUMNS = (
    "id, situation, camera, rule, severity, type, revision, start_time, end_time, captured_at,"
    " received_at,"
    " canary, score, why, senses, missing, thumb, clip, acknowledged_by, acknowledged_at,"
    " assigned_to, verdict, verdict_by, verdict_at, escalated_at, notes"
)


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as a row of the queue shows it. Times in seconds since the epoch, UTC."""

    id: str
    #: The first incident of the same happening: several rules, or cameras of one space, may alert
    #: on it.
    situation: str
    camera: str
    rule: str
    severity: Severity
    #: ``new``, ``update`` or ``end``: of the newest revision.
    type: str
    revision: int
    start_time: float
    end_time: float | None
    captured_at: float
    received_at: float
    #: A test of the way from lens to operator, not an alert.
    canary: bool
    #: -log10 of the fused p-value; None where the alert does not say.
    score: float | None
    #: What won, in a few words: text of people and models, never markup.
    why: str
    #: By modality, its share of the evidence, in [0, 1].
    senses: dict[str, float]
    missing: tuple[str, ...]
    thumb: bool
    clip: bool
    acknowledged_by: str | None
    acknowledged_at: float | None
    assigned_to: str | None
    #: ``confirmed`` or ``false_alarm``.
    verdict: str | None
    verdict_by: str | None
    verdict_at: float | None
    #: When nobody had acknowledged it for too long.
    escalated_at: float | None
    #: How many notes it has.
    notes: int

    @property
    def state(self) -> str:
        """``waiting`` for somebody, ``acknowledged``, or ``done``: a verdict was given."""
        if self.verdict is not None:
            return "done"
        return "waiting" if self.acknowledged_by is None else "acknowledged"

    def as_json(self) -> dict[str, Any]:
        """The row as the API gives it."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return told | {
            "severity": str(self.severity),
            "missing": list(self.missing),
            "state": self.state,
        }


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote to an incident."""

    at: float
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which incidents are asked for; empty: all."""

    #: Those that the asker may see; None: all.
    seen: frozenset[str] | None = None
    cameras: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    #: ``waiting``, ``acknowledged``, ``done``.
    states: tuple[str, ...] = ()
    #: A modality with a part in the evidence.
    modality: str = ""
    after: float | None = None
    before: float | None = None
    canaries: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an incident."""

    seq: int
    incident: Incident


def values_of(alert: Alert, received_at: float) -> dict[str, Any]:
    """What is kept of an alert, by column; its situation is still empty.

    Args:
        alert: whose evidence may have any shape.
        received_at: seconds since the epoch.
    """
    fusion = mapping(alert.data.get("fusion"))
    senses = {
        str(name): share
        for name, reading in mapping(fusion.get("modalities")).items()
        if (share := number(mapping(reading).get("share"))) is not None
    }
    return {
        "id": alert.id,
        "situation": "",
        "camera": alert.camera,
        "rule": alert.rule,
        "severity": str(alert.severity),
        "rank": _RANKS[alert.severity],
        "type": str(alert.type),
        "revision": alert.revision,
        "start_time": alert.start_time,
        "end_time": alert.end_time,
        "captured_at": alert.captured_at,
        "received_at": received_at,
        "canary": int(alert.data.get("canary") is True),
        "score": number(fusion.get("score")),
        "why": _why(alert),
        "senses": json.dumps(senses),
        "missing": json.dumps([str(m) for m in items(fusion.get("missing"))]),
        "thumb": int(alert.thumb_path is not None),
        "clip": int(alert.clip_path is not None),
        "document": json.dumps(document_of(alert)),
    }


def incident_of(row: Sequence[Any]) -> Incident:
    """The incident in a row of `COLUMNS`."""
    told = dict(zip(COLUMNS.replace(" ", "").split(","), row, strict=True))
    return Incident(
        **told
        | {
            "severity": Severity(told["severity"]),
            "canary": bool(told["canary"]),
            "senses": json.loads(told["senses"]),
            "missing": tuple(json.loads(told["missing"])),
            "thumb": bool(told["thumb"]),
            "clip": bool(told["clip"]),
        }
    )


def where(wanted: Filter) -> tuple[str, list[Any]]:
    """The condition that ``wanted`` makes, in SQL, and the values for its places."""
    parts: list[str] = [] if wanted.canaries else ["canary = 0"]
    values: list[Any] = []

    def one_of(column: str, names: Iterable[str]) -> None:
        chosen = list(names)
        parts.append(f"{column} IN ({', '.join('?' * len(chosen))})")
        values.extend(chosen)

    if wanted.seen is not None:
        one_of("camera", sorted(wanted.seen))
    for column, names in (
        ("camera", wanted.cameras),
        ("rule", wanted.rules),
        ("severity", wanted.severities),
    ):
        if names:
            one_of(column, names)
    if wanted.states:
        one_of(STATE, wanted.states)
    if wanted.modality:
        parts.append("json_extract(senses, '$.' || ?) >= 0.2")
        values.append(wanted.modality)
    if wanted.after is not None:
        parts.append("start_time >= ?")
        values.append(wanted.after)
    if wanted.before is not None:
        parts.append("start_time < ?")
        values.append(wanted.before)
    return " AND ".join(parts) or "1", values


def _why(alert: Alert) -> str:
    """What won, in a few words."""
    if alert.data.get("canary") is True:
        return "a test of the way from the line to you"
    fusion = mapping(alert.data.get("fusion"))
    words = [w for w in items(fusion.get("prompts")) if isinstance(w, str)]
    for told in (mapping(fusion.get("consistency")), mapping(fusion.get("modalities"))):
        for one in told.values():
            said = mapping(one).get("words") or mapping(mapping(one).get("unusual")).get("words")
            if isinstance(said, str) and said and said not in words:
                words.append(said)
    return inert("; ".join(words), _WHY)
