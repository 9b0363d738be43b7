"""Soaks as their files tell them, made up."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.soak.samples import SCHEMA, Arrived, Begun, Ended, Owed, Process, Sample, Soak
from pipeline.soak.schedule import Disturbance

MB = 1_000_000
#: Wall clock at the start.
EPOCH = 1_700_000_000.0


def begun(seconds: float = 7200.0, warm_up_s: float = 600.0) -> Begun:
    machine = {"cores": 2, "cpu": "a CPU", "memory_gb": 8.0}
    cameras = ["yard", "gate"]
    return Begun(
        SCHEMA, EPOCH, seconds, warm_up_s, 10.0, 1, cameras, ["hearsight", "soak"], machine
    )


def process(
    name: str = "judge", pid: int = 10, *, mb: float = 80.0, fds: int = 12, threads: int = 4
) -> Process:
    own = round(mb * MB)
    return Process(name, pid, own, 2 * own, own, fds, threads, 1.0)


def sample(
    at_s: float,
    *processes: Process,
    owed: Sequence[Owed] = (),
    arrived: Sequence[Arrived] = (),
    ages: dict[str, float] | None = None,
) -> Sample:
    return Sample(
        at_s=at_s,
        at=EPOCH + at_s,
        processes=list(processes or (process(),)),
        frame_age_s={"yard": 0.5, "gate": 0.4} if ages is None else ages,
        lag_s={"judge": 0.2},
        reconnects=0.0,
        restarts=0.0,
        drops=0.0,
        pending=0.0,
        owed=list(owed),
        arrived=list(arrived),
    )


def owed(identifier: str, at_s: float, revision: int = 0) -> Owed:
    return Owed(identifier, revision, EPOCH + at_s)


def arrived(
    identifier: str, at_s: float, revision: int = 0, *, latency_s: float | None = 0.8
) -> Arrived:
    return Arrived(identifier, revision, EPOCH + at_s, latency_s, canary=False)


def soak(
    *samples: Sample, disturbances: Sequence[Disturbance] = (), ended: Ended | None = None
) -> Soak:
    return Soak(begun(), samples, tuple(disturbances), ended)


def living(look: Callable[[float], Sequence[Process]], seconds: float = 7200.0) -> Soak:
    """A soak whose processes are what ``look`` says at each moment."""
    moments = [10.0 * n for n in range(round(seconds / 10))]
    return soak(*(sample(at, *look(at)) for at in moments))
