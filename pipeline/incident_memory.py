"""What is remembered of incidents until somebody says what they were, and of what is ordinary."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import structlog
from numpy.typing import NDArray

from pipeline.incidents import Transition
from pipeline.line import RuleLine
from pipeline.records import NS_PER_S, Alert, Embedding, Modality
from pipeline.teaching.examples import ExamplesError, ExampleStore, Incident, Peak
from pipeline.teaching.labelled import MOST_ROWS

log = structlog.get_logger()

#: Embeddings held of each camera, view and sense: a window's worth and what may come late to it.
_HELD_NS = 90 * NS_PER_S
_HELD = 900
#: One embedding in so many seconds counts as ordinary, none so soon after an incident.
_ORDINARY_S, _CALM_S = 30.0, 120.0
#: Incidents of which it is known which peak is kept.
_PEAKS = 256

_Key = tuple[str, str, Modality]


@dataclass(slots=True)
class _Seen:
    """What passed of one camera, view and sense."""

    recent: deque[tuple[int, NDArray[np.float32]]]
    model: str
    ordinary_at: float = -math.inf


class IncidentMemory:
    """Keeps the embeddings of each incident's peak, and a thin sample of ordinary ones.

    Args:
        lines: every rule's line; only what rules of prompts see and hear is kept.
        examples: where to; opened by whoever owns it.
    """

    def __init__(self, lines: Sequence[RuleLine], examples: ExampleStore) -> None:
        self._examples = examples
        self._seen: dict[_Key, _Seen] = {}
        self._calm_at: dict[str, float] = {}
        self._peaks: dict[str, int] = {}
        self._wanted: set[_Key] = set()
        self.follow(lines)
        self._trouble = ""

    def follow(self, lines: Sequence[RuleLine]) -> None:
        """Keep what the rules of these lines see and hear, from now on."""
        self._wanted = {
            (line.camera, line.rule.view_of(modality), modality)
            for line in lines
            for modality in line.modalities
            if line.space(modality) is not None
        }
        self._seen = {key: seen for key, seen in self._seen.items() if key in self._wanted}

    def see(self, item: Embedding) -> None:
        """Hold an embedding for a while, in case an incident begins; one in many is kept."""
        key = (item.camera, item.view, item.modality)
        if key not in self._wanted or not np.isfinite(item.vector).all():
            return
        seen = self._seen.get(key)
        if seen is None or seen.model != item.model:
            seen = self._seen[key] = _Seen(deque(maxlen=_HELD), item.model)
        seen.recent.append((item.end_ns, item.vector))
        while seen.recent[0][0] < item.end_ns - _HELD_NS:
            seen.recent.popleft()
        if not item.captured_at >= self._calm_at.get(item.camera, -math.inf):
            return
        if abs(item.captured_at - seen.ordinary_at) >= _ORDINARY_S:
            seen.ordinary_at = item.captured_at
            try:
                self._examples.add_ordinary(*key, item.model, item.vector)
            except ExamplesError as error:
                self.troubled(error)

    def on_incident(self, line: RuleLine, step: Transition, alert: Alert | None) -> None:
        """Remember an incident with the embeddings of its rarest window so far.

        One that made no alert (None) gets no verdict: what passes is not ordinary, and that is all.
        """
        peak = step.peak
        self._calm_at[line.camera] = step.windows[-1].captured_at + _CALM_S
        if alert is None:
            return
        known = self._peaks.get(alert.id)
        if known == peak.end_ns and alert.end_time is None:
            return
        peaks = {}
        for modality in line.modalities:
            seen = self._seen.get((line.camera, line.rule.view_of(modality), modality))
            if seen is None or known == peak.end_ns or line.space(modality) is None:
                continue
            rows = [v for end, v in seen.recent if peak.start_ns < end <= peak.end_ns]
            if rows:
                peaks[modality] = Peak(seen.model, np.stack(rows[-MOST_ROWS:]))
        self._peaks[alert.id] = peak.end_ns
        while len(self._peaks) > _PEAKS:
            del self._peaks[next(iter(self._peaks))]
        incident = Incident(
            alert.id,
            line.camera,
            line.name,
            alert.start_time,
            alert.captured_at if alert.end_time is None else alert.end_time,
        )
        try:
            self._examples.remember(incident, peaks)
        except ExamplesError as error:
            self.troubled(error)

    def troubled(self, error: ExamplesError) -> None:
        """Say once that nothing can be kept."""
        if str(error) != self._trouble:
            self._trouble = str(error)
            log.error("nothing is remembered for verdicts", reason=self._trouble)
