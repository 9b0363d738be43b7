"""The judge's desk for the health of cameras: vital signs in, health events out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from detectors import DetectorStateError
from detectors.camera_health import CameraHealth
from detectors.lasting import Change
from detectors.microphone_health import MicrophoneHealth
from pipeline.channel import Channel
from pipeline.messages import HealthEvent, Vitals
from pipeline.metrics import Recorder

log = structlog.get_logger()


class VitalSigns:
    """Follows the health of every camera's picture and sound.

    What is found is told and kept as trouble until it is over; it silences no alert. Who learns
    what is normal asks `troubled` and leaves such moments out.

    Args:
        cameras: their names.
        channel: to the supervisor.
        recorder: this process's counts.
    """

    def __init__(self, cameras: Iterable[str], channel: Channel, recorder: Recorder) -> None:
        self._channel = channel
        self._recorder = recorder
        self._sight = {camera: CameraHealth() for camera in cameras}
        self._hearing = {camera: MicrophoneHealth() for camera in self._sight}

    def take(self, vitals: Vitals) -> None:
        """Take in vital signs; those that cannot be read are counted."""
        changes: list[Change] = []
        try:
            if vitals.picture is not None:
                changes += self._sight[vitals.camera].take(vitals.picture, vitals.pts_ns)
            if vitals.sound is not None:
                changes += self._hearing[vitals.camera].take(vitals.sound, vitals.pts_ns)
        except (KeyError, ValueError) as error:
            self._recorder.count("hearsight_errors_total", stage="judge", reason="bad_vitals")
            log.error("vital signs not read", camera=vitals.camera, error=str(error))
        for change in changes:
            self._tell(vitals, change)

    def troubled(self, camera: str) -> frozenset[str]:
        """The kinds of trouble that a camera's picture and sound are in."""
        return self._sight[camera].troubles | self._hearing[camera].troubles

    def _tell(self, vitals: Vitals, change: Change) -> None:
        camera, kind = vitals.camera, change.kind
        self._recorder.set(
            "hearsight_camera_trouble", float(change.standing), camera=camera, kind=kind
        )
        say = log.warning if change.standing else log.info
        say("camera health", camera=camera, kind=kind, over=not change.standing, why=change.detail)
        event = HealthEvent(
            camera,
            kind,
            change.detail,
            vitals.captured_at,
            # Each kind on its own: a frozen picture may be a blurred one as well.
            subject=f"{camera} {kind}",
            standing=change.standing,
        )
        if not self._channel.send(event, timeout_s=1.0):
            self._recorder.count("hearsight_dropped_total", stage="judge", reason="health")

    def save(self) -> dict[str, dict[str, Any]]:
        """What is usual at each camera, by ``health/<camera>``."""
        return {
            _key(camera): {"sight": health.save(), "hearing": self._hearing[camera].save()}
            for camera, health in self._sight.items()
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave; what cannot be read is learned anew, and said."""
        for camera in self._sight:
            if (state := saved.get(_key(camera))) is None:
                continue
            try:
                self._sight[camera].load(state["sight"])
                self._hearing[camera].load(state["hearing"])
            except (DetectorStateError, KeyError, TypeError) as error:
                log.warning("health not restored", camera=camera, error=str(error))


def _key(camera: str) -> str:
    return f"health/{camera}"
