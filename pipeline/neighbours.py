"""Cameras of one space: whose ear hears for whom, and what a neighbour noticed of an incident."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

from pipeline.config import Site
from pipeline.records import NS_PER_S, Embedding, FusedWindow, Modality, Quiet

#: A neighbour's reading is told where it is at most this likely when nothing is wrong.
_RARE_P = 0.01
#: A neighbour may notice so long before an incident's beginning, or after its newest window.
_SLACK_NS = 3 * NS_PER_S
#: Rare readings kept of a camera and rule: five minutes without a pause, at two windows a second.
_KEPT = 600


def borrowers(site: Site) -> dict[str, tuple[str, ...]]:
    """For each camera that lends its ear, the cameras of its space that hear with it."""
    lent: dict[str, list[str]] = {}
    for camera in site.cameras:
        ear = site.ear_of(camera)
        if ear is not None and ear != camera:
            lent.setdefault(ear, []).append(camera)
    return {ear: tuple(cameras) for ear, cameras in lent.items()}


def listened(site: Site) -> frozenset[str]:
    """The cameras to whose sound a rule listens: their own, or a borrower's."""
    ears = (
        site.ear_of(camera)
        for camera in site.cameras
        if any(Modality.AUDIO in rule.modalities for rule in site.rules_of(camera).values())
    )
    return frozenset(ear for ear in ears if ear is not None)


@dataclass(frozen=True, slots=True)
class _Noticed:
    end_ns: int
    at: float
    modality: Modality
    p_value: float
    prompts: tuple[str, ...]


class Neighbourhood:
    """The spaces of a site. A pure function of what it is given, in event time.

    Cameras of a site share their host's monotonic clock, so a neighbour's windows and sounds stand
    beside a camera's own as they are.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._borrowers = borrowers(site)
        self._noticed: dict[tuple[str, str], deque[_Noticed]] = {}

    def follow(self, site: Site) -> None:
        """The site is another one from now on; what its cameras noticed is still known."""
        self._site, self._borrowers = site, borrowers(site)
        self._noticed = {at: kept for at, kept in self._noticed.items() if at[0] in site.cameras}

    def ear(self, camera: str) -> str | None:
        """The neighbour that hears for ``camera``; None where it has its own ear, or none."""
        ear = self._site.ear_of(camera)
        return None if ear == camera else ear

    def copies(self, item: Embedding | Quiet) -> list[Embedding | Quiet]:
        """``item``, and the same as heard by each camera that borrows this ear."""
        if item.modality is not Modality.AUDIO:
            return [item]
        return [item, *(replace(item, camera=c) for c in self._borrowers.get(item.camera, ()))]

    def note(self, window: FusedWindow) -> None:
        """Remember what is rare in a camera's window, for incidents of its neighbours."""
        if self._site.cameras[window.camera].space is None:
            return
        kept = self._noticed.setdefault((window.camera, window.rule), deque(maxlen=_KEPT))
        if kept and window.end_ns < kept[-1].end_ns:
            # Time began anew.
            kept.clear()
        for modality, reading in window.readings.items():
            if modality is Modality.AUDIO and self.ear(window.camera) is not None:
                # Said by the camera whose ear it is.
                continue
            if reading.eligible and reading.p_value < _RARE_P:
                told = tuple(p.prompt for p in reading.prompts if p.margin > 0)
                kept.append(
                    _Noticed(window.end_ns, window.captured_at, modality, reading.p_value, told)
                )

    def beside(self, camera: str, rule: str, start_ns: int, end_ns: int) -> list[dict[str, Any]]:
        """What other cameras of the space noticed under ``rule`` while an incident went on.

        One entry for each camera and sense, its rarest reading, the rarest first: JSON values with
        ``at`` in seconds since the epoch, UTC. The ear that the camera borrows is not repeated: its
        part stands among the camera's own.
        """
        space = self._site.cameras[camera].space
        if space is None:
            return []
        begin, end = start_ns - _SLACK_NS, end_ns + _SLACK_NS
        rarest: dict[tuple[str, Modality], _Noticed] = {}
        for (other, named), kept in self._noticed.items():
            if other == camera or named != rule or self._site.cameras[other].space != space:
                continue
            for one in kept:
                if not begin < one.end_ns <= end:
                    continue
                if one.modality is Modality.AUDIO and other == self.ear(camera):
                    continue
                before = rarest.get((other, one.modality))
                if before is None or one.p_value < before.p_value:
                    rarest[other, one.modality] = one
        return [
            {
                "camera": other,
                "modality": str(modality),
                "p_value": one.p_value,
                "score": round(-math.log10(one.p_value), 4),
                "prompts": list(one.prompts),
                "at": one.at,
            }
            for (other, modality), one in sorted(rarest.items(), key=lambda e: e[1].p_value)
        ]
