"""A rehearsal for people at a terminal, and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.records import Modality
from pipeline.rehearse.outcome import Outcome, Rehearsal, Sense, WouldBe
from pipeline.rehearse.rates import CONFIDENCE, Rate, Verdict, days_needed, often, rate_words, span

SCHEMA = "hearsight.rehearsal/1"
#: Alerts listed on a terminal.
_LISTED = 30
_STYLES = {
    Verdict.HOLDS: "green",
    Verdict.MAY_HOLD: "green",
    Verdict.SHORT: "yellow",
    Verdict.EXCEEDED: "bold red",
}


def render(rehearsal: Rehearsal, pictures: dict[str, Path]) -> RenderableType:
    """A page for `rich`; no text of a site is markup.

    Args:
        rehearsal: what was found.
        pictures: where the picture of an alert was written, by its id.
    """
    parts: list[RenderableType] = [Text(headline(rehearsal)), _table(rehearsal)]
    if any(outcome.alerts for outcome in rehearsal.outcomes):
        parts += _alerts(rehearsal, pictures)
    parts += [Text.assemble(("the sum: ", "bold"), sum_of(rehearsal))]
    parts += [Text.assemble(("look at: ", "yellow"), note) for note in remarks(rehearsal)]
    return Group(*parts)


def headline(rehearsal: Rehearsal) -> str:
    """What was rehearsed over, in a sentence."""
    if rehearsal.films:
        return f"Site {rehearsal.site}, rehearsed over {rehearsal.over}"
    begin, end = (moment(at, rehearsal.timezone) for at in (rehearsal.begin, rehearsal.end))
    return (
        f"Site {rehearsal.site}, rehearsed over {rehearsal.over}, {begin} to {end} "
        f"({rehearsal.timezone})"
    )


def sum_of(rehearsal: Rehearsal) -> str:
    """What the whole site would have raised, and what it promises, in a sentence or two."""
    total = rehearsal.total
    assert total is not None
    pairs = len(rehearsal.watched)
    told = (
        f"{total.count} alert{'' if total.count == 1 else 's'} of {pairs} pair"
        f"{'' if pairs == 1 else 's'} of camera and rule: {rate_words(total)}. "
        f"Together they promise at most {often(rehearsal.promised)}"
    )
    if math.isclose(rehearsal.promised, rehearsal.site_promises):
        return f"{told}, which is all that the site promises."
    return f"{told}; the whole site, {often(rehearsal.site_promises)}."


def remarks(rehearsal: Rehearsal) -> list[str]:
    """What a reader should know, each a full sentence."""
    found = list(rehearsal.notes)
    for (camera, note), rules in _notes(rehearsal).items():
        found.append(f"{', '.join(rules)} at {camera}: {note}")
    if rehearsal.exceeded:
        found.append(
            "Exceeded: more alerts than promised, were none of them right. Promises are of false "
            "alarms: look at the pictures."
        )
    short = sorted(
        {o.promised for o in rehearsal.watched if o.verdict is Verdict.SHORT}, reverse=True
    )
    for promised in short:
        needed = span(days_needed(promised) * 86_400)
        found.append(
            f"Too short to tell: that {often(promised)} is kept shows after {needed} without an "
            "alert."
        )
    if any(_stars(alert) for o in rehearsal.outcomes for alert in o.alerts):
        found.append(
            "What has a * is extrapolated: rarer than the time watched can show, it rests on a "
            "fitted tail or on the model's own background."
        )
    if rehearsal.damaged:
        places = "1 place" if rehearsal.damaged == 1 else f"{rehearsal.damaged} places"
        found.append(f"{places} in the archive could not be read and were passed over.")
    return found


def _notes(rehearsal: Rehearsal) -> dict[tuple[str, str], list[str]]:
    """The rules that each note of a camera is about."""
    found: dict[tuple[str, str], list[str]] = {}
    for outcome in rehearsal.outcomes:
        notes = list(outcome.notes)
        if not outcome.watched_s:
            notes.append("Nothing was judged.")
        for note in notes:
            found.setdefault((outcome.camera, note), []).append(outcome.rule)
    return found


def moment(at: float, timezone: str) -> str:
    """A wall clock time as people of the site write it."""
    return datetime.fromtimestamp(at, ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M:%S")


def evidence_words(alert: WouldBe) -> str:
    """What was seen and heard, the strongest first."""
    senses = sorted(alert.senses, key=lambda sense: sense.share, reverse=True)
    told = [_sense_words(sense) for sense in senses if sense.words]
    return "; ".join(told) or "nothing in words"


def rarity_words(alert: WouldBe) -> str:
    """How often its like comes here when nothing is wrong."""
    return often(alert.per_day) + ("*" if alert.extrapolated else "")


def _stars(alert: WouldBe) -> bool:
    return alert.extrapolated or any(sense.extrapolated for sense in alert.senses)


def lasted(alert: WouldBe) -> str:
    """How long it would have been open, from its first evidence to its last."""
    return span(max(0.0, alert.ended_at - alert.started_at))


def _sense_words(sense: Sense) -> str:
    kind = "seen" if sense.modality is Modality.VIDEO else "heard"
    lead = "" if sense.margin is None else f"lead {sense.margin:.1f}, "
    star = "*" if sense.extrapolated else ""
    return f"{kind}: {sense.words} ({lead}p {sense.p_value:.1g}{star})"


def _table(rehearsal: Rehearsal) -> Table:
    table = Table(title="What would have been raised", title_justify="left")
    for heading in ("camera", "rule", "watched"):
        table.add_column(heading, overflow="fold")
    table.add_column("alerts", justify="right")
    for heading in (f"rate ({CONFIDENCE:.0%} interval)", "promised", "the promise"):
        table.add_column(heading, overflow="fold")
    for outcome in rehearsal.outcomes:
        rate = outcome.rate
        table.add_row(
            Text(outcome.camera),
            Text(outcome.rule),
            span(outcome.watched_s) if rate else "-",
            str(len(outcome.alerts)),
            rate_words(rate) if rate else "-",
            often(outcome.promised),
            Text(outcome.verdict.value, style=_STYLES[outcome.verdict]),
        )
    return table


def _alerts(rehearsal: Rehearsal, pictures: dict[str, Path]) -> Iterator[Text]:
    listed = in_order(rehearsal)
    title = "Alerts" if len(listed) <= _LISTED else f"The first {_LISTED} of {len(listed)} alerts"
    yield Text(title, style="italic")
    for outcome, alert in listed[:_LISTED]:
        yield Text.assemble(
            (alert.where or moment(alert.started_at, rehearsal.timezone), "dim"),
            (f"  {outcome.rule} at {outcome.camera}", "bold"),
            f", for {lasted(alert)}; its like comes {rarity_words(alert)}",
        )
        yield Text(f"    {evidence_words(alert)}")
        if alert.id in pictures:
            # Paths are not broken over lines: they are for copying.
            yield Text(f"    {pictures[alert.id]}", style="dim", no_wrap=True, overflow="ignore")


def in_order(rehearsal: Rehearsal) -> list[tuple[Outcome, WouldBe]]:
    """Every alert with its rule, by time."""
    found = [(outcome, alert) for outcome in rehearsal.outcomes for alert in outcome.alerts]
    return sorted(found, key=lambda pair: (pair[1].started_at, pair[0].camera, pair[0].rule))


def as_json(rehearsal: Rehearsal, pictures: dict[str, Path]) -> dict[str, Any]:
    """The same, complete; rates are a day, times seconds since the epoch."""
    total = rehearsal.total
    return {
        "schema": SCHEMA,
        "site": rehearsal.site,
        "over": rehearsal.over,
        "begin": rehearsal.begin,
        "end": rehearsal.end,
        "confidence": CONFIDENCE,
        "rules": [_outcome_json(outcome, pictures) for outcome in rehearsal.outcomes],
        "sum": None
        if total is None
        else _rate_json(total)
        | {
            "promised_per_day": rehearsal.promised,
            "site_promises_per_day": rehearsal.site_promises,
        },
        "remarks": remarks(rehearsal),
    }


def _rate_json(rate: Rate) -> dict[str, Any]:
    return {
        "alerts": rate.count,
        "per_day": rate.per_day,
        "interval_per_day": [rate.low, rate.high],
    }


def _outcome_json(outcome: Outcome, pictures: dict[str, Path]) -> dict[str, Any]:
    rate = outcome.rate
    rated = _rate_json(rate) if rate else {"alerts": 0, "per_day": None, "interval_per_day": None}
    return {
        "camera": outcome.camera,
        "rule": outcome.rule,
        "senses": [str(modality) for modality in outcome.modalities],
        "watched_s": outcome.watched_s,
        "promised_per_day": outcome.promised,
        "verdict": outcome.verdict.value,
        **rated,
        "windows_in_cooldown": outcome.suppressed,
        "alerts_extrapolated": sum(alert.extrapolated for alert in outcome.alerts),
        "would_be": [_alert_json(alert, pictures) for alert in outcome.alerts],
        "notes": outcome.notes,
    }


def _alert_json(alert: WouldBe, pictures: dict[str, Path]) -> dict[str, Any]:
    return {
        "id": alert.id,
        "severity": str(alert.severity),
        "start_time": alert.started_at,
        "end_time": alert.ended_at,
        "where": alert.where or None,
        "p_value": alert.p_value,
        "per_day": alert.per_day,
        "extrapolated": alert.extrapolated,
        "modalities": {
            str(sense.modality): {
                "p_value": sense.p_value,
                "extrapolated": sense.extrapolated,
                "share": round(sense.share, 4),
                "words": sense.words,
                "margin": None if sense.margin is None else round(sense.margin, 4),
            }
            for sense in alert.senses
        },
        "picture": str(pictures[alert.id]) if alert.id in pictures else None,
        "picture_after_s": None if alert.picture is None else round(alert.picture_after_s, 1),
    }
