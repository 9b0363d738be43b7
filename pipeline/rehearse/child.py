"""One rehearsal as a process of its own, beside a running site.

It reads what is asked for from standard input, tells how far it is on standard output, a JSON
object a line, and leaves ``found.json`` and the pictures in a folder. It opens no model: the
encoder of the site has embedded the texts.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from pipeline.config import Site
from pipeline.encoders.base import EncoderError
from pipeline.records import Modality
from pipeline.rehearse.asked import FOUND, Ask
from pipeline.rehearse.outcome import Outcome, Rehearsal, RehearsalError, WouldBe
from pipeline.rehearse.rates import CONFIDENCE, often, rate_words, span
from pipeline.rehearse.rehearse import Listener, Request, rehearse
from pipeline.rehearse.report import (
    as_json,
    evidence_words,
    in_order,
    lasted,
    rarity_words,
    sum_of,
)
from pipeline.rehearse.spaces import Opened
from pipeline.text_space import TextSpace

#: Alerts told one by one, the newest; all are counted.
MOST_TOLD = 200
_EVERY_S = 0.2


class Telling(Listener):
    """Writes how far it is, a few times a second."""

    def __init__(self) -> None:
        self._due = 0.0

    def stage(self, text: str) -> None:
        """Another part begins."""
        self._say({"stage": text, "part": 0.0})

    def reached(self, part: float) -> None:
        """So much of this part is done."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + _EVERY_S
            self._say({"part": min(max(part, 0.0), 1.0)})

    def _say(self, told: Mapping[str, Any]) -> None:
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


def main() -> None:
    """Rehearse; what cannot be is the last line, and the exit status 3."""
    os.nice(10)
    ask = msgspec.json.decode(sys.stdin.buffer.read(), type=Ask)
    try:
        found = run(ask, Telling())
    except (RehearsalError, EncoderError) as error:
        sys.stdout.write(json.dumps({"trouble": str(error)}) + "\n")
        sys.exit(3)
    (Path(ask.folder) / FOUND).write_text(json.dumps(found), "utf-8")


def run(ask: Ask, listener: Listener) -> dict[str, Any]:
    """Rehearse, and write the pictures.

    Raises:
        RehearsalError: there is nothing to rehearse it over.
        OSError: the folder cannot be written.
    """
    site = Site.model_validate_json(ask.site)
    infos = {Modality.VIDEO: ask.sight, Modality.AUDIO: ask.sound}
    spaces = {m: TextSpace.of(info) for m, info in infos.items() if info is not None}
    request = Request(rules=(ask.rule,), cameras=tuple(ask.cameras), days=ask.days)
    found = rehearse(site, request, listener, Opened(None, None, spaces))
    return told(found, Path(ask.folder))


def told(found: Rehearsal, folder: Path) -> dict[str, Any]:
    """What was found, in numbers and in words; the pictures go into ``folder``."""
    shown = in_order(found)[-MOST_TOLD:]
    pictures: dict[str, Path] = {}
    for _, alert in shown:
        if alert.picture is not None:
            pictures[alert.id] = Path(f"{alert.id}.jpg")
            (folder / pictures[alert.id]).write_bytes(alert.picture.jpeg)
    numbers = as_json(found, pictures)
    # Where a site keeps its data is nobody's business.
    del numbers["over"]
    for rule, outcome in zip(numbers["rules"], found.outcomes, strict=True):
        del rule["would_be"]
        rule["words"] = _outcome_words(outcome)
    return numbers | {
        "confidence_words": f"{CONFIDENCE:.0%}",
        "sum_words": sum_of(found),
        "alerts": [_alert(outcome, alert, pictures) for outcome, alert in reversed(shown)],
        "alerts_in_all": sum(len(outcome.alerts) for outcome in found.outcomes),
    }


def _outcome_words(outcome: Outcome) -> dict[str, str]:
    rate = outcome.rate
    return {
        "rate": rate_words(rate) if rate else "nothing was judged",
        "promised": often(outcome.promised),
        "watched": span(outcome.watched_s) if rate else "-",
    }


def _alert(outcome: Outcome, alert: WouldBe, pictures: Mapping[str, Path]) -> dict[str, Any]:
    return {
        "id": alert.id,
        "camera": outcome.camera,
        "severity": str(alert.severity),
        "start_time": alert.started_at,
        "end_time": alert.ended_at,
        "extrapolated": alert.extrapolated,
        "picture": str(pictures[alert.id]) if alert.id in pictures else None,
        "picture_after_s": round(alert.picture_after_s, 1),
        "words": {
            "evidence": evidence_words(alert),
            "rarity": rarity_words(alert),
            "lasted": lasted(alert),
        },
    }


if __name__ == "__main__":
    main()
