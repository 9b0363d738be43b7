"""The supervisor's desk for overload: measures the line, and tells workers how often to sample."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

import structlog

from pipeline.budget import Budget, Second
from pipeline.config import AudioUse, Camera, Site
from pipeline.fair_share import Wish, divide
from pipeline.messages import HealthEvent, SampleRate
from pipeline.metrics import Exporter
from pipeline.records import Modality, Severity

log = structlog.get_logger()

SUBJECT = "sampling"
#: Stages, and reasons for which they drop what the machine was too slow for.
_TOO_SLOW = frozenset(
    {
        ("encoder", "queue_full"),
        ("encoder", "too_old"),
        ("encoder", "overwritten"),
        ("encoder", "judge_behind"),
        ("worker", "encoder_behind"),
        ("to_encoder", "queue_full"),
        ("to_judge", "queue_full"),
    }
)
#: A judge that is at work for so much of the time is behind: it works on one thing at a time.
_JUDGE_FULL = 0.95
#: Samples are to blame for an overload where they take so much of the encoder's work.
_TO_BLAME = 0.25
#: A decoder so far behind its stream (seconds) cannot follow, and so many of them make an overload
#: of the machine: fewer are too much for a core, which costs other cameras nothing.
_LAG_S, _LAGGING = 1.0, 1 / 3
#: A rate is told anew where it has changed by so much of itself.
_WORTH_TELLING = 0.05


class Severities(Protocol):
    """What is at stake at a camera (`pipeline.armed_rules`)."""

    def severity(self, camera: str, modality: Modality) -> Severity | None:
        """The highest among armed rules that need this sense; None: none is armed."""
        ...


class SamplingDesk:
    """Keeps a site within what its machine can do. All methods belong to one thread.

    What it decides by is what ``/metrics`` shows: the encoder's load and drops, the decoders' lag
    and the activity of each camera.

    Args:
        site: the site file.
        severities: what is at stake at each camera.
        exporter: the site's metrics.
        send: takes a rate to the camera's worker.
        tell: takes what people should know.
        clock: UTC epoch seconds; for tests.
    """

    def __init__(
        self,
        site: Site,
        severities: Severities,
        exporter: Exporter,
        send: Callable[[SampleRate], None],
        tell: Callable[[HealthEvent], None],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._site = site
        self._severities = severities
        self._exporter = exporter
        self._send = send
        self._tell = tell
        self._clock = clock
        self._budgets = {modality: Budget() for modality in Modality}
        self._rates: dict[Modality, dict[str, float]] = {modality: {} for modality in Modality}
        self._wishes: dict[Modality, dict[str, Wish]] = {modality: {} for modality in Modality}
        self._told: dict[str, SampleRate] = {}
        self._shown: dict[tuple[str, Modality], tuple[float, float]] = {}
        self._dropped = 0.0
        self._behind = ""
        self._sound_hop_s, self._sound_every = 1.0, 1
        self._overloaded = False

    # --- what happens -------------------------------------------------------------------------

    def hears(self, window_s: float, hop_s: float) -> None:
        """The sound model is known: with a window of ``window_s`` every ``hop_s`` seconds.

        Windows overlap: of as many as begin within one, all but one can go, and all is heard still.
        As many must end in each window of a rule.
        """
        self._sound_hop_s = hop_s
        shortest = min(window_s, self._site.window.length)
        self._sound_every = max(1, math.floor(shortest / hop_s))

    def follow(self, site: Site) -> None:
        """The site is another one from now on: cameras that have left it are forgotten."""
        self._site = site
        for modality in Modality:
            for known in (self._rates[modality], self._wishes[modality]):
                for camera in known.keys() - site.cameras.keys():
                    del known[camera]
        self._told = {c: told for c, told in self._told.items() if c in site.cameras}
        self._shown = {at: told for at, told in self._shown.items() if at[0] in site.cameras}

    def encoder_lost(self) -> None:
        """The encoder is replaced: what it said last says nothing of its successor."""
        for modality in Modality:
            for name in ("hearsight_load", "hearsight_waiting_seconds"):
                self._exporter.set(name, 0.0, stage=_stage(modality))
        for budget in self._budgets.values():
            budget.forget()

    def worker_lost(self, cameras: Collection[str]) -> None:
        """Their worker is replaced: the next one samples as the site file says until told."""
        for camera in cameras:
            self._told.pop(camera, None)

    def look(self, running: Collection[str]) -> None:
        """A second has passed.

        Args:
            running: the cameras that give pictures or sound.
        """
        second = self._measure(running)
        activity = self._by_camera("hearsight_activity")
        for modality in Modality:
            wishes = self._wishes[modality] = {
                camera: wish
                for camera, settings in self._site.cameras.items()
                if camera in running
                and (wish := self._wish(camera, settings, modality, activity)) is not None
            }
            total = self._budgets[modality].look(
                second,
                wanted=sum(wish.wanted * wish.cost for wish in wishes.values()),
                least=sum(wish.least * wish.cost for wish in wishes.values()),
                to_blame=self._to_blame(modality),
            )
            if not self._site.sampling.adaptive:
                total = math.inf
            before, self._rates[modality] = self._rates[modality], divide(total, wishes)
            for camera in before.keys() - wishes.keys():
                self._show(camera, modality, 0.0, 0.0)
        self._tell_workers()
        self._tell_people()

    def _measure(self, running: Collection[str]) -> Second:
        loads = self._by_stage("hearsight_load")
        judge = loads.pop("judge", 0.0)
        waiting = self._by_stage("hearsight_waiting_seconds")
        before, self._dropped = self._dropped, self._drops()
        lags = self._by_camera("hearsight_decode_lag_seconds")
        lagging = [camera for camera in running if lags.get(camera, 0.0) > _LAG_S]
        self._behind = ""
        if lagging and len(lagging) >= _LAGGING * len(running):
            self._behind = "the decoders cannot follow the streams"
        elif judge >= _JUDGE_FULL:
            self._behind = "the judge is at its limit"
        return Second(
            # One process does it all, one batch after the other.
            busy=min(1.0, sum(loads.values())),
            waiting_s=max(waiting.values(), default=0.0),
            dropped=round(self._dropped - before),
            behind=bool(self._behind),
        )

    def _wish(
        self, camera: str, settings: Camera, modality: Modality, activity: Mapping[str, float]
    ) -> Wish | None:
        if settings.plays_fast:
            # It is read as fast as the line takes it: that it waits is meant.
            return None
        severity = self._severities.severity(camera, modality)
        if modality is Modality.VIDEO and settings.video:
            return Wish(
                wanted=settings.sample_fps,
                floor=self._site.sampling.floor,
                severity=severity,
                activity=activity.get(camera, 1.0),
                cost=1.0 + len(settings.regions),
            )
        if modality is Modality.AUDIO and settings.audio is not AudioUse.OFF:
            wanted = 1 / self._sound_hop_s
            return Wish(wanted=wanted, floor=wanted / self._sound_every, severity=severity)
        return None

    def _to_blame(self, modality: Modality) -> bool:
        if self._behind:
            return modality is Modality.VIDEO
        loads = self._by_stage("hearsight_load")
        work = sum(loads.get(_stage(m), 0.0) for m in Modality)
        return loads.get(_stage(modality), 0.0) >= _TO_BLAME * work

    # --- what is said -------------------------------------------------------------------------

    def _tell_workers(self) -> None:
        for camera in self._rates[Modality.VIDEO] | self._rates[Modality.AUDIO]:
            wanted = self._site.cameras[camera].sample_fps
            rate = SampleRate(
                camera,
                self._rates[Modality.VIDEO].get(camera, wanted),
                self._thinned(camera),
            )
            before = self._told.get(camera, SampleRate(camera, wanted))
            if _differs(rate, before, wanted):
                self._told[camera] = rate
                self._send(rate)
        for modality, rates in self._rates.items():
            for camera, granted in rates.items():
                deficit = 1 - granted / self._wishes[modality][camera].wanted
                self._show(camera, modality, granted, max(0.0, deficit))

    def _show(self, camera: str, modality: Modality, granted: float, deficit: float) -> None:
        if self._shown.get((camera, modality)) == (granted, deficit):
            return
        self._shown[camera, modality] = (granted, deficit)
        at = {"camera": camera, "modality": modality.value}
        self._exporter.set("hearsight_sample_rate", granted, **at)
        self._exporter.set("hearsight_sampling_deficit", deficit, **at)

    def _thinned(self, camera: str) -> int:
        granted = self._rates[Modality.AUDIO].get(camera)
        if granted is None:
            return 1
        # Rounded up, but not for the last digit of a float.
        return math.ceil(self._wishes[Modality.AUDIO][camera].wanted / granted - 1e-6)

    def _tell_people(self) -> None:
        limited = self._site.sampling.adaptive and any(b.limited for b in self._budgets.values())
        if limited == self._overloaded:
            return
        self._overloaded = limited
        if limited:
            why = self.why()
            log.warning("overloaded", why=why)
        else:
            why = ""
            log.info("overload over: every camera is sampled as the site file says")
        kind = "overloaded" if limited else "overload_over"
        self._tell(HealthEvent(None, kind, why, self._clock(), subject=SUBJECT, standing=limited))

    def why(self) -> str:
        """What the machine cannot do, in words; empty where it can do all."""
        if not self._overloaded:
            return ""
        what = self._behind
        if not what:
            loads = self._by_stage("hearsight_load")
            sense = max(Modality, key=lambda m: loads.get(_stage(m), 0.0))
            model = "sight" if sense is Modality.VIDEO else "sound"
            what = f"the encoder is at its limit, mostly with {model}"
        return (
            f"cameras outrun this machine: {what}. They are sampled less often, those with severe "
            "rules last. Lower sample_fps, choose a smaller model, or use a faster machine"
        )

    def view(self) -> dict[str, Any]:
        """How it stands, for the console: JSON values, rates in samples a second."""
        return {
            "overloaded": self._overloaded,
            "why": self.why(),
            "load": self._by_stage("hearsight_load"),
            "cameras": {
                camera: {
                    modality.value: {
                        "wanted": self._wishes[modality][camera].wanted,
                        "granted": rates[camera],
                        "severity": self._wishes[modality][camera].severity,
                    }
                    for modality, rates in self._rates.items()
                    if camera in rates
                }
                for camera in self._site.cameras
            },
        }

    # --- what is measured ---------------------------------------------------------------------

    def _by_stage(self, name: str) -> dict[str, float]:
        return {labels["stage"]: value for labels, value in self._exporter.values(name)}

    def _by_camera(self, name: str) -> dict[str, float]:
        return {labels["camera"]: value for labels, value in self._exporter.values(name)}

    def _drops(self) -> float:
        return sum(
            value
            for labels, value in self._exporter.values("hearsight_dropped_total")
            if (labels["stage"], labels["reason"]) in _TOO_SLOW
        )


def _stage(modality: Modality) -> str:
    return f"encoder_{modality}"


def _differs(rate: SampleRate, before: SampleRate, wanted: float) -> bool:
    if rate.sound_every != before.sound_every:
        return True
    step = abs(rate.per_second - before.per_second)
    # The last step to what is wanted is always told.
    return step > _WORTH_TELLING * before.per_second or (step > 0 and rate.per_second == wanted)
