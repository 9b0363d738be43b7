"""Carrying out what a schedule says, on a process that pretends to be a site's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from pipeline.simulate import Fault
from pipeline.soak.look import named, processes
from pipeline.soak.mischief import Mischief
from pipeline.soak.schedule import Disturbance, Kind

_SLEEP = "import time; time.sleep(60)"


class Cameras:
    def __init__(self) -> None:
        self.told: list[tuple[str, Fault]] = []

    def set_fault(self, mount: str, fault: Fault) -> None:
        self.told.append((mount, fault))


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """A child of ours that is named like a worker."""
    command = [sys.executable, "-S", "-c", _SLEEP, "--name", "worker-0"]
    with subprocess.Popen(command) as process:
        yield process
        process.kill()


def mischief(*planned: Disturbance, cameras: Cameras) -> Mischief:
    return Mischief(planned, cameras, psutil.Process())  # type: ignore[arg-type]


def test_a_camera_misbehaves_for_its_time() -> None:
    cameras = Cameras()
    cut = Disturbance(10.0, 5.0, Kind.CUT, "yard")
    made = mischief(cut, cameras=cameras)

    assert made.look(9.0) is None
    assert made.look(10.4) == Disturbance(10.4, 5.0, Kind.CUT, "yard"), "as it really began"
    made.look(15.0)
    assert cameras.told == [("yard", Fault.DROP)]
    made.look(15.5)
    assert cameras.told == [("yard", Fault.DROP), ("yard", Fault.NONE)]
    assert made.look(99.0) is None


def test_what_lasts_at_the_end_of_all_is_ended() -> None:
    cameras = Cameras()
    made = mischief(Disturbance(0.0, 60.0, Kind.FROZEN, "yard"), cameras=cameras)

    made.look(0.0)
    made.end()
    made.end()

    assert cameras.told == [("yard", Fault.FROZEN), ("yard", Fault.NONE)]


def test_a_worker_is_killed(worker: subprocess.Popen[bytes]) -> None:
    made = mischief(Disturbance(0.0, 0.0, Kind.WORKER_KILLED), cameras=Cameras())

    made.look(0.0)

    assert worker.wait(10) == -9


def test_a_site_is_told_by_the_names_of_its_processes(worker: subprocess.Popen[bytes]) -> None:
    told = {process.name: process for process in processes(psutil.Process())}

    assert told["worker-0"].pid == worker.pid
    assert told["supervisor"].pss > 1_000_000
    assert told["supervisor"].descriptors > 0
    assert [one.pid for one in named(psutil.Process(), "worker-")] == [worker.pid]
    assert named(psutil.Process(), "redis") == []
