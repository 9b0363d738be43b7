"""The machine: its clock, its memory, and how many files a process may have open."""

from __future__ import annotations

import ctypes
import resource
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from pipeline.config import Site
from pipeline.doctor.findings import Area, Finding

_AREA = Area("machine")

#: Before this was written no clock can stand: 2026-01-01, seconds since the epoch.
_EARLIEST = 1_767_225_600
#: A clock may be off by as much, in seconds, before people take alerts for older than they are.
_CLOCK_S = 1.0
_MB = 1 << 20
#: Supervisor, encoder with its libraries and the embedded models, judge and publisher, resident.
_BASE_MB = 1600
#: A worker process, and what each camera adds: its ring of packets, its slots, the judge's windows.
_WORKER_MB, _CAMERA_MB = 60, 40
#: What the numerical libraries keep their semaphores in.
_SHM_MB = 16
_SHM = Path("/dev/shm")  # noqa: S108 - it is looked at, nothing is written
#: Files the supervisor holds open for itself, and for each camera: shared memory, channels, pipes.
_FILES, _FILES_A_CAMERA = 256, 10


@dataclass(frozen=True, slots=True)
class KernelClock:
    """What the kernel says of its own clock."""

    synchronised: bool
    #: Largest error that it allows for, seconds.
    max_error_s: float


class _Timex(ctypes.Structure):
    """``struct timex`` of adjtimex(2)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 40),
    )


_TIME_ERROR, _STA_UNSYNC = 5, 0x40


def kernel_clock() -> KernelClock | None:
    """Ask the kernel, changing nothing; None where this process may not."""
    libc = ctypes.CDLL(None, use_errno=True)
    told = _Timex()
    state = libc.adjtimex(ctypes.byref(told))
    if state < 0:
        return None
    synchronised = state != _TIME_ERROR and not told.status & _STA_UNSYNC
    return KernelClock(synchronised, told.maxerror / 1e6)


def look_at_clock(clock: KernelClock | None, now: float) -> Finding:
    """Whether the host's clock can be trusted.

    Args:
        clock: see `kernel_clock`.
        now: the wall clock, seconds since the epoch.
    """
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    sync = "switch on timesyncd or chrony (`timedatectl set-ntp true`), and let its port 123 out"
    if now < _EARLIEST:
        return _AREA.failure("clock", f"it says {shown}, which is long past", sync)
    if clock is None:
        return _AREA.skipped(
            "clock", f"it says {shown}; the kernel tells nothing here", "`timedatectl` tells more"
        )
    if not clock.synchronised:
        return _AREA.warning(
            "clock",
            f"nothing keeps it right; it says {shown}",
            f"{sync}; in a container: that of its host",
        )
    if clock.max_error_s > _CLOCK_S:
        return _AREA.warning(
            "clock",
            f"it may be off by {clock.max_error_s:.1f} s",
            "its time server is far or seldom reached: name a nearer one",
        )
    return _AREA.ok("clock", f"kept right, to {1000 * clock.max_error_s:.0f} ms; it says {shown}")


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of memory: all that this process may use, and what is free of it now."""

    total: int
    available: int


def memory(groups: Path = Path("/sys/fs/cgroup")) -> Memory:
    """Of the machine, or of the container's group where that has less.

    Args:
        groups: the control group (version 2) of this process, as a container sees it.
    """
    machine = psutil.virtual_memory()
    total, available = int(machine.total), int(machine.available)
    try:
        limit = int((groups / "memory.max").read_text())
        used = int((groups / "memory.current").read_text())
    except (OSError, ValueError):  # no such group, or "max": no limit
        return Memory(total, available)
    return Memory(min(total, limit), max(0, min(available, limit - used)))


def needed_mb(site: Site) -> int:
    """Memory that the site's processes take, about, with the embedded models."""
    cameras = len(site.cameras)
    workers = -(-cameras // site.cameras_per_worker)
    return _BASE_MB + workers * _WORKER_MB + cameras * _CAMERA_MB


def look_at_memory(found: Memory, needed: int, *, running: bool) -> Finding:
    """Whether the site's processes have room.

    Args:
        found: see `memory`.
        needed: megabytes, see `needed_mb`.
        running: the site runs, and has taken its share already.
    """
    total, free = found.total // _MB, found.available // _MB
    told = f"{free} MB free of {total} MB; this site takes about {needed} MB"
    if total < needed:
        return _AREA.failure(
            "memory", told, "fewer cameras here, more memory, or several cameras_per_worker"
        )
    if free < (200 if running else needed):
        return _AREA.warning("memory", told, "end what else runs here, or add memory")
    return _AREA.ok("memory", told + (", and runs" if running else ""))


def look_at_shared_memory(free: int) -> Finding:
    """Whether ``/dev/shm`` has room for semaphores; pictures pass in memory of their own.

    Args:
        free: bytes.
    """
    told = f"{free // _MB} MB free in /dev/shm"
    if free < _SHM_MB * _MB:
        return _AREA.warning(
            "shared memory", told, "remove what lies there, or give the container --shm-size=64m"
        )
    return _AREA.ok("shared memory", told)


def look_at_files(soft: int, hard: int, cameras: int) -> Finding:
    """Whether the supervisor may open as many files as its cameras need.

    Args:
        soft: the limit in force, of RLIMIT_NOFILE.
        hard: how far it may be raised.
        cameras: how many there are.
    """
    needed = _FILES + _FILES_A_CAMERA * cameras
    told = f"{soft} allowed, about {needed} needed for {cameras} cameras"
    if soft < needed:
        how = "ulimit -n" if hard >= needed else "as root: LimitNOFILE= of the service, ulimit -n"
        return _AREA.failure("open files", told, f"raise it ({how} {2 * needed})")
    return _AREA.ok("open files", told)


def look_at_host(site: Site | None, *, running: bool) -> list[Finding]:
    """All of it; of an unknown site, what does not hang on its cameras."""
    found = [look_at_clock(kernel_clock(), time.time())]
    if site is not None:
        found.append(look_at_memory(memory(), needed_mb(site), running=running))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        found.append(look_at_files(soft, hard, len(site.cameras)))
    if _SHM.is_dir():
        found.append(look_at_shared_memory(shutil.disk_usage(_SHM).free))
    return found
