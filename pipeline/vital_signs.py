"""The judge's desk for the health of cameras: vital signs in, health events out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from detectors import DetectorStateError, camera_health, microphone_health
from detectors.camera_health import CameraHealth
from detectors.lasting import Change
from detectors.microphone_health import MicrophoneHealth
from pipeline.channel import Channel
from pipeline.config import AudioUse, Site
from pipeline.messages import HealthEvent, Vitals
from pipeline.metrics import Recorder

log = structlog.get_logger()


class VitalSigns:
    """Follows the health of every camera's picture and sound.

    What is found is told and kept as trouble until it is over; it silences no alert. Who learns
    what is normal asks `troubled` and leaves such moments out.

    Args:
        site: whose cameras.
        channel: to the supervisor.
        recorder: this process's counts.
    """

    def __init__(self, site: Site, channel: Channel, recorder: Recorder) -> None:
        self._channel = channel
        self._recorder = recorder
        self._sight: dict[str, CameraHealth] = {}
        self._hearing: dict[str, MicrophoneHealth] = {}
        self.follow(site)

    def follow(self, site: Site) -> None:
        """These are the cameras from now on; of those that stay nothing is forgotten."""
        sees = [name for name, camera in site.cameras.items() if camera.video]
        hears = [n for n, camera in site.cameras.items() if camera.audio is not AudioUse.OFF]
        # A predecessor's troubles are found anew, if they still stand.
        for camera in sees:
            if camera not in self._sight:
                self._show(camera, camera_health.LASTING_S, standing=False)
        for camera in hears:
            if camera not in self._hearing:
                self._show(camera, microphone_health.LASTING_S, standing=False)
        self._sight = {name: self._sight.get(name) or CameraHealth() for name in sees}
        self._hearing = {name: self._hearing.get(name) or MicrophoneHealth() for name in hears}

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
        both = (self._sight.get(camera), self._hearing.get(camera))
        return frozenset().union(*(health.troubles for health in both if health is not None))

    def _show(self, camera: str, kinds: Iterable[str], *, standing: bool) -> None:
        for kind in kinds:
            self._recorder.set(
                "hearsight_camera_trouble", float(standing), camera=camera, kind=kind
            )

    def _tell(self, vitals: Vitals, change: Change) -> None:
        camera, kind = vitals.camera, change.kind
        self._show(camera, [kind], standing=change.standing)
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
        """What is usual at each camera, by keys that no rule has."""
        sight = {_key("sight", camera): one.save() for camera, one in self._sight.items()}
        hearing = {_key("hearing", camera): one.save() for camera, one in self._hearing.items()}
        return sight | hearing

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what `save` gave; what cannot be read is learned anew, and said."""
        senses: dict[str, Mapping[str, CameraHealth | MicrophoneHealth]] = {
            "sight": self._sight,
            "hearing": self._hearing,
        }
        for sense, cameras in senses.items():
            for camera, health in cameras.items():
                if (state := saved.get(_key(sense, camera))) is None:
                    continue
                try:
                    health.load(state)
                except DetectorStateError as error:
                    log.warning("health not restored", camera=camera, error=str(error))


def _key(sense: str, camera: str) -> str:
    # Rules have ``camera/rule``, and no name has a colon.
    return f"health:{sense}/{camera}"
