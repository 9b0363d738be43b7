"""What the console is told of a site: what it is (no address, no secret), and how it is now."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

import psutil

from pipeline.children import Child
from pipeline.config import Rule, Site
from pipeline.messages import AnyMessage, Embedded, FrameReady, ModelsReady, ScoreLine, SoundReady
from pipeline.metrics import Exporter

#: Lag and times of inference are those of the last so many seconds.
RECENT_S = 10


def site_view(site: Site, models: ModelsReady | None) -> dict[str, Any]:
    """Cameras, rules, models and media settings, for people. Durations are in seconds.

    Args:
        site: the site file.
        models: None while they are loaded.
    """
    return {
        "name": site.site,
        "timezone": site.timezone,
        "cameras": {
            name: {
                "video": camera.video,
                "audio": camera.audio.value,
                "space": camera.space,
                "groups": list(camera.groups),
                "ear": site.ear_of(name),
                "views": {view: r.model_dump() for view, r in camera.regions.items()},
                "sample_fps": camera.sample_fps,
                "masked": bool(camera.masks),
                "rules": list(site.rules_of(name)),
            }
            for name, camera in site.cameras.items()
        },
        "groups": {name: list(cameras) for name, cameras in site.groups.items()},
        "modes": list(site.arming.known),
        "rules": {name: _rule_view(rule) for name, rule in site.rules.items()},
        "models": _models_view(models),
        "media": {
            "pre_roll_s": site.media.pre_roll,
            "post_roll_s": site.media.post_roll,
            "max_clip_s": site.media.max_clip,
            "retention_s": site.media.retention,
        },
        "archive": {"enabled": site.archive.enabled, "retention_s": site.archive.retention},
    }


def _rule_view(rule: Rule) -> dict[str, Any]:
    kind = "learn" if rule.learn else "contradiction" if rule.contradiction else "prompts"
    return {
        "kind": kind,
        "severity": rule.severity.value,
        "false_alarms_per_day": rule.false_alarms,
        "see": list(rule.see),
        "hear": list(rule.hear),
        "modalities": [modality.value for modality in rule.modalities],
        "view": rule.view,
        "armed": list(rule.armed),
        "version": rule.version,
        "min_length_s": rule.min_length,
        "exit_after_s": rule.exit_after,
        "cooldown_s": rule.cooldown,
    }


def _models_view(models: ModelsReady | None) -> dict[str, Any]:
    ids = {
        sense: info.model_id if info is not None else None
        for sense, info in (
            ("sight", models.sight if models else None),
            ("sound", models.sound if models else None),
        )
    }
    return {"ready": models is not None, **ids, "device": models.device if models else None}


class Overview:
    """Keeps what only shows over time, and puts together how a site is now.

    Args:
        exporter: the site's metrics.
        clock: UTC epoch seconds; for tests.
        began_at: when the process was started, by the same clock; None: now.
    """

    def __init__(
        self,
        exporter: Exporter,
        *,
        clock: Callable[[], float] = time.time,
        began_at: float | None = None,
    ) -> None:
        self._exporter = exporter
        self._clock = clock
        self._began_at = clock() if began_at is None else began_at
        #: How far the start has come.
        self._steps: set[str] = set()
        #: Per second, the largest lag of each stage.
        self._lags: deque[dict[str, float]] = deque([{}], maxlen=RECENT_S)
        #: Per second, the sum of each model's times, and their number.
        self._inference: deque[dict[str, tuple[float, float]]] = deque(maxlen=RECENT_S + 1)
        self._resident: dict[str, int] = {}
        self._cpu = self._memory = 0.0

    def passed(self, message: AnyMessage) -> None:
        """A message came by on its way down the line: how old is what it tells of?"""
        match message:
            case FrameReady() | SoundReady():
                self._lagged("ingest", message.captured_at)
            case ModelsReady():
                self._reached("models")
            case Embedded():
                self._reached("embedding")
                self._lagged("encoder", message.embedding.captured_at)
            case ScoreLine():
                self._lagged("judge", message.at)

    def _reached(self, step: str) -> None:
        """The start has come this far; what is reached once more after it is no news."""
        if step not in self._steps:
            self._steps.add(step)
            took = self._clock() - self._began_at
            self._exporter.set("hearsight_start_seconds", took, until=step)

    def _lagged(self, stage: str, captured_at: float) -> None:
        newest = self._lags[-1]
        newest[stage] = max(newest.get(stage, 0.0), self._clock() - captured_at)

    def tick(self, children: Iterable[Child]) -> None:
        """A second has passed: measure."""
        for child in children:
            resident = self._resident[child.spec.name] = child.resident_bytes()
            self._exporter.set(
                "hearsight_process_resident_bytes", float(resident), process=child.spec.name
            )
        for stage, lag in self.lags().items():
            self._exporter.set("hearsight_lag_seconds", lag, stage=stage)
        self._lags.append({})
        self._inference.append(self._inferred())
        self._cpu = psutil.cpu_percent(None) / 100
        self._memory = psutil.virtual_memory().percent / 100

    def forget(self, process: str) -> None:
        """A process is no more, for good."""
        self._resident.pop(process, None)
        self._exporter.forget("process", process)

    def lags(self) -> dict[str, float]:
        """By stage, the largest age of what it passed on in the last ten seconds, in seconds.

        From a sample's arrival to: its way to the encoder, its embedding, the score of the window
        it is in.
        """
        out: dict[str, float] = {}
        for second in self._lags:
            for stage, lag in second.items():
                out[stage] = max(out.get(stage, 0.0), lag)
        return out

    def _inferred(self) -> dict[str, tuple[float, float]]:
        name = "hearsight_inference_duration_seconds"
        counts = {labels["model"]: n for labels, n in self._exporter.values(name, "_count")}
        sums = {labels["model"]: s for labels, s in self._exporter.values(name, "_sum")}
        return {model: (sums[model], n) for model, n in counts.items()}

    def _inference_s(self) -> dict[str, float]:
        """By model, the mean time of a batch of late, in seconds."""
        now = self._inferred()
        before = self._inference[0] if self._inference else {}
        out = {}
        for model, (total, count) in now.items():
            old_total, old_count = before.get(model, (0.0, 0.0))
            if count > old_count:
                out[model] = (total - old_total) / (count - old_count)
        return out

    def state(
        self,
        readiness: Mapping[str, Any],
        children: Iterable[Child],
        models: ModelsReady | None,
    ) -> dict[str, Any]:
        """How the site is now.

        Args:
            readiness: the body of ``/readiness``.
            children: its processes.
            models: None while they are loaded.
        """
        cameras = {name: {**told} for name, told in readiness["cameras"].items()}
        for labels, at in self._of("hearsight_last_frame_timestamp_seconds", cameras):
            cameras[labels["camera"]].setdefault("newest_at", {})[labels["modality"]] = at
        for labels, skew in self._of("hearsight_av_skew_seconds", cameras):
            cameras[labels["camera"]]["av_skew_s"] = skew
        for labels, bad in self._of("hearsight_camera_trouble", cameras):
            if bad:
                cameras[labels["camera"]].setdefault("trouble", []).append(labels["kind"])
        return {
            **readiness,
            "at": self._clock(),
            "started_at": self._began_at,
            "cameras": cameras,
            "processes": {
                child.spec.name: {
                    "alive": child.alive,
                    "restarts": child.restarts,
                    "resident_bytes": self._resident.get(child.spec.name, 0),
                }
                for child in children
            },
            "models": _models_view(models),
            "lag_s": self.lags(),
            "inference_s": self._inference_s(),
            "outbox": self._outbox(),
            "dropped": self._totals("hearsight_dropped_total"),
            "errors": self._totals("hearsight_errors_total"),
            # What a GPU does is not measured: the encoder alone holds it.
            "load": {"cpu": self._cpu, "memory": self._memory, "gpu": None},
        }

    def _of(self, name: str, cameras: Container[str]) -> list[tuple[dict[str, str], float]]:
        """What is shown of the site's cameras: the last word of one that has left may be late."""
        told = self._exporter.values(name)
        return [(labels, value) for labels, value in told if labels["camera"] in cameras]

    def _outbox(self) -> dict[str, dict[str, float]]:
        out: dict[str, dict[str, float]] = {}
        for name, key in (
            ("hearsight_outbox_pending", "pending"),
            ("hearsight_outbox_delay_seconds", "delay_s"),
        ):
            for labels, value in self._exporter.values(name):
                out.setdefault(labels["sink"], {})[key] = value
        return out

    def _totals(self, name: str) -> list[dict[str, Any]]:
        return [
            {**labels, "total": int(value)}
            for labels, value in self._exporter.values(name)
            if value
        ]
