"""The clock that nothing keeps right, and the box that is too small."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pipeline.doctor.findings import Level
from pipeline.doctor.host import (
    KernelClock,
    Memory,
    kernel_clock,
    look_at_clock,
    look_at_files,
    look_at_host,
    look_at_memory,
    look_at_shared_memory,
    memory,
    needed_mb,
)
from tests.pipeline.doctor.boxes import site_of

NOW = 1_800_000_000.0
MB = 1 << 20
GB = 1 << 30


@pytest.mark.parametrize(
    ("clock", "now", "expected"),
    [
        pytest.param(KernelClock(True, 0.01), NOW, Level.OK, id="kept right"),
        pytest.param(KernelClock(False, 16.0), NOW, Level.WARNING, id="nothing keeps it"),
        pytest.param(KernelClock(True, 3.0), NOW, Level.WARNING, id="kept badly"),
        pytest.param(None, NOW, Level.SKIPPED, id="the kernel does not tell"),
        pytest.param(KernelClock(True, 0.01), 1000.0, Level.FAILURE, id="a box without battery"),
    ],
)
def test_the_clock(clock: KernelClock | None, now: float, expected: Level) -> None:
    assert look_at_clock(clock, now).level is expected


def test_this_kernel_tells_of_its_clock() -> None:
    clock = kernel_clock()
    if clock is None:
        pytest.skip("this process may not ask the kernel for its clock")
    # The kernel counts an error up to 16 s, and beyond says that it knows none.
    assert 0 <= clock.max_error_s <= 17


def test_a_container_has_the_memory_of_its_group(tmp_path: Path) -> None:
    whole = memory(tmp_path)
    (tmp_path / "memory.max").write_text(f"{64 * MB}\n")
    (tmp_path / "memory.current").write_text(f"{60 * MB}\n")
    assert memory(tmp_path) == Memory(64 * MB, 4 * MB)
    (tmp_path / "memory.max").write_text("max\n")
    assert memory(tmp_path).total == whole.total > 64 * MB


def test_a_site_that_runs_has_taken_its_memory_already(tmp_path: Path) -> None:
    needed = needed_mb(site_of(tmp_path))
    full = Memory(8 * GB, 300 * MB)
    assert look_at_memory(full, needed, running=False).level is Level.WARNING
    assert look_at_memory(full, needed, running=True).level is Level.OK
    assert look_at_memory(Memory(GB, GB), needed, running=False).level is Level.FAILURE
    assert look_at_memory(Memory(8 * GB, 7 * GB), needed, running=False).level is Level.OK


def test_cameras_that_share_a_worker_need_less(tmp_path: Path) -> None:
    cameras = "\n  ".join(f'c{n}: {{url: "rtsp://192.0.2.1/{n}"}}' for n in range(8))
    alone = site_of(tmp_path, cameras=cameras)
    shared = site_of(tmp_path, "cameras_per_worker: 4\n", cameras=cameras)
    assert needed_mb(shared) < needed_mb(alone)


def test_files_that_many_cameras_need() -> None:
    assert look_at_files(1024, 1024, 40).level is Level.OK
    raise_it = look_at_files(1024, 524288, 200)
    assert raise_it.level is Level.FAILURE
    assert "ulimit -n" in raise_it.advice
    assert "as root" in look_at_files(1024, 1024, 200).advice


def test_shared_memory_that_is_full() -> None:
    assert look_at_shared_memory(64 * MB).level is Level.OK
    assert look_at_shared_memory(0).level is Level.WARNING


def test_without_a_site_the_machine_is_looked_at_all_the_same(tmp_path: Path) -> None:
    assert [f.check for f in look_at_host(None, running=False)] == ["clock", "shared memory"]
    looked = {f.check for f in look_at_host(site_of(tmp_path), running=False)}
    assert looked == {"clock", "shared memory", "memory", "open files"}
    assert time.gmtime().tm_year > 2025
