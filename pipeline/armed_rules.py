"""How severe the rules are that are armed at each camera, for who must know it at any time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from pipeline.config import Site
from pipeline.ledger import Ledger, LedgerError
from pipeline.records import Modality, Severity

log = structlog.get_logger()

#: Seconds between two looks at what the judge says is armed.
_EVERY_S = 5.0
#: The highest first.
_SEVEREST = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


class ArmedRules:
    """Knows what is armed where, a few seconds late. Belongs to the event loop's thread.

    Until the judge has said what is armed, and of rules that it has not spoken of, all are.

    Args:
        path: the ledger in which the judge says it.
        site: as it is judged now.
    """

    def __init__(self, path: Path, site: Callable[[], Site]) -> None:
        self._path = path
        self._site = site
        self._states: dict[str, dict[str, str]] = {}
        #: What `severity` says, of this site; asked for each camera each second.
        self._known: dict[tuple[str, Modality], Severity] = {}
        self._known_of: Site | None = None
        self._reading: asyncio.Task[dict[str, Any]] | None = None
        self._due = 0.0
        self._trouble = ""

    def look(self, now: float) -> None:
        """Ask again where it is time; ``now`` is the monotonic clock in seconds. Never waits."""
        if self._reading is not None and self._reading.done():
            self._take(self._reading)
            self._reading = None
        if self._reading is None and now >= self._due:
            self._due = now + _EVERY_S
            self._reading = asyncio.create_task(asyncio.to_thread(_standing, self._path))

    def _take(self, reading: asyncio.Task[dict[str, Any]]) -> None:
        try:
            told = reading.result()
        except LedgerError as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                log.warning("what is armed is not known: sampled as before", error=self._trouble)
            return
        self._trouble = ""
        self._states = {name: camera["rules"] for name, camera in told.get("cameras", {}).items()}
        self._known_of = None

    def severity(self, camera: str, modality: Modality) -> Severity | None:
        """The highest among armed rules that need this sense of this camera; None: none is armed.

        A microphone hears for its neighbours' rules, too.
        """
        site = self._site()
        if site is not self._known_of:
            self._known, self._known_of = self._severities(site), site
        return self._known.get((camera, modality))

    def _severities(self, site: Site) -> dict[tuple[str, Modality], Severity]:
        found: dict[tuple[str, Modality], Severity] = {}
        for camera in site.cameras:
            states = self._states.get(camera, {})
            senses = {Modality.VIDEO: camera, Modality.AUDIO: site.ear_of(camera)}
            for name, rule in site.rules_of(camera).items():
                if states.get(name, "armed") != "armed":
                    continue
                for modality in rule.modalities:
                    if (source := senses[modality]) is not None:
                        before = found.get((source, modality), rule.severity)
                        found[source, modality] = min(before, rule.severity, key=_SEVEREST.index)
        return found


def _standing(path: Path) -> dict[str, Any]:
    with Ledger(path) as ledger:
        return ledger.standing("arming").get("arming", {})
