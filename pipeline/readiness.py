"""Whether a site can do its work, from what its processes say: the body of ``/readiness``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.messages import CameraState, HealthEvent

#: A camera is fresh if it was heard of within this time.
FRESH_S = 10.0


class Readiness:
    """Remembers each camera's state and every trouble that stands.

    One dead camera does not fail a site: at least one must be fresh. A sink that is away does not
    either: alerts lie in the outbox meanwhile. An outbox that takes nothing does.

    Args:
        cameras: their names.
    """

    def __init__(self, cameras: Iterable[str]) -> None:
        self._states: dict[str, CameraState | None] = dict.fromkeys(cameras)
        self._heard_at: dict[str, float] = {}
        self._troubles: dict[str, tuple[str, str]] = {}

    def follow(self, cameras: Iterable[str]) -> None:
        """These are the site's cameras from now on; of the others nothing is remembered."""
        self._states = {camera: self._states.get(camera) for camera in cameras}
        gone = self._heard_at.keys() - self._states.keys()
        for camera in gone:
            del self._heard_at[camera]

    def over(self, camera: str) -> None:
        """A camera has left the site, and its troubles with it."""
        mine = (f"{camera} ", f"normal {camera}/")
        self._troubles = {s: t for s, t in self._troubles.items() if not s.startswith(mine)}

    def knows(self, camera: str) -> bool:
        """Whether a camera is one of the site's."""
        return camera in self._states

    def online(self, camera: str) -> bool:
        """Whether a camera delivers, as far as was said."""
        state = self.state(camera)
        return state is not None and state.state == "online"

    def state(self, camera: str) -> CameraState | None:
        """What was last said of a camera."""
        return self._states.get(camera)

    def camera(self, state: CameraState) -> None:
        """A camera's state changed."""
        self._states[state.camera] = state

    def all_ended(self) -> bool:
        """Whether every camera has come to its end, as files do."""
        return all(state is not None and state.state == "ended" for state in self._states.values())

    def sampled(self, camera: str, now: float) -> None:
        """Something of a camera was seen or heard, at ``now`` (monotonic, seconds)."""
        self._heard_at[camera] = now

    def event(self, process: str, event: HealthEvent) -> None:
        """A process told of a trouble, or that one is over."""
        if event.standing:
            self._troubles[event.subject] = (process, event.detail)
        else:
            self._troubles.pop(event.subject, None)

    def forget(self, process: str) -> None:
        """A process is gone: its successor will say what still troubles it."""
        self._troubles = {s: told for s, told in self._troubles.items() if told[0] != process}

    def body(self, now: float, processes: Mapping[str, bool]) -> tuple[bool, dict[str, Any]]:
        """Whether the site is ready, and the details; ``processes`` says which of them live."""
        cameras = {
            name: {
                "state": state.state if state else "connecting",
                "detail": state.detail if state else "",
                "video": bool(state and state.video),
                "audio": bool(state and state.audio),
                "fresh": now - self._heard_at.get(name, float("-inf")) < FRESH_S,
            }
            for name, state in self._states.items()
        }
        checks = {
            **processes,
            "outbox": "outbox" not in self._troubles,
            "cameras": any(camera["fresh"] for camera in cameras.values()),
        }
        ready = all(checks.values())
        troubles = {subject: detail for subject, (_, detail) in self._troubles.items()}
        return ready, {"ready": ready, "checks": checks, "troubles": troubles, "cameras": cameras}
