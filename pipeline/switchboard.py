"""What comes of what processes say, and of their ends: each message goes on by its type."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from msgspec.structs import replace

from pipeline.canary.sender import CanarySender
from pipeline.children import Child
from pipeline.errors import ModelsUnusable
from pipeline.first_messages import SOUND_HOP_S
from pipeline.inference_watch import InferenceWatch
from pipeline.live_pictures import LivePictures
from pipeline.messages import (
    AnyMessage,
    CameraState,
    CanaryCame,
    CutMedia,
    Embedded,
    Followed,
    FrameReady,
    HealthEvent,
    Heartbeat,
    LivePicture,
    MediaReady,
    ModelsReady,
    NothingHappened,
    Outboxed,
    Ready,
    ScoreLine,
    Seam,
    SoundReady,
    TextsEmbedded,
    Vitals,
)
from pipeline.metrics import Exporter
from pipeline.news import News
from pipeline.overview import Overview
from pipeline.processes import Processes
from pipeline.readiness import Readiness
from pipeline.sampling_desk import SamplingDesk
from pipeline.text_requests import TextRequests

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Switchboard:
    """Hears all children of a supervisor. Belongs to its event loop.

    Args:
        mask: returns words without the site's secrets: what processes say goes to health pages
            and streams, not only to the log.
        give_up: ends the site, for a reason.
    """

    processes: Processes
    readiness: Readiness
    news: News
    exporter: Exporter
    overview: Overview
    live: LivePictures
    canary: CanarySender
    texts: TextRequests
    sampling: SamplingDesk
    inference: InferenceWatch
    mask: Callable[[str], str]
    give_up: Callable[[BaseException], None]

    def message(self, child: Child, message: AnyMessage) -> None:
        """A process says something that is not about its own liveness."""
        if isinstance(message, CameraState | HealthEvent):
            message = replace(message, detail=self.mask(message.detail))
        self.overview.passed(message)
        processes = self.processes
        match message:
            case FrameReady() | SoundReady():
                self.readiness.sampled(message.camera, time.monotonic())
                processes.encoder.send(message)
            case NothingHappened():
                self.readiness.sampled(message.quiet.camera, time.monotonic())
                processes.judge.send(message)
            case Embedded() | MediaReady() | Vitals() | Seam():
                processes.judge.send(message)
            case Outboxed() | ScoreLine() | HealthEvent():
                if isinstance(message, HealthEvent):
                    self.readiness.event(child.spec.name, message)
                if child is not processes.publisher:
                    processes.publisher.send(message)
                self.news.observe(message)
            case CutMedia():
                processes.crew.send(message.camera, message)
            case LivePicture():
                self.live.took(message)
            case CanaryCame():
                self.canary.came(message)
            case CameraState():
                self.news.camera(message)
            case TextsEmbedded():
                self.texts.answered(message)
            case ModelsReady():
                self.models_ready(message)
            case Followed():
                processes.followed()
            case Ready():
                if child is processes.judge:
                    processes.followed()
                log.debug("process ready", child=child.spec.name)
            case _:
                log.error("unexpected message", child=child.spec.name, type=type(message).__name__)

    def models_ready(self, models: ModelsReady) -> None:
        """The encoder has loaded its models, for the first time or again."""
        first = self.processes.models_are(models)
        self.news.observe(models)
        self.inference.ready(models.device)
        if first:
            ids = [info.model_id for info in (models.sight, models.sound) if info]
            log.info("models ready", models=ids, device=models.device)
            self.canary.begin(models)
            if models.sound is not None:
                self.sampling.hears(models.sound.window_s, SOUND_HOP_S)

    def heartbeat(self, _child: Child, message: Heartbeat) -> None:
        """A process lives, and says what it counted."""
        self.exporter.apply(message.metrics)

    def dropped(self, child: Child, reason: str) -> None:
        """A message to a process had to go."""
        self.exporter.count("hearsight_dropped_total", stage=f"to_{child.spec.name}", reason=reason)

    def exited(self, child: Child, reason: str) -> None:
        """A process has ended, and is started again."""
        name = child.spec.name
        # The last words of a process may quote an address.
        reason = self.mask(reason)
        encoder = child is self.processes.encoder
        if encoder and self.processes.models is None:
            # Another try would say the same.
            child.retire()
            self.give_up(ModelsUnusable(f"the models cannot be loaded: {reason}"))
            return
        log.error("process ended and is replaced", child=name, reason=reason)
        self.restarted(name)
        self.readiness.forget(name)
        now = time.time()
        cameras = self.processes.crew.cameras_of(child)
        self.sampling.worker_lost(cameras)
        for camera in cameras:
            if (old := self.readiness.state(camera)) is None or old.state != "ended":
                self.news.camera(
                    CameraState(camera, "offline", f"ingest replaced: {reason}", False, False, now)
                )
        if encoder:
            self.texts.lost()
            self.sampling.encoder_lost()
            self.inference.ended(reason, child.waits_s)
        else:
            self.news.stream(HealthEvent(None, f"{name}_replaced", reason, now))

    def restarted(self, process: str) -> None:
        """Count that a process of the site was started again."""
        self.exporter.count("hearsight_process_restarts_total", process=process)
