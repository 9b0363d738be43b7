"""What is asked of the line: how much moves, how it is sampled, and what is to be reached."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.bench.films import CAMERA, Kind, film
from pipeline.simulate.crowd import Played

#: What a camera shows whose scene is still: over and over, each camera from another of them on.
_STILL = (Kind.STILL, Kind.STILL, Kind.STILL, Kind.MOMENT)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way in which cameras are watched.

    Args:
        name: as on the command line.
        figure: the name of its figure.
        moving: part of the cameras whose scene moves all the time. In the others something passes
            within 2.5 s every 96 s; during the warm-up every 12 s, so that their gates learn soon
            whether the sizes of packets tell movement.
        every_s: seconds between the pictures that are looked at.
        decode: the cameras' option ``decode:``.
        target: cameras a core that are to hold real time.
        sound: whether they are heard.
        per_core: cameras for each core of the machine where none are asked for: so many leave it
            room even while their gates learn.
    """

    name: str
    figure: str
    moving: float
    every_s: float
    decode: str
    target: float
    sound: bool = True
    per_core: int = 10

    @property
    def senses(self) -> tuple[str, ...]:
        """What of each camera is scored."""
        return ("video", "audio") if self.sound else ("video",)

    @property
    def cycle_s(self) -> float:
        """Seconds in which every still camera has shown all its films once; 0: none is still."""
        return float(len(_STILL) * CAMERA.seconds) if self.moving < 1 else 0.0

    def camera(self) -> dict[str, Any]:
        """The options of each camera in the site file."""
        audio = "score" if self.sound else "off"
        return {"audio": audio, "sample_fps": 1 / self.every_s, "decode": self.decode}

    def split(self, count: int) -> tuple[int, int]:
        """How many of ``count`` cameras move, and how many are still; a few of each if any."""
        moving = round(self.moving * count)
        if 0 < self.moving < 1 and count > 1:
            moving = min(max(1, moving), count - 1)
        return moving, count - moving

    def films(self, count: int, own: Path | None = None) -> list[Played]:
        """What ``count`` cameras play: those that move first. ``own`` replaces all films."""
        if own is not None:
            return [Played(count, (own,))]
        moving, still = self.split(count)
        played = []
        if moving:
            played.append(Played(moving, (film(Kind.MOVING),)))
        if still:
            shown = {kind: film(kind) for kind in (*_STILL, Kind.MOMENTS)}
            films = tuple(shown[kind] for kind in _STILL)
            played.append(Played(still, films, (shown[Kind.MOMENTS],)))
        return played

    def costs(self, own: Path | None = None) -> list[tuple[Path, float]]:
        """Films with the part of all cameras that plays each, for what is measured of files."""
        if own is not None:
            return [(own, 1.0)]
        parts = ((Kind.MOVING, self.moving), (Kind.STILL, 1 - self.moving))
        return [(film(kind), part) for kind, part in parts if part]


#: Nothing moves anywhere; and nothing is heard.
IDLE = Scenario("idle", "cameras_per_core_idle", 0.0, 2.0, "auto", 0.0)
SILENT = replace(IDLE, name="silent", figure="cameras_per_core_silent", sound=False)
SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            "mostly-still", "cameras_per_core_mostly_still", 0.1, 2.0, "auto", 100, per_core=30
        ),
        Scenario("keyframes", "cameras_per_core_keyframes", 1.0, 2.0, "keyframes", 35),
        Scenario("each-second", "cameras_per_core_each_second", 1.0, 1.0, "samples", 20),
    )
}
