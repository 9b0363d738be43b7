"""The host's clock is set, and people are told by how much."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.messages import HealthEvent
from pipeline.metrics import Exporter
from pipeline.wall_clock import WallClock


class Host:
    """A host with two clocks that can be set and read slowly."""

    def __init__(self) -> None:
        self.now, self.offset, self.slow_s = 500.0, 1.76e9, 0.0
        self.told: list[HealthEvent] = []
        self.exporter = Exporter()
        self.watch = WallClock(
            self.told.append, self.exporter, clock=lambda: self.now, wall=self._wall
        )

    def _wall(self) -> float:
        self.now += self.slow_s
        return self.now + self.offset

    def passes(self, seconds: int, *, drift: float = 0.0) -> None:
        for _ in range(seconds):
            self.watch.look()
            self.now += 1.0
            self.offset += drift

    def steps(self) -> float:
        ((_, steps),) = self.exporter.values("hearsight_clock_steps_total") or [({}, 0.0)]
        return steps


@pytest.mark.promise("fault 11")
@pytest.mark.parametrize(("step", "told"), [(3600, "on by 3600.0 s"), (-3600, "back by 3600.0 s")])
def test_a_step_is_told_once_and_counted(
    step: int, told: str, record_property: Callable[[str, object], None]
) -> None:
    host = Host()
    host.passes(60)
    host.offset += step
    host.passes(2)
    (event,) = host.told
    assert event.kind == "clock_stepped"
    assert f"the host's clock was set {told}" in event.detail
    assert not event.standing, "it is over when it is told"
    host.passes(600)
    assert len(host.told) == host.steps() == 1
    way = "on" if step > 0 else "back"
    record_property("measured", f"a step {way} by {abs(step):,} s is recorded within a second")


def test_a_clock_that_is_corrected_as_it_goes_along_was_not_set() -> None:
    host = Host()
    host.passes(3600, drift=0.0005)
    assert host.told == []


def test_clocks_that_were_read_too_far_apart_are_not_compared() -> None:
    host = Host()
    host.passes(5)
    host.slow_s = 5.0
    host.passes(3)
    host.slow_s = 0.0
    host.passes(5)
    assert host.told == []
