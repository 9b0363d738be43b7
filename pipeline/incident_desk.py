"""From the steps of an incident to alerts: whether there is one, its card, pictures and clip."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import msgspec
import numpy as np
import structlog

from pipeline.alert_desk import AlertDesk
from pipeline.arming import Arming
from pipeline.channel import Channel
from pipeline.config import Site
from pipeline.evidence import evidence_card
from pipeline.incidents import Transition
from pipeline.line import RuleLine
from pipeline.media_folder import MediaError, MediaFolder
from pipeline.messages import CutMedia
from pipeline.metrics import Recorder
from pipeline.neighbours import Neighbourhood
from pipeline.records import NS_PER_S, WHOLE_VIEW, Alert, AlertType, FusedWindow, Modality

log = structlog.get_logger()


class IncidentDesk:
    """Makes an alert of each step, hands it in, and asks for what shows it.

    Args:
        site: the site.
        models: identity of the model of each modality.
        arming: says whether an incident may become an alert.
        neighbourhood: what other cameras of the same space noticed.
        desk: takes alerts.
        media: where the picture of the nearest normal moment goes.
        channel: to the supervisor.
        recorder: this process's counts.
        remember: told of each step, so that a verdict on it can be learned from; without an alert
            where none was made.
    """

    def __init__(
        self,
        site: Site,
        models: Mapping[Modality, str],
        arming: Arming,
        neighbourhood: Neighbourhood,
        desk: AlertDesk,
        media: MediaFolder,
        channel: Channel,
        recorder: Recorder,
        remember: Callable[[RuleLine, Transition, Alert | None], None],
    ) -> None:
        self._site = site
        self._models = models
        #: Another one where the site becomes another.
        self.arming = arming
        self._neighbourhood = neighbourhood
        self._desk = desk
        self._media = media
        self._channel = channel
        self._recorder = recorder
        self._remember = remember
        #: Open incidents that nobody is told of, with when they began (UTC epoch seconds).
        self._held: dict[str, float] = {}

    def step(self, line: RuleLine, step: Transition) -> None:
        """Take one step of an incident of ``line``.

        Whether it becomes an alert is asked once, as it begins: who was told of it is also told
        how it goes on and that it ended.
        """
        if step.type is AlertType.NEW:
            at = step.windows[-1].captured_at
            decision = self.arming.allows(line.camera, line.name, at)
            if decision.allowed:
                self._tell_new(line, step, mode=decision.mode)
            else:
                self._hold(line, step, decision.reason)
        elif step.id in self._held:
            if step.type is AlertType.END:
                del self._held[step.id]
            self._remember(line, step, None)
        else:
            alert = self._alert(line, step)
            self._desk.submit(alert)
            self._remember(line, step, alert)

    def look(self, line: RuleLine, window: FusedWindow) -> None:
        """Tell of an incident that was held back and still lasts, once it may be told."""
        began_at = self._held.get(line.incidents.open_id or "")
        if began_at is None:
            return
        decision = self.arming.allows(line.camera, line.name, window.captured_at)
        if not decision.allowed:
            return
        for step in line.incidents.renew("armed"):
            if step.type is AlertType.NEW:
                self._tell_new(line, step, mode=decision.mode, lasting_since=began_at)
            else:
                self.step(line, step)

    def _hold(self, line: RuleLine, step: Transition, reason: str) -> None:
        self._held[step.id] = step.started_at
        self._recorder.count(
            "hearsight_suppressed_total", camera=line.camera, rule=line.name, reason=reason
        )
        log.info("incident not told", id=step.id, camera=line.camera, rule=line.name, reason=reason)
        self._remember(line, step, None)

    def _tell_new(self, line: RuleLine, step: Transition, **data: str | float) -> None:
        alert = self._alert(line, step)
        alert = self._with_nearest(replace(alert, data=alert.data | data), step)
        self._recorder.count(
            "hearsight_alerts_total",
            camera=line.camera,
            rule=line.name,
            severity=alert.severity,
        )
        log.info("incident", id=alert.id, camera=line.camera, rule=line.name)
        at_ns = step.windows[-1].end_ns
        self._desk.submit(alert, lambda: line.incidents.accepted(at_ns))
        self._ask_for_media(line, step)
        self._remember(line, step, alert)

    def _alert(self, line: RuleLine, step: Transition) -> Alert:
        first, last = step.windows[0], step.windows[-1]
        before = self._desk.newest(step.id)
        return Alert(
            id=step.id,
            # Revisions that media brought after the end are counted here, not by the line.
            revision=before.revision + 1 if before else step.revision,
            type=step.type,
            camera=line.camera,
            rule=line.name,
            severity=line.rule.severity,
            start_time=first.captured_at - (first.end_ns - step.start_ns) / NS_PER_S,
            end_time=None
            if step.end_ns is None
            else last.captured_at - (last.end_ns - step.end_ns) / NS_PER_S,
            captured_at=last.captured_at,
            thumb_path=before.thumb_path if before else None,
            clip_path=before.clip_path if before else None,
            data=(before.data if before else {})
            | {
                "fusion": evidence_card(
                    step,
                    false_alarms_per_day=line.rule.false_alarms,
                    margin=line.rule.margin,
                    min_length_s=line.rule.min_length,
                    contradicts=line.rule.contradiction is not None,
                    ear=self._neighbourhood.ear(line.camera),
                    neighbours=self._neighbourhood.beside(
                        line.camera, line.name, step.start_ns, last.end_ns
                    ),
                ),
                "model_versions": {str(m): self._models[m] for m in line.modalities},
                "lesson": line.lesson,
                "reason": step.reason,
            },
        )

    def _with_nearest(self, alert: Alert, step: Transition) -> Alert:
        """Keep the picture of the normal moment that the unusual one is compared with."""
        told = [r.unusual for r in step.peak.readings.values() if r.unusual is not None]
        picture = next(
            (u.nearest.thumbnail for u in told if u.nearest and u.nearest.thumbnail), b""
        )
        if not picture:
            return alert
        try:
            kept = self._media.keep(alert.camera, alert.id, "nearest.jpg", picture)
        except MediaError as error:
            log.warning("no picture of the nearest normal moment", id=alert.id, error=str(error))
            return alert
        return replace(alert, data=alert.data | {"nearest_path": kept})

    def _ask_for_media(self, line: RuleLine, step: Transition) -> None:
        video = step.peak.readings.get(Modality.VIDEO)
        audio = step.peak.readings.get(Modality.AUDIO)
        strongest = max(
            (r for r in (video, audio) if r is not None and r.samples), key=lambda r: r.share
        )
        media = self._site.media
        start = step.start_ns - round(media.pre_roll * NS_PER_S)
        end = step.windows[-1].end_ns + round(media.post_roll * NS_PER_S)
        end = min(end, start + round(media.max_clip * NS_PER_S))
        view = line.rule.view if line.rule.view != WHOLE_VIEW else ""
        heat = video.unusual.heat if video is not None and video.unusual is not None else None
        request = CutMedia(
            step.id,
            line.camera,
            strongest.peak_ns,
            view,
            heat=b"" if heat is None else heat.astype(np.float32).tobytes(),
            heat_rows=0 if heat is None else len(heat),
        )
        # The picture at once; the clip once its last second has been seen.
        for wanted in (request, msgspec.structs.replace(request, start_ns=start, end_ns=end)):
            if not self._channel.send(wanted, timeout_s=1.0):
                self._recorder.count("hearsight_dropped_total", stage="judge", reason="media")
