"""What is asked of the line: how much moves, how it is sampled, and what is to be reached."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.bench.films import Kind, film
from pipeline.bench.site import decode_option


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way in which cameras are watched.

    Args:
        name: as on the command line.
        figure: the name of its figure.
        moving: part of the cameras whose scene moves.
        every_s: seconds between the pictures that are looked at.
        decode: the cameras' option ``decode:``.
        target: cameras a core that are to hold real time.
    """

    name: str
    figure: str
    moving: float
    every_s: float
    decode: str
    target: float

    def camera(self) -> dict[str, Any]:
        """The options of each camera in the site file."""
        options: dict[str, Any] = {"audio": "score", "sample_fps": 1 / self.every_s}
        return options | decode_option(self.decode)

    def films(self, count: int, own: Path | None = None) -> list[tuple[Path, int]]:
        """The films of ``count`` cameras: those that move first. ``own`` replaces them all."""
        if own is not None:
            return [(own, count)]
        moving = round(self.moving * count)
        if 0 < self.moving < 1 and count > 1:
            moving = max(1, moving)
        shares = ((Kind.MOVING, moving), (Kind.STILL, count - moving))
        return [(film(kind), share) for kind, share in shares if share]


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("mostly-still", "cameras_per_core_mostly_still", 0.1, 2.0, "auto", 100),
        Scenario("keyframes", "cameras_per_core_keyframes", 1.0, 2.0, "keyframes", 35),
        Scenario("each-second", "cameras_per_core_each_second", 1.0, 1.0, "samples", 20),
    )
}
